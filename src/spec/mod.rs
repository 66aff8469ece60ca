//! plat.yaml: model, located errors, environments, JSON Schema. Pure.

mod model;

pub use model::{Build, Deadline, Environment, Health, Kind, Replicas, Resources, Spec};

/// The JSON Schema of plat.yaml, as `plat schema` prints it and editors read it.
#[must_use]
pub fn json_schema() -> String {
    let schema = schemars::schema_for!(Spec);
    serde_json::to_string_pretty(&schema).unwrap_or_default()
}
