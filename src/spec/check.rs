//! Walks a tree against the schema: everything that is wrong with a value by itself, and the value as JSON.

use serde_json::{Map, Value};

use super::formats;
use super::overlay;
use super::scalar::{Plain, plain, seconds, unsendable};
use super::schema;
use crate::located::{Content, Entry, Node};
use crate::located::{Finding, Span};
use crate::text::{either, nearest};

/// Checks `node` and adds what is wrong to `findings`. The result holds all that could be understood.
pub(super) fn check(node: &Node, findings: &mut Vec<Finding>) -> Value {
    Checker { findings }.value(node, schema::schema(), &Path(String::new())).unwrap_or(Value::Null)
}

/// Where a value stands, as people write it: `resources.memory`, `config[1]`.
struct Path(String);

impl Path {
    fn key(&self, key: &str) -> Self {
        Self(if self.0.is_empty() { key.to_owned() } else { format!("{}.{key}", self.0) })
    }

    fn index(&self, index: usize) -> Self {
        Self(format!("{}[{index}]", self.0))
    }

    /// Whether nothing means here that an environment removes what the service has.
    fn may_remove(&self) -> bool {
        let field = self.0.strip_prefix("environments.").and_then(|rest| rest.split_once('.'));
        field.is_some_and(|(_, field)| !overlay::PLACE.contains(&field) && !field.ends_with(']'))
    }

    /// The environment variable whose value this is.
    fn variable(&self) -> Option<&str> {
        let (around, name) = self.0.rsplit_once('.')?;
        (around.rsplit('.').next() == Some("env")).then_some(name)
    }

    /// The subject of a sentence.
    fn name(&self) -> String {
        if self.0.is_empty() { "plat.yaml".to_owned() } else { format!("`{}`", self.0) }
    }
}

struct Checker<'f> {
    findings: &'f mut Vec<Finding>,
}

