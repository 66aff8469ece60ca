//! The image cannot be pulled.

use std::sync::LazyLock;

use regex::Regex;

use super::{Doom, Symptom, access};
use crate::rollout::ask::{Ask, Found};
use crate::rollout::events;
use crate::rollout::evidence::{line, word};
use crate::rollout::graces::Graces;
use crate::rollout::model::Finding;
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
    let Said { what, hint, doom, also } = match reason {
        "InvalidImageName" => Said::new(
            format!("\"{shown}\" is not an image reference"),
            format!("write it as REGISTRY/REPOSITORY:TAG, in lower case, such as {}", word(&image.to_lowercase())),
            Doom::Now,
        ),
        "ErrImageNeverPull" => Said::new(
            format!("image {shown} is not on the node, and imagePullPolicy Never forbids to pull it"),
            "remove `imagePullPolicy: Never`, or load the image onto every node",
            Doom::Now,
        ),
        _ => explain(container, image, cause(&message), graces),
    };
    let state_text = match reason {
        "ErrImagePull" => format!("cannot pull {shown}: {}", brief(cause(&message))),
        reason => format!("{reason}: {shown}"),
    };
    let evidence = if message.is_empty() { format!("image {shown}") } else { line(without_layers(&message)) };
    let evidence = std::iter::once(evidence).chain(also).collect();
    let finding = Finding { reason: reason.to_owned(), what, object: container.object(), evidence, hint };
    Some(Symptom { finding, state_text, doom, needs_log: None })
}

/// What is said about one cause, and what would prove it.
pub(super) struct Said {
    pub what: String,
    pub hint: String,
    pub doom: Doom,
    /// A second line of evidence: what whoever was asked answered.
    pub also: Option<String>,
}

impl Said {
    pub fn new(what: String, hint: impl Into<String>, doom: Doom) -> Self {
        Self { what, hint: hint.into(), doom, also: None }
    }
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

fn explain(container: &ContainerView, image: &str, cause: Cause, graces: &Graces) -> Said {
    let (registry, ..) = parts(image);
    let (shown, registry) = (word(image), word(registry));
    let ask = || [Ask::Image(image.to_owned())];
    match cause {
        Cause::NotFound => not_found(container, image, graces),
        Cause::Platform => platform(container, image, graces),
        Cause::Denied => access::denied(container, image, graces),
        Cause::Busy => Said::new(
            format!("registry {registry} limits how often the node may pull"),
            "wait, or pull with an account or from a mirror that has a higher limit",
            Doom::Open,
        ),
        Cause::Unreachable => Said {
            also: match container.answer(&ask()[0]).map(|answer| &answer.found) {
                Some(Found::Present(_) | Found::Absent(_) | Found::NoRepository(_) | Found::Denied) => {
                    Some("this machine reaches the registry: look at the nodes' DNS, proxy and firewall".to_owned())
                }
                _ => None,
            },
            ..Said::new(
                format!("the node cannot reach registry {registry}"),
                "check the registry's name and port, and that the nodes may connect to it",
                Doom::After(graces.image * UNREACHABLE).asking(ask()),
            )
        },
        Cause::Other => Said::new(
            format!("image {shown} cannot be pulled"),
            format!("see all events: kubectl -n {} describe pod", word(container.namespace())),
            Doom::After(graces.image * UNREACHABLE),
        ),
    }
}

/// A missing tag and a missing repository end in the same words: the registry's own answer tells them apart.
fn not_found(container: &ContainerView, image: &str, graces: &Graces) -> Said {
    let (registry, repository, tag) = parts(image);
    let (registry, shown, tag_shown) = (word(registry), word(repository), word(tag));
    let ask = Ask::Image(image.to_owned());
    let push = format!("correct `image`, or push {tag_shown} to {shown}");
    let (what, hint) = match container.answer(&ask).map(|answer| &answer.found) {
        Some(Found::NoRepository(others)) => {
            let name = repository.strip_prefix(&format!("{registry}/")).unwrap_or(repository);
            let near = nearest(name, others.iter().map(String::as_str));
            (
                format!("repository {shown} is not in the registry"),
                near.map_or(push, |near| {
                    format!("the registry has {}: correct `image`, or push {tag_shown} to {shown}", word(near))
                }),
            )
        }
        Some(Found::Absent(tags)) => {
            let near = nearest(tag, tags.iter().map(String::as_str)).or(tags.last().map(String::as_str));
            (
                format!("{} is not in the registry", word(image)),
                near.map_or(push, |near| {
                    format!("the repository has {}: correct `image`, or push {tag_shown}", word(near))
                }),
            )
        }
        Some(Found::Denied) => (
            format!("{} is not there for the node, and you may not read it either", word(image)),
            format!("{push}; some registries say the same of a private repository: is a login missing?"),
        ),
        _ => (format!("{} is not in the registry", word(image)), push),
    };
    Said::new(what, hint, Doom::Confirmed { grace: graces.image, ask, key: None })
}

/// The registry tells for which platforms it has the image, the node what it is.
fn platform(container: &ContainerView, image: &str, graces: &Graces) -> Said {
    let ask = Ask::Image(image.to_owned());
    let node = container.pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()).unwrap_or_default();
    let wants = match container.answer(&Ask::Nodes).map(|answer| &answer.found) {
        Some(Found::Nodes(nodes)) => nodes.iter().find(|room| room.name == node).and_then(|room| {
            Some(format!("{}/{}", room.labels.get("kubernetes.io/os")?, room.labels.get("kubernetes.io/arch")?))
        }),
        _ => None,
    };
    let has = match container.answer(&ask).map(|answer| &answer.found) {
        Some(Found::Present(platforms)) if !platforms.is_empty() => Some(platforms.join(", ")),
        _ => None,
    };
    let shown = word(image);
    let is = wants.as_deref().map_or("this node's architecture".to_owned(), |wants| {
        format!("{}, which node {} is", word(wants), word(node))
    });
    let what = match has {
        Some(has) => format!("image {shown} is built for {}, not for {is}", word(&has)),
        None => format!("image {shown} is not built for {is}"),
    };
    let build =
        wants.as_deref().map_or("the node's platform (kubectl get nodes -L kubernetes.io/arch)".to_owned(), word);
    let hint = format!("build it for {build}, or as a multi-platform image, and push it under the same tag");
    let doom = match wants {
        // A build for more platforms may be on its way.
        Some(wants) => Doom::Confirmed { grace: graces.image, ask, key: Some(wants) },
        None => Doom::After(graces.image).asking([ask]),
    };
    Said::new(what, hint, doom.asking([Ask::Nodes]))
}

/// Registry, repository (with the registry) and tag or digest of a reference.
pub(super) fn parts(image: &str) -> (&str, &str, &str) {
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
