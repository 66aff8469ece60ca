//! What of the objects plat.yaml has fields for. What is not said here is carried by the difference to what they render.
//!
//! ```text
//! program  what runs: image, command, env, secrets, user, resources, health
//! config   ConfigMaps as files and variables
//! storage  volumes
//! scale    replicas, autoscaler, budget
//! network  port, Service, route, policies
//! batch    schedule, retries, timeout
//! ```

mod batch;
mod config;
mod network;
mod program;
mod scale;
mod storage;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::group::{Group, Main};
use super::model::Behaviour;
use super::paths::{at, pod, template, text, texts};
use crate::manifests::{MANAGED_BY_LABEL, NAME_LABEL};
use crate::spec::fits;

/// Order of the lines of a plat.yaml.
const LINES: [&str; 26] = [
    "name", "kind", "port", "host", "paths", "route", "schedule", "owner", "image", "command", "args", "user", "writable",
    "env", "secrets", "config", "health", "replicas", "resources", "volumes", "retries", "timeout", "deadline", "selector",
    "names", "defaults",
];

/// A plat.yaml without what others have to carry.
#[derive(Debug, Clone, Default)]
pub(super) struct Fields {
    pub map: Map<String, Value>,
    /// Files of `config` by path.
    pub files: BTreeMap<String, String>,
    /// Kinds that plat would render, and which are not wanted.
    pub left_out: BTreeSet<&'static str>,
    /// Objects that the fields stand for: `KIND/NAME`.
    pub used: BTreeSet<String>,
    /// Something else sets the number of replicas.
    pub is_scaled: bool,
    pub notes: Vec<String>,
}

impl Fields {
    fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.map.insert(key.to_owned(), value.into());
    }

    /// A value of a map in it, such as `names.container`.
    fn set_in(&mut self, map: &str, key: &str, value: impl Into<Value>) {
        let map = self.map.entry(map).or_insert_with(|| json!({}));
        if let Some(fields) = map.as_object_mut() {
            fields.insert(key.to_owned(), value.into());
        }
    }

    fn uses(&mut self, kind: &str, name: &str) {
        self.used.insert(format!("{kind}/{name}"));
    }

    /// The lines in the order in which people write them.
    pub fn ordered(&self) -> Map<String, Value> {
        LINES.iter().filter_map(|key| self.map.get_key_value(*key)).map(|(key, value)| (key.clone(), value.clone())).collect()
    }
}

/// What one step of this looks at.
struct Look<'g, 'm> {
    group: &'g Group<'m>,
    behaviour: Behaviour,
    main: Main<'m>,
}

impl Look<'_, '_> {
    fn keeps(&self) -> bool {
        self.behaviour == Behaviour::Kept
    }

    fn name(&self) -> &str {
        &self.group.workload.name
    }
}

/// The fields. `original`: the workload without what says nothing; what becomes something else is taken out of it.
pub(super) fn of(group: &Group, behaviour: Behaviour, original: &mut Value) -> Fields {
    let look = Look { group, behaviour, main: group.main() };
    let mut fields = Fields::default();
    fields.set("name", look.name());
    match group.workload.kind.as_str() {
        "CronJob" => fields.set("kind", "cron"),
        "Job" => fields.set("kind", "job"),
        _ if look.main.port.is_none() => fields.set("kind", "worker"),
        _ => {}
    }
    if look.keeps() {
        fields.set("defaults", "none");
    }
    owner(&look, &mut fields);
    selector(&look, &mut fields);
    network::port(&look, &mut fields);
    network::route(&look, &mut fields);
    network::policies(&look, &mut fields);
    batch::of(&look, original, &mut fields);
    scale::of(&look, original, &mut fields);
    account(&look, &mut fields);
    storage::of(&look, original, &mut fields);
    // Before the variables are read: it adds some.
    config::of(&look, original, &mut fields);
    program::of(&look, original, &mut fields);
    fields
}

/// The main container of the workload without what says nothing.
fn main_container<'v>(look: &Look, original: &'v mut Value) -> Option<&'v mut Value> {
    let path = template(&look.group.workload.kind)?;
    let containers = original.pointer_mut(&format!("{path}/spec/containers"))?.as_array_mut()?;
    containers.iter_mut().find(|container| container["name"] == look.main.container["name"])
}

fn pod_of<'v>(look: &Look, original: &'v Value) -> &'v Value {
    pod(&look.group.workload.kind, original)
}

fn owner(look: &Look, fields: &mut Fields) {
    let annotations = &look.group.body()["metadata"]["annotations"];
    let owner = ["plat.dev/owner", "a8r.io/owner"].iter().find_map(|key| annotations[*key].as_str());
    if let Some(owner) = owner.filter(|owner| fits("line", owner)) {
        fields.set("owner", owner);
    }
}

/// Said where it is not what plat would select by.
fn selector(look: &Look, fields: &mut Fields) {
    if look.group.workload.kind != "Deployment" {
        return;
    }
    let labels = texts(at(look.group.template(), "/metadata/labels"));
    let selector = texts(at(look.group.body(), "/spec/selector/matchLabels"));
    let is_plats_own = selector.len() == 1 && selector.get(NAME_LABEL) == Some(&look.name());
    // With `defaults: none` too plat labels the pods that it selects itself.
    let adds_label = labels.get(MANAGED_BY_LABEL) != Some(&"plat");
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
fn account(look: &Look, fields: &mut Fields) {
    let account = text(&look.group.pod()["serviceAccountName"]);
    let account = if account.is_empty() { text(&look.group.pod()["serviceAccount"]) } else { account };
    if account.is_empty() || account == "default" {
        return;
    }
    let there = look.group.find("ServiceAccount", account);
    let is_shared = there.is_some_and(|there| look.group.shared.contains(&super::model::shown(there)));
    if there.is_none() || is_shared {
        if !look.keeps() {
            fields.left_out.insert("ServiceAccount");
        }
        return;
    }
    if look.keeps() || account != look.name() {
        fields.set_in("names", "account", account);
    }
    fields.uses("ServiceAccount", account);
}
