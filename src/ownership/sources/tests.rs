//! What the tests of the sources share.

use super::SOURCES;
use super::source::{Document, Query, RawEvidence};
use crate::ownership::model::Says;

pub fn parse_with(parse: fn(&Document) -> Vec<RawEvidence>, text: &str, place: &str, path: &str) -> Vec<RawEvidence> {
    ask(parse, text, place, &Query { service: None, path: path.to_owned() })
}

pub fn parse_for_service(
    parse: fn(&Document) -> Vec<RawEvidence>,
    text: &str,
    place: &str,
    service: &str,
) -> Vec<RawEvidence> {
    ask(parse, text, place, &Query { service: Some(service.to_owned()), path: String::new() })
}

fn ask(parse: fn(&Document) -> Vec<RawEvidence>, text: &str, place: &str, query: &Query) -> Vec<RawEvidence> {
    parse(&Document { text, place, query, now: "2026-11-22T12:00:00Z".parse().unwrap() })
}

pub fn owner_names(said: &[RawEvidence]) -> Vec<&str> {
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
