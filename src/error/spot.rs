//! One of the things that are wrong, where it was written.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

/// One of the things that are wrong, where it was written. Its words are safe to print.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Spot {
    #[serde(flatten)]
    pub place: Place,
    /// The object that it is about: `Deployment shop/payments-api`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    pub error: String,
    /// What to do, most likely first.
    pub hints: Vec<String>,
    /// For people: the line of the file, and under it a caret.
    #[serde(skip)]
    pub excerpt: Vec<String>,
}

/// Where something was written; lines and columns start at 1.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Place {
    /// None for what a program printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
}

impl Place {
    #[must_use]
    pub fn at(file: impl Into<String>, line: usize, column: usize) -> Self {
        Self { file: Some(file.into()), line: Some(line), column: Some(column) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.file.as_deref().unwrap_or_default())?;
        [self.line, self.column].into_iter().flatten().try_for_each(|number| write!(f, ":{number}"))
    }
}

impl Spot {
    /// Its place, or the object where nobody knows the place.
    #[must_use]
    pub fn shown(&self) -> String {
        match (&self.place.file, &self.object) {
            (None, Some(object)) => object.clone(),
            _ => self.place.to_string(),
        }
    }
}
