//! git's history of a path: how much each person wrote there, and how lately.

use jiff::SignedDuration;

use super::commits::{Commit, commits};
use super::source::{Document, RawEvidence};
use crate::ownership::model::{ACTIVE_DAYS, Party, Says, Scope};

/// So many people are named, the most active first.
const PEOPLE: usize = 5;

pub fn parse(document: &Document) -> Vec<RawEvidence> {
    let commits = commits(document.text);
    let since = document.now - SignedDuration::from_hours(24 * ACTIVE_DAYS);
    let of_recent = commits.iter().filter(|commit| commit.date >= since).count();
    let of_lines = commits.iter().map(|commit| commit.lines).sum();
    let people = people(&commits);
    let mut said: Vec<(usize, usize, RawEvidence)> = people
        .into_iter()
        .map(|(person, own)| {
            let recent = own.iter().filter(|commit| commit.date >= since).count();
            let says = Says::Work {
                person,
                commits: own.len(),
                of_commits: commits.len(),
                lines: own.iter().map(|commit| commit.lines).sum(),
                of_lines,
                recent,
                of_recent,
                first: own.iter().map(|commit| commit.date).min().unwrap_or(document.now),
            };
            let date = own.iter().map(|commit| commit.date).max();
            let said = RawEvidence { place: document.place.to_owned(), line: None, date, scope: Scope::Exact, says };
            (recent, own.len(), said)
        })
        .collect();
    said.sort_by_key(|(recent, commits, _)| std::cmp::Reverse((*recent, *commits)));
    said.into_iter().map(|(_, _, said)| said).take(PEOPLE).collect()
}

/// Commits by person: one address is one person, and so is one full name under several addresses.
fn people(commits: &[Commit]) -> Vec<(Party, Vec<&Commit>)> {
    let mut people: Vec<(Party, Vec<&Commit>)> = Vec::new();
    for commit in commits {
        match people.iter_mut().find(|(_, own)| own.iter().any(|other| one_person(&other.author, &commit.author))) {
            Some((person, own)) => {
                // The newest commit names a person; an older one may add what it left out.
                person.email = person.email.take().or_else(|| commit.author.email.clone());
                person.handle = person.handle.take().or_else(|| commit.author.handle.clone());
                own.push(commit);
            }
            None => people.push((commit.author.clone(), vec![commit])),
        }
    }
    people
}

fn one_person(a: &Party, b: &Party) -> bool {
    let equal = |a: &Option<String>, b: &Option<String>| {
        a.as_ref().zip(b.as_ref()).is_some_and(|(a, b)| a.eq_ignore_ascii_case(b))
    };
    // One word ("root", "dev", "Alex") may be anybody.
    let full_name = a.name.contains(' ') && a.name.eq_ignore_ascii_case(&b.name);
    equal(&a.email, &b.email) || equal(&a.handle, &b.handle) || full_name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ownership::sources::tests::parse_with;
    use rstest::rstest;

    /// `name <email> date lines`, newest first, as git prints them.
    fn log(commits: &[(&str, &str, &str, u64)]) -> String {
        let record = |(name, email, date, lines): &(&str, &str, &str, u64)| {
            format!("\u{1e}{name}\u{1f}{email}\u{1f}{date}T10:00:00+01:00\n\n{lines}\t0\tsrc/main.go\n-\t-\tlogo.png\n")
        };
        commits.iter().map(record).collect()
    }

    fn work(commits: &[(&str, &str, &str, u64)]) -> Vec<(String, usize, u64, usize, String)> {
        let said = parse_with(parse, &log(commits), "src/", "src/");
        said.into_iter()
            .map(|said| match said.says {
                Says::Work { person, commits, lines, recent, .. } => {
                    let last = said.date.map(|date| date.strftime("%F").to_string()).unwrap_or_default();
                    (person.name, commits, lines, recent, last)
                }
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn work_is_counted_by_person_the_most_active_first() {
        let found = work(&[
            ("Grace", "grace@example.com", "2026-11-20", 10),
            ("Ada", "ada@example.com", "2026-05-01", 40),
            ("Ada", "ada@example.com", "2025-05-01", 2),
        ]);
        let expected = [
            ("Grace".to_owned(), 1, 10, 1, "2026-11-20".to_owned()),
            ("Ada".to_owned(), 2, 42, 0, "2026-05-01".to_owned()),
        ];
        assert_eq!(found, expected);
    }

    #[rstest]
    #[case::one_address(("Ada", "ada@example.com"), ("A. Lovelace", "ADA@example.com"), 1)]
    #[case::one_full_name(("Ada Lovelace", "ada@example.com"), ("Ada Lovelace", "ada@home.example"), 1)]
    #[case::one_login(("Ada", "1+ada@users.noreply.github.com"), ("ada", "ada@users.noreply.github.com"), 1)]
    #[case::one_word_is_anybody(("Alex", "alex@example.com"), ("Alex", "alex@home.example"), 2)]
    #[case::bots_do_not_count(("Ada", "ada@example.com"), ("renovate[bot]", "x@example.com"), 1)]
    fn people_are_told_apart(#[case] a: (&str, &str), #[case] b: (&str, &str), #[case] expected: usize) {
        assert_eq!(work(&[(a.0, a.1, "2026-11-20", 1), (b.0, b.1, "2026-11-19", 1)]).len(), expected);
    }

    #[test]
    fn an_import_does_not_count_as_knowing_it() {
        assert_eq!(work(&[("Ada", "ada@example.com", "2026-11-20", 90_000)])[0].2, 500);
    }

    #[test]
    fn a_person_is_named_once_with_what_every_commit_adds() {
        let text = log(&[
            ("Ada Lovelace", "1+ada@users.noreply.github.com", "2026-11-20", 1),
            ("Ada Lovelace", "ada@example.com", "2026-11-19", 1),
        ]);
        let said = parse_with(parse, &text, "src/", "src/");
        let Says::Work { person, .. } = &said[0].says else { panic!("no work") };
        assert_eq!((person.email.as_deref(), person.handle.as_deref()), (Some("ada@example.com"), Some("ada")));
    }

    #[rstest]
    #[case("")]
    #[case("fatal: not a git repository")]
    #[case("\u{1e}Ada\u{1f}ada@example.com\u{1f}yesterday\n")]
    fn what_is_no_log_says_nothing(#[case] text: &str) {
        assert_eq!(parse_with(parse, text, "src/", "src/"), []);
    }
}
