//! The first round of an apply: the server does all but write, for all objects at once, so that a conflict or a
//! refusal is known before anything changes. An unchanged deploy ends here. See docs/decisions/0011-apply.md.

use std::sync::Arc;

use futures::future::join;
use futures::stream::{self, StreamExt};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::adopt;
use super::answer::{Asked, Decisions, Missing, Refused, is_ours, some_of};
use super::conflict::{self, Conflict, Takes};
use super::dry_run::{Absent, AbsentNamespace, Reads, absent_namespaces, ask, read_live, spare};
use super::peers;
use super::refusal;
use super::resolve;
use super::stale;
use super::step::Step;
use super::traffic;
use super::unchanged::{self, Expected};
use crate::cluster::api::{PARALLEL, describe};
use crate::cluster::applyset::labels;
use crate::cluster::applyset::{Member, RENDERED, Restart, Set};
use crate::cluster::applyset::{Membership, membership};
use crate::cluster::connect::{Cluster, NamespaceSource};
use crate::diff::{Foreign, Stale, adopted_lines};
use crate::error::{Error, Result};
use crate::event::{self, Action, Change, Count, Kept};
use crate::files::Origins;
use crate::manifests::Manifest;

/// What is to be written.
#[derive(Debug)]
pub struct Plan {
    pub(in crate::cluster) steps: Vec<Step>,
    /// The service was not there before; of files: none of the objects was.
    pub first: bool,
    /// These have to be created before anything is written to them: [`crate::cluster::apply::execute::create_namespace`].
    pub absent_namespaces: Vec<AbsentNamespace>,
    /// Fields that are taken over from others because the user said so.
    pub taken: Vec<Conflict>,
    /// Fields that stay with others because somebody said so, now or earlier.
    pub kept: Vec<Kept>,
    /// Fields that someone has set and nobody decided about: nothing is written.
    pub conflicts: Vec<Conflict>,
    /// Objects of other tools that become plat's.
    pub adopted: Vec<(String, Foreign)>,
    /// Workloads whose pods keep older configuration, or are restarted for it.
    pub stale: Vec<Stale>,
    /// What the reader should know beside the changes.
    pub(in crate::cluster) notes: Vec<String>,
    /// The set in the cluster, and who leaves it; none for objects that are applied and no more.
    pub membership: Option<Membership>,
    /// Whether plat deployed it before.
    pub(in crate::cluster) made_by_plat: bool,
    /// Where its fields are asked for, for a reader.
    pub(super) source: &'static str,
    /// What was decided, and the set's id: what is planned later is asked with the same.
    pub(super) takes: Takes,
    pub(super) set: Option<String>,
    pub(super) origins: Arc<Origins>,
}

impl Plan {
    /// What it does, for a reader.
    #[must_use]
    pub fn event(&self) -> event::Plan {
        let taken = |conflict: &Conflict| format!("{}: {}", conflict.object, conflict.sentence());
        let leavers = self.membership.iter().flat_map(|membership| &membership.leavers);
        event::Plan {
            first: self.first,
            objects: self.changes().cloned().collect(),
            taken: self.taken.iter().map(taken).collect(),
            adopted: adopted_lines(&self.adopted),
            leavers: leavers.map(Member::leaver).collect(),
            kept: self.kept.clone(),
            stale: self.stale.clone(),
            remarks: self.remarks().collect(),
        }
    }

    /// How many objects it creates, changes and leaves as they are.
    #[must_use]
    pub fn count(&self) -> Count {
        let of = |action: Action| self.changes().filter(|change| change.action == action).count();
        Count {
            created: of(Action::Create),
            changed: of(Action::Change),
            unchanged: of(Action::Nothing) + of(Action::Track),
        }
    }

