//! docs/failures/: a page for each class of failure, found by its Kubernetes reason.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::LazyLock;

use regex::Regex;

use super::{read, root};

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
fn every_reason_is_in_the_index() {
    static CASE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?m)^    reason: (\w+)$").expect("a literal pattern"));
    static RULE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"reason(?:: |\()"([A-Z]\w+)""#).expect("a literal pattern"));
    let index = index();
    let sources = [
        ("src/rollout/cases", &CASE),
        ("src/rollout/rules", &RULE),
        ("src/rollout/explain", &RULE),
        ("src/cluster/refusals.rs", &RULE),
    ];
    for (place, pattern) in sources {
        for file in ignore::Walk::new(root().join(place)).map(|entry| entry.expect("readable sources").into_path()) {
            let text = if file.is_file() { read(&file) } else { String::new() };
            for found in pattern.captures_iter(&text) {
                assert!(
                    index.contains_key(&found[1]),
                    "{}: docs/failures/README.md lacks {}",
                    file.display(),
                    &found[1]
                );
            }
        }
    }
}

#[test]
fn the_index_leads_to_the_page_of_a_reason() {
    static REASONS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?m)^Reasons?: (.*)$").expect("a literal pattern"));
    let index = index();
    for page in folder().read_dir().expect("docs/failures").map(|entry| entry.expect("an entry").path()) {
        let name = page.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name == "README.md" {
            continue;
        }
        let text = read(&page);
        let reasons =
            REASONS.captures(&text).unwrap_or_else(|| panic!("{name} does not say which reasons it is about"));
        // What is said behind the first full stop is no reason of this page.
        let reasons = reasons[1].split(". ").next().unwrap_or_default();
        let known = words(reasons).filter(|reason| index.get(*reason).is_some_and(|row| row.contains(&name)));
        assert!(known.count() > 0, "docs/failures/README.md does not lead to {name} from any of {reasons}");
        for reason in words(reasons) {
            assert!(index.contains_key(reason), "docs/failures/README.md lacks {reason} of {name}");
        }
    }
}

/// The rows of the index by reason.
fn index() -> BTreeMap<String, String> {
    let text = read(&folder().join("README.md"));
    let (index, _) = text.split_once("\n## ").expect("the index comes first");
    let rows = index.lines().filter(|line| line.starts_with("| `"));
    rows.flat_map(|row| {
        let first = row.split('|').nth(1).unwrap_or_default();
        words(first).map(|reason| (reason.to_owned(), row.to_owned())).collect::<Vec<_>>()
    })
    .collect()
}

/// What stands between backticks.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn folder() -> PathBuf {
    root().join("docs/failures")
}
