//! Which revision to go back to, which to keep, and how they look in a list.

use super::head::{Head, Outcome};

/// Revisions that are kept, as many as a Deployment keeps `ReplicaSet`s (`revisionHistoryLimit`).
pub const KEPT: usize = 10;
/// Different renderings that were good and are kept beside, however much failed since.
const GOOD: usize = 5;

/// The revision to go back to: the newest that was deployed before this one and renders something else.
#[must_use]
pub fn previous<'h>(heads: &'h [Head], before: u64, rendered: &str) -> Option<&'h Head> {
    let good = |head: &&Head| head.outcome == Outcome::Deployed && head.number < before && head.rendered != rendered;
    heads.iter().filter(good).max_by_key(|head| head.number)
}

/// Whether the cluster should still have what this revision wrote, as far as it alone can tell.
fn is_there(head: &Head) -> bool {
    !matches!(head.outcome, Outcome::RolledBack | Outcome::MigrationFailed)
}

/// The previous revision the present one. What a rollback restored counts as the revision that it was first, so that
/// going back twice goes further back.
#[must_use]
pub fn one_back(heads: &[Head]) -> Option<&Head> {
    let present = heads.iter().filter(|head| is_there(head)).max_by_key(|head| head.number)?;
    previous(heads, present.restores.unwrap_or(present.number), &present.rendered)
}

/// Numbers that are not kept any longer: all but the newest [`KEPT`] and the newest of each of the last [`GOOD`]
/// renderings that were deployed. A deploy that fails writes two revisions, its own and the one that restores: they
/// must not push out the places to go back to.
#[must_use]
pub fn expired(heads: &[Head]) -> Vec<u64> {
    let mut newest_first: Vec<&Head> = heads.iter().collect();
    newest_first.sort_unstable_by_key(|head| std::cmp::Reverse(head.number));
    let mut good: Vec<&str> = Vec::new();
    let mut expired = Vec::new();
    for (at, head) in newest_first.into_iter().enumerate() {
        let is_new = head.outcome == Outcome::Deployed && !good.contains(&head.rendered.as_str());
        if is_new {
            good.push(&head.rendered);
        }
        if at >= KEPT && !(is_new && good.len() <= GOOD) {
            expired.push(head.number);
        }
    }
    expired
}

/// One line of `plat history`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<'a> {
    pub head: &'a Head,
    pub outcome: Outcome,
    /// Whether the cluster should have this one now.
    pub current: bool,
    /// The deploy that it brought back, through all that brought it back before.
    pub restores: Option<u64>,
}

/// Newest first. One that was never finished and has a successor is superseded.
#[must_use]
pub fn rows(heads: &[Head]) -> Vec<Row<'_>> {
    let newest = heads.iter().map(|head| head.number).max();
    let current = heads.iter().filter(|head| is_there(head)).map(|head| head.number).max();
    let outcome = |head: &Head| match head.outcome {
        Outcome::InProgress if Some(head.number) != newest => Outcome::Superseded,
        outcome => outcome,
    };
    let mut rows: Vec<Row> = heads
        .iter()
        .map(|head| Row {
            head,
            outcome: outcome(head),
            current: Some(head.number) == current,
            restores: origin(heads, head),
        })
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.head.number));
    rows
}

fn origin(heads: &[Head], head: &Head) -> Option<u64> {
    let restored = head.restores?;
    // Each is older than the one that brings it back.
    let earlier = heads.iter().find(|earlier| earlier.number == restored && earlier.number < head.number);
    Some(earlier.and_then(|earlier| origin(heads, earlier)).unwrap_or(restored))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// `3 deployed c` or `4 deployed a restores 2`, one a revision.
    fn heads(text: &[&str]) -> Vec<Head> {
        let head = |line: &&str| {
            let words: Vec<&str> = line.split(' ').collect();
            Head {
                number: words[0].parse().expect("a number"),
                at: None,
                outcome: Outcome::of(words[1]).expect("an outcome"),
                reason: None,
                who: None,
                commit: None,
                image: None,
                rendered: words[2].to_owned(),
                restores: words.get(4).map(|n| n.parse().expect("a number")),
                run: None,
                chunks: 1,
                config_maps: std::collections::BTreeSet::new(),
            }
        };
        text.iter().map(head).collect()
    }

    #[rstest]
    #[case::first(&["1 failed a"], None)]
    #[case::the_one_before(&["1 deployed a", "2 deployed b"], Some(1))]
    #[case::a_failed_one_is_no_place_to_go(&["1 deployed a", "2 failed b", "3 failed c"], Some(1))]
    #[case::the_same_rendering_is_no_other_place(&["1 deployed a", "2 deployed b", "3 failed b"], Some(1))]
    #[case::further_back_after_a_rollback(
        &["1 deployed a", "2 deployed b", "3 deployed c", "4 deployed b restores 2"], Some(1))]
    #[case::nothing_of_a_failed_migration_was_written(&["1 deployed a", "2 deployed b", "3 migration-failed c"], Some(1))]
    #[case::what_fell_is_no_place_to_go(&["1 deployed a", "2 failed-after-ready b", "3 deployed c"], Some(1))]
    #[case::what_fell_is_what_runs(&["1 deployed a", "2 deployed b", "3 failed-after-ready c"], Some(2))]
    #[case::nothing_was_ever_good(&["1 rolled-back a", "2 in-progress b"], None)]
    #[case::nothing(&[], None)]
    fn a_rollback_goes_to(#[case] text: &[&str], #[case] expected: Option<u64>) {
        assert_eq!(one_back(&heads(text)).map(|head| head.number), expected);
    }

    #[test]
    fn what_was_brought_back_again_and_again_is_named_by_its_first_number() {
        let heads =
            heads(&["4 deployed a", "6 deployed a restores 4", "8 deployed a restores 6", "9 deployed a restores 3"]);
        let restores: Vec<Option<u64>> = rows(&heads).iter().map(|row| row.restores).collect();
        assert_eq!(restores, [Some(3), Some(4), Some(4), None]);
    }

    #[test]
    fn the_last_good_ones_outlive_any_number_of_failures() {
        let mut lines: Vec<String> = (1..=7).map(|n| format!("{n} deployed {n}")).collect();
        for n in 0..6 {
            lines.push(format!("{} failed f{n}", 8 + 2 * n));
            lines.push(format!("{} deployed 7 restores 7", 9 + 2 * n));
        }
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        assert_eq!(expired(&heads(&lines)), [9, 8, 7, 2, 1], "19 and the renderings 6 to 3 stay");
    }

    #[test]
    fn a_list_says_what_became_of_each() {
        let heads = heads(&[
            "1 deployed a",
            "2 in-progress b",
            "3 rolled-back c",
            "4 deployed a restores 1",
            "5 in-progress d",
            "6 migration-failed e",
        ]);
        let rows = rows(&heads);
        let said: Vec<_> = rows.iter().map(|row| (row.head.number, row.outcome.word(), row.current)).collect();
        assert_eq!(
            said,
            [
                (6, "migration-failed", false),
                (5, "superseded", true),
                (4, "deployed", false),
                (3, "rolled-back", false),
                (2, "superseded", false),
                (1, "deployed", false)
            ]
        );
    }
}
