//! Which field may not change, where validation names only the object that holds it.

use serde_json::Value;

use super::complaint::{Complaint, What, walk};
use crate::diff::{Step, get};
use crate::manifests::Manifest;

/// What a `StatefulSet` may change (`pkg/apis/apps/validation`, `ValidateStatefulSetUpdate`); of the rest it says "spec".
const OF_STATEFUL_SET: [&str; 7] = [
    "minReadySeconds",
    "ordinals",
    "persistentVolumeClaimRetentionPolicy",
    "replicas",
    "revisionHistoryLimit",
    "template",
    "updateStrategy",
];

/// Fields that are named one by one.
const MOST: usize = 4;

impl Complaint {
    /// Whether what is there has to be known to say which field it is.
    #[must_use]
    pub fn is_about_what_is_there(&self) -> bool {
        self.what == What::Fixed && self.rest.is_empty() && !self.is_about_another_selector()
    }
}

/// Each complaint about an object that may not change as one for each field in it that differs from `live`; as it is
/// where none does, or too many.
#[must_use]
pub fn narrowed(complaints: Vec<Complaint>, manifest: &Manifest, live: &Value) -> Vec<Complaint> {
    let each = |complaint: Complaint| match differing(&complaint, manifest, live) {
        found if complaint.is_about_what_is_there() && (1..=MOST).contains(&found.len()) => found,
        _ => vec![complaint],
    };
    complaints.into_iter().flat_map(each).collect()
}

fn differing(complaint: &Complaint, manifest: &Manifest, live: &Value) -> Vec<Complaint> {
    let (mut steps, mut found) = (complaint.steps.clone(), Vec::new());
    let Some(held) = get(&manifest.body, &steps) else { return found };
    walk(held, &mut steps, &mut |steps, value| {
        if !may_change(manifest, steps) && get(live, steps) != Some(value) {
            found.push(Complaint { steps: steps.to_vec(), rest: String::new(), what: What::Fixed });
        }
    });
    found
}

fn may_change(manifest: &Manifest, steps: &[Step]) -> bool {
    let is_free = |step: &Step| matches!(step, Step::Key(key) if OF_STATEFUL_SET.contains(&key.as_str()));
    manifest.kind == "StatefulSet" && steps.get(1).is_some_and(is_free)
}
