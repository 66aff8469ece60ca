//! How a service says that it works.

use serde::{Deserialize, Serialize};

/// `health: /healthz` (an HTTP path), `health: tcp` or `health: none`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(from = "String", into = "String")]
pub enum Health {
    Path(String),
    Tcp,
    None,
}

impl From<String> for Health {
    fn from(text: String) -> Self {
        match text.as_str() {
            "tcp" => Self::Tcp,
            "none" => Self::None,
            _ => Self::Path(text),
        }
    }
}

impl From<Health> for String {
    fn from(health: Health) -> Self {
        match health {
            Health::Path(path) => path,
            Health::Tcp => "tcp".to_owned(),
            Health::None => "none".to_owned(),
        }
    }
}
