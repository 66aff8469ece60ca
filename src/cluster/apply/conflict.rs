//! Conflicts: a field that plat would set and someone else has set since. Pure.

use kube::core::Status;
use kube::core::response::StatusCause;
use serde_json::Value;

use crate::cluster::applyset::Restart;
use crate::diff::{FieldChange, MASK, at, is_provenance, is_secret_data, managed, one_line, shown};
use crate::error::{Error, Result};
use crate::manifests::MANAGED_BY;
use crate::reason::Reason;
use crate::text::{foreign_line, nearest};

/// What the user decided about what others hold, and about pods that keep older configuration. A field is written as it is shown, for one object
/// (`Deployment/shop:.spec.replicas`) or for all (`.spec.replicas`).
#[derive(Debug, Clone, Default)]
pub struct Takes {
    /// Fields that become plat's; `all` for every one.
    pub take: Vec<String>,
    /// Fields that stay with whoever has set them.
    pub keep: Vec<String>,
    /// Objects of other tools become plat's as a whole.
    pub adopt: bool,
    /// None where the set decides.
    pub restart: Option<Restart>,
}

/// Takes every field.
const ALL: &str = "all";

impl Takes {
    #[must_use]
    pub fn takes(&self, object: &str, field: &str) -> bool {
        let is_taken = |wanted: &String| is_named(wanted, object, field);
        // A field that is named to be kept is so whatever else is taken.
        self.take.iter().any(is_taken) || self.take.iter().any(|wanted| wanted == ALL) && !self.keeps(object, field)
    }

    #[must_use]
    pub fn keeps(&self, object: &str, field: &str) -> bool {
        self.keep.iter().any(|wanted| is_named(wanted, object, field))
    }

    /// What the user named, each with its flag.
    pub(in crate::cluster) fn named(&self) -> impl Iterator<Item = (&str, &str)> {
        let take = self.take.iter().filter(|wanted| *wanted != ALL).map(|wanted| ("--take", wanted.as_str()));
        take.chain(self.keep.iter().map(|wanted| ("--keep", wanted.as_str())))
    }
}

/// Whether the user means this field of this object (`Deployment demo/shop`).
pub(in crate::cluster) fn is_named(wanted: &str, object: &str, field: &str) -> bool {
    let of_one = wanted.split_once(':').filter(|(object, _)| object.contains('/') && !object.starts_with('.'));
    let (only, wanted) = of_one.map_or((None, wanted), |(only, field)| (Some(only), field));
    let is_object = only.and_then(|only| only.split_once('/')).is_none_or(|(kind, name)| {
        let (of_kind, of_name) = object.split_once(' ').unwrap_or((object, ""));
        of_kind.eq_ignore_ascii_case(kind) && of_name.rsplit('/').next() == Some(name)
    });
    is_object && wanted.trim_start_matches('.') == field.trim_start_matches('.')
}

/// One field that plat would change although someone else changed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// `Deployment shop/payments-api`
    pub object: String,
    /// As server-side apply writes it: `.spec.replicas`
    pub field: String,
    /// The other field manager (`kubectl-edit`); none when the field was removed, which leaves no trace of who did it.
    pub manager: Option<String>,
    /// When that manager last wrote to the object, by the server's clock.
    pub since: Option<String>,
    /// What the cluster has; none where the field is not there.
    pub theirs: Option<String>,
    /// What the manifest asks for.
    pub ours: Option<String>,
    /// The other manager applies what plat applied last: nobody changed the value.
    pub shared: bool,
}

impl Conflict {
    /// `.spec.replicas is 5, set by kubectl at 2026-11-23T00:41:22Z; you ask for 2`
    #[must_use]
    pub fn sentence(&self) -> String {
        let at = self.since.as_ref().map(|since| format!(" at {since}")).unwrap_or_default();
        let theirs = match (&self.theirs, &self.manager) {
            (Some(value), Some(manager)) if self.shared => {
                format!("is {value}, as plat applied it and {manager} too{at}")
            }
            (Some(value), Some(manager)) => format!("is {value}, set by {manager}{at}"),
            (Some(value), None) => format!("is {value}, changed without plat"),
            (None, Some(manager)) => format!("is claimed by {manager}{at}"),
            (None, None) => "was removed without plat".to_owned(),
        };
        match &self.ours {
            Some(ours) if self.theirs.as_ref() == Some(ours) => {
                format!("{} {theirs}; you ask for another", self.field)
            }
            Some(ours) => format!("{} {theirs}; you ask for {ours}", self.field),
            None => format!("{} {theirs}; you ask for none", self.field),
        }
    }
}

/// Whether an apply was refused because of other owners of its fields.
pub(in crate::cluster) fn is_conflict(status: &Status) -> bool {
    status.code == 409 && causes(status).any(is_field_conflict)
}

fn causes(status: &Status) -> impl Iterator<Item = &StatusCause> {
    status.details.iter().flat_map(|details| &details.causes)
}

