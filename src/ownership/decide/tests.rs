//! Evidence in, answer out.

use jiff::Timestamp;
use rstest::rstest;

use super::*;
use crate::ownership::identity;
use crate::ownership::model::{Candidate, Confidence, Scope};

const NOW: &str = "2026-11-22T12:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn days_ago(days: i64) -> Timestamp {
    now() - jiff::SignedDuration::from_hours(24 * days)
}

/// One line per claim: `source scope age owner,owner`; `-` for no date and for nobody.
fn claim(line: &str) -> Evidence {
    let words: Vec<&str> = line.splitn(4, ' ').collect();
    let [source, scope, age, owners] = words[..] else { panic!("{line}") };
    let source = SOURCES.iter().find(|known| known.name.replace(' ', "-") == source).expect("a known source");
    Evidence {
        source: source.name,
        place: "somewhere".to_owned(),
        line: None,
        date: age.parse().ok().map(days_ago),
        scope: match scope {
            "exact" => Scope::Exact,
            "whole" => Scope::Whole,
            _ => Scope::Around,
        },
        trust: source.trust,
        says: match owners {
            "-" => Says::Nobody,
            owners => Says::Owner { parties: owners.split(',').map(identity::party).collect() },
        },
    }
}

fn claims(lines: &[&str]) -> Vec<Evidence> {
    lines.iter().map(|line| claim(line)).collect()
}

fn commit(author: &str, days: i64) -> Commit {
    Commit { author: identity::party(author), date: days_ago(days), lines: 1 }
}

/// `name: commits, share of the lines in %, recent commits, days since the last`
fn work(person: &str, commits: usize, lines: u64, recent: usize, last: i64) -> Evidence {
    Evidence {
        source: "git history",
        place: "src/".to_owned(),
        line: None,
        date: Some(days_ago(last)),
        scope: Scope::Exact,
        trust: Confidence::Low,
        says: Says::Work {
            person: identity::author(person, "x@example.com"),
            commits,
            of_commits: 20,
            lines,
            of_lines: 100,
            recent,
            of_recent: 10,
            first: days_ago(900),
        },
    }
}

fn name(candidate: Option<&Candidate>) -> &str {
    candidate.map_or("unknown", |candidate| candidate.party.name.as_str())
}

#[rstest]
#[case::one_source(&["annotation exact 5 payments"], "payments", Confidence::High)]
#[case::undated_is_not_old(&["CODEOWNERS exact - @shop/pay"], "shop/pay", Confidence::High)]
#[case::a_label_alone(&["label exact 5 payments"], "payments", Confidence::Medium)]
#[case::a_label_confirmed(&["label exact 5 payments", "CODEOWNERS whole 5 @shop/payments"], "payments", Confidence::High)]
#[case::the_namespace_only(&["label around 5 payments"], "payments", Confidence::Low)]
#[case::closest_scope_first(&["plat.yaml whole 5 payments", "CODEOWNERS exact 5 @shop/dba"], "shop/dba", Confidence::High)]
#[case::earlier_source_first(&["label exact 5 other", "annotation exact 5 payments"], "payments", Confidence::Medium)]
#[case::newest_of_one_source(&["annotation exact 50 old", "annotation exact 5 new"], "new", Confidence::Medium)]
#[case::old(&["annotation exact 700 payments"], "payments", Confidence::Medium)]
#[case::old_but_confirmed(&["annotation exact 700 payments", "CODEOWNERS exact 5 @shop/payments"], "payments", Confidence::High)]
#[case::two_contradictions_are_one_doubt(
    &["annotation exact 5 payments", "label exact 5 a", "OWNERS exact 5 b"], "payments", Confidence::Medium)]
#[case::surroundings_speak_of_others_too(
    &["annotation exact 5 payments", "label around 5 platform"], "payments", Confidence::High)]
#[case::a_person_may_be_in_the_team(
    &["annotation exact 5 group:payments", "CODEOWNERS exact 5 @ada"], "payments", Confidence::High)]
#[case::the_team_of_several(&["CODEOWNERS exact 5 @ada,@shop/pay"], "shop/pay", Confidence::Medium)]
#[case::the_first_of_several(&["CODEOWNERS exact 5 @ada,@grace"], "ada", Confidence::Medium)]
fn who_is_written_down_is_accountable(#[case] lines: &[&str], #[case] owner: &str, #[case] confidence: Confidence) {
    let answer = decide(claims(lines), &[], now());
    let accountable = answer.accountable.as_ref();
    assert_eq!((name(accountable), accountable.map(|a| a.confidence)), (owner, Some(confidence)));
}

#[test]
fn doubts_and_agreement_are_said() {
    let lines =
        ["annotation exact 400 payments", "CODEOWNERS exact 5 @shop/payments", "label exact 5 checkout,billing"];
    let because = decide(claims(&lines), &[], now()).accountable.unwrap().because;
    assert_eq!(because, ["CODEOWNERS agrees", "label says checkout, billing"]);
}

