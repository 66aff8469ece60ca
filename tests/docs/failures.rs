//! docs/failures/: a page for each class of failure, found by its Kubernetes reason. Which pages there are is derived from
//! the rules, and the index from the pages.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::LazyLock;

use regex::Regex;

use super::{END, generated, read, root};

/// Around the part of docs/failures/README.md that is generated.
const INDEX: &str = "<!-- generated: index -->";

#[test]
fn every_rule_has_its_pages() {
    for (name, pages) in plat::rollout::failure_rules() {
        assert!(!pages.is_empty(), "rule {name} names no page");
        for page in pages {
            assert!(folder().join(page).exists(), "rule {name}: docs/failures/{page} does not exist");
        }
    }
}

#[test]
fn every_page_is_of_a_rule() {
    let known: BTreeSet<&str> = pages().collect();
    for page in folder().read_dir().expect("docs/failures").map(|entry| entry.expect("an entry").file_name()) {
        let page = page.to_string_lossy();
        assert!(page == "README.md" || known.contains(&*page), "no rule names docs/failures/{page}");
    }
}

#[test]
fn the_index_is_current() {
    let page = read(&folder().join("README.md"));
    let (before, rest) = page.split_once(INDEX).expect("the page says where its index starts");
    let (_, after) = rest.split_once(END).expect("the page says where its index ends");
    let mut rows = String::from("| reason | described in |\n|---|---|\n");
    for (reason, links) in index() {
        let _ = writeln!(rows, "| `{reason}` | {} |", links.join(", "));
    }
    generated("docs/failures/README.md", &format!("{before}{INDEX}\n{rows}{END}{after}"));
}

#[test]
fn every_reason_is_in_the_index() {
    static CASE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?m)^    reason: (\w+)$").expect("a literal pattern"));
    static RULE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bReason::([A-Z]\w+)").expect("a literal pattern"));
    let index = index();
    let sources = [
        ("src/rollout/cases", &CASE),
        ("src/rollout/rules", &RULE),
        ("src/rollout/explain", &RULE),
        ("src/cluster/api/rejection.rs", &RULE),
    ];
    for (place, pattern) in sources {
        for file in ignore::Walk::new(root().join(place)).map(|entry| entry.expect("readable sources").into_path()) {
            let text = if file.is_file() { read(&file) } else { String::new() };
            for found in pattern.captures_iter(&text) {
                assert!(
                    index.contains_key(&found[1]),
                    "{}: no page of docs/failures/ lists {}",
                    file.display(),
                    &found[1]
                );
            }
        }
    }
}

/// What describes each reason: the sections whose heading names it, else the pages that list it.
fn index() -> BTreeMap<String, Vec<String>> {
    static REASONS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?m)^Reasons?: (.*)$").expect("a literal pattern"));
    let mut index: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for page in pages().filter(|page| seen.insert(*page)) {
        let text = read(&folder().join(page));
        let title = text.lines().next().unwrap_or_default().trim_start_matches("# ");
        let reasons =
            REASONS.captures(&text).unwrap_or_else(|| panic!("{page} does not say which reasons it is about"));
        // What is said behind the first full stop is not a reason of this page.
        for reason in words(reasons[1].split(". ").next().unwrap_or_default()) {
            let sections: Vec<&str> = text
                .lines()
                .filter_map(|line| line.strip_prefix("## "))
                .filter(|heading| words(heading).any(|word| word == reason))
                .collect();
            let links = index.entry(reason.to_owned()).or_default();
            match sections.as_slice() {
                [] => links.push(format!("[{title}]({page})")),
                sections => links.extend(sections.iter().map(|heading| {
                    // A heading that is nothing but reasons says less than the title of its page.
                    let says = heading.split('`').step_by(2).any(|part| part.contains(char::is_alphabetic));
                    format!("[{}]({page}#{})", if says { *heading } else { title }, anchor(heading))
                })),
            }
        }
    }
    index
}

/// Those of the rules, in their order; a page may be named by several.
fn pages() -> impl Iterator<Item = &'static str> {
    plat::rollout::failure_rules().flat_map(|(_, pages)| pages.iter().copied())
}

/// As GitHub makes it of a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase();
    kept.chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// What stands between backticks.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn folder() -> PathBuf {
    root().join("docs/failures")
}
