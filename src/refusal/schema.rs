//! The server's `OpenAPI` v3 document of one API version -> which fields there are at a place of an object.

use std::collections::VecDeque;

use serde_json::Value;

use crate::diff::Step;

/// Nodes that are looked at for a field that belongs elsewhere, and levels below the place where it stands.
const MOST: usize = 2_000;
const DEEP: usize = 4;

/// Which fields the kinds of one API version have.
#[derive(Debug, Clone)]
pub struct Schema(Value);

impl Schema {
    /// `/openapi/v3/apis/apps/v1`
    #[must_use]
    pub fn new(document: Value) -> Self {
        Self(document)
    }

    /// The fields at this place; none where it is not described.
    pub(super) fn keys(&self, (api_version, kind): (&str, &str), steps: &[Step]) -> Vec<&str> {
        let place = self.kind(api_version, kind).and_then(|root| self.at(root, steps));
        place.map(|place| self.fields(place).map(|(key, _)| key).collect()).unwrap_or_default()
    }

    /// Where a field of this name belongs that stands here: further out, or further in. As a path without indices.
    pub(super) fn belongs(&self, (api_version, kind): (&str, &str), steps: &[Step], key: &str) -> Option<String> {
        let root = self.kind(api_version, kind)?;
        self.inside(self.at(root, steps)?, &written(steps), key).or_else(|| {
            (0..steps.len()).rev().find_map(|length| {
                let around = &steps[..length];
                // What is an item only says again what its list says.
                let has = self.fields(self.at(root, around)?).any(|(known, _)| known == key);
                has.then(|| written(around))
            })
        })
    }

    fn inside(&self, from: &Value, path: &str, key: &str) -> Option<String> {
        let mut next = VecDeque::from([(from, path.to_owned(), 0)]);
        for _ in 0..MOST {
            let (node, path, depth) = next.pop_front()?;
            if depth > 0 && self.fields(node).any(|(known, _)| known == key) {
                return Some(path);
            }
            if depth < DEEP {
                let below = self.fields(node).map(|(name, node)| {
                    let node = self.resolve(node);
                    let (node, mark) = match &node["items"] {
                        Value::Null => (node, ""),
                        items => (self.resolve(items), "[]"),
                    };
                    let dot = if path.is_empty() { "" } else { "." };
                    (node, format!("{path}{dot}{name}{mark}"), depth + 1)
                });
                next.extend(below);
            }
        }
        None
    }

    fn kind(&self, api_version: &str, kind: &str) -> Option<&Value> {
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        let is = |known: &Value| known["group"] == group && known["version"] == version && known["kind"] == kind;
        let schemas = self.0["components"]["schemas"].as_object()?;
        schemas.values().find(|schema| {
            let kinds = schema["x-kubernetes-group-version-kind"].as_array();
            kinds.is_some_and(|kinds| kinds.iter().any(is))
        })
    }

    fn at<'s>(&'s self, root: &'s Value, steps: &[Step]) -> Option<&'s Value> {
        steps.iter().try_fold(root, |node, step| {
            let node = self.resolve(node);
            let below = match step {
                Step::Key(key) => node["properties"].get(key).or_else(|| node.get("additionalProperties"))?,
                Step::Index(_) => node.get("items")?,
            };
            Some(below)
        })
    }

    fn fields<'s>(&'s self, node: &'s Value) -> impl Iterator<Item = (&'s str, &'s Value)> {
        let fields = self.resolve(node)["properties"].as_object();
        fields.into_iter().flatten().map(|(key, value)| (key.as_str(), value))
    }

    /// What a node refers to, by itself or as the one part of `allOf`.
    fn resolve<'s>(&'s self, mut node: &'s Value) -> &'s Value {
        const LINKS: usize = 8;
        for _ in 0..LINKS {
            let link = node["$ref"].as_str().or_else(|| node["allOf"][0]["$ref"].as_str());
            let name = link.and_then(|link| link.rsplit('/').next());
            match name.and_then(|name| self.0["components"]["schemas"].get(name)) {
                Some(next) => node = next,
                None => break,
            }
        }
        node
    }
}

/// `spec.template.spec.containers[]`
fn written(steps: &[Step]) -> String {
    steps.iter().fold(String::new(), |path, step| match step {
        Step::Key(key) if path.is_empty() => key.clone(),
        Step::Key(key) => format!("{path}.{key}"),
        Step::Index(_) => format!("{path}[]"),
    })
}
