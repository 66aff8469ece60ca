//! Rooms, their sub-rooms and their files use one another in one direction.

use crate::graph::{Circle, Graph, Place};
use crate::source::Source;
use crate::tree::{Target, Tree};

/// The rooms whose folders are rooms themselves.
const WITH_SUB_ROOMS: &[&str] = &["cluster"];

/// Circles of files that may stay, at most three, each with its files in alphabetical order and its reason.
const FILE_CIRCLES: &[(&[&str], &str)] = &[];

const MOST_FILE_CIRCLES: usize = 3;

#[test]
fn rooms_form_no_circle() {
    let circles = rooms(crate::tree()).circles();
    crate::report("rooms use one another in a circle", circles.iter().map(ToString::to_string));
}

#[test]
fn sub_rooms_form_no_circle() {
    let circles = WITH_SUB_ROOMS.iter().flat_map(|room| sub_rooms(crate::tree(), room).circles());
    crate::report("sub-rooms use one another in a circle", circles.map(|circle| circle.to_string()));
}

#[test]
fn files_of_a_room_form_no_circle() {
    let (circles, gone) = but_allowed(files(crate::tree()).circles(), FILE_CIRCLES);
    let broken = circles.iter().map(ToString::to_string).chain(gone);
    crate::report("files of a room use one another in a circle", broken);
    assert!(FILE_CIRCLES.len() <= MOST_FILE_CIRCLES, "more than {MOST_FILE_CIRCLES} circles of files are allowed");
    assert!(FILE_CIRCLES.iter().all(|(_, reason)| !reason.is_empty()), "an allowed circle has a reason");
}

/// `use module::*` would hide whom a file uses; of an enum it brings the variants.
#[test]
fn an_import_names_what_it_brings() {
    crate::report("an import hides what is used", globs(crate::tree()));
}

fn globs(tree: &Tree) -> Vec<String> {
    let used = tree.sources.iter().flat_map(|source| source.used.iter().map(move |used| (source, used)));
    let globs = used.filter(|(_, used)| tree.is_all_of_a_module(used));
    globs.map(|(source, used)| format!("{}:{} uses {}", source.name, used.line, used.path.join("::"))).collect()
}

/// The circles that are not allowed, and what is said of allowed ones that are no longer there.
fn but_allowed(circles: Vec<Circle>, allowed: &[(&[&str], &str)]) -> (Vec<Circle>, Vec<String>) {
    let is = |circle: &Circle, files: &[&str]| circle.nodes.iter().map(String::as_str).eq(files.iter().copied());
    let gone = allowed.iter().map(|(files, _)| *files).filter(|files| !circles.iter().any(|circle| is(circle, files)));
    let gone = gone.map(|files| format!("{} form no circle: take it out of FILE_CIRCLES", files.join(", "))).collect();
    let left = circles.into_iter().filter(|circle| !allowed.iter().any(|(files, _)| is(circle, files)));
    (left.collect(), gone)
}

/// The room of a file: its folder directly in src, or itself where it lies there. `text.rs` and `text/` are one.
pub fn room(file: &str) -> &str {
    let inner = file.trim_start_matches("src/");
    inner.split('/').next().unwrap_or(inner).trim_end_matches(".rs")
}

/// Roots know every room and are known by none.
pub fn is_root(room: &str) -> bool {
    matches!(room, "lib" | "main")
}

/// The folder directly in the room that holds a file, or the file where it lies there; `x.rs` and `x/` are one.
fn sub_room(file: &str) -> String {
    let mut parts = file.splitn(4, '/').skip(1);
    let (room, inner) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    format!("{room}/{}", inner.trim_end_matches(".rs"))
}

fn rooms(tree: &Tree) -> Graph {
    graph(tree, |from, to| {
        let (from, to) = (room(&from.name), room(&to.source.name));
        (!is_root(from) && !is_root(to)).then(|| (from.to_owned(), to.to_owned()))
    })
}

/// The folders and loose files directly in the folder of a room.
fn sub_rooms(tree: &Tree, of: &str) -> Graph {
    let is_face = |source: &Source| source.is_face() && source.name == format!("src/{of}/mod.rs");
    graph(tree, |from, to| {
        let inside = [from, to.source].iter().all(|source| room(&source.name) == of && !is_face(source));
        inside.then(|| (sub_room(&from.name), sub_room(&to.source.name)))
    })
}

