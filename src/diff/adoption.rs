//! What becomes of `metadata.managedFields` and of an object when plat takes over what other tools hold. Pure.

use serde_json::{Map, Value, json};

use super::managed::{applied, entries, holds, is_in, is_whole, leaves};
use super::path::{find_raw, get, get_mut, remove_at};
use crate::manifests::MANAGED_BY;

/// Declarative tools, whose fields `--adopt` takes over: what they applied is a whole, as a plat.yaml is. Edits by hand
/// (`kubectl-edit`, `kubectl-set`) are not among them: each of those is a conflict to decide.
const TOOLS: [&str; 12] = [
    "kubectl-client-side-apply",
    // What an object had before its first server-side apply, as the API server calls it.
    "before-first-apply",
    "kubectl",
    "kubectl-create",
    "kubectl-expose",
    "kubectl-autoscale",
    "kubectl-run",
    "kubectl-replace",
    "helm",
    "argocd-controller",
    "kustomize-controller",
    "helm-controller",
];

/// What `kubectl apply` keeps for itself: the manifest that it applied last.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Whether this field manager is a declarative tool.
#[must_use]
pub fn is_tool(manager: &str) -> bool {
    TOOLS.contains(&manager)
}

/// Tools whose fields become plat's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tools {
    /// `kubectl apply`, client-side or server-side: what its entries hold is what it asked for last, because whoever
    /// changes a value becomes its only holder.
    KubectlApply,
    /// Every one of [`TOOLS`].
    All,
}

impl Tools {
    /// Whether an entry is one of theirs.
    fn own(self, entry: &Value) -> bool {
        let manager = entry["manager"].as_str().unwrap_or_default();
        is_whole(entry)
            && match self {
                Self::All => is_tool(manager),
                Self::KubectlApply => {
                    manager == "kubectl-client-side-apply" || manager == "kubectl" && entry["operation"] == "Apply"
                }
            }
    }

    /// Whether one of them holds this field, written as server-side apply does.
    #[must_use]
    pub fn hold(self, object: &Value, field: &str) -> bool {
        entries(object).any(|entry| self.own(entry) && holds(entry, field))
    }
}

fn union(into: &mut Value, from: &Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        for (step, below) in from {
            match into.get_mut(step) {
                Some(there) => union(there, below),
                None => {
                    into.insert(step.clone(), below.clone());
                }
            }
        }
    }
}

/// The entries of an object when all that these tools hold goes over to `manager`; none when they hold nothing.
///
/// The rule of `client-go/util/csaupgrade` (`UpgradeManagedFields`), for tools that apply server-side (Helm 4) as well:
/// without it a field that plat.yaml drops would stay for ever, because the tool still holds it. `kubectl apply` that
/// goes on beside plat keeps its note of what it applied last.
#[must_use]
pub fn adopted(object: &Value, manager: &str, tools: Tools) -> Option<Vec<Value>> {
    let mut all: Vec<Value> = entries(object).cloned().collect();
    let notes: Vec<Value> = match tools {
        Tools::All => Vec::new(),
        Tools::KubectlApply => all.iter_mut().filter(|entry| tools.own(entry)).filter_map(take_note).collect(),
    };
    let all: Vec<&Value> = all.iter().filter(|entry| !tools.own(entry) || !is_empty(entry)).collect();
    let (theirs, mut rest): (Vec<&Value>, Vec<&Value>) = all.into_iter().partition(|entry| tools.own(entry));
    let latest = theirs.iter().max_by_key(|entry| entry["time"].as_str())?;
    let own =
        rest.iter().position(|entry| entry["manager"] == manager && entry["operation"] == "Apply" && is_whole(entry));
    let mut target = if let Some(index) = own {
        rest.remove(index).clone()
    } else {
        let mut entry = (*latest).clone();
        entry["manager"] = json!(manager);
        entry["operation"] = json!("Apply");
        entry
    };
    // Fields of another version of the kind may have other names; those are nobody's from now on.
    let version = target["apiVersion"].clone();
    for entry in theirs.iter().filter(|entry| entry["apiVersion"] == version) {
        union(&mut target["fieldsV1"], &entry["fieldsV1"]);
    }
    let mut made: Vec<Value> = rest.into_iter().cloned().chain(notes).collect();
    made.push(target);
    Some(made)
}

