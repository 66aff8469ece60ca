//! The container cannot be created from its configuration: a Secret, `ConfigMap` or key is missing, or it runs as root.

use std::sync::LazyLock;

use regex::Regex;

use super::rule::{Check, Rule};
use crate::reason::Reason;
use crate::rollout::diagnosis::{Class, Proof, Symptom};
use crate::rollout::explain::missing_config;
use crate::rollout::model::{Cause, Graces, Lack, Remedy, Words};
use crate::rollout::text::{escape, escape_line, message};
use crate::rollout::view::ContainerView;
use crate::text::ascii_regex;

pub(super) const RULE: Rule = Rule {
    name: "config",
    class: Class::cause("Config"),
    pages: &["configuration.md"],
    check: Check::Container(check),
};

/// kubelet's `CreateContainerConfigError`: environment from Secrets and `ConfigMap`s, security context.
fn check(container: &ContainerView, graces: &Graces) -> Option<Symptom> {
    let reason @ (Reason::CreateContainerConfigError | Reason::CreateContainerError) =
        Reason::from(container.waiting_reason())
    else {
        return None;
    };
    let waiting = container.waiting().and_then(|waiting| waiting.message.as_deref()).unwrap_or_default();
    let event = || container.event("Failed").map(message).unwrap_or_default();
    let text = if waiting.is_empty() { event() } else { waiting };
    let missing = missing_config(text);
    let (what, hint, proof) = match &missing {
        Some(missing) => {
            let (what, hint) =
                missing.explain(container.namespace(), &container.snapshot.lookups, Some(container.spec));
            (what, hint, missing.proof(graces, container.snapshot))
        }
        None => not_created(container, text, graces),
    };
    let evidence = vec![escape_line(text)];
    let state_text = missing.map_or_else(|| what.clone(), |missing| missing.brief());
    let finding = Cause { reason, what, object: container.object(), evidence, hint };
    Some(Symptom { finding, state_text, proof, needs_log: None, lack: Lack::Own })
}

fn not_created(container: &ContainerView, text: &str, graces: &Graces) -> (String, Remedy, Proof) {
    let title = container.title();
    if let Some(words) = Words::any(text, &["non-root", "runAsNonRoot"]) {
        let (what, hint) = root(container, text, words);
        (what, hint, Proof::Lasting(graces.config))
    } else if text.contains("failed to sync") {
        // The kubelet's caches may need a moment: "failed to sync secret cache: timed out waiting for the condition".
        (
            format!("{title} waits for the node to read its configuration"),
            Remedy::look("nothing yet: the kubelet tries again by itself"),
            Proof::Never,
        )
    } else {
        (
            format!("{title} cannot be created"),
            Remedy::look(format!("see all events: kubectl -n {} describe pod", escape(container.namespace()))),
            Proof::Lasting(graces.config),
        )
    }
}

static NAMED: LazyLock<Regex> = LazyLock::new(|| ascii_regex(r"non-numeric user \(([^)]*)\)"));

/// `pkg/kubelet/kuberuntime/security_context.go`, `verifyRunAsNonRoot`.
fn root(container: &ContainerView, message: &str, words: Words) -> (String, Remedy) {
    let title = container.title();
    if let Some(found) = NAMED.captures(message) {
        let user = escape(&found[1]);
        return (
            format!("{title} runs as the user \"{user}\" of its image; runAsNonRoot cannot tell whether that is root"),
            Remedy::given(
                &found,
                format!(
                    "write the number: `USER 10001` in the image instead of `USER {user}`, or runAsUser in the securityContext"
                ),
            ),
        );
    }
    if let Some(zero) = Words::of(message, "runAsUser breaks") {
        return (
            format!("{title} has runAsUser 0, which is root, and runAsNonRoot forbids it"),
            Remedy::given(&zero, "set runAsUser to the number of another user, such as 10001"),
        );
    }
    (
        format!("{title} would run as root, which runAsNonRoot forbids"),
        Remedy::given(&words, "set a numeric user in the image (`USER 10001`), or runAsUser in the securityContext"),
    )
}
