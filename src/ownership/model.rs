//! What was said about ownership, and what it amounts to.

use jiff::Timestamp;
use serde::Serialize;

/// Who committed in so many days is active now.
pub const ACTIVE_DAYS: i64 = 90;

/// A team or a person, as a source names them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Party {
    pub name: String,
    pub kind: PartyKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// `@ada` or `@shop/payments`, without the `@`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PartyKind {
    Team,
    Person,
    /// The source wrote a bare word.
    #[default]
    Unknown,
}

/// What one source said, where, and when it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The name of its line in `SOURCES`.
    pub source: &'static str,
    /// `plat.dev/owner on Deployment shop/payments-api`, `.github/CODEOWNERS`
    pub place: String,
    /// Line of the file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    pub date: Option<Timestamp>,
    pub scope: Scope,
    /// How far the source is believed on its own.
    pub trust: Confidence,
    pub says: Says,
}

impl Evidence {
    /// `.github/CODEOWNERS:3`
    #[must_use]
    pub fn place_and_line(&self) -> String {
        match self.line {
            Some(line) => format!("{}:{line}", self.place),
            None => self.place.clone(),
        }
    }
}

/// How close what was said is to what was asked, closest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// About the very thing.
    Exact,
    /// About something that it is part of: the repository, the component.
    Whole,
    /// About its surroundings: the namespace.
    Around,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Says {
    /// Someone wrote down who answers for it.
    Owner {
        parties: Vec<Party>,
    },
    /// Someone wrote down that nobody does (a CODEOWNERS rule without owners).
    Nobody,
    /// Where to ask or read: `chat`, `support`, `runbook`.
    Contact(Contact),
    Repository {
        url: String,
    },
    /// What it belongs to: `part of shop`.
    Context {
        relation: &'static str,
        value: String,
    },
    /// Who deployed it last.
    Deployed {
        by: Party,
    },
    /// What git knows of one person's work there. The `of_` figures are everybody's, bots left out.
    Work {
        person: Party,
        commits: usize,
        of_commits: usize,
        lines: u64,
        of_lines: u64,
        /// Commits of the last [`ACTIVE_DAYS`] days.
        recent: usize,
        of_recent: usize,
        first: Timestamp,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contact {
    pub what: &'static str,
    pub value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    Low,
    Medium,
    High,
}

impl Confidence {
    #[must_use]
    pub fn lower(self) -> Self {
        match self {
            Self::High => Self::Medium,
            Self::Medium | Self::Low => Self::Low,
        }
    }

    #[must_use]
    pub fn higher(self) -> Self {
        match self {
            Self::Low => Self::Medium,
            Self::Medium | Self::High => Self::High,
        }
    }

    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// One name, and why it is that one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Candidate {
    #[serde(flatten)]
    pub party: Party,
    pub confidence: Confidence,
    pub source: &'static str,
    pub place: String,
    pub date: Option<Timestamp>,
    /// Days since their last commit anywhere in the repository, where that is long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inactive_days: Option<i64>,
    /// What raised or lowered the confidence.
    pub because: Vec<String>,
}

/// Two answers to "whom do I ask": who is accountable, and who works on it these days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    pub accountable: Option<Candidate>,
    pub active_now: Option<Candidate>,
    pub contacts: Vec<Contact>,
    pub repository: Option<String>,
    /// Everything that was found, closest first.
    pub evidence: Vec<Evidence>,
}
