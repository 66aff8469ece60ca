//! OWNERS as Kubernetes' own repositories keep it (kubernetes.dev/docs/guide/owners): approvers answer for a folder.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::source::{Document, RawEvidence};
use crate::ownership::model::{Party, PartyKind, Says};

#[derive(Default, Deserialize)]
#[serde(default)]
struct File {
    approvers: Vec<String>,
    filters: BTreeMap<String, Approvers>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Approvers {
    approvers: Vec<String>,
}

pub fn parse(document: &Document) -> Vec<RawEvidence> {
    let Ok(mut file) = serde_yaml::from_str::<File>(document.text) else { return Vec::new() };
    // With filters, the rest of the file does not count; this one stands for every file.
    let names = match file.filters.remove(".*") {
        Some(all) => all.approvers,
        None => file.approvers,
    };
    if names.is_empty() {
        return Vec::new();
    }
    // A name is a GitHub login, or an alias for several in OWNERS_ALIASES.
    let party = |name: String| {
        let name = name.trim_start_matches('@').to_owned();
        Party { handle: Some(name.clone()), name, kind: PartyKind::Unknown, email: None }
    };
    vec![RawEvidence {
        place: document.place.to_owned(),
        line: None,
        date: None,
        scope: document.scope_of_folder(),
        says: Says::Owner { parties: names.into_iter().map(party).collect() },
    }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ownership::sources::tests::{owner_names, parse_with};
    use rstest::rstest;

    #[rstest]
    #[case::plain("approvers:\n- ada\n- grace\nreviewers:\n- linus\n", &["ada", "grace"])]
    #[case::filters("filters:\n  '.*':\n    approvers: [ada]\n  '\\.go$':\n    approvers: [grace]\n", &["ada"])]
    #[case::reviewers_do_not_answer("reviewers: [linus]\n", &[])]
    #[case::another_format("ada@example.com\n", &[])]
    fn approvers_answer(#[case] text: &str, #[case] owners: &[&str]) {
        assert_eq!(owner_names(&parse_with(parse, text, "pkg/OWNERS", "pkg/x.go")), owners);
    }
}
