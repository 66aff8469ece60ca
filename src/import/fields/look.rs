//! What the fields are read from, and what they are put into.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::import::group::{Group, Main};
use crate::import::model::Behaviour;
use crate::import::paths::{pod, template};
use crate::spec::order;

/// A plat.yaml without what others have to carry.
#[derive(Debug, Clone, Default)]
pub(in crate::import) struct Fields {
    pub map: Map<String, Value>,
    /// Files of `config` by path.
    pub files: BTreeMap<String, String>,
    /// Kinds that plat would render, and which are not wanted.
    pub left_out: BTreeSet<&'static str>,
    /// Names of the `ConfigMap`s that became files and variables.
    pub configs: BTreeSet<String>,
    /// Something else sets the number of replicas.
    pub is_scaled: bool,
    pub notes: Vec<String>,
}

impl Fields {
    pub fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.map.insert(key.to_owned(), value.into());
    }

    /// A value of a map in it, such as `names.container`.
    pub fn set_in(&mut self, map: &str, key: &str, value: impl Into<Value>) {
        let map = self.map.entry(map).or_insert_with(|| json!({}));
        if let Some(fields) = map.as_object_mut() {
            fields.insert(key.to_owned(), value.into());
        }
    }

    /// The lines in the order in which people write them.
    pub fn ordered(&self) -> Map<String, Value> {
        let mut lines: Vec<(&String, &Value)> = self.map.iter().collect();
        lines.sort_by_key(|(key, _)| order(key));
        lines.into_iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }
}

/// What one step of this looks at.
pub(super) struct Look<'g, 'm> {
    pub group: &'g Group<'m>,
    pub behaviour: Behaviour,
    pub main: Main<'m>,
}

impl Look<'_, '_> {
    pub fn keeps(&self) -> bool {
        self.behaviour == Behaviour::Kept
    }

    pub fn name(&self) -> &str {
        &self.group.workload.name
    }
}

/// The main container of the workload without what says nothing.
pub(super) fn main_container<'v>(look: &Look, original: &'v mut Value) -> Option<&'v mut Value> {
    let path = template(&look.group.workload.kind)?;
    let containers = original.pointer_mut(&format!("{path}/spec/containers"))?.as_array_mut()?;
    containers.iter_mut().find(|container| container["name"] == look.main.container["name"])
}

pub(super) fn pod_of<'v>(look: &Look, original: &'v Value) -> &'v Value {
    pod(&look.group.workload.kind, original)
}
