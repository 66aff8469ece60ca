//! Text -> evidence: one parser file per source, and one line here.

mod annotations;
mod catalog;
mod codeowners;
mod commits;
mod git_history;
mod labels;
mod owners_file;
pub mod plat_yaml;
mod source;
#[cfg(test)]
mod tests;

use super::model::Confidence;

pub use commits::{Commit, FORMAT, commits};
pub use source::{Document, Query, Reads, Source};

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
