//! The image cannot be pulled.

use k8s_openapi::api::core::v1::ContainerStateWaiting;

use super::rule::{Check, Rule};
use crate::reason::Reason;
use crate::rollout::diagnosis::{Class, Proof, Symptom};
use crate::rollout::explain::{PullExplanation, brief, explain_pull, pull_cause, pull_message, without_layers};
use crate::rollout::model::{Cause, Graces, Lack, Remedy, Words};
use crate::rollout::text::{escape, escape_line};
use crate::rollout::view::ContainerView;

pub(super) const RULE: Rule =
    Rule { name: "image", class: Class::cause("Image"), pages: &["images.md"], check: Check::Container(check) };

/// kubelet's image reasons (pkg/kubelet/images/types.go).
fn check(container: &ContainerView, graces: &Graces) -> Option<Symptom> {
    let waiting = container.waiting()?;
    let reason = match Reason::from(container.waiting_reason()) {
        reason @ (Reason::InvalidImageName
        | Reason::ErrImageNeverPull
        | Reason::ImageInspectError
        | Reason::SignatureValidationFailed) => reason,
        // One failure with alternating names: the stable one is said.
        Reason::ErrImagePull | Reason::ImagePullBackOff | Reason::RegistryUnavailable => Reason::ErrImagePull,
        _ => return None,
    };
    let image = container.spec.image.as_deref().unwrap_or_default();
    let message = pull_message(container);
    let shown = escape(image);
    let PullExplanation { what, hint, proof, also } = match reason {
        Reason::InvalidImageName => PullExplanation::new(
            format!("\"{shown}\" is not an image reference"),
            reference(image, &message, waiting),
            Proof::Immediate("the manifest alone decides it"),
        ),
        Reason::ErrImageNeverPull => PullExplanation::new(
            format!("image {shown} is not on the node, and imagePullPolicy Never forbids to pull it"),
            Remedy::given(waiting, "remove `imagePullPolicy: Never`, or load the image onto every node"),
            Proof::Immediate("the manifest alone decides it"),
        ),
        _ => explain_pull(container, image, pull_cause(&message), graces),
    };
    let state_text = match &reason {
        Reason::ErrImagePull => format!("cannot pull {shown}: {}", brief(pull_cause(&message))),
        reason => format!("{reason}: {shown}"),
    };
    let evidence = if message.is_empty() { format!("image {shown}") } else { escape_line(without_layers(&message)) };
    let evidence = std::iter::once(evidence).chain(also).collect();
    let finding = Cause { reason, what, object: container.object(), evidence, hint };
    Some(Symptom { finding, state_text, proof, needs_log: None, lack: Lack::Own })
}

fn reference(image: &str, message: &str, waiting: &ContainerStateWaiting) -> Remedy {
    let form = "write it as REGISTRY/REPOSITORY:TAG, in lower case";
    match Words::of(message, "must be lowercase") {
        Some(words) => Remedy::given(&words, format!("{form}, such as {}", escape(&image.to_lowercase()))),
        None => Remedy::given(waiting, form),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::capitals("Api:v1", "repository name (library/Api) must be lowercase", ", such as api:v1")]
    #[case::no_form("api::v1", "invalid reference format", "in lower case")]
    fn another_spelling_is_named_where_it_would_do(#[case] image: &str, #[case] message: &str, #[case] end: &str) {
        let remedy = reference(image, message, &ContainerStateWaiting::default());
        assert!(remedy.text().ends_with(end), "{}", remedy.text());
    }
}