#[rstest]
#[case::gone("@ada", &[("Ada <ada@example.com>", 412)], Some(412))]
#[case::around("@ada", &[("Ada <ada@example.com>", 412), ("Ada <ada@example.com>", 20)], None)]
#[case::never_seen("@ada", &[("Grace <grace@example.com>", 1)], None)]
#[case::a_team_does_not_commit("@shop/ada", &[("Ada <ada@example.com>", 412)], None)]
fn who_left_is_called_inactive(#[case] owner: &str, #[case] commits: &[(&str, i64)], #[case] expected: Option<i64>) {
    let commits: Vec<Commit> = commits.iter().map(|(author, days)| commit(author, *days)).collect();
    let answer = decide(claims(&[&format!("CODEOWNERS exact 5 {owner}")]), &commits, now());
    let accountable = answer.accountable.unwrap();
    assert_eq!(accountable.inactive_days, expected);
    assert_eq!(accountable.confidence == Confidence::Low, expected.is_some());
    assert_eq!(accountable.because.contains(&"inactive 412 days".to_owned()), expected.is_some());
}

#[test]
fn of_several_owners_the_one_who_is_around_is_named() {
    let commits = [commit("Ada <ada@example.com>", 300), commit("Grace <grace@example.com>", 3)];
    let answer = decide(claims(&["CODEOWNERS exact 5 @ada,@grace"]), &commits, now());
    assert_eq!(name(answer.accountable.as_ref()), "grace");
}

#[rstest]
#[case::wrote_most_and_is_there(work("Ada", 12, 80, 3, 10), "Ada")]
#[case::wrote_most_but_left(work("Ada", 12, 80, 0, 400), "unknown")]
#[case::wrote_no_more_than_others(work("Ada", 12, 50, 3, 10), "unknown")]
#[case::too_little_to_tell(work("Ada", 4, 80, 4, 10), "unknown")]
fn history_alone_names_only_who_clearly_knows_it(#[case] work: Evidence, #[case] expected: &str) {
    let answer = decide(vec![work], &[], now());
    assert_eq!(name(answer.accountable.as_ref()), expected);
    assert!(answer.accountable.is_none_or(|accountable| accountable.confidence == Confidence::Low));
}

#[test]
fn where_nobody_owns_it_by_decision_nobody_is_made_up() {
    let evidence = [claim("CODEOWNERS exact 5 -"), work("Ada", 12, 80, 3, 10)];
    let answer = decide(evidence.into(), &[], now());
    assert_eq!((name(answer.accountable.as_ref()), name(answer.active_now.as_ref())), ("unknown", "Ada"));
}

#[rstest]
#[case::clearly(&[("Ada", 8, 3), ("Grace", 2, 1)], "Ada", Some(Confidence::High))]
#[case::one_of_several(&[("Ada", 5, 3), ("Grace", 4, 1)], "Ada", Some(Confidence::Medium))]
#[case::hardly(&[("Ada", 1, 80)], "Ada", Some(Confidence::Low))]
#[case::the_later_of_equals(&[("Ada", 3, 9), ("Grace", 3, 1)], "Grace", Some(Confidence::Low))]
#[case::nobody_lately(&[("Ada", 0, 120)], "unknown", None)]
fn who_commits_these_days_is_active_now(
    #[case] people: &[(&str, usize, i64)],
    #[case] expected: &str,
    #[case] confidence: Option<Confidence>,
) {
    let evidence = people.iter().map(|(person, recent, last)| work(person, 20, 10, *recent, *last)).collect();
    let active = decide(evidence, &[], now()).active_now;
    assert_eq!((name(active.as_ref()), active.as_ref().map(|active| active.confidence)), (expected, confidence));
}

#[rstest]
#[case::lately("Ada <ada@example.com>", 3, "Ada")]
#[case::long_ago("Ada <ada@example.com>", 200, "unknown")]
#[case::a_program("ci", 3, "unknown")]
fn without_history_who_deployed_it_is_active(#[case] by: &str, #[case] days: i64, #[case] expected: &str) {
    let deployed =
        Evidence { says: Says::Deployed { by: identity::party(by) }, ..claim(&format!("annotation exact {days} x")) };
    assert_eq!(name(decide(vec![deployed], &[], now()).active_now.as_ref()), expected);
}

#[test]
fn of_two_chats_the_closest_is_named() {
    let chat = |source: &str, value: &str| Evidence {
        says: Says::Contact(Contact { what: "chat", value: value.to_owned() }),
        ..claim(&format!("{source} exact 5 x"))
    };
    let answer = decide(vec![chat("catalog-info.yaml", "#old"), chat("annotation", "#payments")], &[], now());
    assert_eq!(answer.contacts, [Contact { what: "chat", value: "#payments".to_owned() }]);
}

#[test]
fn without_evidence_nothing_is_said() {
    let answer = decide(Vec::new(), &[], now());
    assert_eq!((answer.accountable, answer.active_now, answer.contacts), (None, None, Vec::new()));
}
