//! The answers to all questions of a template.

use serde_json::{Map, Value};

/// Every question's answer, by key.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answers(pub(super) Map<String, Value>);

impl Answers {
    #[must_use]
    pub fn values(&self) -> &Map<String, Value> {
        &self.0
    }

    /// The name of the service.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.get("name").and_then(Value::as_str).unwrap_or_default()
    }
}