    /// What each object is in for, in the order of the manifests.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.steps.iter().map(|step| &step.change)
    }

    /// Each object with what it is and what it would be, in the order of the manifests.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The fields that change, a line each, masked.
    #[must_use]
    pub fn diff(&self) -> Vec<String> {
        let of_step = |step: &Step| {
            let object = step.describe();
            step.change.fields.iter().map(move |field| format!("{object} {field}")).collect::<Vec<_>>()
        };
        self.steps.iter().flat_map(of_step).collect()
    }

    /// Whether nothing of any object is to be written; something may still have to be deleted.
    #[must_use]
    pub fn writes_nothing(&self) -> bool {
        self.changes().all(|change| change.action == Action::Nothing)
    }

    /// Whether nothing is to be written or deleted.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        self.writes_nothing() && self.membership.as_ref().is_none_or(Membership::is_settled)
    }

    /// What the reader should know beside the changes.
    pub fn remarks(&self) -> impl Iterator<Item = String> {
        let left = self.kept.iter().map(Kept::sentence);
        let tool = self.membership.as_ref().and_then(|membership| membership.taken_from.as_ref());
        let tool = tool.map(|tool| format!("the set is taken over from {tool}, which refuses it from now on"));
        self.notes.iter().cloned().chain(left).chain(tool)
    }

    /// Says this too.
    pub fn remark(&mut self, text: String) {
        self.notes.push(text);
    }

    /// Whether it restarts because this very run was asked to: another deploy of the same need not be.
    #[must_use]
    pub fn restarts_on_request(&self) -> bool {
        self.takes.restart.is_some() && self.stale.iter().any(|stale| stale.restarts)
    }

    /// Refuses to continue where someone has set fields that nobody decided about.
    ///
    /// # Errors
    /// All those fields at once.
    pub fn check_conflicts(&self) -> Result<()> {
        if self.conflicts.is_empty() {
            Ok(())
        } else {
            Err(conflict::error(&self.conflicts, self.made_by_plat, self.source))
        }
    }

    /// The object before this deploy; none where there was none.
    #[must_use]
    pub fn before(&self, object: &Manifest) -> Option<&Value> {
        let of = |manifest: &Manifest| (manifest.kind.clone(), manifest.namespace.clone(), manifest.name.clone());
        let step = self.steps.iter().find(|step| of(&step.manifest) == of(object))?;
        let same = step.planned.as_ref().filter(|_| step.change.action == Action::Nothing);
        step.live.as_ref().filter(|_| step.missing != Some(Missing::End)).or(same)
    }
}

impl AbsentNamespace {
    /// Whether plat.yaml or a manifest asks for it, so that it is no typo.
    #[must_use]
    pub fn is_written_down(&self, cluster: &Cluster, plan: &Plan) -> bool {
        let mut steps = plan.steps.iter().map(|step| &step.manifest);
        let in_plat_yaml = cluster.namespace_from == NamespaceSource::PlatYaml && self.named_by.is_none();
        in_plat_yaml || steps.any(|manifest| manifest.kind == "Namespace" && manifest.name == self.name)
    }
}

/// Asks what applying these manifests would do. Nothing is written.
///
/// # Errors
/// Objects of other tools (unless adopted), or why the API server refuses an object. Conflicts are in the plan:
/// [`Plan::check_conflicts`].
pub async fn plan(cluster: &Cluster, set: &Set, takes: &Takes, expected: Expected) -> Result<Plan> {
    if let (None, Some(restart)) = (&set.name, takes.restart.filter(|restart| restart.is_remembered())) {
        return Err(Error::usage(format!(
            "--restart={} is kept by a set, and these manifests have no name",
            restart.word()
        ))
        .hint("give them one: --set NAME; or restart this time only: --restart"));
    }
    let id = set.name.as_ref().map(|name| membership::id(name, &cluster.namespace));
    let (set_id, id) = (id.clone(), id.as_deref());
    let manifests: Vec<Arc<Manifest>> = set.manifests.iter().map(|manifest| member(manifest, id)).collect();
    let absent = Absent::default();
    let question = async |at: usize, manifest: Arc<Manifest>, known: Option<Value>| match known {
        Some(object) => Ok(Asked::settled(manifest, object)),
        None if absent.is_in(&manifest) => Ok(Asked::unknown(manifest, Missing::Namespace)),
        None if set.spares(&manifest) => absent.learn(spare(cluster, manifest, takes, id).await),
        None => {
            let reads = if set.is_read_ahead(at) { Reads::Ahead } else { Reads::WhereNeeded };
            absent.learn(ask(cluster, manifest, reads, takes, id).await)
        }
    };
    let answers = async {
        let mut known = unchanged::settled(cluster, &manifests, takes, expected).await;
        let all = manifests.iter().cloned().enumerate();
        let questions = all.map(|(at, manifest)| question(at, manifest, known.remove(&at)));
        stream::iter(questions).buffered(PARALLEL).collect::<Vec<_>>().await
    };
    let parent = async {
        match &set.name {
            Some(name) => membership::parent(cluster, name).await,
            None => Ok(None),
        }
    };
    let (answers, parent) = join(answers, parent).await;
    let (mut asked, refused) = sort(answers);
    if !refused.is_empty() {
        return Err(refusal::all(cluster, set.origins(), refused).await.hint("nothing was written"));
    }
    read_live(cluster, &manifests, &mut asked).await;
    let absent_namespaces = absent_namespaces(cluster, set, &asked);
    let adopted = adopt::others(cluster, &asked, id, takes.adopt).await?;

    let noted = set.noted_at().and_then(|at| asked.get(at)).filter(|asked| asked.exists());
    // What was found to be as it is wanted is not kept as it is.
    let same = noted.is_some_and(|noted| {
        noted.live.as_ref().is_none_or(|live| live["metadata"]["annotations"][RENDERED] == json!(set.rendered()))
    });
    let made_by_plat = match set.noted_at() {
        Some(_) => noted.and_then(|noted| noted.live.as_ref()).is_none_or(is_ours),
        None => asked
            .iter()
            .filter(|asked| !asked.decisions.open.is_empty())
            .any(|asked| asked.live.as_ref().is_some_and(is_ours)),
    };
    let first = match set.noted_at() {
        Some(_) => noted.is_none(),
        None => asked.iter().all(|asked| !asked.exists()),
    };
    if same
        && !takes.adopt
        && let Err(refused) = resolve::decide_removals(cluster, &mut asked, takes).await
    {
        return Err(refusal::all(cluster, set.origins(), vec![refused]).await.hint("nothing was written"));
    }
    let membership = membership::membership(cluster, set, parent?.as_ref(), (takes.adopt, takes.restart)).await?;
    let spared = asked.iter().filter(|asked| set.spares(&asked.manifest) && asked.exists());
    let spared: Vec<String> = spared.map(|asked| describe(&asked.manifest)).collect();
    let spared = (!spared.is_empty()).then(|| format!("a rollback leaves as they are: {}", some_of(&spared)));
    let remarks = asked.iter().flat_map(resolve::remarks).chain(resolve::idle(&asked, takes)?);
    let remarks = remarks.chain(spared).chain(adopt::remarks(&asked)).collect::<Vec<_>>();
    let mut of = |which: fn(&mut Decisions) -> &mut Vec<Conflict>| -> Vec<Conflict> {
        asked.iter_mut().flat_map(|asked| std::mem::take(which(&mut asked.decisions))).collect()
    };
    let conflicts = of(|decisions| &mut decisions.open);
    let overridden = of(|decisions| &mut decisions.taken);
    let kept = asked.iter().flat_map(|asked| asked.decisions.left.clone()).collect();
    let mut steps: Vec<Step> = asked.into_iter().map(Step::of).collect();
    let of_set = membership.as_ref().and_then(Membership::restart);
    let leavers = membership.as_ref().map(|membership| membership.leavers.as_slice()).unwrap_or_default();
    let found = stale::decide(cluster, &mut steps, takes.restart.or(of_set), leavers).await?;
    // Once is once, whatever the set says.
    let told = of_set.filter(|_| takes.restart != Some(Restart::Now)).map(remembered);
    let switched = traffic::decide(cluster, &mut steps).await;
    Ok(Plan {
        steps,
        first,
        absent_namespaces,
        taken: overridden,
        kept,
        conflicts,
        adopted,
        stale: found.stale,
        notes: remarks.into_iter().chain(told).chain(found.remarks).chain(switched).collect(),
        membership,
        made_by_plat,
        source: if set.is_service() { "plat.yaml" } else { "the manifest" },
        takes: takes.clone(),
        set: set_id,
        origins: Arc::clone(set.origins()),
    })
}