/// The entries without what people set by hand (`kubectl set`, `edit`, `patch`) and the manifest says too: that is
/// plat.yaml's from now on, and another value there is no conflict. None where there is nothing of that sort.
#[must_use]
pub fn without_agreed_edits(all: &[Value], live: &Value, manifest: &Value) -> Option<Vec<Value>> {
    let is_by_hand = |entry: &Value| {
        let manager = entry["manager"].as_str().unwrap_or_default();
        manager.starts_with("kubectl-") && !is_tool(manager) && is_whole(entry) && entry["operation"] == "Update"
    };
    let at = |value: &Value, path: &[&str]| find_raw(value, path).and_then(|steps| get(value, &steps).cloned());
    let is_agreed = |path: &[&str]| at(manifest, path).is_some_and(|wanted| at(live, path) == Some(wanted));
    let mut is_changed = false;
    let cut = all.iter().filter_map(|entry| {
        let mut entry = entry.clone();
        if is_by_hand(&entry) {
            let fields = entry["fieldsV1"].clone();
            let agreed: Vec<Vec<&str>> = leaves(&fields).into_iter().filter(|path| is_agreed(path)).collect();
            is_changed |= !agreed.is_empty();
            for path in &agreed {
                cut(&mut entry["fieldsV1"], path);
            }
            if entry["fieldsV1"].as_object().is_some_and(Map::is_empty) {
                return None;
            }
        }
        Some(entry)
    });
    let cut: Vec<Value> = cut.collect();
    is_changed.then_some(cut)
}

/// Takes a path out of a set, and what is empty without it.
fn cut(set: &mut Value, path: &[&str]) {
    let (Some((first, rest)), Some(steps)) = (path.split_first(), set.as_object_mut()) else { return };
    let Some(below) = steps.get_mut(*first) else { return };
    cut(below, rest);
    if rest.is_empty() || below.as_object().is_some_and(|below| below.keys().all(|step| step == ".")) {
        steps.shift_remove(*first);
    }
}

/// Whether these tools hold nothing that the apply of `manager` does not hold too: what they applied is what it applied.
/// Their own note, and those of plat, are nobody's setting.
#[must_use]
pub fn is_shared(object: &Value, manager: &str, tools: Tools) -> bool {
    let own = applied(object, manager).map(|entry| &entry["fieldsV1"]);
    let is_note = |path: &[&str]| match path {
        ["f:metadata", "f:annotations"] => true,
        ["f:metadata", "f:annotations", note] => {
            note.strip_prefix("f:").is_some_and(|note| note == LAST_APPLIED || note.starts_with("plat.dev/"))
        }
        _ => false,
    };
    let theirs = entries(object).filter(|entry| tools.own(entry)).flat_map(|entry| leaves(&entry["fieldsV1"]));
    theirs.into_iter().all(|path| is_note(&path) || own.is_some_and(|own| is_in(own, &path)))
}

/// Takes the note of what was applied last out of an entry: an entry of its own.
fn take_note(entry: &mut Value) -> Option<Value> {
    let step = format!("f:{LAST_APPLIED}");
    let annotations = entry["fieldsV1"]["f:metadata"]["f:annotations"].as_object_mut()?;
    annotations.shift_remove(&step)?;
    let mut note = entry.clone();
    note["fieldsV1"] = json!({"f:metadata": {"f:annotations": {step: {}}}});
    Some(note)
}

/// Whether an entry holds nothing but parts without content.
fn is_empty(entry: &Value) -> bool {
    leaves(&entry["fieldsV1"])
        .iter()
        .all(|path| matches!(path.as_slice(), [] | ["f:metadata" | "f:spec"] | ["f:metadata", "f:annotations"]))
}

