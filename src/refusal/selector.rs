//! The selector of a workload that is there already. It never changes, so a service that moves to plat keeps it.

use serde_json::{Value, json};

use super::complaint::{Complaint, What};
use crate::diff::Step;
use crate::manifests::{MANAGED_BY, Manifest};

impl Complaint {
    /// Whether it is refused because the selector of what is there is another.
    #[must_use]
    pub fn is_about_another_selector(&self) -> bool {
        let path = ["spec", "selector"].map(|key| Step::Key(key.to_owned()));
        self.what == What::Fixed && self.steps == path
    }
}

/// The patch with which a workload that is rendered keeps the selector of `live`; none where that
/// would take other labels than the service's own.
#[must_use]
pub fn kept(manifest: &Manifest, live: &Value) -> Option<String> {
    let own = &manifest.body["spec"]["template"]["metadata"]["labels"];
    let selector = &live["spec"]["selector"];
    let labels = selector["matchLabels"].as_object()?;
    let is_rendered = manifest.body["metadata"]["labels"]["app.kubernetes.io/managed-by"] == MANAGED_BY;
    let fits = labels.iter().all(|(key, value)| own.get(key).is_none_or(|own| own == value));
    if !is_rendered || !fits || !selector["matchExpressions"].is_null() {
        return None;
    }
    let patch = json!({&manifest.kind: {"spec": {
        "selector": {"$patch": "replace", "matchLabels": labels},
        "template": {"metadata": {"labels": labels}},
    }}});
    Some(format!("to take it over without an outage, keep its selector with `patch: {patch}`"))
}
