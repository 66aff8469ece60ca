//! What was found: services, each with the lines of its plat.yaml and their evidence.

use serde::Serialize;
use serde_json::Value;

use super::claim::Evidence;
use crate::spec::{Kind, order};

/// All that a repository holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// By their plat.yaml.
    pub services: Vec<Service>,
    /// Folders of projects that other code uses, in their order.
    pub libraries: Vec<String>,
    /// What was seen and is no service, and what was not looked at: sentences.
    pub remarks: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    pub name: String,
    pub kind: Kind,
    /// `Express, Node`
    pub label: String,
    /// The folder of its sources, relative to the root; empty for the root.
    pub sources: String,
    /// The process that it is, where its sources have several.
    pub process: Option<String>,
    /// Where its plat.yaml goes, relative to the root.
    pub file: String,
    /// It is there already.
    pub exists: bool,
    /// In the order of plat.yaml.
    pub lines: Vec<Line>,
    /// What is seen and needs no line: plat does so by itself.
    pub seen: Vec<Seen>,
    pub unknown: Vec<Unknown>,
    pub unset: Vec<Unset>,
    /// Candidates that lost, and why; what was not taken.
    pub remarks: Vec<String>,
    pub next: Vec<String>,
}

/// One field of plat.yaml.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub field: &'static str,
    pub value: Value,
    pub evidence: Vec<Evidence>,
    /// Written behind it.
    pub comment: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Seen {
    /// `starts with`
    pub what: &'static str,
    pub value: String,
    pub evidence: Evidence,
}

/// A field that nothing says, or several say differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unknown {
    pub field: &'static str,
    /// Why, as a clause.
    pub why: String,
    /// What it may be, with its evidence.
    pub choices: Vec<(String, Evidence)>,
}

/// A variable that the code reads and needs, and nothing here sets to what works in a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unset {
    pub name: String,
    /// It is called as secrets are.
    pub secret: bool,
    /// What it is for compose, which alone knows the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    pub evidence: Evidence,
}

impl Service {
    #[must_use]
    pub fn line(&self, field: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.field == field)
    }

    /// The same, seen from a folder above which it was found.
    pub fn moved_below(&mut self, folder: &str) {
        if let Some(below) = super::paths::below(&self.file, folder) {
            self.file = below.to_owned();
        }
        if self.sources == folder {
            self.sources.clear();
        }
    }

    /// Takes an answer to what was unknown.
    pub fn answer(&mut self, field: &'static str, value: Value) {
        self.unknown.retain(|unknown| unknown.field != field);
        if field == "kind" {
            self.unknown.retain(|unknown| unknown.field != "port");
            self.kind = Kind::Worker;
        }
        let line = Line { field, value, evidence: Vec::new(), comment: None };
        let at = self.lines.iter().position(|other| order(other.field) > order(field)).unwrap_or(self.lines.len());
        self.lines.insert(at, line);
    }
}
