//! Manifests as the YAML that people write and kubectl reads.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use super::Manifest;

/// The documents separated by `---`; the same manifests always give the same text.
///
/// # Panics
/// Never: JSON values can all be written as YAML.
#[must_use]
pub fn to_yaml(manifests: &[Manifest]) -> String {
    let options = serde_yaml::ser_options! {
        // A folded text is hard to compare with its source; long lines stay long.
        folded_wrap_chars: usize::MAX,
    };
    let documents: Vec<String> = manifests
        .iter()
        .map(|manifest| {
            serde_yaml::to_string_with_options(&Ordered(&manifest.body), options.clone())
                .expect("JSON values can all be written as YAML")
        })
        .collect();
    documents.join("---\n")
}

/// A value whose keys come in the order that people are used to.
struct Ordered<'a>(&'a Value);

/// First what it is and what it is called, then the rest as Kubernetes' types have it.
const FIRST: [&str; 8] = ["apiVersion", "kind", "metadata", "name", "namespace", "labels", "annotations", "image"];

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(object) => {
                let mut map = serializer.serialize_map(Some(object.len()))?;
                let first = FIRST.iter().filter_map(|key| object.get_key_value(*key));
                let rest = object.iter().filter(|(key, _)| !FIRST.contains(&key.as_str()));
                for (key, value) in first.chain(rest) {
                    map.serialize_entry(key, &Ordered(value))?;
                }
                map.end()
            }
            Value::Array(items) => serializer.collect_seq(items.iter().map(Ordered)),
            other => other.serialize(serializer),
        }
    }
}
