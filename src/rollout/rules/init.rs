//! An init container that keeps running. No event ever tells of it; only its log says what it waits for.

use jiff::SignedDuration;

use super::rule::{Check, Rule};
use crate::reason::Reason;
use crate::rollout::diagnosis::{Class, Proof, Symptom};
use crate::rollout::explain::{ContainerLog, join_recent, waited_for};
use crate::rollout::model::{Cause, Graces, Lack, Remedy};
use crate::rollout::text::{escape, is_log, log_tail};
use crate::rollout::view::ContainerView;

pub(super) const RULE: Rule =
    Rule { name: "init", class: Class::cause("Init"), pages: &["init.md"], check: Check::Container(check) };

/// Most are done by then; the others are worth a word.
const LONG: SignedDuration = SignedDuration::from_secs(10);

/// It may end any moment, so time alone never dooms it: the deadline of the rollout does.
fn check(container: &ContainerView, _: &Graces) -> Option<Symptom> {
    if !container.init || container.is_sidecar() {
        return None;
    }
    let is_long = |since| container.now.duration_since(since) >= LONG;
    let started = container.status.and_then(|status| status.state.as_ref()?.running.as_ref()?.started_at.as_ref());
    // Whoever looks once has not seen it start; a minute is more than clocks usually differ.
    let is_old = started.is_some_and(|at| container.now.duration_since(at.0) >= LONG + SignedDuration::from_mins(1));
    container.timeline.running_since().filter(|since| is_long(*since) || is_old)?;
    let request = ContainerLog::request(container);
    let log = container.logs().find(|log| log.request == request);
    let mut evidence = vec!["it is still running, and the containers after it wait for its end".to_owned()];
    match log.map(|log| log.text.as_str()) {
        Some(text) if is_log(text) => {
            evidence.push("the end of its log:".to_owned());
            evidence.extend(log_tail(text));
        }
        Some(_) => evidence.push("it has written no log".to_owned()),
        None => {}
    }
    let title = container.title();
    let text = log.map(|log| log.text.as_str()).filter(|text| is_log(text)).unwrap_or_default();
    let joined = waited_for(container, text, join_recent(container, text));
    evidence.extend(joined.iter().flat_map(|joined| joined.facts.clone()));
    let pod = escape(container.pod.metadata.name.as_deref().unwrap_or_default());
    let lack = joined.as_ref().map_or(Lack::Own, |joined| joined.lack);
    let (what, hint, lookups) = match joined {
        Some(joined) => (format!("{}, and does not end", joined.what), joined.hint, joined.lookups),
        None => (
            format!("{title} does not end"),
            Remedy::look(format!(
                "its log says what it does, or waits for: kubectl -n {} logs {pod} -c {} -f",
                escape(container.namespace()),
                escape(container.name())
            )),
            Vec::new(),
        ),
    };
    let finding = Cause { reason: Reason::PodInitializing, what, object: container.object(), evidence, hint };
    let needs_log = log.is_none().then_some(request);
    let proof = Proof::Never.informed_by(lookups);
    Some(Symptom { finding, state_text: format!("waits for the end of {title}"), proof, needs_log, lack })
}
