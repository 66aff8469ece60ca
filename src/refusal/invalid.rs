//! What validation finds, out of its one sentence a field (`k8s.io/apimachinery`, `field.Error.ErrorBody`).

use serde_json::Value;

use super::complaint::{Complaint, What};
use crate::diff::{Step, get};
use crate::text::foreign_line;

/// Longest text of the server that is a part of a sentence.
const LONGEST: usize = 300;

pub(super) fn read(body: &Value, field: &str, message: &str) -> Complaint {
    let (kind, said) = message.split_once(": ").map_or((message, ""), |(kind, said)| (kind, said));
    let plain = |what| Complaint::about(body, field, what);
    if is_fixed(message) {
        return plain(What::Fixed);
    }
    match kind {
        "Required value" => plain(What::Missing((!said.is_empty()).then(|| words(said, field)))),
        "Unsupported value" => {
            let (_, choices) = value_and_detail(said);
            match choices.strip_prefix("supported values: ") {
                Some(list) => {
                    plain(What::Choice(list.split(", ").map(|word| word.trim_matches('"').to_owned()).collect()))
                }
                None => plain(What::Refused(words(&choices, field))),
            }
        }
        "Not found" => plain(What::NotFound),
        "Duplicate value" => plain(What::Twice),
        "Invalid value" => {
            let (value, detail) = value_and_detail(said);
            let detail = words(&detail, field);
            let what = if detail.is_empty() { What::Refused("is not valid".to_owned()) } else { What::Refused(detail) };
            within(body, plain(what), value.as_ref())
        }
        "Forbidden" => plain(What::Refused(words(said, field))),
        _ => plain(What::Refused(words(message, field))),
    }
}

/// Whether it is said of a field that can only be set when the object is made.
#[must_use]
pub fn is_fixed(message: &str) -> bool {
    ["field is immutable", "may not change once set", "immutable after creation", "updates to statefulset spec"]
        .iter()
        .any(|words| message.contains(words))
}

/// The value that is refused, as JSON where it is, and what is said of it. A value may hold anything, also `: `.
fn value_and_detail(said: &str) -> (Option<Value>, String) {
    let mut values = serde_json::Deserializer::from_str(said).into_iter::<Value>();
    if let Some(Ok(value)) = values.next() {
        let rest = &said[values.byte_offset()..];
        if let Some(detail) = rest.strip_prefix(": ") {
            return (Some(value), detail.to_owned());
        }
        if rest.is_empty() {
            return (Some(value), String::new());
        }
    }
    (None, said.split_once(": ").map_or("", |(_, detail)| detail).to_owned())
}

/// The value itself, where validation names the map or list that it is in: a label, say.
fn within(body: &Value, complaint: Complaint, refused: Option<&Value>) -> Complaint {
    let (Some(refused), true) = (refused, complaint.rest.is_empty()) else { return complaint };
    let is_it = |value: &Value| {
        let written = value.is_number().then(|| value.to_string());
        value == refused || written.is_some() && written.as_deref() == refused.as_str()
    };
    let step = match get(body, &complaint.steps) {
        Some(Value::Object(fields)) => {
            let mut fields = fields.iter();
            let field = fields.find(|(key, value)| is_it(value) || refused.as_str() == Some(key.as_str()));
            field.map(|(key, _)| Step::Key(key.clone()))
        }
        Some(Value::Array(items)) => items.iter().position(is_it).map(Step::Index),
        _ => None,
    };
    Complaint { steps: complaint.steps.into_iter().chain(step).collect(), ..complaint }
}

/// The server's words, without the field and the type that definitions repeat (`spec.size in body must be of type
/// integer: "string"`).
fn words(said: &str, field: &str) -> String {
    let said = said.strip_prefix(&format!("{field} in body ")).unwrap_or(said);
    let said = match said.rsplit_once(": \"") {
        Some((said, value)) if said.starts_with("must be of type ") && !value.contains(' ') => said,
        _ => said,
    };
    // Examples and the expression after them are longer than all the rest.
    let said = said.split(" (e.g. ").next().unwrap_or(said);
    foreign_line(said.trim(), LONGEST)
}