/// Takes out of `planned` what plat's next apply removes once the tools' fields are plat's: all that they hold, and
/// neither plat applies nor anybody else holds. What the server sets by itself stays: `fresh` is the answer to a dry-run
/// creation of the same manifest, where one could be had (an update's entry holds defaults as well).
pub fn release(planned: &mut Value, live: &Value, fresh: Option<&Value>, tools: Tools) {
    let own = applied(planned, MANAGED_BY).map(|entry| entry["fieldsV1"].clone()).unwrap_or_default();
    let others: Vec<Value> = entries(live)
        .filter(|entry| entry["manager"] != MANAGED_BY && !tools.own(entry))
        .map(|entry| entry["fieldsV1"].clone())
        .collect();
    let theirs: Vec<Value> =
        entries(live).filter(|entry| tools.own(entry)).map(|entry| entry["fieldsV1"].clone()).collect();
    let kept = |path: &Vec<&str>| std::iter::once(&own).chain(&others).any(|set| is_in(set, path));
    // `kubectl apply` that goes on beside plat keeps its note.
    let note = format!("f:{LAST_APPLIED}");
    let is_note = |path: &[&str]| path.last() == Some(&note.as_str()) || path == ["f:metadata", "f:annotations"];
    let stays = |path: &[&str]| tools == Tools::KubectlApply && is_note(path);
    let gone: Vec<Vec<&str>> = theirs.iter().flat_map(leaves).filter(|path| !kept(path) && !stays(path)).collect();
    for path in gone {
        let Some(steps) = find_raw(planned, &path) else { continue };
        let default = fresh.and_then(|fresh| find_raw(fresh, &path).and_then(|steps| get(fresh, &steps)));
        match (default, get_mut(planned, &steps)) {
            // Parts that hold something stay as they are: what is in them has a path of its own.
            (Some(Value::Object(_) | Value::Array(_)), _) => {}
            (Some(default), Some(there)) => *there = default.clone(),
            _ => remove_at(planned, &steps),
        }
    }
}

