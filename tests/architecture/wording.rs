//! Whoever deploys manifests has no plat.yaml, so nothing that does not know whether there is one names it.

use crate::FILES;

/// Rooms that act on a service and on a set of manifests alike.
const ROOMS: [&str; 10] = [
    "src/bundle/",
    "src/cluster/",
    "src/deploy/",
    "src/diagnose/",
    "src/diff/",
    "src/event/",
    "src/refusal/",
    "src/revision/",
    "src/rollout/",
    "src/ui/",
];

/// Who names it, and how it knows that there is one.
const KNOWS: &[(&str, &str)] = &[
    ("src/rollout/model/source.rs", "the one place that has a name for a field in each"),
    ("src/deploy/verdict.rs", "whoever asks for these words has asked the set whether it is a service"),
    ("src/deploy/preflight/identity.rs", "only an environment of a plat.yaml is pinned"),
    ("src/deploy/prepare/files.rs", "says where a value of a chart would be"),
    ("src/cluster/applyset/membership.rs", "asks the set; says whose the other set is"),
    ("src/cluster/apply/adopt.rs", "says whose the set is"),
    ("src/cluster/apply/plan.rs", "asks the set whether it is a service"),
];

#[test]
fn only_who_knows_that_it_is_there_names_plat_yaml() {
    let texts = FILES.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    let named = naming(texts);
    let strangers = named.iter().filter(|(file, _)| !KNOWS.iter().any(|(known, _)| known == file));
    let says =
        strangers.map(|(file, line)| format!("{file}:{line} names plat.yaml, which a set of manifests does not have"));
    let idle = KNOWS.iter().filter(|(known, _)| !named.iter().any(|(file, _)| file == known));
    crate::report(
        "a message is wrong for manifests",
        says.chain(idle.map(|(known, _)| format!("{known} does not name it"))),
    );
}

/// File and line of each text that names it, comments and tests left out.
fn naming<'t>(files: impl Iterator<Item = (&'t str, &'t str)>) -> Vec<(&'t str, usize)> {
    let in_room = |name: &str| ROOMS.iter().any(|room| name.starts_with(room)) && !name.ends_with("tests.rs");
    let lines = files.filter(|(name, _)| in_room(name)).flat_map(|(name, text)| {
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        (1..).zip(code.lines()).map(move |(number, line)| (name, number, line))
    });
    let names = |line: &str| line.contains("plat.yaml") && !line.trim_start().starts_with("//");
    lines.filter(|(.., line)| names(line)).map(|(name, number, _)| (name, number)).collect()
}

#[test]
fn the_check_sees_who_names_it() {
    let files = [
        (
            "src/deploy/a.rs",
            "// plat.yaml\nlet a = \"in plat.yaml\";\n#[cfg(test)]\nmod tests {\nlet b = \"plat.yaml\";\n}",
        ),
        ("src/spec/b.rs", "let a = \"in plat.yaml\";"),
    ];
    assert_eq!(naming(files.into_iter()), [("src/deploy/a.rs", 2)]);
}
