//! Whose it is, and by what it is known.

use serde_json::json;

use super::look::{Fields, Look};
use crate::import::model::shown;
use crate::import::paths::{at, text, texts};
use crate::manifests::{MANAGED_BY, MANAGED_BY_LABEL, NAME_LABEL};
use crate::spec::fits;

pub(super) fn owner(look: &Look, fields: &mut Fields) {
    let annotations = &look.group.body()["metadata"]["annotations"];
    let owner = ["plat.dev/owner", "a8r.io/owner"].iter().find_map(|key| annotations[*key].as_str());
    if let Some(owner) = owner.filter(|owner| fits("line", owner)) {
        fields.set("owner", owner);
    }
}

/// Said where it is not what plat would select by.
pub(super) fn selector(look: &Look, fields: &mut Fields) {
    if look.group.workload.kind != "Deployment" {
        return;
    }
    let labels = texts(at(look.group.template(), "/metadata/labels"));
    let selector = texts(at(look.group.body(), "/spec/selector/matchLabels"));
    let is_plats_own = selector.len() == 1 && selector.get(NAME_LABEL) == Some(&look.name());
    // With `defaults: none` too plat labels the pods that it selects itself.
    let adds_label = labels.get(MANAGED_BY_LABEL) != Some(&MANAGED_BY);
    if is_plats_own && !(look.keeps() && adds_label) {
        return;
    }
    // One of expressions alone is for the patch; the pods need labels all the same.
    let labels = if selector.is_empty() { labels } else { selector };
    if !labels.is_empty() && labels.keys().all(|key| fits("label-key", key)) {
        fields.set("selector", json!(labels));
    }
}

/// An account that is there, and nobody else's, is plat's to render; of others the pod keeps the name alone.
pub(super) fn account(look: &Look, fields: &mut Fields) {
    let account = text(&look.group.pod()["serviceAccountName"]);
    let account = if account.is_empty() { text(&look.group.pod()["serviceAccount"]) } else { account };
    if account.is_empty() || account == "default" {
        return;
    }
    let there = look.group.find("ServiceAccount", account);
    let is_shared = there.is_some_and(|there| look.group.shared.contains(&shown(there)));
    if there.is_none() || is_shared {
        if !look.keeps() {
            fields.left_out.insert("ServiceAccount");
        }
        return;
    }
    if look.keeps() || account != look.name() {
        fields.set_in("names", "account", account);
    }
}