/// What a take-over makes of `live`, where the server cannot say because a tool's value and plat's exclude each other
/// until it is done. `fresh` is the answer to a dry-run creation of the manifest.
#[must_use]
pub fn taken_over(live: &Value, fresh: &Value, manager: &str, tools: Tools) -> Value {
    let mut planned = fresh.clone();
    for part in ["labels", "annotations"] {
        let mut merged = live["metadata"][part].as_object().cloned().unwrap_or_default();
        merged.extend(fresh["metadata"][part].as_object().cloned().unwrap_or_default());
        planned["metadata"][part] = json!(merged);
    }
    for part in ["name", "uid", "resourceVersion", "generation", "creationTimestamp", "ownerReferences", "finalizers"] {
        match live["metadata"].get(part) {
            Some(value) => planned["metadata"][part] = value.clone(),
            None => drop(planned["metadata"].as_object_mut().and_then(|metadata| metadata.shift_remove(part))),
        }
    }
    planned["metadata"]["managedFields"] = json!(adopted(live, manager, tools));
    if let Some(status) = live.get("status") {
        planned["status"] = status.clone();
    }
    // What is neither the tools' nor plat's stays as it is, such as a number of replicas or an address.
    let others = entries(live).filter(|entry| entry["manager"] != manager && !tools.own(entry));
    let paths: Vec<Vec<&str>> = others.flat_map(|entry| leaves(&entry["fieldsV1"])).collect();
    for path in paths {
        let Some(value) = find_raw(live, &path).and_then(|steps| get(live, &steps)) else { continue };
        if let Some(there) = find_raw(&planned, &path).and_then(|steps| get_mut(&mut planned, &steps)) {
            *there = value.clone();
        }
    }
    planned
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(manager: &str, operation: &str, fields: &Value) -> Value {
        json!({"manager": manager, "operation": operation, "apiVersion": "apps/v1", "fieldsType": "FieldsV1",
            "time": "2026-11-23T00:00:00Z", "fieldsV1": fields})
    }

    #[test]
    fn what_two_have_applied_alike_is_shared() {
        let theirs = |fields: &Value| {
            let own = json!({"f:metadata": {"f:annotations": {"f:plat.dev/rendered": {}}}, "f:spec": {"f:limit": {}}});
            json!({"metadata": {"managedFields": [
                entry("plat", "Apply", &own), entry("kubectl-client-side-apply", "Update", fields)]}})
        };
        let note = format!("f:{LAST_APPLIED}");
        let is_shared = |fields: Value| super::is_shared(&theirs(&fields), "plat", Tools::KubectlApply);
        assert!(is_shared(json!({"f:metadata": {"f:annotations": {".": {}, note: {}}}, "f:spec": {"f:limit": {}}})));
        assert!(is_shared(json!({"f:metadata": {"f:annotations": {"f:plat.dev/commit": {}}}})));
        // A value that they changed is theirs alone, and so is one that they added.
        assert!(!is_shared(json!({"f:spec": {"f:size": {}}})));
        assert!(!is_shared(json!({"f:metadata": {"f:annotations": {"f:team": {}}}})));
        let never_applied = json!({"metadata": {"managedFields": [
            entry("kubectl", "Apply", &json!({"f:spec": {"f:limit": {}}}))]}});
        assert!(!super::is_shared(&never_applied, "plat", Tools::KubectlApply));
    }

    fn env(names: &[&str]) -> Value {
        let items = names.iter().map(|name| (format!("k:{{\"name\":\"{name}\"}}"), json!({".": {}, "f:value": {}})));
        json!({"f:spec": {"f:env": items.collect::<Map<_, _>>()}})
    }

    fn object(managed: &Value, names: &[&str]) -> Value {
        let env: Vec<Value> = names.iter().map(|name| json!({"name": name, "value": "1"})).collect();
        json!({"metadata": {"name": "shop", "managedFields": managed}, "spec": {"env": env, "limit": 10}})
    }

    #[test]
    fn adoption_gives_all_that_tools_hold_to_plat_and_leaves_the_rest_alone() {
        let status = json!({"manager": "kubectl", "operation": "Update", "subresource": "status"});
        let edit = entry("kubectl-edit", "Update", &env(&["E"]));
        let live = object(
            &json!([
                entry("helm", "Update", &env(&["A", "B"])),
                entry("plat", "Apply", &env(&["A", "C"])),
                edit,
                status,
            ]),
            &[],
        );
        let adopted = adopted(&live, "plat", Tools::All).expect("helm holds something");
        assert_eq!(adopted, [edit, status, entry("plat", "Apply", &env(&["A", "C", "B"]))]);
        assert_eq!(super::adopted(&object(&json!(adopted), &[]), "plat", Tools::All), None, "adopted once");
    }

    #[test]
    fn the_first_adoption_makes_the_tools_entry_an_apply_of_plat() {
        let live = object(&json!([entry("kubectl-client-side-apply", "Update", &env(&["A"]))]), &[]);
        let expected = [entry("plat", "Apply", &env(&["A"]))];
        assert_eq!(adopted(&live, "plat", Tools::All).as_deref(), Some(expected.as_slice()));
    }

    #[test]
    fn an_edit_that_plat_yaml_agrees_with_is_no_conflict_later() {
        let edit = entry("kubectl-set", "Update", &env(&["A", "B"]));
        let helm = entry("helm", "Update", &env(&["A"]));
        let live = object(&json!([edit, helm]), &["A", "B"]);
        let mut wanted = object(&json!([]), &["A", "B"]);
        let all: Vec<Value> = entries(&live).cloned().collect();
        assert_eq!(without_agreed_edits(&all, &live, &wanted), Some(vec![helm.clone()]));
        wanted["spec"]["env"][1]["value"] = json!("2");
        let left = entry("kubectl-set", "Update", &env(&["B"]));
        assert_eq!(without_agreed_edits(&all, &live, &wanted), Some(vec![left.clone(), helm]));
        assert_eq!(without_agreed_edits(&[left], &live, &wanted), None);
    }

    #[test]
    fn released_is_what_only_a_tool_held_but_for_the_servers_defaults() {
        let mut helm = env(&["A", "B", "E"]);
        helm["f:spec"]["f:limit"] = json!({});
        let edit = entry("kubectl-edit", "Update", &env(&["E"]));
        let live = object(&json!([entry("helm", "Update", &helm), edit]), &["A", "B", "E"]);
        let mut planned = live.clone();
        planned["metadata"]["managedFields"] = json!([entry("plat", "Apply", &env(&["A"]))]);
        let fresh = object(&json!([]), &["A"]);
        release(&mut planned, &live, Some(&fresh), Tools::All);
        assert_eq!(planned["spec"], object(&json!([]), &["A", "E"])["spec"]);
    }
}
