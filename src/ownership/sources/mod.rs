//! Text -> evidence: one parser file per source, and one line here.

mod annotations;
mod catalog;
mod codeowners;
pub mod git_history;
mod labels;
mod owners_file;
pub mod plat_yaml;

use jiff::Timestamp;

use super::model::{Confidence, Contact, Evidence, Says, Scope};
use crate::text::redact;

/// Where evidence comes from: what must be read, and what makes evidence of it.
#[derive(Debug)]
pub struct Source {
    pub name: &'static str,
    pub reads: Reads,
    /// How far it is believed on its own.
    pub trust: Confidence,
    pub parse: fn(&Document) -> Vec<Said>,
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
    /// `git log` of the asked path, as [`git_history::FORMAT`] writes it.
    History,
}

/// Closest first: of two that speak of the same thing, the earlier is believed.
pub const SOURCES: &[Source] = &[
    Source { name: "annotation", reads: Reads::Objects, trust: Confidence::High, parse: annotations::parse },
    Source {
        name: "plat.yaml",
        reads: Reads::Nearest(&["plat.yaml"]),
        trust: Confidence::High,
        parse: plat_yaml::parse,
    },
    Source {
        name: "catalog-info.yaml",
        reads: Reads::Nearest(&["catalog-info.yaml", "catalog-info.yml"]),
        trust: Confidence::High,
        parse: catalog::parse,
    },
    Source {
        name: "CODEOWNERS",
        // GitHub's order, then the place that only GitLab knows.
        reads: Reads::First(&[".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"]),
        trust: Confidence::High,
        parse: codeowners::parse,
    },
    Source { name: "OWNERS", reads: Reads::Nearest(&["OWNERS"]), trust: Confidence::Medium, parse: owners_file::parse },
    Source { name: "label", reads: Reads::Objects, trust: Confidence::Medium, parse: labels::parse },
    Source { name: "git history", reads: Reads::History, trust: Confidence::Low, parse: git_history::parse },
];

/// What is asked, for the sources that must know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
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
    pub asked: &'a Asked,
    pub now: Timestamp,
}

/// Evidence before it is known which source of the table said it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub place: String,
    pub line: Option<usize>,
    pub date: Option<Timestamp>,
    pub scope: Scope,
    pub says: Says,
}

impl Source {
    #[must_use]
    pub fn evidence(&self, document: &Document) -> Vec<Evidence> {
        let evidence = |said: Said| Evidence {
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
    fn scope_of_folder(&self) -> Scope {
        let folder = self.place.rfind('/').map_or("", |at| &self.place[..=at]);
        if self.asked.path == folder { Scope::Exact } else { Scope::Whole }
    }
}

/// The 1-based line that says `key: …value…`, for messages and for git blame.
fn line_of(text: &str, key: &str, value: &str) -> Option<usize> {
    let says = |line: &str| {
        let rest = line.trim_start().strip_prefix(key).and_then(|rest| rest.strip_prefix(':'));
        rest.is_some_and(|rest| rest.contains(value.trim()))
    };
    text.lines().position(says).map(|at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    pub fn parse_with(parse: fn(&Document) -> Vec<Said>, text: &str, place: &str, path: &str) -> Vec<Said> {
        ask(parse, text, place, &Asked { service: None, path: path.to_owned() })
    }

    pub fn parse_for_service(parse: fn(&Document) -> Vec<Said>, text: &str, place: &str, service: &str) -> Vec<Said> {
        ask(parse, text, place, &Asked { service: Some(service.to_owned()), path: String::new() })
    }

    fn ask(parse: fn(&Document) -> Vec<Said>, text: &str, place: &str, asked: &Asked) -> Vec<Said> {
        parse(&Document { text, place, asked, now: "2026-11-22T12:00:00Z".parse().unwrap() })
    }

    pub fn owner_names(said: &[Said]) -> Vec<&str> {
        let parties = said.iter().filter_map(|said| match &said.says {
            Says::Owner { parties } => Some(parties),
            _ => None,
        });
        parties.flatten().map(|party| party.name.as_str()).collect()
    }

    #[test]
    fn every_source_has_a_name_of_its_own() {
        let mut names: Vec<&str> = SOURCES.iter().map(|source| source.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), SOURCES.len());
    }
}