impl Checker<'_> {
    fn value(&mut self, node: &Node, schema: &'static Value, path: &Path) -> Option<Value> {
        let schema = schema::resolve(schema);
        if is_free(schema) {
            return self.free(node, path);
        }
        if let Some(choices) = schema["anyOf"].as_array() {
            return match choices.iter().map(schema::resolve).find(|choice| same_shape(node, choice)) {
                Some(choice) => self.value(node, choice, path),
                None => self.wrong_type(node, schema, path),
            };
        }
        match &node.content {
            Content::Map(entries) if allows(schema, "object") => Some(self.map(node.span, entries, schema, path)),
            Content::List(items) if allows(schema, "array") => Some(self.list(items, schema, path)),
            Content::Scalar { text, plain: true } => self.plain_scalar(node, text, schema, path),
            Content::Scalar { text, plain: false } if allows(schema, "string") => {
                self.text(text, node.span, schema, path)
            }
            _ => self.wrong_type(node, schema, path),
        }
    }

    fn map(&mut self, span: Span, entries: &[Entry], schema: &'static Value, path: &Path) -> Value {
        let properties = schema["properties"].as_object();
        let mut out = Map::new();
        for entry in entries {
            let path = path.key(&entry.key);
            let known = properties.and_then(|properties| properties.get(&entry.key));
            let schema = match (known, &schema["additionalProperties"]) {
                (Some(schema), _) => schema,
                (None, additional) if is_free(additional) => additional,
                (None, additional @ Value::Object(_)) => {
                    self.text(&entry.key, entry.key_span, &schema["propertyNames"], &path);
                    additional
                }
                (None, _) => {
                    self.unknown_key(entry, &path, properties);
                    continue;
                }
            };
            if let Some(value) = self.value(&entry.value, schema, &path) {
                out.insert(entry.key.clone(), value);
            }
        }
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for key in required.filter(|key| !entries.iter().any(|entry| entry.key == *key)) {
            let description = properties.and_then(|p| p.get(key)).and_then(|p| p["description"].as_str());
            let mut finding = Finding::new(span, format!("{} is missing", path.key(key).name()));
            finding.hint = description.map(ToOwned::to_owned);
            self.findings.push(finding);
        }
        Value::Object(out)
    }

    fn unknown_key(&mut self, entry: &Entry, path: &Path, properties: Option<&Map<String, Value>>) {
        let keys: Vec<&str> = properties.into_iter().flat_map(Map::keys).map(String::as_str).collect();
        let mut finding = Finding::new(entry.key_span, format!("unknown key {}", path.name()));
        finding.hint = Some(match (entry.key.as_str(), nearest(&entry.key, keys.iter().copied())) {
            ("<<", _) => "YAML merge keys are not read; write the keys out, or use `environments`".to_owned(),
            (_, Some(key)) => format!("did you mean `{key}`?"),
            (_, None) => format!("known here: {}", keys.join(", ")),
        });
        self.findings.push(finding);
    }

    fn list(&mut self, items: &[Node], schema: &'static Value, path: &Path) -> Value {
        let mut out = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let Some(value) = self.value(item, &schema["items"], &path.index(index)) else { continue };
            if schema["uniqueItems"] == true && out.contains(&value) {
                let text = value.as_str().unwrap_or_default();
                self.findings.push(
                    Finding::new(item.span, format!("{} lists `{text}` twice", path.name())).hint("keep one of them"),
                );
                continue;
            }
            out.push(value);
        }
        Value::Array(out)
    }

    /// A scalar without quotes is what YAML 1.2 takes it for.
    fn plain_scalar(&mut self, node: &Node, text: &str, schema: &'static Value, path: &Path) -> Option<Value> {
        let kind = plain(text);
        match kind {
            Plain::Null if path.may_remove() => None,
            Plain::Null => {
                self.findings.push(
                    Finding::new(node.span, format!("{} has no value", path.name()))
                        .hint(format!("give it {}, or remove the line", wanted(schema))),
                );
                None
            }
            Plain::Integer if allows(schema, "integer") => self.integer(text, node.span, schema, path),
            Plain::Text | Plain::Ambiguous if schema["enum"].is_array() => self.choice(text, node.span, schema, path),
            Plain::Ambiguous if allows(schema, "string") => self.ambiguous(text, node.span, path),
            Plain::Text if allows(schema, "string") => self.text(text, node.span, schema, path),
            // Kept as written, so that 1.50 stays 1.50.
            Plain::Integer | Plain::Number if allows(schema, "number") && allows(schema, "string") => {
                self.text(text, node.span, schema, path)
            }
            Plain::Boolean if is_boolean(schema) => Some(Value::Bool(text.eq_ignore_ascii_case("true"))),
            Plain::Boolean if allows(schema, "boolean") => Some(Value::String(text.to_owned())),
            Plain::Integer | Plain::Number | Plain::Boolean if allows(schema, "string") => {
                let is = if kind == Plain::Boolean { "true/false" } else { "a number" };
                self.findings.push(
                    Finding::new(node.span, format!("{} must be a text, not {is}", path.name()))
                        .hint(format!("quote it: \"{text}\"")),
                );
                None
            }
            _ => self.wrong_type(node, schema, path),
        }
    }

    fn integer(&mut self, text: &str, span: Span, schema: &'static Value, path: &Path) -> Option<Value> {
        let number = text.parse::<i64>().ok();
        self.in_range(number, text, span, schema, path)
    }

    fn in_range(
        &mut self,
        number: Option<i64>,
        text: &str,
        span: Span,
        schema: &'static Value,
        path: &Path,
    ) -> Option<Value> {
        let (min, max) = (schema["minimum"].as_i64().unwrap_or(0), schema["maximum"].as_i64().unwrap_or(i64::MAX));
        match number {
            Some(number) if (min..=max).contains(&number) => Some(Value::from(number)),
            _ => {
                let wanted = wanted(schema);
                self.findings.push(Finding::new(span, format!("{} must be {wanted}, not {text}", path.name())));
                None
            }
        }
    }

    fn text(&mut self, text: &str, span: Span, schema: &'static Value, path: &Path) -> Option<Value> {
        if schema["enum"].is_array() {
            return self.choice(text, span, schema, path);
        }
        if let Some(character) = text.contains('\0').then_some('\0').or(unsendable(text).map(|(_, c)| c)) {
            let message = format!("{} holds the character {}", path.name(), character.escape_unicode());
            self.findings
                .push(Finding::new(span, message).hint("Kubernetes does not pass it on; encode the text, as base64"));
            return None;
        }
        let format = schema["format"].as_str().and_then(formats::find);
        if let Some(format) = format.filter(|format| !format.accepts(text)) {
            let finding = Finding::new(span, format!("{} must be {}", path.name(), format.says));
            self.findings.push(finding.hint(match format.guess(text) {
                Some(guess) => format!("did you mean `{guess}`?"),
                None => format.hint.to_owned(),
            }));
            return None;
        }
        if allows(schema, "integer") {
            // A duration; the value is its seconds, however it was written.
            return self.in_range(seconds(text), text, span, schema, path);
        }
        Some(Value::String(text.to_owned()))
    }

    /// What Kubernetes says the meaning of; only what YAML readers disagree about is refused.
    fn free(&mut self, node: &Node, path: &Path) -> Option<Value> {
        match &node.content {
            Content::Map(entries) => {
                let value = |entry: &Entry| Some((entry.key.clone(), self.free(&entry.value, &path.key(&entry.key))?));
                Some(Value::Object(entries.iter().filter_map(value).collect()))
            }
            Content::List(items) => {
                let values = items.iter().enumerate().filter_map(|(n, item)| self.free(item, &path.index(n)));
                Some(Value::Array(values.collect()))
            }
            Content::Scalar { text, plain: true } => match plain(text) {
                Plain::Null => Some(Value::Null),
                Plain::Boolean => Some(Value::Bool(text.eq_ignore_ascii_case("true"))),
                Plain::Integer | Plain::Number => self.number(text, node.span, path),
                Plain::Ambiguous => self.ambiguous(text, node.span, path),
                Plain::Text => self.text(text, node.span, &Value::Null, path),
            },
            Content::Scalar { text, .. } => self.text(text, node.span, &Value::Null, path),
        }
    }

    fn number(&mut self, text: &str, span: Span, path: &Path) -> Option<Value> {
        let integer = text.parse::<i64>().ok().map(Value::from);
        let number = integer.or_else(|| serde_json::Number::from_f64(text.parse().ok()?).map(Value::Number));
        if number.is_none() {
            self.findings.push(
                Finding::new(span, format!("{} is {text}, a number that is too large", path.name()))
                    .hint(format!("quote it if it is a text: \"{text}\"")),
            );
        }
        number
    }

    fn ambiguous(&mut self, text: &str, span: Span, path: &Path) -> Option<Value> {
        self.findings.push(
            Finding::new(span, format!("{} is `{text}`, which YAML readers disagree about", path.name()))
                .hint(format!("quote it to keep it as it is written: \"{text}\"")),
        );
        None
    }

    fn choice(&mut self, text: &str, span: Span, schema: &Value, path: &Path) -> Option<Value> {
        let choices: Vec<&str> = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if choices.contains(&text) {
            return Some(Value::String(text.to_owned()));
        }
        let mut finding = Finding::new(span, format!("{} must be {}, not `{text}`", path.name(), either(&choices)));
        finding.hint = nearest(text, choices).map(|choice| format!("did you mean `{choice}`?"));
        self.findings.push(finding);
        None
    }

    fn wrong_type(&mut self, node: &Node, schema: &'static Value, path: &Path) -> Option<Value> {
        let is = match &node.content {
            Content::Map(_) => "a map".to_owned(),
            Content::List(_) => "a list".to_owned(),
            Content::Scalar { text, plain: false } => format!("the text \"{text}\""),
            Content::Scalar { text, .. } => format!("`{text}`"),
        };
        let mut finding = Finding::new(node.span, format!("{} must be {}, not {is}", path.name(), wanted(schema)));
        finding.hint = match &node.content {
            Content::Scalar { text, plain: false } if allows(schema, "integer") && plain(text) == Plain::Integer => {
                Some(format!("write it without quotes: {text}"))
            }
            Content::Scalar { text, plain: false } if is_boolean(schema) && plain(text) == Plain::Boolean => {
                Some(format!("write it without quotes: {text}"))
            }
            Content::Scalar { text, .. } if allows(schema, "array") => Some(format!("write a list: [{text}]")),
            Content::Map(_) => path.variable().map(|name| {
                format!("a value out of a Secret is only named: `secrets: [{name}]` takes that key of the Secret that is named as the service")
            }),
            _ => None,
        };
        self.findings.push(finding);
        None
    }
}

