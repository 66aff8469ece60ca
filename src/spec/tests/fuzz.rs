//! Whatever text comes: an answer, no panic, and every problem points into the file.

use proptest::prelude::*;

use super::super::for_environment;

/// Pieces of a plat.yaml, right and wrong, as an editor or an attacker would put them together.
const PIECES: &[&str] = &[
    "name: a",
    "port: 8080",
    "port: ",
    "kind: cron",
    "kind: job",
    "schedule: \"* * * * *\"",
    "schedule: {cron: 0 0 * * 1}",
    "host: a.b",
    "paths: [/, /a]",
    "route: {gateway: x/y}",
    "env:",
    "  A: b",
    "  A: 0644",
    "secrets: [A, A]",
    "restartOn: secrets",
    "volumes: {d: {path: /d, size: 1Gi}}",
    "volumes: {d: ~}",
    "before: {args: [m]}",
    "before:",
    "patch: {Deployment: {spec: {a: [1, {b: ~}]}}}",
    "patch: {Job/x: {$patch: delete}}",
    "extra: [a.yaml, {kind: X}]",
    "environments: {dev: {port: ~, patch: {Deployment: ~}}}",
    "environments:",
    "  dev:",
    "    env: {A: ~}",
    "    before: ~",
    "bake: 99999999999999999999h",
    "guard: rollback",
    "deadline: {rollout: 1h}",
    "replicas: {min: 2}",
    "resources: {cpu: 0}",
    "&a [*a]",
    "*a",
    "<<: *a",
    "- ",
    "{",
    "}",
    "[",
    "\"",
    "'",
    "|",
    ">",
    "!!x y",
    "---",
    "...",
    "\t",
    "# c",
    ": :",
    "? a",
    "é😀",
    "\u{85}",
    "\u{feff}",
    "\u{0}",
];

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => proptest::sample::select(PIECES).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    let separator = proptest::sample::select(&["\n", "\n", "\n", "\r\n", "\n  ", " ", ", ", "\r"][..]);
    // Half of them begin well, so that what follows is read at all.
    let start = proptest::sample::select(&["", "name: a\nport: 8080\n"][..]);
    (start, proptest::collection::vec((piece, separator), 0..12))
        .prop_map(|(start, parts)| parts.into_iter().fold(start.to_owned(), |text, (piece, end)| text + &piece + end))
}

/// The same lines as an editor counts them.
fn lines(text: &str) -> Vec<&str> {
    text.split("\r\n").flat_map(|part| part.split(['\n', '\r'])).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_breaks_the_reader_and_every_problem_has_its_place(text in text(), env in proptest::option::of("dev|x")) {
        for problem in for_environment(&text, "plat.yaml", env.as_deref()).err().unwrap_or_default() {
            let lines = lines(&text);
            prop_assert!(problem.line >= 1 && problem.line <= lines.len(), "{problem:?} in {text:?}");
            let width = lines[problem.line - 1].chars().count();
            prop_assert!(problem.column >= 1 && problem.column <= width + 1, "{problem:?} in {text:?}");
            prop_assert!(problem.message.chars().all(|c| !c.is_control()), "{problem:?}");
        }
    }

    #[test]
    fn what_is_accepted_is_accepted_again_as_json(text in text()) {
        if let Ok(spec) = for_environment(&text, "plat.yaml", None) {
            let json = serde_json::to_value(&spec).unwrap();
            prop_assert_eq!(serde_json::from_value::<crate::spec::Spec>(json).unwrap(), spec);
        }
    }
}
