//! Manifests as the YAML that people write and kubectl reads.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;
use serde_yaml::LitStr;

use super::model::Manifest;

/// The documents separated by `---`; the same manifests always give the same text.
///
/// # Panics
/// Never: JSON values can all be written as YAML.
#[must_use]
pub fn to_yaml(manifests: &[Manifest]) -> String {
    let options = serde_yaml::ser_options! {
        // `Ordered` decides which text is a block; a folded one is hard to compare with its source.
        prefer_block_scalars: false,
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
            Value::String(text) if is_block(text) => LitStr(text).serialize(serializer),
            other => other.serialize(serializer),
        }
    }
}

/// Whether several lines can be written as they are, after `|`. Elsewhere they are quoted: Go's reader takes a tab
/// at the start of the first line for indentation and refuses it, and line breaks other than `\n` would be lost.
fn is_block(text: &str) -> bool {
    text.trim_end_matches('\n').contains('\n')
        && !text.starts_with(char::is_whitespace)
        && text.chars().all(|c| matches!(c, '\n' | '\t') || !(c.is_control() || is_break(c)))
}

/// Line breaks of YAML 1.1, and the mark that some readers drop.
fn is_break(c: char) -> bool {
    matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}
