//! Java and Kotlin, and the placeholders in Spring's and Quarkus' settings.

use std::sync::LazyLock;

use regex::Regex;

use super::way::{self, Around, Read, Way};
use crate::detect::claim::{Claim, Fact, Trust};
use crate::detect::pattern::Pattern;
use crate::detect::repository::Repository;

static WAYS: [Way; 3] = [
    Way {
        pattern: Pattern::new("getenv(", r#"\bSystem\.getenv\(\s*"(?P<name>[A-Za-z_]\w*)"#),
        with: &[],
        is_optional: may_be_missing,
    },
    Way {
        pattern: Pattern::new(
            "getenv()",
            r#"\bSystem\.getenv\(\)\s*(?:\.get(?:OrDefault)?\(|\[)\s*"(?P<name>[A-Za-z_]\w*)"#,
        ),
        with: &[],
        is_optional: may_be_missing,
    },
    Way {
        pattern: Pattern::new("@Value(", r#"@Value\(\s*"\\?\$\{(?P<name>[A-Z][A-Z0-9_]*)"#),
        with: &[],
        is_optional: |around| around.after.starts_with(':'),
    },
];

pub fn reads(text: &str) -> Vec<Read> {
    way::all(text, &WAYS)
}

fn may_be_missing(around: &Around) -> bool {
    static OTHERWISE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^(?:!=|==\s*null\s*\?|\?\.|,)").expect("a literal pattern"));
    let behind = around.behind();
    let is_wrapped = ["ofNullable(", "requireNonNullElse("].iter().any(|sign| around.before.ends_with(sign));
    let ends = ["orElseThrow", "error(", "throw "]
        .iter()
        .any(|sign| around.statement().lines().next().is_some_and(|line| line.contains(sign)));
    (is_wrapped || behind.starts_with("?:")) && !ends || OTHERWISE.is_match(behind)
}

/// `${NAME}` and `${NAME:default}` of application.properties and application.yml.
#[must_use]
pub fn placeholders(repository: &Repository, path: &str) -> Vec<Claim> {
    static NAME: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\$\{(?P<name>[A-Z][A-Z0-9_]*)(?P<default>:?)").expect("a literal pattern"));
    let lines = (1..).zip(repository.text(path).unwrap_or_default().lines());
    lines
        .filter(|(_, line)| !line.trim_start().starts_with(['#', '!']))
        .flat_map(|(number, line)| NAME.captures_iter(line).map(move |found| (number, found)))
        .map(|(number, found)| {
            let (name, is_optional) = (found["name"].to_owned(), !found["default"].is_empty());
            Claim::new(Fact::Reads { name, is_optional }, Trust::Configuration, repository.line(path, number))
        })
        .collect()
}
