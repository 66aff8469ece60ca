//! `owner` of plat.yaml. Read leniently: a mistake elsewhere in the file does not hide whom to ask about it.

use serde::Deserialize;

use super::source::{Document, RawEvidence, line_of};
use crate::ownership::identity;
use crate::ownership::model::{Says, Scope};

#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    owner: Option<String>,
}

pub fn parse(document: &Document) -> Vec<RawEvidence> {
    let Ok(Named { name, owner: Some(owner) }) = serde_yaml::from_str::<Named>(document.text) else {
        return Vec::new();
    };
    let asked = document.query.service.as_ref();
    if owner.trim().is_empty() || asked.is_some_and(|asked| name.as_ref() != Some(asked)) {
        return Vec::new();
    }
    vec![RawEvidence {
        place: document.place.to_owned(),
        line: line_of(document.text, "owner", &owner),
        date: None,
        scope: if asked.is_some() { Scope::Exact } else { document.scope_of_folder() },
        says: Says::Owner { parties: vec![identity::party(&owner)] },
    }]
}

/// The name that a plat.yaml gives its service.
#[must_use]
pub fn service_name(text: &str) -> Option<String> {
    serde_yaml::from_str::<Named>(text).ok()?.name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ownership::sources::tests::{owner_names, parse_for_service, parse_with};
    use rstest::rstest;

    const TEXT: &str = "name: payments-api\nport: 8080\nowner: payments\nprot: 1\n";

    #[rstest]
    #[case::the_service_itself("services/pay/", Scope::Exact)]
    #[case::a_file_of_it("services/pay/main.go", Scope::Whole)]
    fn the_owner_is_read_with_its_line(#[case] asked: &str, #[case] scope: Scope) {
        let said = parse_with(parse, TEXT, "services/pay/plat.yaml", asked);
        assert_eq!(owner_names(&said), ["payments"]);
        assert_eq!((said[0].line, said[0].scope), (Some(3), scope));
    }

    #[rstest]
    #[case("payments-api", 1)]
    #[case("another", 0)]
    fn another_service_is_not_answered_for(#[case] service: &str, #[case] expected: usize) {
        assert_eq!(parse_for_service(parse, TEXT, "plat.yaml", service).len(), expected);
    }

    #[rstest]
    #[case("name: payments-api\n")]
    #[case("owner: ' '\n")]
    #[case(": :\n- x")]
    fn without_an_owner_it_says_nothing(#[case] text: &str) {
        assert_eq!(parse_with(parse, text, "plat.yaml", ""), []);
    }
}
