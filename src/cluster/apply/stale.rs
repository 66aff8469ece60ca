//! Running pods that keep older values of configuration which they read only when they start: found and said, and
//! restarted where that is wanted. docs/decisions/0093-restart.md

use std::collections::BTreeMap;

use futures::future::join_all;
use futures::stream::{self, StreamExt};
use jiff::{Timestamp, Unit};
use kube::api::ListParams;
use kube::core::Selector;
use serde_json::{Value, json};

use super::step::{Mark, Step};
use crate::cluster::api::{MANAGER, PARALLEL, objects, request};
use crate::cluster::applyset::{Member, Restart};
use crate::cluster::connect::Cluster;
use crate::diff::managed;
use crate::diff::stale::{AllRevised, Holding, Note, Revised, Stale, holding, values};
use crate::error::Result;
use crate::event::Action;
use crate::manifests::{WORKLOADS, WorkloadKind};
use crate::rollout::Workload;

/// On a workload: what its pods hold that is no longer so.
pub(super) const NOTE: &str = "plat.dev/stale-config";
/// Workloads of one kind and namespace that are looked at, beside those of the set.
const OTHERS: u32 = 500;

/// What is revised, by namespace.
type ByNamespace = BTreeMap<Option<String>, AllRevised>;

/// What was found, for a reader.
#[derive(Default)]
pub(super) struct Found {
    pub stale: Vec<Stale>,
    pub remarks: Vec<String>,
}

/// Finds them, and decides for each step what is to be written. `leavers` are not there any more afterwards.
///
/// # Errors
/// When a workload cannot be read.
pub(super) async fn decide(
    cluster: &Cluster,
    steps: &mut [Step],
    restart: Option<Restart>,
    leavers: &[Member],
) -> Result<Found> {
    let revised = revised(steps);
    let mut found = others(cluster, &revised, steps, leavers).await;
    let none = AllRevised::new();
    let candidates = steps.iter().enumerate().filter_map(|(at, step)| {
        let revised = revised.get(&step.manifest.namespace);
        Some((at, Candidate::of(step, revised.unwrap_or(&none))?))
    });
    let decided = candidates.map(async |(at, candidate)| Ok((at, candidate.decide(cluster, restart).await?)));
    let decided: Vec<Result<(usize, Decided)>> = stream::iter(decided).buffered(PARALLEL).collect().await;
    let mut own = Vec::new();
    for decided in decided {
        let (at, Decided { stale, mark, live }) = decided?;
        match (mark, live) {
            (Mark::Restart { note, at: moment }, Some(live)) => steps[at].restart(live, note, moment),
            (mark, _) => steps[at].mark = mark,
        }
        own.extend(stale);
    }
    found.stale.splice(0..0, own);
    Ok(found)
}

/// The configuration whose values change.
fn revised(steps: &[Step]) -> ByNamespace {
    let mut all = ByNamespace::new();
    let config = |step: &&Step| {
        step.manifest.api_version == "v1" && matches!(step.manifest.kind.as_str(), "ConfigMap" | "Secret")
    };
    let is_written = |step: &&Step| matches!(step.change.action, Action::Create | Action::Change);
    for step in steps.iter().filter(config).filter(is_written) {
        let before = step.live.as_ref().map(values);
        // What the answer about a new object says of its data is not kept.
        let after = step.planned.as_ref().filter(|_| before.is_some()).unwrap_or(&step.manifest.body);
        let revised = Revised { before, after: values(after) };
        if revised.before.as_ref() != Some(&revised.after) {
            let object = format!("{}/{}", step.manifest.kind, step.manifest.name);
            all.entry(step.manifest.namespace.clone()).or_default().insert(object, revised);
        }
    }
    all
}

/// A workload of the set that was there before and keeps its pods.
struct Candidate<'s> {
    step: &'s Step,
    workload: Workload,
    revised: &'s AllRevised,
    noted: Holding,
}

/// What is said of it, and what is written about its pods.
#[derive(Default)]
struct Decided {
    stale: Option<Stale>,
    mark: Mark,
    /// Where it is restarted.
    live: Option<Value>,
}

impl<'s> Candidate<'s> {
    fn of(step: &'s Step, revised: &'s AllRevised) -> Option<Self> {
        let planned = step.planned.as_ref().filter(|_| step.change.action != Action::Create)?;
        WorkloadKind::of(&step.manifest.api_version, &step.manifest.kind)?;
        let note = planned["metadata"]["annotations"][NOTE].as_str();
        let template = &planned["spec"]["template"];
        let is_replaced = step.live.as_ref().is_some_and(|live| live["spec"]["template"] != *template);
        if is_replaced || revised.is_empty() && note.is_none() {
            return None;
        }
        let noted = note.and_then(|text| Note::read(text, template)).map(|note| note.holds).unwrap_or_default();
        Some(Self { step, workload: keeps_pods(planned)?, revised, noted })
    }

    async fn decide(mut self, cluster: &Cluster, restart: Option<Restart>) -> Result<Decided> {
        let was_noted = !self.noted.is_empty();
        let is_read = was_noted || !self.holding().is_empty();
        let live = if is_read { self.read(cluster).await? } else { None };
        let Some(live) = live else { return Ok(Decided::default()) };
        if was_noted && self.is_renewed(cluster, &live).await {
            self.noted.clear();
        }
        let holding = self.holding();
        if holding.is_empty() {
            let mark = if was_noted { Mark::Forget } else { Mark::Nothing };
            return Ok(Decided { mark, ..Decided::default() });
        }
        let note = json!(Note::new(&live["spec"]["template"], holding.clone())).to_string();
        let next = self.next(restart);
        let now = Timestamp::now();
        let mark = match next {
            None => Mark::Restart { note, at: now.round(Unit::Second).unwrap_or(now).to_string() },
            Some(_) if holding == self.noted => Mark::Nothing,
            Some(_) => Mark::Note(note),
        };
        Ok(Decided { stale: Some(Stale::new(self.step.describe(), &holding, next)), mark, live: Some(live) })
    }

