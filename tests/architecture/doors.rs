//! Rooms that only some may enter.

use crate::rooms::room;
use crate::tree::{Target, Tree};

struct Door {
    room: &'static str,
    /// Files and folders that may use it, beside the room itself.
    open_to: &'static [&'static str],
    reason: &'static str,
}

const COMMANDS: Door = Door {
    room: "commands",
    open_to: &["src/cli.rs", "src/main.rs"],
    reason: "rooms do not know the commands; move what both need into a room",
};

const SANDBOX: Door = Door {
    room: "sandbox",
    open_to: &["src/commands/sandbox", "src/commands/try"],
    reason: "to everyone else a cluster is a context and a registry",
};

const UI: Door = Door {
    room: "ui",
    open_to: &["src/cli.rs", "src/commands", "src/main.rs"],
    reason: "a room tells what happens as values; who called it shows them",
};

#[test]
fn rooms_are_entered_by_their_doors() {
    let broken = [COMMANDS, SANDBOX].iter().flat_map(|door| intruders(crate::tree(), door));
    crate::report("a room is used by code that is not allowed to", broken);
}

#[test]
fn a_room_does_not_know_the_terminal() {
    crate::report("a room is used by code that is not allowed to", intruders(crate::tree(), &UI));
}

/// The files that use a room though its door is not open to them, each with the first place.
fn intruders(tree: &Tree, door: &Door) -> Vec<String> {
    let outside = tree.sources.iter().filter(|source| {
        room(&source.name) != door.room && !door.open_to.iter().any(|may| source.name.starts_with(may))
    });
    outside
        .filter_map(|source| {
            let enters = |target: Target<'_>| room(&target.source.name) == door.room;
            let used = source.used.iter().find(|used| tree.target(used).is_some_and(enters))?;
            Some(format!("{}:{} uses {}: {}", source.name, used.line, used.path.join("::"), door.reason))
        })
        .collect()
}

#[rstest::rstest]
#[case::by_its_path("src/spec.rs", "use crate::commands::new::Args;", true)]
#[case::inline("src/spec.rs", "fn f() { crate::commands::new::run(); }", true)]
#[case::through_a_re_export("src/spec.rs", "use crate::cli::Args;", true)]
#[case::where_it_is_open("src/main.rs", "use plat::commands::new;", false)]
#[case::inside("src/commands/deploy.rs", "use super::new;", false)]
#[case::something_else("src/spec.rs", "use crate::cli::Global;", false)]
fn the_check_sees_who_enters(#[case] name: &str, #[case] code: &str, #[case] expected: bool) {
    let tree = Tree::new([
        ("src/lib.rs", "pub mod cli; pub mod commands; pub mod spec;"),
        ("src/cli.rs", "pub use crate::commands::new::Args;\npub struct Global;"),
        ("src/commands/mod.rs", "pub mod new; pub mod deploy;"),
        ("src/commands/new.rs", "pub struct Args;\npub fn run() {}"),
        (name, code),
    ]);
    assert_eq!(!intruders(&tree, &COMMANDS).is_empty(), expected);
}

/// What a repository may name as a program is switched off there, and nowhere else.
#[test]
fn git_is_called_by_one_room() {
    let calls = |(name, text): &(&String, &String)| room(name) != "git" && text.contains("Command::new(\"git\")");
    let outside = crate::FILES.iter().filter(calls).map(|(name, _)| format!("{name} starts git: use crate::git::Git"));
    crate::report("git is started by code that is not allowed to", outside);
}
