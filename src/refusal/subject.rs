//! A field as people call it, and its value where that may be shown.

use serde_json::Value;

use super::complaint::{self, Complaint};
use crate::diff::{self, MASK, Step, is_secret_data};
use crate::manifests::Manifest;
use crate::text::foreign_line;

/// Longest name inside a sentence.
const WORD: usize = 80;

/// An object that is complained about.
pub(super) struct Subject<'a> {
    pub manifest: &'a Manifest,
    /// The value as it is written in the file, which may be more than what YAML takes it for.
    pub written: Option<&'a str>,
}

impl Subject<'_> {
    /// `env A of container web`, "`spec.replicas`"
    pub fn name(&self, steps: &[Step], rest: &str) -> String {
        let (mut value, mut list) = (Some(&self.manifest.body), "");
        let (mut items, mut path) = (Vec::new(), String::new());
        for step in steps {
            match step {
                Step::Key(key) => {
                    path = if path.is_empty() { word(key) } else { format!("{path}.{}", word(key)) };
                    list = key.as_str();
                    value = value.and_then(|value| value.get(key));
                }
                Step::Index(index) => {
                    value = value.and_then(|value| value.get(index));
                    match value.and_then(|item| item["name"].as_str()) {
                        Some(name) => {
                            items.push(format!("{} {}", singular(list), word(name)));
                            path.clear();
                        }
                        None => path = format!("{path}[{index}]"),
                    }
                }
            }
        }
        path.push_str(&word(rest));
        let path = path.trim_start_matches('.');
        // The value of a variable is what people mean by the variable.
        let is_variable = path == "value" && items.last().is_some_and(|item| item.starts_with("env "));
        let path = (!path.is_empty() && !is_variable).then(|| format!("`{path}`"));
        let parts: Vec<String> = path.into_iter().chain(items.into_iter().rev()).collect();
        if parts.is_empty() { self.manifest.describe() } else { parts.join(" of ") }
    }

    pub fn value(&self, complaint: &Complaint) -> Option<&Value> {
        complaint::value(complaint, &self.manifest.body)
    }

    /// The value in words: `the number 1`. Of what is secret, only what it is.
    pub fn value_in_words(&self, complaint: &Complaint) -> String {
        let Some(value) = self.value(complaint) else { return "not there".to_owned() };
        let shown = self.shown(complaint).map(|shown| format!(" {shown}")).unwrap_or_default();
        match value {
            Value::Null => "empty".to_owned(),
            Value::Bool(_) => format!("the boolean{shown}"),
            Value::Number(_) => format!("the number{shown}"),
            Value::String(_) => format!("the text{shown}"),
            Value::Array(_) => "a list".to_owned(),
            Value::Object(_) => "a map".to_owned(),
        }
    }

    /// A value without fields, as it is written; none where it may not be shown.
    pub fn shown(&self, complaint: &Complaint) -> Option<String> {
        let value = self.value(complaint).filter(|_| self.may_show(complaint))?;
        match value {
            Value::String(text) => {
                Some(diff::shown(&self.path(complaint), &Value::from(text.as_str()))).map(|text| format!("\"{text}\""))
            }
            Value::Bool(_) | Value::Number(_) => {
                Some(self.written.map_or_else(|| value.to_string(), |text| foreign_line(text, WORD)))
            }
            _ => None,
        }
    }

    /// Whether the value, and the line that it stands in, may be shown.
    pub fn may_show(&self, complaint: &Complaint) -> bool {
        if self.manifest.kind == "Secret" {
            return false;
        }
        let path = self.path(complaint);
        let text = match self.value(complaint) {
            Some(Value::String(text)) => text.clone(),
            Some(scalar @ (Value::Bool(_) | Value::Number(_))) => scalar.to_string(),
            _ => return true,
        };
        // A number may be a password too.
        !is_secret_data(&self.manifest.kind, &path) && diff::shown(&path, &Value::String(text)) != MASK
    }

    /// The field as server-side apply writes it: what is masked is known by that.
    fn path(&self, complaint: &Complaint) -> String {
        let mut value = Some(&self.manifest.body);
        complaint.steps.iter().fold(String::new(), |path, step| match step {
            Step::Key(key) => {
                value = value.and_then(|value| value.get(key));
                format!("{path}.{key}")
            }
            Step::Index(index) => {
                value = value.and_then(|value| value.get(index));
                match value.and_then(|item| item["name"].as_str()) {
                    Some(name) => format!("{path}[name=\"{name}\"]"),
                    None => format!("{path}[{index}]"),
                }
            }
        })
    }
}

fn word(text: &str) -> String {
    foreign_line(text, WORD)
}

/// What one item of a list is called.
fn singular(list: &str) -> String {
    match list {
        "initContainers" => "init container".to_owned(),
        "ephemeralContainers" => "ephemeral container".to_owned(),
        list => word(list.strip_suffix('s').unwrap_or(list)),
    }
}

/// Values that are as short are in any sentence.
const SHORT: usize = 3;

/// A text of the server without the values of a Secret that it may repeat.
pub(super) fn without_secrets(manifest: &Manifest, said: &str) -> String {
    let mut said = said.to_owned();
    if manifest.kind != "Secret" {
        return said;
    }
    for data in ["data", "stringData"] {
        complaint::walk(&manifest.body[data], &mut Vec::new(), &mut |_: &[Step], value: &Value| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            if text.len() > SHORT {
                said = said.replace(&text, MASK);
            }
        });
    }
    said
}
