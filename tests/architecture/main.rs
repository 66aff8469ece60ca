//! Holds what docs/ARCHITECTURE.md says of the code: the direction of the rooms, what is pure, and how much a file and
//! a function may hold. It reads the sources with syn and fails with the place and the reason.
//!
//! ```text
//! source     a file: its paths, imports, items, functions
//! reader     text -> source, with syn
//! tree       all files -> where a path leads, through imports and re-exports
//! graph      who uses whom -> circles, with the shortest way around
//! pure       pure code does no I/O, and all that calls itself pure is held to it
//! rooms      rooms, sub-rooms and files use one another in one direction
//! doors      rooms that only some may enter
//! functions  few parameters, all of them used
//! map        the map, the docs and the folders agree
//! wording    a message is right for whoever has no plat.yaml
//! ```

mod doors;
mod functions;
mod graph;
mod map;
mod pure;
mod reader;
mod rooms;
mod source;
mod tree;
mod wording;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use tree::Tree;

/// Beyond this a file has two jobs.
const MAX_LINES: usize = 400;

/// The Rust files below src by name.
static FILES: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let entries = ignore::WalkBuilder::new(root().join("src")).build();
    let paths = entries.map(|entry| entry.expect("the sources are readable").into_path());
    let rust = paths.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    rust.map(|path| {
        let name =
            path.strip_prefix(root()).expect("the sources are below the root").to_string_lossy().replace('\\', "/");
        (name, std::fs::read_to_string(&path).expect("a source is text"))
    })
    .collect()
});

fn tree() -> &'static Tree {
    static TREE: LazyLock<Tree> =
        LazyLock::new(|| Tree::new(FILES.iter().map(|(name, text)| (name.as_str(), text.as_str()))));
    &TREE
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn report(what: &str, broken: impl IntoIterator<Item = String>) {
    let broken: Vec<String> = broken.into_iter().collect();
    assert!(broken.is_empty(), "{what} (docs/ARCHITECTURE.md):\n  {}", broken.join("\n  "));
}

#[test]
fn a_file_has_one_job() {
    let counted = FILES.iter().filter(|(name, _)| !name.ends_with("/tests.rs"));
    let long = counted.map(|(name, text)| (name, text.lines().count())).filter(|(_, lines)| *lines > MAX_LINES);
    let says = long.map(|(name, lines)| format!("{name} has {lines} lines, more than {MAX_LINES}"));
    report("a file with two jobs is two files", says);
}
