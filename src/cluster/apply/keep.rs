//! Fields of the manifest that stay with whoever has set them. They are noted on the object, and each later run says so.

use jiff::{Timestamp, Unit};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::conflict::{Conflict, value_at};
use crate::cluster::api::MANAGER;
use crate::diff::managed;
use crate::event::Kept;
use crate::text::foreign_line;

/// On an object: what is kept, as a JSON list. Earlier versions noted the fields alone.
const KEEP: &str = "plat.dev/keep";

/// One note on the object.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "Written")]
pub(in crate::cluster) struct Note {
    pub field: String,
    /// When somebody said so (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Field(String),
    Since { field: String, since: Option<String> },
}

impl From<Written> for Note {
    fn from(written: Written) -> Self {
        match written {
            Written::Field(field) => Self { field, since: None },
            Written::Since { field, since } => Self { field, since: since.map(|since| foreign_line(&since, 40)) },
        }
    }
}

impl Note {
    /// From this run on.
    pub fn new(conflict: &Conflict) -> Self {
        let now = Timestamp::now();
        Self { field: conflict.field.clone(), since: Some(now.round(Unit::Second).unwrap_or(now).to_string()) }
    }

    /// For a reader: who has the field now, and both values. `object`: how it is called in a message.
    pub fn kept(&self, object: &str, manifest: &Value, live: &Value) -> Kept {
        let mut entries = managed::entries(live);
        let holder = entries
            .find(|entry| entry["manager"] != MANAGER && managed::holds(entry, &self.field))
            .map(|entry| foreign_line(entry["manager"].as_str().unwrap_or_default(), 80));
        let kind = manifest["kind"].as_str().unwrap_or_default();
        Kept {
            object: object.to_owned(),
            field: foreign_line(&self.field, 200),
            manager: holder,
            since: self.since.clone(),
            live: value_at(kind, live, &self.field),
            wanted: value_at(kind, manifest, &self.field),
        }
    }
}

/// What earlier runs left to others.
pub(in crate::cluster) fn noted(live: &Value) -> Vec<Note> {
    let text = live["metadata"]["annotations"][KEEP].as_str();
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// Notes it on what is applied.
pub(in crate::cluster) fn note(body: &mut Value, kept: &[Note]) {
    body["metadata"]["annotations"][KEEP] = json!(json!(kept).to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_earlier_version_noted_is_read() {
        let text = r#"[".spec.replicas", {"field": ".spec.paused", "since": "2026-11-29T10:00:00Z"}]"#;
        let notes = noted(&json!({"metadata": {"annotations": {KEEP: text}}}));
        let read: Vec<_> = notes.iter().map(|note| (note.field.as_str(), note.since.as_deref())).collect();
        assert_eq!(read, [(".spec.replicas", None), (".spec.paused", Some("2026-11-29T10:00:00Z"))]);
        let mut body = json!({});
        note(&mut body, &notes);
        assert_eq!(noted(&body).len(), 2);
    }

    #[test]
    fn both_values_and_who_has_it_are_told() {
        let live = json!({"kind": "Deployment", "spec": {"replicas": 5}, "metadata": {"managedFields": [
            {"manager": "kubectl-edit", "operation": "Update", "fieldsV1": {"f:spec": {"f:replicas": {}}}}]}});
        let note = Note { field: ".spec.replicas".to_owned(), since: None };
        let kept = note.kept("Deployment shop/web", &json!({"kind": "Deployment", "spec": {"replicas": 2}}), &live);
        assert_eq!(
            kept.sentence(),
            "Deployment shop/web: .spec.replicas is kept for kubectl-edit: it is 5, you ask for 2; to end that: --take Deployment/web:.spec.replicas"
        );
        let same = Kept {
            wanted: Some("5".to_owned()),
            since: Some("2026-11-29T10:00:00Z".to_owned()),
            manager: None,
            ..kept
        };
        assert_eq!(
            same.sentence(),
            "Deployment shop/web: .spec.replicas is kept as it is in the cluster since 2026-11-29T10:00:00Z: it is 5, as you ask for; to end that: --take Deployment/web:.spec.replicas"
        );
    }
}
