//! The map at the head of src/lib.rs, its `pub mod` lines, the table of docs/ARCHITECTURE.md and the folders agree.
//!
//! A line of a map (a block of `text` in the docs of a module) begins with the names of rooms, with `->` or `,`
//! between them; what it says of the last one follows after two spaces or more. A room of the crate stands in the map
//! exactly once; `main` and sub-rooms (`cluster/watch`) may stand there. In the table, the first cell of a row holds
//! the paths of its rooms as code: `src/spec/`.

use std::collections::BTreeSet;

use crate::rooms::{is_root, room};
use crate::tree::Tree;

const MODULES: &str = "the `pub mod` lines of src/lib.rs";
const MAP: &str = "the map of src/lib.rs";
const TABLE: &str = "the table of docs/ARCHITECTURE.md";

pub struct Line {
    pub names: Vec<String>,
    /// What the line says of the last of them.
    pub says: String,
}

/// The lines of the maps in the docs of a module.
pub fn lines(docs: &[String]) -> impl Iterator<Item = Line> {
    let mut inside = false;
    docs.iter().map(|line| line.trim()).filter_map(move |line| {
        if line.starts_with("```") {
            inside = line == "```text";
            return None;
        }
        let (head, says) = line.split_once("  ").unwrap_or((line, ""));
        let names = head.split("->").flat_map(|names| names.split(',')).map(|name| name.trim().to_owned());
        (inside && !line.is_empty()).then(|| Line { names: names.collect(), says: format!(" {}", says.trim()) })
    })
}

#[test]
fn the_map_shows_the_rooms() {
    let page = std::fs::read_to_string(crate::root().join("docs/ARCHITECTURE.md")).expect("the page is readable");
    crate::report(
        "the map, the docs and the folders disagree (the rule: tests/architecture/map.rs)",
        disagreements(crate::tree(), &page),
    );
}

fn disagreements(tree: &Tree, page: &str) -> Vec<String> {
    let on_disk: BTreeSet<&str> =
        tree.sources.iter().map(|source| room(&source.name)).filter(|room| !is_root(room)).collect();
    let Some(lib) = tree.source("src/lib.rs") else { return vec!["src/lib.rs is missing".to_owned()] };
    let public = lib.module().children.iter().filter(|(_, child)| child.public).map(|(name, _)| name.clone()).collect();
    let in_map = lines(&lib.docs).flat_map(|line| line.names).collect();
    let mut broken = Vec::new();
    for (place, names) in [(MODULES, public), (MAP, in_map), (TABLE, table(page))] {
        let is_there = |name: &str| {
            let path = format!("src/{name}");
            let below =
                |source: &str| source.strip_prefix(&path).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'));
            tree.sources.iter().any(|source| below(&source.name))
        };
        broken
            .extend(names.iter().filter(|name| !is_there(name)).map(|name| format!("{place}: `{name}` is not in src")));
        for room in &on_disk {
            match names.iter().filter(|name| name == room).count() {
                0 => broken.push(format!("{place}: `{room}` is missing")),
                1 => {}
                times => broken.push(format!("{place}: `{room}` stands there {times} times")),
            }
        }
    }
    broken
}

/// `` | `src/error.rs`, `src/ui/` | … | `` -> `error`, `ui`
fn table(page: &str) -> Vec<String> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `src/")?.split(" | ").next());
    let paths = rows.flat_map(|cell| cell.split("`, `src/")).map(|path| path.trim_end_matches('`'));
    paths.map(|path| path.trim_end_matches(".rs").trim_end_matches('/').to_owned()).collect()
}

const PAGE: &str = "| room | what |\n|---|---|\n| `src/main.rs` | |\n| `src/spec/`, `src/text.rs` | pure |\n";

#[rstest::rstest]
#[case::agreed("spec -> text  made safe", "pub mod spec;\npub mod text;", PAGE, &[])]
#[case::sub_rooms_too("main -> spec  a\nspec/model  b\ntext", "pub mod spec;\npub mod text;", PAGE, &[])]
#[case::missing("spec  a -> text", "pub mod spec;\npub mod text;", PAGE, &[[MAP, "`text` is missing"]])]
#[case::twice("spec, text\nspec  b", "pub mod spec;\npub mod text;", PAGE, &[[MAP, "`spec` stands there 2 times"]])]
#[case::gone("spec, text\nfiles  a", "pub mod spec;\npub mod text;", PAGE, &[[MAP, "`files` is not in src"]])]
#[case::private("spec, text", "pub mod spec;\nmod text;", PAGE, &[[MODULES, "`text` is missing"]])]
#[case::not_on_the_page("spec, text", "pub mod spec;\npub mod text;", "| `src/spec/` | |", &[[TABLE, "`text` is missing"]])]
fn the_check_sees_what_disagrees(
    #[case] map: &str,
    #[case] modules: &str,
    #[case] page: &str,
    #[case] expected: &[[&str; 2]],
) {
    let docs: Vec<String> = map.lines().map(|line| format!("//! {line}")).collect();
    let lib = format!("//! ```text\n{}\n//! ```\n{modules}", docs.join("\n"));
    let spec = [("src/spec/mod.rs", "mod model;"), ("src/spec/model.rs", "")];
    let files = [("src/lib.rs", lib.as_str()), ("src/main.rs", ""), ("src/text.rs", "")].into_iter().chain(spec);
    let expected: Vec<String> = expected.iter().map(|parts| parts.join(": ")).collect();
    assert_eq!(disagreements(&Tree::new(files), page), expected);
}
