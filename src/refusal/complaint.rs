//! A field of an object, and what is wrong with it.

use serde_json::Value;

use crate::diff::{Step, deepest, get};

/// One field, and what is wrong with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Complaint {
    /// The way to it in the object, as far as it is there.
    pub(super) steps: Vec<Step>,
    /// What of the way is not there: `.image`.
    pub(super) rest: String,
    pub(super) what: What,
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum What {
    /// The object as a whole.
    All,
    /// There is no such field.
    Unknown,
    /// The item of a list, or the key, is there twice.
    Twice,
    /// It is of another type than this.
    Type(Type),
    /// It has to be there. The server may say why.
    Missing(Option<String>),
    /// It must be one of these.
    Choice(Vec<String>),
    /// What it names is not there.
    NotFound,
    /// It must be what it was when the object was made.
    Fixed,
    /// It is no quantity.
    Quantity,
    /// The value is refused, with these words.
    Refused(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Text,
    Number,
    Boolean,
    Scalar,
    Map,
    List,
}

impl Complaint {
    pub(super) fn about_all() -> Self {
        Self { steps: Vec::new(), rest: String::new(), what: What::All }
    }

    /// About a field by the way to it as the server writes it, with or without a dot before it.
    pub(super) fn about(body: &Value, field: &str, what: What) -> Self {
        let field =
            if field.starts_with(['.', '[']) || field.is_empty() { field.to_owned() } else { format!(".{field}") };
        let (steps, rest) = deepest(body, &field);
        // Validation leaves out a step to what is in the metadata of a template (`ValidatePodTemplateSpec`).
        if rest.starts_with(".labels") || rest.starts_with(".annotations") {
            let whole = field.replacen(".template.", ".template.metadata.", 1);
            let (within, left) = deepest(body, &whole);
            if within.len() > steps.len() {
                return Self { steps: within, rest: left.to_owned(), what };
            }
        }
        Self { steps, rest: rest.to_owned(), what }
    }

    /// Whether it is refused because one thing is asked for in two ways: a probe by HTTP and by TCP, a volume of two kinds,
    /// a strategy with the numbers of another (`pkg/apis/*/validation`).
    #[must_use]
    pub fn is_about_two_ways(&self) -> bool {
        const SAID: [&str; 2] = ["may not specify more than 1 ", "may not be specified when "];
        matches!(&self.what, What::Refused(said) if SAID.iter().any(|words| said.contains(words)))
    }

    /// The field that it is in: of `…readinessProbe.tcpSocket` that is `readinessProbe`.
    #[must_use]
    pub fn parent(&self) -> Option<&str> {
        let keys = self.steps.iter().filter_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Index(_) => None,
        });
        let keys: Vec<&str> = keys.collect();
        let last_is_named = self.rest.is_empty() && matches!(self.steps.last(), Some(Step::Key(_)));
        keys.iter().rev().nth(usize::from(last_is_named)).copied()
    }

    /// Whether the fields that there are would help.
    #[must_use]
    pub fn is_about_names(&self) -> bool {
        self.what == What::Unknown
    }
}

/// Every value that has no fields, with the way to it.
pub(super) fn walk(value: &Value, steps: &mut Vec<Step>, look: &mut impl FnMut(&[Step], &Value)) {
    let below: Vec<(Step, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(key, value)| (Step::Key(key.clone()), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(at, item)| (Step::Index(at), item)).collect(),
        scalar => return look(steps, scalar),
    };
    for (step, value) in below {
        steps.push(step);
        walk(value, steps, look);
        steps.pop();
    }
}

/// The value that a complaint is about; none where it is not there.
pub(super) fn value<'v>(complaint: &Complaint, body: &'v Value) -> Option<&'v Value> {
    complaint.rest.is_empty().then(|| get(body, &complaint.steps)).flatten()
}
