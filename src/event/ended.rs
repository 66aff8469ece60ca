//! How a command that went well ended: its last line.

use std::path::PathBuf;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

/// How a deploy that went well ended.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Done {
    /// The service or the set; none for plain manifests without a name.
    pub service: Option<String>,
    pub namespace: String,
    pub context: String,
    /// Empty for plain manifests: they have images of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    pub replicas: i32,
    pub first: bool,
    /// Whether pods were replaced.
    pub changed: bool,
    pub objects: Count,
    /// Of a cron.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_run: Option<Timestamp>,
    /// Until it was ready.
    pub duration_ms: u64,
    /// Where a process of its own looks on in the background: for so long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub looks_on_seconds: Option<u64>,
    /// What is ready and does not serve what was asked for, or not with what it was asked with: a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub but: Vec<String>,
    /// For people.
    #[serde(skip)]
    pub said: Said,
}

/// A project that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Created {
    pub service: String,
    pub template: String,
    pub path: PathBuf,
    pub files: Vec<String>,
    pub repository: Repository,
    /// Commands to type in its folder.
    pub next: Vec<String>,
}

/// Whether a new project is a git repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Repository {
    Created,
    /// It lies in one.
    Inside,
    None,
}

/// A command of another tool, by the stopwatch.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Timed {
    pub command: String,
    pub exit_code: u8,
    /// Until what it changed was ready.
    pub duration_ms: f64,
    /// Until the command ended.
    pub applied_ms: f64,
    pub changed: Vec<TimedWorkload>,
    /// For people: where changes were looked for.
    #[serde(skip)]
    pub scope: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TimedWorkload {
    pub kind: String,
    pub namespace: String,
    pub name: String,
    /// Whether the command created it.
    pub new: bool,
}

/// How many objects were created, changed, or were as they are wanted already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Count {
    pub created: usize,
    pub changed: usize,
    pub unchanged: usize,
}

/// The last lines of a deploy for people.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Said {
    /// `ready`, `complete` or `scheduled`.
    pub state: &'static str,
    /// `next run 2026-11-24 06:30 Europe/Berlin, in 1 h 20 min`
    pub next_run: Option<String>,
    /// What to look at now.
    pub next: String,
}
