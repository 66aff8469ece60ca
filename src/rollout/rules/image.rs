//! The image cannot be pulled.

use std::sync::LazyLock;

use regex::Regex;

use super::{Doom, Symptom};
use crate::rollout::events;
use crate::rollout::evidence::{line, word};
use crate::rollout::graces::Graces;
use crate::rollout::model::{Ask, Finding, Found};
use crate::rollout::view::ContainerView;
use crate::text::nearest;

/// How many graces pass before a registry that does not answer, or answers oddly, is taken for gone.
const UNREACHABLE: i32 = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    NotFound,
    Platform,
    Denied,
    Busy,
    Unreachable,
    Other,
}

/// kubelet's image reasons (pkg/kubelet/images/types.go).
pub(super) fn pull_error(container: &ContainerView, graces: &Graces) -> Option<Symptom> {
    let reason = match container.waiting_reason() {
        reason @ ("InvalidImageName" | "ErrImageNeverPull" | "ImageInspectError" | "SignatureValidationFailed") => {
            reason
        }
        // One failure with alternating names: the stable one is said.
        "ErrImagePull" | "ImagePullBackOff" | "RegistryUnavailable" => "ErrImagePull",
        _ => return None,
    };
    let image = container.spec.image.as_deref().unwrap_or_default();
    let message = pull_message(container);
    let shown = word(image);
    let (what, hint, doom) = match reason {
        "InvalidImageName" => (
            format!("\"{shown}\" is not an image reference"),
            "write it as REGISTRY/REPOSITORY:TAG, in lower case".to_owned(),
            Doom::Now,
        ),
        "ErrImageNeverPull" => (
            format!("image {shown} is not on the node, and imagePullPolicy Never forbids to pull it"),
            "remove `imagePullPolicy: Never`, or load the image onto every node".to_owned(),
            Doom::Now,
        ),
        _ => explain(container, image, cause(&message), graces),
    };
    let state_text = match reason {
        "ErrImagePull" => format!("cannot pull {shown}: {}", brief(cause(&message))),
        reason => format!("{reason}: {shown}"),
    };
    let evidence = if message.is_empty() { format!("image {shown}") } else { line(without_layers(&message)) };
    let finding =
        Finding { reason: reason.to_owned(), what, object: container.object(), evidence: vec![evidence], hint };
    Some(Symptom { finding, state_text, doom, needs_log: None })
}

/// The message that names the cause: the present one, the one seen first, or the event.
fn pull_message(container: &ContainerView) -> String {
    let waiting = container.waiting().and_then(|waiting| waiting.message.as_deref()).unwrap_or_default();
    let only_back_off = waiting.is_empty() || (waiting.starts_with("Back-off") && !waiting.contains("rpc error"));
    if !only_back_off {
        return waiting.to_owned();
    }
    let event = || {
        let failed = container.events.iter().filter(|event| events::has_reason(event, "Failed"));
        failed.map(|event| events::message(event)).find(|message| message.starts_with("Failed to pull image"))
    };
    container.seen.pull_message().or_else(event).unwrap_or(waiting).to_owned()
}

static LAYERS: LazyLock<Regex> = LazyLock::new(|| {
    let layers = [
        r#"Back-off pulling image "[^"]*": ErrImagePull: "#,
        r#"Failed to pull image "[^"]*": "#,
        "rpc error: code = [A-Za-z]+ desc = ",
        r#"failed to pull and unpack image "[^"]*": "#,
        r#"failed to resolve reference "[^"]*": "#,
    ];
    Regex::new(&format!("^(?:{})+", layers.join("|"))).expect("literal patterns")
});

/// The kubelet, gRPC and containerd each wrap the cause in the image's name once more.
fn without_layers(message: &str) -> &str {
    message.get(LAYERS.find(message).map_or(0, |layers| layers.end())..).unwrap_or(message)
}

/// containerd's and the registries' words; the distribution spec's error codes beside them.
fn cause(message: &str) -> Cause {
    let message = message.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if says(&["no match for platform", "no matching manifest for"]) {
        Cause::Platform
    } else if says(&["unauthorized", "authorization failed", "authentication required", "denied", "forbidden"]) {
        Cause::Denied
    } else if says(&["toomanyrequests", "too many requests", "429"]) {
        Cause::Busy
    } else if says(&[
        "no such host",
        "connection refused",
        "i/o timeout",
        "network is unreachable",
        "no route to host",
        "deadline exceeded",
        "tls:",
        "x509",
        "http response to https client",
        "unexpected eof",
        "500 internal",
        "502 bad",
        "503 service",
        "504 gateway",
    ]) {
        Cause::Unreachable
    } else if says(&["not found", "manifest unknown", "name unknown"]) {
        Cause::NotFound
    } else {
        Cause::Other
    }
}

fn brief(cause: Cause) -> &'static str {
    match cause {
        Cause::NotFound => "not found",
        Cause::Platform => "not built for this node's architecture",
        Cause::Denied => "access denied",
        Cause::Busy => "the registry limits the rate",
        Cause::Unreachable => "the registry cannot be reached",
        Cause::Other => "the pull fails",
    }
}