/// What somebody said for the set is said in each run.
fn remembered(restart: Restart) -> String {
    let what = match restart {
        Restart::Never => "are left as they are",
        Restart::Now | Restart::Always => "are restarted",
    };
    format!(
        "pods that read changed configuration only when they start {what} (--restart={}, kept by the set)",
        restart.word()
    )
}

/// The object as a member of its set.
fn member(manifest: &Arc<Manifest>, id: Option<&str>) -> Arc<Manifest> {
    let mut manifest = Arc::clone(manifest);
    if let Some(id) = id {
        labels::enrol(Arc::make_mut(&mut manifest), id);
    }
    manifest
}

/// What the rest of the set may make acceptable is not judged by what is there now.
fn sort(answers: Vec<Result<Asked, Refused>>) -> (Vec<Asked>, Vec<Refused>) {
    let may_change = |answer: &Result<Asked, Refused>| match answer {
        Ok(asked) => asked.may_change().then(|| Arc::clone(&asked.manifest)),
        Err(refused) => Some(Arc::clone(&refused.manifest)),
    };
    let changing: Vec<Arc<Manifest>> = answers.iter().filter_map(may_change).collect();
    let mut asked = Vec::new();
    let mut refused = Vec::new();
    for answer in answers {
        match answer {
            Ok(answer) => asked.push(answer),
            Err(no) => {
                let missing = match &no.error {
                    kube::Error::Api(status) => peers::waits_for(&changing, &no.manifest, status),
                    _ => None,
                };
                match missing {
                    Some(missing) => asked.push(Asked::unknown(no.manifest, missing)),
                    None => refused.push(no),
                }
            }
        }
    }
    (asked, refused)
}

/// An object as its type.
///
/// # Errors
/// When the server is so much older or newer that its answer does not fit.
pub fn typed<T: DeserializeOwned>(object: &Value) -> Result<T> {
    T::deserialize(object).map_err(|e| {
        Error::user("the API server answered an object that plat cannot read")
            .hint("is this server older or newer than the supported Kubernetes versions? kubectl version")
            .because(e)
    })
}