/// Within each room. A face is transparent: what is used through it is the file's that defines it.
fn files(tree: &Tree) -> Graph {
    graph(tree, |from, to| {
        let inside = room(&from.name) == room(&to.source.name) && !is_root(room(&from.name));
        let between = inside && !to.module && !from.is_face() && !to.source.is_face();
        between.then(|| (from.name.clone(), to.source.name.clone()))
    })
}

fn graph(tree: &Tree, arrow: impl Fn(&Source, Target<'_>) -> Option<(String, String)>) -> Graph {
    let mut graph = Graph::default();
    for source in &tree.sources {
        for used in &source.used {
            let Some(target) = tree.target(used) else { continue };
            if let Some((from, to)) = arrow(source, target).filter(|(from, to)| from != to) {
                let place = Place { file: source.name.clone(), line: used.line, name: used.path.join("::") };
                graph.arrow(&from, &to, place);
            }
        }
    }
    graph
}

const LIB: (&str, &str) = ("src/lib.rs", "pub mod a; pub mod b; pub mod c;");

fn ways(graph: &Graph) -> Vec<Vec<String>> {
    let arrow = |(from, to, place): &(String, String, Place)| {
        format!("{from} -> {to}: {}:{} {}", place.file, place.line, place.name)
    };
    graph.circles().iter().map(|circle| circle.way.iter().map(arrow).collect()).collect()
}

#[test]
fn a_circle_of_rooms_is_found_with_its_places() {
    let tree = Tree::new([
        LIB,
        ("src/a/mod.rs", "mod part;\npub use part::Part;"),
        ("src/a/part.rs", "pub struct Part;\nfn f() {\n    crate::b::g();\n}"),
        ("src/b.rs", "pub fn g(c: super::c::C) {}"),
        ("src/c.rs", "use crate::{\n    a::Part,\n    b,\n};\npub struct C;"),
    ]);
    let circles = rooms(&tree).circles();
    assert_eq!(circles[0].nodes.iter().collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(ways(&rooms(&tree)), [["b -> c: src/b.rs:1 super::c::C", "c -> b: src/c.rs:3 crate::b"]]);
}

#[rstest::rstest]
#[case::import("use crate::b::B;")]
#[case::group("use super::{b::{B as Other}};")]
#[case::everything("use crate::b::*;")]
#[case::the_room("use crate::b;")]
#[case::inline("fn f() { crate::b::g(); }")]
#[case::by_a_type("fn f(b: &Option<crate::b::B>) {}")]
#[case::in_a_function("fn f() { use crate::b::B; }")]
#[case::in_a_macro("fn f() { format!(\"{}\", [crate::b::g()].len()); }")]
#[case::in_a_macro_of_ours("macro_rules! call { () => { $crate::b::g() }; }")]
#[case::in_an_inline_module("mod inner { use super::super::b::B; }")]
fn the_check_sees_an_arrow(#[case] code: &str) {
    let tree = Tree::new([LIB, ("src/a.rs", code), ("src/b.rs", "use crate::a;\npub struct B;\npub fn g() {}")]);
    assert_eq!(ways(&rooms(&tree)).len(), 1);
}

#[rstest::rstest]
#[case::tests("#[cfg(test)]\nmod tests { use crate::b::B; }")]
#[case::a_file_of_tests("")]
#[case::an_import_for_tests("#[cfg(test)]\nuse crate::b::B;")]
#[case::docs("//! Like [`crate::b::B`].\n/// And `crate::b`.\nfn f() {}")]
#[case::another_crate("use b::B;\nfn f() { ::b::g(); }")]
#[case::itself("pub struct A;\nfn f() { crate::a::A; self::A; }")]
fn the_check_sees_no_arrow(#[case] code: &str) {
    let code = format!("{code}\n#[cfg(test)]\nmod tests;");
    let (a, tests) = (("src/a/mod.rs", code.as_str()), ("src/a/tests.rs", "use crate::b::B;"));
    assert_eq!(ways(&rooms(&Tree::new([LIB, a, tests, ("src/b.rs", "use crate::a;")]))), Vec::<Vec<String>>::new());
}

/// `a` has the sub-rooms `one`, `two` and the loose file `three.rs`; its face passes their names on.
#[test]
fn a_circle_of_sub_rooms_is_found_behind_their_faces() {
    let tree = Tree::new([
        LIB,
        ("src/a/mod.rs", "mod one; mod two; mod three;\npub use one::One;\npub use two::deep::Two;"),
        ("src/a/one/mod.rs", "mod deep;\npub use deep::One;"),
        ("src/a/one/deep.rs", "pub struct One;\nfn f(two: crate::a::Two) {}"),
        ("src/a/two/mod.rs", "pub mod deep;"),
        ("src/a/two/deep.rs", "use super::super::One;\nuse crate::a::three::Three;\npub struct Two;"),
        ("src/a/three.rs", "pub struct Three;"),
    ]);
    let expected = [[
        "a/one -> a/two: src/a/one/deep.rs:2 crate::a::Two",
        "a/two -> a/one: src/a/two/deep.rs:1 super::super::One",
    ]];
    assert_eq!(ways(&sub_rooms(&tree, "a")), expected);
    assert_eq!(ways(&rooms(&tree)), Vec::<Vec<String>>::new());
}

#[rstest::rstest]
#[case::a_face_is_transparent("mod x; mod y;\npub use x::X;\npub use y::Y;", "use super::Y;\npub struct X;", 0)]
#[case::so_is_a_private_import("mod x; mod y;\npub use x::X;\nuse y::Y;", "use super::Y;\npub struct X;", 0)]
#[case::a_face_of_items_is_a_file("mod x; mod y;\npub use x::X;\npub struct A;", "use super::A;\npub struct X;", 1)]
#[case::but_declares_its_parts("mod x; mod y;\npub struct A;", "use super::A;\npub struct X;", 0)]
#[case::a_name_is_its_file_s(
    "mod x; mod y;\npub use x::X;\npub use y::Y;\nstruct A;",
    "use super::Y;\npub struct X;",
    0
)]
#[case::parts_among_themselves("mod x; mod y;\npub use x::X;", "use super::y::Z;\npub struct X;", 1)]
#[case::a_module_by_its_name("mod x; mod y;\npub use x::X;", "use super::y;\nfn f() { y::z(); }\npub struct X;", 1)]
#[case::everything("mod x; mod y;\npub use x::*;", "use super::y::*;\npub struct X;", 1)]
fn files_form_a_circle(#[case] face: &str, #[case] x: &str, #[case] expected: usize) {
    let y = if x.contains("y::") { "use super::X;\npub struct Z;\npub fn z() {}" } else { "pub struct Y;" };
    let tree = Tree::new([LIB, ("src/a/mod.rs", face), ("src/a/x.rs", x), ("src/a/y.rs", y)]);
    assert_eq!(ways(&files(&tree)).len(), expected, "{:?}", ways(&files(&tree)));
}

