//! Why an image cannot be pulled, by the kubelet's message.

use std::sync::LazyLock;

use regex::Regex;

use super::image_reference::parts;
use super::pull_explanation::PullExplanation;
use super::registry_login;
use crate::rollout::diagnosis::Proof;
use crate::rollout::model::{Graces, Lookup, LookupResult, Remedy, Words};
use crate::rollout::text::{escape, has_reason, message};
use crate::rollout::view::ContainerView;
use crate::text::{ascii_regex, nearest};

/// How many graces pass before a registry that does not answer, or answers oddly, is taken for gone.
const UNREACHABLE: i32 = 3;

/// It was pushed since.
const BY_NOW: &str = "it is there now, by your own login: the node asks again by itself";

/// By the words that name it.
#[derive(Clone, Copy)]
pub(in crate::rollout) enum PullCause<'m> {
    NotFound(Words<'m>),
    Platform(Words<'m>),
    Denied(Words<'m>),
    Busy(Words<'m>),
    Unreachable,
    Other,
}

/// The message that names the cause: the present one, the one seen first, or the event.
pub(in crate::rollout) fn pull_message(container: &ContainerView) -> String {
    let waiting = container.waiting().and_then(|waiting| waiting.message.as_deref()).unwrap_or_default();
    let only_back_off = waiting.is_empty() || (waiting.starts_with("Back-off") && !waiting.contains("rpc error"));
    if !only_back_off {
        return waiting.to_owned();
    }
    let event = || {
        let failed = container.events.iter().filter(|event| has_reason(event, "Failed"));
        failed.map(|event| message(event)).find(|message| message.starts_with("Failed to pull image"))
    };
    container.timeline.pull_message().or_else(event).unwrap_or(waiting).to_owned()
}

static LAYERS: LazyLock<Regex> = LazyLock::new(|| {
    let layers = [
        r#"Back-off pulling image "[^"]*": ErrImagePull: "#,
        r#"Failed to pull image "[^"]*": "#,
        "rpc error: code = [A-Za-z]+ desc = ",
        r#"failed to pull and unpack image "[^"]*": "#,
        r#"failed to resolve reference "[^"]*": "#,
    ];
    ascii_regex(&format!("^(?:{})+", layers.join("|")))
});

/// The kubelet, gRPC and containerd each wrap the cause in the image's name once more.
pub(in crate::rollout) fn without_layers(message: &str) -> &str {
    message.get(LAYERS.find(message).map_or(0, |layers| layers.end())..).unwrap_or(message)
}

/// containerd's and the registries' words; the distribution spec's error codes beside them.
pub(in crate::rollout) fn pull_cause(message: &str) -> PullCause<'_> {
    let says = |these: &[&str]| Words::in_any_case(message, these);
    if let Some(words) = says(&["no match for platform", "no matching manifest for"]) {
        PullCause::Platform(words)
    } else if let Some(words) =
        says(&["unauthorized", "authorization failed", "authentication required", "denied", "forbidden"])
    {
        PullCause::Denied(words)
    } else if let Some(words) = says(&["toomanyrequests", "too many requests", "429"]) {
        PullCause::Busy(words)
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
    ])
    .is_some()
    {
        PullCause::Unreachable
    } else if let Some(words) = says(&["not found", "manifest unknown", "name unknown"]) {
        PullCause::NotFound(words)
    } else {
        PullCause::Other
    }
}

pub(in crate::rollout) fn brief(cause: PullCause) -> &'static str {
    match cause {
        PullCause::NotFound(_) => "not found",
        PullCause::Platform(_) => "not built for this node's architecture",
        PullCause::Denied(_) => "access denied",
        PullCause::Busy(_) => "the registry limits the rate",
        PullCause::Unreachable => "the registry cannot be reached",
        PullCause::Other => "the pull fails",
    }
}

pub(in crate::rollout) fn explain_pull(
    container: &ContainerView,
    image: &str,
    cause: PullCause,
    graces: &Graces,
) -> PullExplanation {
    let (registry, ..) = parts(image);
    let (shown, registry) = (escape(image), escape(registry));
    let lookup = || [Lookup::Image(image.to_owned())];
    match cause {
        PullCause::NotFound(words) => not_found(container, image, words, graces),
        PullCause::Platform(words) => platform(container, image, words, graces),
        PullCause::Denied(words) => registry_login::denied(container, image, words, graces),
        PullCause::Busy(words) => PullExplanation::new(
            format!("registry {registry} limits how often the node may pull"),
            Remedy::given(&words, "wait, or pull with an account or from a mirror that has a higher limit"),
            Proof::Never,
        ),
        PullCause::Unreachable => PullExplanation {
            also: match container.result_of(&lookup()[0]) {
                Some(
                    LookupResult::Present(_)
                    | LookupResult::Absent(_)
                    | LookupResult::NoRepository(_)
                    | LookupResult::Denied,
                ) => Some("this machine reaches the registry: look at the nodes' DNS, proxy and firewall".to_owned()),
                _ => None,
            },
            ..PullExplanation::new(
                format!("the node cannot reach registry {registry}"),
                Remedy::look("check the registry's name and port, and that the nodes may connect to it"),
                Proof::Lasting(graces.image * UNREACHABLE).informed_by(lookup()),
            )
        },
        PullCause::Other => PullExplanation::new(
            format!("image {shown} cannot be pulled"),
            Remedy::look(format!("see all events: kubectl -n {} describe pod", escape(container.namespace()))),
            Proof::Lasting(graces.image * UNREACHABLE),
        ),
    }
}