fn explain(container: &ContainerView, image: &str, cause: Cause, graces: &Graces) -> (String, String, Doom) {
    let (registry, repository, tag) = parts(image);
    let (shown, registry) = (word(image), word(registry));
    match cause {
        Cause::NotFound => not_found(container, image, repository, tag, graces),
        Cause::Platform => (
            format!("image {shown} is not built for this node's architecture"),
            "build it for the node's platform (see `kubectl get nodes -L kubernetes.io/arch`), or as a multi-platform image"
                .to_owned(),
            Doom::After(graces.image),
        ),
        Cause::Denied => (
            format!("registry {registry} does not let the node pull {shown}"),
            format!(
                "check the name, and give the ServiceAccount an imagePullSecret: kubectl -n {} create secret docker-registry …",
                word(container.namespace())
            ),
            Doom::After(graces.image),
        ),
        Cause::Busy => (
            format!("registry {registry} limits how often the node may pull"),
            "wait, or pull with an account or from a mirror that has a higher limit".to_owned(),
            Doom::Open,
        ),
        Cause::Unreachable => (
            format!("the node cannot reach registry {registry}"),
            "check the registry's name and port, and that the nodes may connect to it".to_owned(),
            Doom::After(graces.image * UNREACHABLE),
        ),
        Cause::Other => (
            format!("image {shown} cannot be pulled"),
            format!("see all events: kubectl -n {} describe pod", word(container.namespace())),
            Doom::After(graces.image * UNREACHABLE),
        ),
    }
}

/// A missing tag and a missing repository end in the same words: the registry's own answer tells them apart.
fn not_found(
    container: &ContainerView,
    image: &str,
    repository: &str,
    tag: &str,
    graces: &Graces,
) -> (String, String, Doom) {
    let ask = Ask::Image(image.to_owned());
    let doom = Doom::Confirmed { grace: graces.image, ask: ask.clone(), key: None };
    let tags = match container.answer(&ask).map(|answer| &answer.found) {
        Some(Found::Absent(tags)) => tags.as_slice(),
        _ => &[],
    };
    let what = format!("{} is not in the registry", word(image));
    let hint = match nearest(tag, tags.iter().map(String::as_str)).or(tags.last().map(String::as_str)) {
        Some(near) => format!("the repository has {}: correct `image` in plat.yaml, or push {}", word(near), word(tag)),
        None => format!("correct `image` in plat.yaml, or push {} to {}", word(tag), word(repository)),
    };
    (what, hint, doom)
}

/// Registry, repository (with the registry) and tag or digest of a reference.
fn parts(image: &str) -> (&str, &str, &str) {
    let (repository, tag) = match image.split_once('@') {
        // A reference may carry both: the digest decides, the tag is for people.
        Some((name, digest)) => (untagged(name).0, digest),
        None => untagged(image),
    };
    let first = repository.split('/').next().unwrap_or_default();
    let is_registry = repository.contains('/') && (first.contains(['.', ':']) || first == "localhost");
    (if is_registry { first } else { "docker.io" }, repository, tag)
}

/// Only behind the last slash a colon begins a tag; before it, a port.
fn untagged(name: &str) -> (&str, &str) {
    name.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).unwrap_or((name, "latest"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("127.0.0.1:5000/shop/api:v12", ("127.0.0.1:5000", "127.0.0.1:5000/shop/api", "v12"))]
    #[case("ghcr.io/shop/api@sha256:ab", ("ghcr.io", "ghcr.io/shop/api", "sha256:ab"))]
    #[case("ghcr.io/api:v1@sha256:ab", ("ghcr.io", "ghcr.io/api", "sha256:ab"))]
    #[case("localhost/api", ("localhost", "localhost/api", "latest"))]
    #[case("nginx", ("docker.io", "nginx", "latest"))]
    fn a_reference_has_parts(#[case] image: &str, #[case] expected: (&str, &str, &str)) {
        assert_eq!(parts(image), expected);
    }

    #[rstest]
    #[case::tag(
        "rpc error: code = NotFound desc = failed to resolve reference \"r/a:v1\": r/a:v1: not found",
        Cause::NotFound
    )]
    #[case::platform("failed to pull: no match for platform in manifest: not found", Cause::Platform)]
    #[case::hub("pull access denied, repository does not exist or may require authorization", Cause::Denied)]
    #[case::dns("dial tcp: lookup registry.example on 10.0.0.10:53: no such host", Cause::Unreachable)]
    #[case::plain_http("http: server gave HTTP response to HTTPS client", Cause::Unreachable)]
    #[case::limit("429 Too Many Requests - Server message: toomanyrequests", Cause::Busy)]
    #[case::odd("something new", Cause::Other)]
    fn the_message_tells_the_cause(#[case] message: &str, #[case] expected: Cause) {
        assert_eq!(cause(message), expected);
    }
}