#[rstest::rstest]
#[case::a_module("use super::*;", &["src/a.rs:1 uses super::*"])]
#[case::a_re_export("pub use crate::b::*;", &["src/a.rs:1 uses crate::b::*"])]
#[case::an_enum("use crate::b::B::*;", &[])]
#[case::another_crate("use clap::*;", &[])]
#[case::tests("#[cfg(test)]\nmod tests { use super::*; }", &[])]
fn the_check_sees_an_import_of_everything(#[case] code: &str, #[case] expected: &[&str]) {
    assert_eq!(globs(&Tree::new([LIB, ("src/a.rs", code), ("src/b.rs", "pub enum B { C }")])), expected);
}

#[test]
fn an_allowed_circle_that_is_gone_is_said() {
    let tree = Tree::new([
        LIB,
        ("src/a/mod.rs", "mod x;\npub use x::X;\npub struct A;"),
        ("src/a/x.rs", "use super::A;\npub struct X;"),
    ]);
    let circles = || files(&tree).circles();
    let (left, gone) = but_allowed(circles(), &[(&["src/a/mod.rs", "src/a/x.rs"], "why")]);
    assert_eq!((left.len(), gone.len()), (0, 0));
    let (left, gone) = but_allowed(circles(), &[(&["src/a/mod.rs", "src/a/y.rs"], "why")]);
    assert_eq!(
        (left.len(), gone),
        (1, vec!["src/a/mod.rs, src/a/y.rs form no circle: take it out of FILE_CIRCLES".to_owned()])
    );
}