/// A schema that says nothing: `true`.
fn is_free(schema: &Value) -> bool {
    *schema == Value::Bool(true)
}

fn allows(schema: &Value, name: &str) -> bool {
    match &schema["type"] {
        Value::String(only) => only == name,
        Value::Array(names) => names.iter().any(|n| n == name),
        _ => false,
    }
}

/// True or false, and nothing else.
fn is_boolean(schema: &Value) -> bool {
    schema["type"] == "boolean"
}

/// Whether a choice of `anyOf` is the one that was meant.
fn same_shape(node: &Node, choice: &Value) -> bool {
    match &node.content {
        Content::Map(_) => allows(choice, "object"),
        Content::List(_) => allows(choice, "array"),
        Content::Scalar { text, plain: true } if plain(text) == Plain::Integer => allows(choice, "integer"),
        Content::Scalar { .. } => allows(choice, "string"),
    }
}

/// What a schema asks for, in words.
fn wanted(schema: &'static Value) -> String {
    let schema = schema::resolve(schema);
    if let Some(choices) = schema["anyOf"].as_array() {
        return choices.iter().map(wanted).collect::<Vec<_>>().join(" or ");
    }
    if allows(schema, "integer") {
        let (min, max) = (&schema["minimum"], &schema["maximum"]);
        return match schema["format"].as_str().and_then(formats::find) {
            Some(format) => format!("from {min} to {max} {}", format.says),
            None => format!("a whole number from {min} to {max}"),
        };
    }
    if allows(schema, "object") {
        let keys: Vec<&str> =
            schema["properties"].as_object().into_iter().flat_map(Map::keys).map(String::as_str).collect();
        return match keys.as_slice() {
            [] => "a map of `key: value`".to_owned(),
            keys if keys.len() <= 3 => format!("a map with {}", keys.join(" and ")),
            _ => "a map".to_owned(),
        };
    }
    if allows(schema, "array") {
        return "a list".to_owned();
    }
    if is_boolean(schema) {
        return "true or false".to_owned();
    }
    if let Some(format) = schema["format"].as_str().and_then(formats::find) {
        return format.says.to_owned();
    }
    if let Some(choices) = schema["enum"].as_array() {
        return either(&choices.iter().filter_map(Value::as_str).collect::<Vec<_>>());
    }
    "a text".to_owned()
}
