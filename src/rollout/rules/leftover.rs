//! A container of a Job's pod that goes on when another is done: the Job waits for all of them.

use jiff::SignedDuration;

use super::rule::{Check, Rule};
use crate::reason::Reason;
use crate::rollout::diagnosis::{Class, Proof, Symptom};
use crate::rollout::model::{Cause, Graces, Lack, Remedy, Workload};
use crate::rollout::text::escape;
use crate::rollout::view::{ContainerView, PodView};

pub(super) const RULE: Rule =
    Rule { name: "leftover", class: Class::cause("Leftover"), pages: &["jobs.md"], check: Check::Pod(check) };

/// A proxy that ends with the program may take this long.
const TOGETHER: SignedDuration = SignedDuration::from_secs(10);

/// It may end any moment, so time alone never dooms it.
fn check(pod: &PodView, _: &Graces) -> Option<Symptom> {
    if !matches!(pod.snapshot.workload, Workload::Job(_)) {
        return None;
    }
    let own = || pod.containers.iter().filter(|container| !container.init);
    let done: Vec<&ContainerView> = own().filter(|container| container.terminated().is_some()).collect();
    let goes_on = own().find(|container| container.is_running())?;
    let is_well = |container: &&ContainerView| container.terminated().is_some_and(|exit| exit.exit_code == 0);
    if !done.iter().all(is_well) {
        return None;
    }
    let last = done.iter().filter_map(|container| Some(container.terminated()?.finished_at.as_ref()?.0)).max()?;
    if goes_on.now.duration_since(last) < TOGETHER {
        return None;
    }
    let names = done.iter().map(|container| escape(container.name())).collect::<Vec<_>>().join(", ");
    let title = goes_on.title();
    let hint = format!(
        "a helper such as a proxy belongs into initContainers, with restartPolicy: Always: there it ends with the pod; \
         or let {} end by itself",
        escape(goes_on.name())
    );
    let finding = Cause {
        reason: Reason::ContainersNotReady,
        what: format!("{title} goes on although {names} is done: the Job is complete only when all have ended"),
        object: goes_on.object(),
        evidence: vec![format!("{names} ended with exit code 0 at {}", last.strftime("%H:%M:%S UTC"))],
        hint: Remedy::given(goes_on.spec, hint),
    };
    let state_text = format!("{names} is done, and {} goes on", escape(goes_on.name()));
    Some(Symptom { finding, state_text, proof: Proof::Never, needs_log: None, lack: Lack::Own })
}
