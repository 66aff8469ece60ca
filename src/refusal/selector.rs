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

/// The line with which a service keeps the selector of `live`; none where that has no labels alone.
#[must_use]
pub fn kept(manifest: &Manifest, live: &Value) -> Option<String> {
    let selector = &live["spec"]["selector"];
    let labels = selector["matchLabels"].as_object()?;
    let is_rendered = manifest.body["metadata"]["labels"]["app.kubernetes.io/managed-by"] == MANAGED_BY;
    if !is_rendered || !selector["matchExpressions"].is_null() {
        return None;
    }
    Some(format!("to take it over without an outage, keep its selector with `selector: {}`", json!(labels)))
}
