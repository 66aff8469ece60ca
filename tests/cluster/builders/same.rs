//! The same source is the same image, wherever, whoever and whenever; what has not changed is not pushed; a line that
//! has is some kilobytes.

use std::process::Command;

use super::projects::{self, Files};
use super::{build, pushed, tools, write};
use crate::harness::tests;
use crate::support::{Namespace, bases};

tests![BUILDS:
    go,
    rust,
    npm,
    pnpm,
    a_member_of_an_npm_workspace,
    pip_with_hashes,
    a_member_of_a_workspace_of_uv,
    a_module_of_maven,
    a_member_of_a_pnpm_workspace,
    yarn_of_the_first_generation,
    yarn_of_the_second_generation,
    poetry,
    a_module_of_gradle,
    kotlin_by_maven,
    a_module_of_quarkus_sends_no_library_again,
];

/// A program that is one file goes as a whole.
const WHOLE: u64 = 3_000_000;
const A_LINE: u64 = 12_000;

fn go() {
    same(projects::GO, "", "main.go", WHOLE, |_| ());
}

fn rust() {
    same(projects::RUST, "", "src/main.rs", WHOLE, |_| ());
}

fn npm() {
    same(projects::NODE, "", "build.js", A_LINE, bases::node);
}

fn pnpm() {
    same(projects::PNPM, "", "build.js", A_LINE, bases::node);
}

fn a_member_of_an_npm_workspace() {
    same(projects::WORKSPACE, "packages/api", "packages/lib/build.js", A_LINE, bases::node);
}

fn pip_with_hashes() {
    same(projects::PIP, "", "src/shop/__main__.py", A_LINE, bases::python);
}

fn a_member_of_a_workspace_of_uv() {
    same(projects::UV, "packages/svc", "packages/lib/src/lib/__init__.py", A_LINE, bases::python);
}

fn a_module_of_maven() {
    same(projects::MAVEN, "app", "app/src/main/java/com/example/Main.java", A_LINE, bases::java);
}

/// The scripts that pnpm makes for its programs name the folder that they were made in.
fn a_member_of_a_pnpm_workspace() {
    same(tools::PNPM_WORKSPACE, "packages/api", "packages/lib/index.js", A_LINE, bases::node);
}

/// It refuses to run scripts where the Node here is not the project's.
fn yarn_of_the_first_generation() {
    same(tools::YARN, "", "build.js", A_LINE, bases::node);
}

fn yarn_of_the_second_generation() {
    same(tools::BERRY, "", "build.js", A_LINE, bases::node);
}

fn poetry() {
    same(tools::POETRY, "", "shop/__init__.py", A_LINE, bases::poetry);
}

/// Its plugin is applied by another file, and its class is in no package.
fn a_module_of_gradle() {
    same(tools::GRADLE, "services/api", "services/api/src/main/java/Main.java", A_LINE, bases::gradle);
}

fn kotlin_by_maven() {
    same(tools::KOTLIN, "", "src/main/kotlin/Main.kt", A_LINE, bases::java);
}

/// Its own build is another one each time; the modules beside it lie among its libraries.
fn a_module_of_quarkus_sends_no_library_again() {
    let ns = Namespace::new("quarkus");
    bases::java(&ns);
    write(&ns, "here", tools::QUARKUS);
    let first = build(&ns, "here/app");
    let file = ns.work().join("here/core/src/main/java/com/example/core/Word.java");
    std::fs::write(&file, std::fs::read_to_string(&file).expect("a source").replace("one", "another"))
        .expect("a source");
    let next = build(&ns, "here/app");
    assert_ne!(next.reference, first.reference);
    assert!((1..first.bytes / 10).contains(&next.bytes), "{} of {} bytes for a line", next.bytes, first.bytes);
}

/// `service`: the folder with plat.yaml. `changes`: a file with the word "one", which becomes another.
fn same(files: Files, service: &str, changes: &str, most: u64, base: fn(&Namespace)) {
    let ns = Namespace::new("same");
    base(&ns);
    write(&ns, "here", files);
    let here = format!("here/{service}");
    let first = build(&ns, &here);
    assert!(first.bytes > 0);
    let again = build(&ns, &here);
    assert_eq!((&again.reference, again.bytes), (&first.reference, 0), "unchanged");

    // Another folder, another user's cache, another day.
    write(&ns, "else where/ünder", files);
    let find = ["else where", "-exec", "touch", "-h", "-d", "2001-02-03", "{}", "+"];
    assert!(Command::new("find").args(find).current_dir(ns.work()).status().expect("find runs").success());
    let elsewhere = bases::plat(&ns, &["build", "--output", "json"]).folder(format!("else where/ünder/{service}"));
    let elsewhere = elsewhere.env("PLAT_HOME", ns.work().join("another home")).succeeds();
    assert_eq!(pushed(elsewhere.out.trim()).reference, first.reference, "elsewhere");

    let file = ns.work().join("here").join(changes);
    let text = std::fs::read_to_string(&file).expect("a source");
    assert!(text.contains("one"));
    std::fs::write(&file, text.replace("one", "another")).expect("a source");
    let next = build(&ns, &here);
    assert_ne!(next.reference, first.reference);
    assert!((1..most).contains(&next.bytes), "{} bytes for a line", next.bytes);
}