fn is_field_conflict(cause: &StatusCause) -> bool {
    cause.reason == "FieldManagerConflict"
}

/// The conflicts in a refused apply, plat's own notes left out. `live` is the object in the cluster.
pub(in crate::cluster) fn read(status: &Status, object: &str, ours: &Value, live: &Value) -> Vec<Conflict> {
    let applied = managed::applied(live, MANAGED_BY);
    let kind = ours["kind"].as_str().unwrap_or_default();
    let mut conflicts: Vec<Conflict> = causes(status)
        .filter(|cause| is_field_conflict(cause) && !is_provenance(&cause.field))
        .map(|cause| {
            let manager = manager(&cause.message);
            let value = |object| value_at(kind, object, &cause.field);
            Conflict {
                object: object.to_owned(),
                field: foreign_line(&cause.field, 200),
                since: managed::written_at(live, &manager),
                manager: Some(manager),
                theirs: value(live),
                ours: value(ours),
                shared: applied.is_some_and(|entry| managed::holds(entry, &cause.field)),
            }
        })
        .collect();
    // The server names them in no order of its own.
    conflicts.sort_by(|a, b| a.field.cmp(&b.field));
    conflicts
}

/// The value of a field, for a reader; none where it is not there.
pub(in crate::cluster) fn value_at(kind: &str, object: &Value, field: &str) -> Option<String> {
    let value = at(object, field)?;
    Some(if is_secret_data(kind, field) { MASK.to_owned() } else { shown(field, value) })
}

/// Fields that plat applied before, that plat.yaml still asks for, and that are different now.
pub(in crate::cluster) fn removed(object: &str, ours: &Value, changes: &[FieldChange]) -> Vec<Conflict> {
    changes
        .iter()
        .filter(|change| !change.is_provenance() && at(ours, &change.field).is_some())
        .map(|change| Conflict {
            object: object.to_owned(),
            field: change.field.clone(),
            manager: None,
            since: None,
            shared: false,
            theirs: change.before.as_deref().map(one_line),
            ours: change.after.as_deref().map(one_line),
        })
        .collect()
}

/// What the reader is told: each field, both values, and the two ways on.
///
/// `ours`: whether plat deployed this before. `source`: where the reader asks for a field.
pub(in crate::cluster) fn error(conflicts: &[Conflict], ours: bool, source: &str) -> Error {
    let what = match (conflicts.len(), ours) {
        (1, true) => "one field was changed without plat since its last deploy".to_owned(),
        (n, true) => format!("{n} fields were changed without plat since its last deploy"),
        (1, false) => "one field is set by someone else".to_owned(),
        (n, false) => format!("{n} fields are set by someone else"),
    };
    let mut objects: Vec<&str> = conflicts.iter().map(|conflict| conflict.object.as_str()).collect();
    objects.dedup();
    let (field, or_all) = match conflicts {
        [one] => (in_quotes(&one.field), ""),
        _ => ("FIELD".to_owned(), ", or --take all"),
    };
    let error = Error::user(format!("{what}; nothing was written"))
        .at(objects.join(", "))
        .hint(format!("to keep what the cluster has, write it into {source} and deploy again, or leave the field to the other: --keep {field}"))
        .hint(format!("to have it as {source} says: --take {field}{or_all}"))
        .reason(Reason::Conflict);
    let error = if ours {
        error
    } else {
        error.hint("to make plat the only owner of all that kubectl apply or Helm set: --adopt")
    };
    conflicts
        .iter()
        .fold(error, |error, conflict| error.detail(format!("{}: {}", conflict.object, conflict.sentence())))
}

/// As a shell takes it for one word: a field may name the item of a list, `[name="web"]`.
fn in_quotes(field: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/');
    if field.chars().all(is_plain) { field.to_owned() } else { format!("'{}'", field.replace('\'', r"'\''")) }
}

/// Refuses what was named (flag, field) and is not among the contested fields: a typing error would else decide nothing,
/// silently.
pub(in crate::cluster) fn check_named(idle: &[(&str, &str)], contested: &[&Conflict]) -> Result<()> {
    if idle.is_empty() {
        return Ok(());
    }
    let named: Vec<String> = idle.iter().map(|(flag, field)| format!("{flag} {}", foreign_line(field, 200))).collect();
    let fields = if idle.len() == 1 { "a field" } else { "fields" };
    let error =
        Error::user(format!("{} names {fields} that nobody else has set; nothing was written", named.join(", ")));
    let error = contested
        .iter()
        .fold(error, |error, conflict| error.detail(format!("{}: {}", conflict.object, conflict.sentence())));
    let near = |(flag, field): &(&str, &str)| {
        let field = field.rsplit_once(":.").map_or(*field, |(_, field)| field).trim_start_matches('.');
        let fields = contested.iter().map(|conflict| conflict.field.trim_start_matches('.'));
        Some(format!("did you mean: {flag} '.{}'", nearest(field, fields)?))
    };
    let error = idle.iter().filter_map(near).fold(error, Error::hint);
    Err(error
        .hint("these fields someone else has set; name one as it is written here, or leave the flag out")
        .reason(Reason::NoSuchConflict))
}

