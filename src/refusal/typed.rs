//! What the typed form of an object does not take, out of the sentences of `sigs.k8s.io/structured-merge-diff`
//! (`typed/validate.go`, `typed/helpers.go`), of strict decoding (`sigs.k8s.io/json`) and of Go's own JSON reader.

use serde_json::Value;

use super::complaint::{Complaint, Type, What};
use crate::diff::{Step, get, has_keys};

pub(super) fn read(body: &Value, message: &str) -> Vec<Complaint> {
    if let Some((_, said)) = message.split_once("strict decoding error: ") {
        return strict(body, said);
    }
    if let Some((_, said)) = message.split_once("cannot unmarshal ") {
        return unmarshal(body, said).into_iter().collect();
    }
    if !message.contains("typed") {
        return Vec::new();
    }
    // `failed to create typed patch object (shop/web; apps/v1, Kind=Deployment): `, then one, or `errors:` and one a line.
    message.lines().filter_map(|line| sentence(body, from_path(line)?)).collect()
}

/// From where the path begins, which is behind what the object is called.
fn from_path(line: &str) -> Option<&str> {
    let begins = |line: &str| line.starts_with(['.', '[']);
    let line = line.trim_start();
    let line = if begins(line) { line } else { line.split_once("): ")?.1 };
    begins(line).then_some(line)
}

/// `.spec.replcas: field not declared in schema`
fn sentence(body: &Value, line: &str) -> Option<Complaint> {
    const BEGIN: [&str; 4] = ["field not declared in schema", "expected ", "duplicate entries for key ", "element "];
    let begins = |words: &&str| line.find(&format!(": {words}"));
    let at = BEGIN.iter().filter_map(begins).min()?;
    let (path, said) = (&line[..at], &line[at + 2..]);
    if said.starts_with(BEGIN[0]) {
        return Some(Complaint::about(body, path, What::Unknown));
    }
    if let Some(key) = said.strip_prefix(BEGIN[2]) {
        return Some(twice(body, path, key));
    }
    if let Some(said) = said.strip_prefix(BEGIN[3]) {
        return Some(element(body, path, said));
    }
    let wanted = said.strip_prefix(BEGIN[1])?;
    let types = [
        ("string", Type::Text),
        ("numeric", Type::Number),
        ("boolean", Type::Boolean),
        ("any scalar", Type::Scalar),
        ("map", Type::Map),
        ("list", Type::List),
    ];
    let (_, wanted) = types.into_iter().find(|(word, _)| wanted.starts_with(word))?;
    Some(Complaint::about(body, path, What::Type(wanted)))
}

/// The second item with this key: `[name="A"]`.
fn twice(body: &Value, path: &str, key: &str) -> Complaint {
    let mut complaint = Complaint::about(body, path, What::Twice);
    let selector = key.trim().trim_start_matches('[').trim_end_matches(']');
    let items = get(body, &complaint.steps).and_then(Value::as_array).into_iter().flatten();
    let is = |item: &Value| match selector.strip_prefix('=') {
        Some(text) => serde_json::from_str::<Value>(text).is_ok_and(|value| value == *item),
        None => has_keys(item, selector),
    };
    let second = items.enumerate().filter(|(_, item)| is(item)).nth(1);
    complaint.steps.extend(second.map(|(at, _)| Step::Index(at)));
    complaint
}

/// `0: associative list with keys has an element that omits all key fields ["name"] (and …)`
fn element(body: &Value, path: &str, said: &str) -> Complaint {
    let number = said.split(':').next().unwrap_or_default();
    let mut complaint = Complaint::about(body, &format!("{path}[{number}]"), What::Type(Type::Map));
    if let Some((_, keys)) = said.split_once("key fields [\"") {
        complaint.rest = format!(".{}", keys.split('"').next().unwrap_or_default());
        complaint.what = What::Missing(None);
    } else if said.contains("has an element that's a map") {
        complaint.what = What::Type(Type::Scalar);
    }
    complaint
}

/// `unknown field "spec.replcas", duplicate field "spec.paused"`
fn strict(body: &Value, said: &str) -> Vec<Complaint> {
    let one = |part: &str| {
        let (what, path) = part.trim().split_once(" field \"")?;
        let what = if what.ends_with("duplicate") { What::Twice } else { What::Unknown };
        Some(Complaint::about(body, path.trim_end_matches('"'), what))
    };
    said.split(", ").filter_map(one).collect()
}

/// `number into Go struct field EnvVar.spec.template.spec.containers.env.value of type string`: the way does not say
/// which item of a list is meant, so the first that does not fit is.
fn unmarshal(body: &Value, said: &str) -> Option<Complaint> {
    let (_, rest) = said.split_once("Go struct field ")?;
    let (field, wanted) = rest.split_once(" of type ")?;
    let keys: Vec<&str> = field.split('.').skip(1).collect();
    let wanted = match wanted.trim_start_matches(['*', '[', ']']) {
        _ if wanted.starts_with("[]") => Type::List,
        _ if wanted.starts_with("map[") => Type::Map,
        word if word.starts_with("string") => Type::Text,
        word if word.starts_with("bool") => Type::Boolean,
        word if word.starts_with("int") || word.starts_with("float") || word.starts_with("uint") => Type::Number,
        _ => Type::Map,
    };
    let mut steps = Vec::new();
    misfit(body, &keys, wanted, &mut steps).then(|| Complaint { steps, rest: String::new(), what: What::Type(wanted) })
}

fn misfit(value: &Value, keys: &[&str], wanted: Type, steps: &mut Vec<Step>) -> bool {
    if let (Value::Array(items), true) = (value, wanted != Type::List || !keys.is_empty()) {
        return items.iter().enumerate().any(|(at, item)| {
            steps.push(Step::Index(at));
            misfit(item, keys, wanted, steps) || steps.pop().is_none()
        });
    }
    let Some((key, rest)) = keys.split_first() else { return !fits(value, wanted) };
    let Some(below) = value.get(*key) else { return false };
    steps.push(Step::Key((*key).to_owned()));
    misfit(below, rest, wanted, steps) || steps.pop().is_none()
}

fn fits(value: &Value, wanted: Type) -> bool {
    match wanted {
        Type::Text => value.is_string(),
        Type::Number => value.is_number(),
        Type::Boolean => value.is_boolean(),
        Type::Scalar => !value.is_object() && !value.is_array(),
        Type::Map => value.is_object(),
        Type::List => value.is_array(),
    }
}