/// A missing tag and a missing repository end in the same words: the registry's own answer tells them apart.
fn not_found(container: &ContainerView, image: &str, words: Words, graces: &Graces) -> PullExplanation {
    let (registry, repository, tag) = parts(image);
    let (registry, shown, tag_shown) = (escape(registry), escape(repository), escape(tag));
    let lookup = Lookup::Image(image.to_owned());
    let push = format!("correct `image`, or push {tag_shown} to {shown}");
    let is_not_there = format!("{} is not in the registry", escape(image));
    let (what, hint) = match container.result_of(&lookup) {
        Some(result @ LookupResult::NoRepository(others)) => {
            let name = repository.strip_prefix(&format!("{registry}/")).unwrap_or(repository);
            let near = nearest(name, others.iter().map(String::as_str));
            (
                format!("repository {shown} is not in the registry"),
                Remedy::given(
                    result,
                    near.map_or(push, |near| {
                        format!("the registry has {}: correct `image`, or push {tag_shown} to {shown}", escape(near))
                    }),
                ),
            )
        }
        Some(result @ LookupResult::Absent(tags)) => {
            let near = nearest(tag, tags.iter().map(String::as_str)).or(tags.last().map(String::as_str));
            (
                is_not_there,
                Remedy::given(
                    result,
                    near.map_or(push, |near| {
                        format!("the repository has {}: correct `image`, or push {tag_shown}", escape(near))
                    }),
                ),
            )
        }
        Some(LookupResult::Denied) => (
            format!("{} is not there for the node, and you are not allowed to read it either", escape(image)),
            Remedy::given(&words, push)
                .and(Some(Remedy::look("some registries say the same of a private repository: is a login missing?"))),
        ),
        Some(LookupResult::Present(_)) => {
            (format!("{} was not in the registry when the node asked", escape(image)), Remedy::look(BY_NOW))
        }
        _ => (is_not_there, Remedy::given(&words, push)),
    };
    PullExplanation::new(what, hint, Proof::Confirmed { grace: graces.image, lookup, key: None })
}

/// The registry tells for which platforms it has the image, the node what it is.
fn platform(container: &ContainerView, image: &str, words: Words, graces: &Graces) -> PullExplanation {
    let lookup = Lookup::Image(image.to_owned());
    let node = container.pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()).unwrap_or_default();
    let wants = match container.result_of(&Lookup::Nodes) {
        Some(LookupResult::Nodes(nodes)) => nodes.iter().find(|room| room.name == node).and_then(|room| {
            Some(format!("{}/{}", room.labels.get("kubernetes.io/os")?, room.labels.get("kubernetes.io/arch")?))
        }),
        _ => None,
    };
    let has = match container.result_of(&lookup) {
        Some(LookupResult::Present(platforms)) if !platforms.is_empty() => Some(platforms.join(", ")),
        _ => None,
    };
    let shown = escape(image);
    if container.result_of(&lookup).is_some_and(|result| wants.is_some() && result.is_there(wants.as_deref())) {
        let proof = Proof::Confirmed { grace: graces.image, lookup, key: wants };
        return PullExplanation::new(
            format!("image {shown} was not built for this node's architecture when the node asked"),
            Remedy::look(BY_NOW),
            proof.informed_by([Lookup::Nodes]),
        );
    }
    let is = wants.as_deref().map_or("this node's architecture".to_owned(), |wants| {
        format!("{}, which node {} is", escape(wants), escape(node))
    });
    let what = match has {
        Some(has) => format!("image {shown} is built for {}, not for {is}", escape(&has)),
        None => format!("image {shown} is not built for {is}"),
    };
    let build =
        wants.as_deref().map_or("the node's platform (kubectl get nodes -L kubernetes.io/arch)".to_owned(), escape);
    let hint = Remedy::given(
        &words,
        format!("build it for {build}, or as a multi-platform image, and push it under the same tag"),
    );
    let proof = match wants {
        // A build for more platforms may be on its way.
        Some(wants) => Proof::Confirmed { grace: graces.image, lookup, key: Some(wants) },
        None => Proof::Lasting(graces.image).informed_by([lookup]),
    };
    PullExplanation::new(what, hint, proof.informed_by([Lookup::Nodes]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::tag(
        "rpc error: code = NotFound desc = failed to resolve reference \"r/a:v1\": r/a:v1: not found",
        "not found"
    )]
    #[case::platform(
        "failed to pull: no match for platform in manifest: not found",
        "not built for this node's architecture"
    )]
    #[case::hub("pull access denied, repository does not exist or may require authorization", "access denied")]
    #[case::dns("dial tcp: lookup registry.example on 10.0.0.10:53: no such host", "the registry cannot be reached")]
    #[case::plain_http("http: server gave HTTP response to HTTPS client", "the registry cannot be reached")]
    #[case::limit("429 Too Many Requests - Server message: toomanyrequests", "the registry limits the rate")]
    #[case::odd("something new", "the pull fails")]
    fn the_message_tells_the_cause(#[case] message: &str, #[case] expected: &str) {
        assert_eq!(brief(pull_cause(message)), expected);
    }
}
