//! Conflicts: a field that plat would set and somebody else has set since. Pure.

use kube::core::Status;
use kube::core::response::StatusCause;
use serde_json::Value;

use crate::diff::{FieldChange, at, is_provenance, shown};
use crate::error::Error;
use crate::text::foreign_line;

/// Which fields of others the user gives to plat.
#[derive(Debug, Clone, Copy, Default)]
pub struct Takes {
    pub all: bool,
}

/// One field that plat would change although somebody else changed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// `Deployment shop/payments-api`
    pub object: String,
    /// As server-side apply writes it: `.spec.replicas`
    pub field: String,
    /// The other field manager (`kubectl-edit`); none when the field was removed, which leaves no trace of who did it.
    pub manager: Option<String>,
    /// What the cluster has; none where the field is not there.
    pub theirs: Option<String>,
    /// What plat.yaml asks for.
    pub ours: Option<String>,
}

impl Conflict {
    /// `.spec.replicas is 5, set by kubectl; plat.yaml asks for 2`
    #[must_use]
    pub fn sentence(&self) -> String {
        let theirs = match (&self.theirs, &self.manager) {
            (Some(value), Some(manager)) => format!("is {value}, set by {manager}"),
            (Some(value), None) => format!("is {value}, changed without plat"),
            (None, Some(manager)) => format!("is claimed by {manager}"),
            (None, None) => "was removed without plat".to_owned(),
        };
        match &self.ours {
            Some(ours) => format!("{} {theirs}; plat.yaml asks for {ours}", self.field),
            None => format!("{} {theirs}; plat.yaml has no such field", self.field),
        }
    }
}

/// Whether an apply was refused because of other owners of its fields.
pub(super) fn is_conflict(status: &Status) -> bool {
    status.code == 409 && causes(status).any(is_field_conflict)
}

fn causes(status: &Status) -> impl Iterator<Item = &StatusCause> {
    status.details.iter().flat_map(|details| &details.causes)
}

fn is_field_conflict(cause: &StatusCause) -> bool {
    cause.reason == "FieldManagerConflict"
}

/// The conflicts in a refused apply, plat's own notes left out. `live` is the object in the cluster.
pub(super) fn read(status: &Status, object: &str, ours: &Value, live: &Value) -> Vec<Conflict> {
    let mut conflicts: Vec<Conflict> = causes(status)
        .filter(|cause| is_field_conflict(cause) && !is_provenance(&cause.field))
        .map(|cause| Conflict {
            object: object.to_owned(),
            field: foreign_line(&cause.field, 200),
            manager: Some(manager(&cause.message)),
            theirs: at(live, &cause.field).map(|value| shown(&cause.field, value)),
            ours: at(ours, &cause.field).map(|value| shown(&cause.field, value)),
        })
        .collect();
    // The server names them in no order of its own.
    conflicts.sort_by(|a, b| a.field.cmp(&b.field));
    conflicts
}

/// Fields that plat applied before, that plat.yaml still asks for, and that are different now.
pub(super) fn removed(object: &str, ours: &Value, changes: &[FieldChange]) -> Vec<Conflict> {
    changes
        .iter()
        .filter(|change| !change.is_provenance() && at(ours, &change.field).is_some())
        .map(|change| Conflict {
            object: object.to_owned(),
            field: change.field.clone(),
            manager: None,
            theirs: change.before.clone(),
            ours: change.after.clone(),
        })
        .collect()
}

/// What the reader is told: each field, both values, and the two ways on.
///
/// `ours`: whether plat deployed this service before.
pub(super) fn error(conflicts: &[Conflict], ours: bool) -> Error {
    let what = match (conflicts.len(), ours) {
        (1, true) => "one field was changed without plat since its last deploy".to_owned(),
        (n, true) => format!("{n} fields were changed without plat since its last deploy"),
        (1, false) => "plat did not make this service, and one field of it is set by somebody else".to_owned(),
        (n, false) => format!("plat did not make this service, and {n} fields of it are set by somebody else"),
    };
    let mut objects: Vec<&str> = conflicts.iter().map(|conflict| conflict.object.as_str()).collect();
    objects.dedup();
    let error = Error::user(format!("{what}; nothing was written"))
        .at(objects.join(", "))
        .hint("to keep what the cluster has, write it into plat.yaml and deploy again")
        .hint("to have it as plat.yaml says: plat deploy --take")
        .reason("Conflict");
    conflicts.iter().fold(error, |error, conflict| match objects.as_slice() {
        [_] => error.detail(conflict.sentence()),
        _ => error.detail(format!("{}: {}", conflict.object, conflict.sentence())),
    })
}

/// Out of `conflict with "kubectl-edit" using apps/v1` (`k8s.io/apimachinery`, `managedfields/internal/conflict.go`).
fn manager(message: &str) -> String {
    foreign_line(message.split('"').nth(1).unwrap_or("somebody else"), 80)
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let ours = json!({"spec": {"replicas": 2}});
        let conflicts = read(&status, "Deployment shop/api", &ours, &deployment());
        let sentences: Vec<String> = conflicts.iter().map(Conflict::sentence).collect();
        assert_eq!(sentences, [".spec.replicas is 5, set by kubectl; plat.yaml asks for 2"]);
    }
}
