//! Taking an object over from a declarative tool: what it holds becomes plat's, so that a field that plat.yaml drops
//! later goes from the cluster too (`client-go/util/csaupgrade`).

use std::collections::BTreeSet;

use futures::future::join_all;
use kube::core::Status;
use serde_json::{Value, json};

use super::answer::{Asked, is_ours, some_of};
use super::raced;
use crate::cluster::api::{MANAGER, Mode, describe, request};
use crate::cluster::applyset::labels;
use crate::cluster::connect::Cluster;
use crate::cluster::records::WriteGuard;
use crate::diff::adoption::Tools;
use crate::diff::{Foreign, MARKS, adoption, foreign, managed};
use crate::error::{Error, Result};
use crate::manifests::{MANAGED_BY, Manifest};
use crate::reason::Reason;
use crate::text::foreign_line;

/// The name of a creation that is never done.
const NOWHERE: &str = "plat-dry-run";

/// Objects that another tool manages: it would set back or delete what plat does.
pub(in crate::cluster) async fn others(
    cluster: &Cluster,
    asked: &[Asked],
    id: Option<&str>,
    adopt: bool,
) -> Result<Vec<(String, Foreign)>> {
    let found = asked.iter().filter_map(|asked| {
        let object = asked.live.as_ref().or(asked.planned.as_ref().filter(|_| asked.exists()))?;
        // Its own manifest may bear the mark of another tool (`helm template`), which makes it nobody's.
        let own = foreign(&asked.manifest.body, id);
        let foreign = foreign(object, id).filter(|foreign| own.as_ref() != Some(foreign))?;
        Some((describe(&asked.manifest), foreign))
    });
    let found: Vec<(String, Foreign)> = found.collect();
    if adopt || found.is_empty() { Ok(found) } else { Err(foreign_error(cluster, &found).await) }
}

/// All objects of other tools at once, each with whose it is and what it takes to make it plat's.
async fn foreign_error(cluster: &Cluster, found: &[(String, Foreign)]) -> Error {
    let sets: BTreeSet<&String> = found.iter().filter_map(|(_, foreign)| foreign.set()).collect();
    let owners = join_all(sets.into_iter().map(|id| owner_of(cluster, id))).await;
    if let [(_, Some(own))] = &owners[..]
        && found.iter().all(|(_, foreign)| foreign.set().is_some())
    {
        return of_another_set(cluster, found, own);
    }
    let what = match found {
        [(object, foreign)] => format!("{object} {}; nothing was written", foreign.sentence()),
        _ => format!("{} objects belong to other tools; nothing was written", found.len()),
    };
    let mut error = Error::user(what).at(cluster.place()).reason(Reason::ForeignObject);
    if found.len() > 1 {
        error = found
            .iter()
            .fold(error, |error, (object, foreign)| error.detail(format!("{object} {}", foreign.sentence())));
    }
    for (owner, own) in owners {
        error = error.detail(owner);
        if let Some(name) = own {
            error = error.hint(format!("the set is plat's own: did you mean its plat.yaml, or --set {name}?"));
        }
    }
    let mut advice: Vec<String> = found.iter().map(|(_, foreign)| foreign.advice()).collect();
    advice.dedup();
    let error = error.hint("continue with that tool, or give the objects to plat for good: --adopt");
    advice.into_iter().take(3).fold(error, Error::hint)
}

/// They are plat's already, under another name.
fn of_another_set(cluster: &Cluster, found: &[(String, Foreign)], own: &str) -> Error {
    let objects: Vec<String> = found.iter().map(|(object, _)| object.clone()).collect();
    Error::user(format!("{} belong to {own}, which plat deployed; nothing was written", some_of(&objects)))
        .at(cluster.place())
        .hint(format!("deploy it as that: --set {own}, or its plat.yaml"))
        .hint("or give the objects to this deploy for good: --adopt")
        .reason(Reason::ForeignObject)
}