    fn holding(&self) -> Holding {
        self.workload.pod_spec().map(|pod| holding(pod, self.revised, &self.noted)).unwrap_or_default()
    }

    /// As it is now; none where it is gone.
    async fn read(&self, cluster: &Cluster) -> Result<Option<Value>> {
        if let Some(live) = &self.step.live {
            return Ok(Some(live.clone()));
        }
        let read = request::get(cluster, &self.step.manifest).await;
        read.map_err(|error| cluster.explain(error, &format!("read {}", self.step.describe())))
    }

    /// What someone has to do; none where this deploy restarts it.
    fn next(&self, restart: Option<Restart>) -> Option<String> {
        let (argument, namespace) = (self.workload.argument(), self.workload.namespace());
        if let Workload::Pod(_) = self.workload {
            return Some(format!("a Pod is not restarted: kubectl delete {argument} -n {namespace}, then deploy"));
        }
        if let Some(held) = self.workload.held_back().filter(|held| held.all) {
            let how = match &self.workload {
                Workload::Deployment(_) => {
                    format!("kubectl rollout resume {argument} -n {namespace}, then deploy with --restart")
                }
                _ => format!("delete them yourself: kubectl delete pod NAME -n {namespace}"),
            };
            return Some(format!("a restart would not replace its pods, because {}; {how}", held.why));
        }
        match restart {
            Some(Restart::Now | Restart::Always) => None,
            Some(Restart::Never) => {
                Some("this set leaves it so (--restart=never); to restart it now, deploy with --restart".to_owned())
            }
            None => Some("to restart it, deploy with --restart".to_owned()),
        }
    }

    /// Whether all its pods are newer than what is noted about them: somebody has deleted the others.
    async fn is_renewed(&self, cluster: &Cluster, live: &Value) -> bool {
        let noted = managed::entries(live).find(|entry| {
            entry["manager"] == MANAGER
                && entry["operation"] == "Update"
                && managed::holds(entry, &format!(".metadata.annotations.{NOTE}"))
        });
        let selector = self.workload.selector().and_then(|labels| Selector::try_from(labels.clone()).ok());
        let (Some(noted), Some(selector)) = (noted.and_then(|entry| entry["time"].as_str()), selector) else {
            return false;
        };
        let pods = request::core("Pod", "pods", Some(self.workload.namespace()), "");
        let pods = request::list(cluster, &pods, &selector.to_string()).await.unwrap_or_default();
        let is_newer = |pod: &Value| pod["metadata"]["creationTimestamp"].as_str().is_some_and(|made| made > noted);
        !pods.is_empty() && pods.iter().all(is_newer)
    }
}

/// The object as a workload whose pods stay there, and are more than none.
fn keeps_pods(object: &Value) -> Option<Workload> {
    let workload = Workload::read(object)?;
    // The next run of a Job takes what is there then.
    (!workload.runs_to_its_end() && workload.desired() > 0).then_some(workload)
}

/// Workloads of the same namespaces that someone else has deployed.
async fn others(cluster: &Cluster, revised: &ByNamespace, steps: &[Step], leavers: &[Member]) -> Found {
    let is_there = |revised: &AllRevised| revised.values().any(|revised| revised.before.is_some());
    let namespaces = revised.iter().filter(|(_, revised)| is_there(revised));
    let kinds = || WORKLOADS.iter().filter(|kind| kind.rolls_out);
    let lists = namespaces.flat_map(|(namespace, revised)| kinds().map(move |kind| (namespace, revised, kind)));
    let lists = lists.map(async |(namespace, revised, kind)| {
        let resource = objects::workloads(kind);
        let api = objects::objects(&cluster.client, &resource, namespace.as_deref());
        let listed = api.list(&ListParams::default().limit(OTHERS)).await.ok();
        let is_whole = listed.as_ref().is_some_and(|list| list.metadata.continue_.as_deref().is_none_or(str::is_empty));
        let remark = (!is_whole).then(|| {
            let namespace = namespace.as_deref().unwrap_or_default();
            format!("not all {} of namespace {namespace} could be listed: others may read what changes", kind.plural)
        });
        let ours = |name: &str| {
            let is = |of: (&str, &Option<String>, &str)| of == (kind.kind, namespace, name);
            steps.iter().any(|s| is((s.manifest.kind.as_str(), &s.manifest.namespace, s.manifest.name.as_str())))
                || leavers.iter().any(|m| m.stays.is_none() && is((m.kind.as_str(), &m.namespace, m.name.as_str())))
        };
        let items = listed.into_iter().flat_map(|list| list.items);
        let workloads = items.filter_map(|item| keeps_pods(&objects::value(&resource, item)));
        let stale = workloads.filter(|workload| !ours(workload.name())).filter_map(|workload| {
            let holding = holding(workload.pod_spec()?, revised, &Holding::new());
            let next = format!(
                "not in these manifests, so restart it yourself: kubectl rollout restart {} -n {}",
                workload.argument(),
                workload.namespace()
            );
            (!holding.is_empty()).then(|| Stale::new(workload.describe(), &holding, Some(next)))
        });
        (stale.collect::<Vec<_>>(), remark)
    });
    let mut found = Found::default();
    for (stale, remark) in join_all(lists).await {
        found.stale.extend(stale);
        found.remarks.extend(remark);
    }
    found
}