/// Out of `conflict with "kubectl-edit" using apps/v1` (`k8s.io/apimachinery`, `managedfields/internal/conflict.go`).
fn manager(message: &str) -> String {
    foreign_line(message.split('"').nth(1).unwrap_or("someone else"), 80)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn deployment() -> Value {
        json!({
            "metadata": {"labels": {"app.kubernetes.io/name": "shop", "app": "x"}},
            "spec": {"replicas": 5, "template": {"spec": {
                "containers": [
                    {"name": "sidecar", "image": "s:1"},
                    {"name": "app", "image": "a:1", "ports": [{"containerPort": 8080}],
                     "env": [{"name": "DB_PASSWORD", "value": "hunter2"}]},
                ]}}},
            "finalizers": ["a", "b"],
        })
    }

    #[test]
    fn a_refused_apply_names_field_manager_and_both_values_but_not_plats_own_notes() {
        let status: Status = serde_json::from_value(json!({
            "code": 409, "reason": "Conflict", "message": "Apply failed with 1 conflict",
            "details": {"causes": [{"reason": "FieldManagerConflict", "field": ".spec.replicas",
                "message": "conflict with \"kubectl\" with subresource \"scale\" using apps/v1"},
                {"reason": "FieldManagerConflict", "field": ".metadata.annotations.plat.dev/rendered",
                "message": "conflict with \"kubectl\" using apps/v1"}]},
        }))
        .expect("a Status");
        let ours = json!({"kind": "Deployment", "spec": {"replicas": 2}});
        let conflicts = read(&status, "Deployment shop/api", &ours, &deployment());
        let sentences: Vec<String> = conflicts.iter().map(Conflict::sentence).collect();
        assert_eq!(sentences, [".spec.replicas is 5, set by kubectl; you ask for 2"]);
    }

    #[rstest]
    #[case(".spec.replicas", true)]
    #[case("spec.replicas", true)]
    #[case("Deployment/api:.spec.replicas", true)]
    #[case("deployment/api:.spec.replicas", true)]
    #[case("Deployment/other:.spec.replicas", false)]
    #[case("Service/api:.spec.replicas", false)]
    #[case(".spec.paused", false)]
    fn a_field_is_named_for_all_objects_or_for_one(#[case] wanted: &str, #[case] expected: bool) {
        let takes = Takes { keep: vec![wanted.to_owned()], ..Takes::default() };
        assert_eq!(takes.keeps("Deployment shop/api", ".spec.replicas"), expected);
        assert!(!takes.takes("Deployment shop/api", ".spec.replicas"));
    }

    #[rstest]
    #[case::all(&["all"], &[], true)]
    #[case::all_but_this(&["all"], &[".spec.replicas"], false)]
    #[case::all_but_another(&["all"], &[".spec.paused"], true)]
    #[case::all_but_that_of_another_object(&["all"], &["Service/api:.spec.replicas"], true)]
    #[case::this(&[".spec.replicas"], &[], true)]
    fn what_is_named_to_be_kept_is_not_taken_with_all(
        #[case] take: &[&str],
        #[case] keep: &[&str],
        #[case] taken: bool,
    ) {
        let named = |fields: &[&str]| fields.iter().map(|&field| field.to_owned()).collect();
        let takes = Takes { take: named(take), keep: named(keep), ..Takes::default() };
        assert_eq!(takes.takes("Deployment shop/api", ".spec.replicas"), taken);
    }

    #[test]
    fn a_field_that_another_applies_as_plat_did_was_changed_by_nobody() {
        let status: Status = serde_json::from_value(json!({"code": 409, "details": {"causes": [
            {"reason": "FieldManagerConflict", "field": ".spec.replicas",
             "message": "conflict with \"kubectl-client-side-apply\" using apps/v1"}]}}))
        .expect("a Status");
        let mut live = deployment();
        live["metadata"]["managedFields"] = json!([
            {"manager": "plat", "operation": "Apply", "fieldsV1": {"f:spec": {"f:replicas": {}}}},
            {"manager": "kubectl-client-side-apply", "operation": "Update", "time": "2026-11-23T00:41:22Z",
             "fieldsV1": {"f:spec": {"f:replicas": {}}}}]);
        let conflicts = read(&status, "Deployment shop/api", &json!({"spec": {"replicas": 2}}), &live);
        assert_eq!(
            conflicts[0].sentence(),
            ".spec.replicas is 5, as plat applied it and kubectl-client-side-apply too at 2026-11-23T00:41:22Z; \
             you ask for 2"
        );
    }
}