/// Whose an `ApplySet` is: its parent bears the id as a label.
///
/// With its name where it is one of plat's.
async fn owner_of(cluster: &Cluster, id: &str) -> (String, Option<String>) {
    for (kind, resource) in [("Secret", "secrets"), ("ConfigMap", "configmaps")] {
        let address = request::core(kind, resource, Some(&cluster.namespace), "");
        let selector = format!("{}={id}", labels::ID);
        let parents = request::list(cluster, &address, &selector).await.unwrap_or_default();
        if let Some(parent) = parents.first() {
            let name = foreign_line(parent["metadata"]["name"].as_str().unwrap_or_default(), 100);
            let tool = parent["metadata"]["annotations"][labels::TOOL].as_str().unwrap_or("an unnamed tool");
            let own = tool.starts_with("plat/").then(|| name.trim_start_matches("plat-").to_owned());
            let tool = foreign_line(tool, 80);
            return (format!("the parent of that set is {kind} {}/{name}, of {tool}", cluster.namespace), own);
        }
    }
    (format!("the parent of that set ({id}) is not in namespace {}", cluster.namespace), None)
}

/// Whose fields become plat's with this apply: every tool's where the user said so (`all`), else those of
/// `kubectl apply` where that made the object, of people's manifests or of what plat rendered. Nobody has changed them
/// since: that would have made them someone else's.
pub(in crate::cluster) fn of(manifest: &Manifest, live: &Value, all: bool) -> Option<Tools> {
    if all {
        let is_needed = owners(manifest, live, Tools::All).is_some() || !marks(live, Tools::All).is_empty();
        return is_needed.then_some(Tools::All);
    }
    let is_rendered = |object: &Value| object["metadata"]["labels"]["app.kubernetes.io/managed-by"] == MANAGED_BY;
    let tools = Tools::KubectlApply;
    let is_continued = match (is_rendered(&manifest.body), is_ours(live)) {
        (true, false) => is_rendered(live),
        // What it changed after plat had deployed it is a change like anybody's.
        (true, true) => is_rendered(live) && adoption::is_shared(live, MANAGER, tools),
        (false, is_ours) => !is_ours,
    };
    (is_continued && adoption::adopted(live, MANAGER, tools).is_some()).then_some(tools)
}

/// Who holds what once it is taken over; none where that is so already.
fn owners(manifest: &Manifest, live: &Value, tools: Tools) -> Option<Vec<Value>> {
    let adopted = adoption::adopted(live, MANAGER, tools);
    if tools == Tools::KubectlApply {
        return adopted;
    }
    let entries = adopted.clone().unwrap_or_else(|| managed::entries(live).cloned().collect());
    adoption::without_agreed_edits(&entries, live, &manifest.body).or(adopted)
}

/// The paths of the tools' marks, as JSON pointers. `kubectl apply` goes on beside plat, so its own stays.
fn marks(live: &Value, tools: Tools) -> Vec<String> {
    let there = MARKS.iter().filter(|(part, key)| tools == Tools::All && !live["metadata"][*part][*key].is_null());
    there.map(|(part, key)| format!("/metadata/{part}/{}", key.replace('/', "~1"))).collect()
}

/// What the manifest makes of an object that is taken over: `take` says that fields of others are.
///
/// # Errors
/// Why the API server refuses it.
pub(in crate::cluster) async fn dry_run(
    cluster: &Cluster,
    manifest: &Manifest,
    (live, tools): (&Value, Tools),
    mode: Mode,
) -> Result<Value, kube::Error> {
    match request::apply(cluster, manifest, mode).await {
        // Until the tool's fields are plat's, both values are there: a probe by HTTP and by TCP.
        Err(kube::Error::Api(status)) if status.code == 422 && !is_immutable(&status) => {
            match request::create_dry_run(cluster, &elsewhere(manifest)).await {
                Ok(fresh) => Ok(adoption::taken_over(live, &fresh, MANAGER, tools)),
                Err(_) => Err(kube::Error::Api(status)),
            }
        }
        answer => answer.map(|reply| reply.object),
    }
}

/// What may never change, whoever owns it: `field is immutable`, `Forbidden: updates to statefulset spec …`
/// (`k8s.io/apimachinery`, `validation.FieldImmutableErrorMsg`; `pkg/apis/*/validation`).
fn is_immutable(status: &Status) -> bool {
    const SAID: [&str; 5] =
        ["immutable", "updates to", "may not be changed", "can not be changed", "cannot be changed"];
    SAID.iter().any(|said| status.message.contains(said))
}

