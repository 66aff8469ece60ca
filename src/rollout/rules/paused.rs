//! The Deployment is paused: the controller counts the change as observed and makes no pod of it.

use super::rule::{Check, Rule};
use crate::reason::Reason;
use crate::rollout::diagnosis::{Class, Proof, Symptom};
use crate::rollout::model::{Cause, Graces, Remedy};
use crate::rollout::text::escape;
use crate::rollout::view::RolloutView;

pub(super) const RULE: Rule =
    Rule { name: "paused", class: Class::cause("Paused"), pages: &["stuck.md"], check: Check::Rollout(check) };

fn check(view: &RolloutView, _: &Graces) -> Option<Symptom> {
    let spec = view.deployment()?.spec.as_ref().filter(|spec| spec.paused == Some(true))?;
    let (name, namespace) = (escape(view.name()), escape(view.namespace()));
    let finding = Cause {
        reason: Reason::DeploymentPaused,
        what: "the Deployment is paused: Kubernetes makes no new pods".to_owned(),
        object: view.object(),
        evidence: vec!["spec.paused is true".to_owned()],
        hint: Remedy::given(spec, format!("resume it: kubectl -n {namespace} rollout resume deployment/{name}")),
    };
    Some(Symptom::new(finding, Proof::Immediate("nothing goes on by itself")))
}
