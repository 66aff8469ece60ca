//! What a source is: what it reads, and the evidence that it makes of it.

use jiff::Timestamp;

use crate::ownership::model::{Confidence, Contact, Evidence, Says, Scope};
use crate::text::redact;

/// Where evidence comes from: what must be read, and what makes evidence of it.
#[derive(Debug)]
pub struct Source {
    pub name: &'static str,
    pub reads: Reads,
    /// How far it is believed on its own.
    pub trust: Confidence,
    pub parse: fn(&Document) -> Vec<RawEvidence>,
}

/// What a source wants to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// The metadata of each object from the key up to its top controller, and of the namespace, as JSON.
    Objects,
    /// The first of these files that the repository has.
    First(&'static [&'static str]),
    /// The nearest of these files, from the asked path upwards.
    Nearest(&'static [&'static str]),
    /// `git log` of the asked path, as [`super::commits::FORMAT`] writes it.
    History,
}

/// What is asked, for the sources that must know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Name of the service, where one was asked for.
    pub service: Option<String>,
    /// Path in the repository with `/`; a folder ends in `/`, the whole repository is empty.
    pub path: String,
}

/// A text, and what is asked of it.
#[derive(Debug, Clone)]
pub struct Document<'a> {
    pub text: &'a str,
    /// `Deployment shop/payments-api`, or the file's path in the repository.
    pub place: &'a str,
    pub query: &'a Query,
    pub now: Timestamp,
}

/// Evidence before it is known which source of the table said it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawEvidence {
    pub place: String,
    pub line: Option<usize>,
    pub date: Option<Timestamp>,
    pub scope: Scope,
    pub says: Says,
}

impl Source {
    #[must_use]
    pub fn evidence(&self, document: &Document) -> Vec<Evidence> {
        let evidence = |said: RawEvidence| Evidence {
            source: self.name,
            place: said.place,
            line: said.line,
            date: said.date,
            scope: said.scope,
            trust: self.trust,
            says: said.says.redacted(),
        };
        (self.parse)(document).into_iter().map(evidence).collect()
    }
}

impl Says {
    /// What people write into annotations sometimes holds a password (`https://user:token@host/repo`).
    fn redacted(self) -> Self {
        match self {
            Self::Contact(contact) => Self::Contact(Contact { value: redact(&contact.value), ..contact }),
            Self::Repository { url } => Self::Repository { url: redact(&url) },
            Self::Context { relation, value } => Self::Context { relation, value: redact(&value) },
            says @ (Self::Owner { .. } | Self::Nobody | Self::Deployed { .. } | Self::Work { .. }) => says,
        }
    }
}

impl Document<'_> {
    /// Whether a file in the repository speaks of what was asked, or of something around it.
    pub fn scope_of_folder(&self) -> Scope {
        let folder = self.place.rfind('/').map_or("", |at| &self.place[..=at]);
        if self.query.path == folder { Scope::Exact } else { Scope::Whole }
    }
}

/// The 1-based line that says `key: …value…`, for messages and for git blame.
pub(super) fn line_of(text: &str, key: &str, value: &str) -> Option<usize> {
    let says = |line: &str| {
        let rest = line.trim_start().strip_prefix(key).and_then(|rest| rest.strip_prefix(':'));
        rest.is_some_and(|rest| rest.contains(value.trim()))
    };
    text.lines().position(says).map(|at| at + 1)
}
