//! Objects that plat does not render: in plat.yaml where they are short, else in a file beside it.

use serde_json::{Map, Value, json};

use super::normal::normal;
use crate::manifests::{Manifest, to_yaml};

/// The folder of the files.
const FOLDER: &str = "plat";
/// Lines that are still written into plat.yaml.
const SHORT: usize = 8;

/// How an object is carried.
pub(super) enum Carried {
    Here(Value),
    /// Path and content.
    File(String, String),
}

pub(super) fn carried(manifest: &Manifest, home: Option<&str>) -> Carried {
    let body = body(manifest, home);
    let file = Manifest { body: body.clone(), ..manifest.clone() };
    let text = to_yaml(&[file]);
    if text.lines().count() <= SHORT {
        return Carried::Here(body);
    }
    let name: String =
        manifest.name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '-' }).collect();
    Carried::File(format!("{FOLDER}/{}-{name}.yaml", manifest.kind.to_lowercase()), text)
}

/// As people write it. `home`: the namespace that plat.yaml is deployed to.
fn body(manifest: &Manifest, home: Option<&str>) -> Value {
    let normal = normal(manifest);
    let is_scaler = manifest.kind == "HorizontalPodAutoscaler";
    let api_version = if is_scaler { "autoscaling/v2" } else { &manifest.api_version };
    let mut metadata = Map::from_iter([("name".to_owned(), json!(manifest.name))]);
    if let Some(namespace) = manifest.namespace.as_deref().filter(|namespace| Some(*namespace) != home) {
        metadata.insert("namespace".to_owned(), json!(namespace));
    }
    let more = normal["metadata"].as_object().into_iter().flatten();
    metadata.extend(more.map(|(key, value)| (key.clone(), value.clone())));
    metadata.retain(|_, value| value.as_object().is_none_or(|map| !map.is_empty()));
    let identity =
        [("apiVersion", json!(api_version)), ("kind", json!(manifest.kind)), ("metadata", Value::Object(metadata))];
    let rest = normal.as_object().into_iter().flatten().filter(|(key, _)| *key != "metadata");
    let rest = rest.map(|(key, value)| (key.clone(), value.clone()));
    Value::Object(identity.into_iter().map(|(key, value)| (key.to_owned(), value)).chain(rest).collect())
}