/// The same as an object that is not there yet.
fn elsewhere(manifest: &Manifest) -> Manifest {
    let mut body = manifest.body.clone();
    body["metadata"]["name"] = json!(NOWHERE);
    if manifest.kind == "Service" {
        // They are taken, by the one that is there.
        for port in body["spec"]["ports"].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
            port.remove("nodePort");
        }
        if let Some(spec) = body["spec"].as_object_mut() {
            spec.retain(|field, value| field != "clusterIP" || value == "None");
        }
    }
    Manifest { name: NOWHERE.to_owned(), body, ..manifest.clone() }
}

/// What the reader is told of objects that tools have made: those that are taken over without a flag, and those that
/// plat and a tool hold together from now on.
pub(in crate::cluster) fn remarks(asked: &[Asked]) -> Vec<String> {
    let of = |which: &dyn Fn(&Asked) -> bool| -> Vec<String> {
        asked.iter().filter(|asked| which(asked)).map(|asked| describe(&asked.manifest)).collect()
    };
    let taken = of(&|asked| asked.adopts == Some(Tools::KubectlApply));
    let beside = of(&is_shared_from_now_on);
    let taken = (!taken.is_empty())
        .then(|| format!("continues from kubectl apply, which nobody changed since: {}", some_of(&taken)));
    let beside = (!beside.is_empty()).then(|| {
        format!(
            "another tool has made {} and keeps its fields: those that plat does not set stay as they are; to make all of \
             them plat's: --adopt",
            some_of(&beside)
        )
    });
    taken.into_iter().chain(beside).collect()
}

/// Whether plat's first apply leaves a tool the fields that it holds.
fn is_shared_from_now_on(asked: &Asked) -> bool {
    let Some(live) = asked.live.as_ref().filter(|live| asked.adopts.is_none() && !is_ours(live)) else { return false };
    managed::held(live, MANAGER).iter().any(|held| adoption::is_tool(&held.manager))
}

/// Takes out of the planned object what goes once the tool's fields are plat's, which no dry run can tell.
pub(in crate::cluster) async fn foresee(cluster: &Cluster, asked: &mut Asked) {
    let (Some(live), Some(planned), Some(tools)) = (&asked.live, &mut asked.planned, asked.adopts) else { return };
    // Only to know the server's defaults; where it is refused, defaults are shown as changes that they are not.
    let fresh = request::create_dry_run(cluster, &elsewhere(&asked.manifest)).await.ok();
    adoption::release(planned, live, fresh.as_ref(), tools);
    for (part, key) in MARKS.into_iter().filter(|_| tools == Tools::All) {
        let has_it = !asked.manifest.body["metadata"][part][key].is_null();
        let there = planned["metadata"].get_mut(part).and_then(Value::as_object_mut).filter(|_| !has_it);
        if let Some(there) = there {
            there.shift_remove(key);
        }
    }
}

/// Gives plat what the tools hold, and takes their marks off. Values stay as they are.
///
/// # Errors
/// When the object may not be changed, or someone else changes it all the time.
pub(in crate::cluster) async fn migrate(
    cluster: &Cluster,
    guard: &WriteGuard,
    manifest: &Manifest,
    (live, tools): (&Value, Tools),
) -> Result<()> {
    let explain = |error| cluster.explain(error, &format!("take over {}", describe(manifest)));
    let mut live = live.clone();
    for attempt in 0..raced::ATTEMPTS {
        raced::pause_before(attempt).await;
        let mut patch = Vec::new();
        if let Some(entries) = owners(manifest, &live, tools) {
            patch.push(json!({"op": "replace", "path": "/metadata/managedFields", "value": entries}));
        }
        patch.extend(marks(&live, tools).into_iter().map(|path| json!({"op": "remove", "path": path})));
        if patch.is_empty() {
            return Ok(());
        }
        let version = &live["metadata"]["resourceVersion"];
        patch.push(json!({"op": "replace", "path": "/metadata/resourceVersion", "value": version}));
        guard.check().await?;
        match request::patch(cluster, manifest, &patch).await {
            Ok(_) => return Ok(()),
            Err(kube::Error::Api(status)) if status.code == 409 => {
                let Some(now) = request::get(cluster, manifest).await.map_err(explain)? else { return Ok(()) };
                live = now;
            }
            Err(error) => return Err(explain(error)),
        }
    }
    Err(Error::user(format!("cannot take over {}: someone changes it all the time", describe(manifest)))
        .at(cluster.place())
        .hint("stop the tool or controller that writes it, then deploy again with --adopt")
        .reason(Reason::Conflict))
}
