//! Projects that really build: what plat makes of them, and what it says where they do not.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rstest::rstest;
use tokio::sync::Notify;

use super::cache::Cache;
use super::{Built, Locking, Platform, Request, build};
use crate::error::{Error, Kind, Result};
use crate::progress::{Progress, Silent, Step};
use crate::spec::Spec;

const GO: (&str, &str) = ("go.mod", "module example.com/shop\n\ngo 1.24\n");
const GO_PROGRAM: &str = "package main\n\nfunc main() { println(\"hi\") }\n";
const CARGO: (&str, &str) = ("Cargo.toml", "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
const CARGO_LOCK: (&str, &str) = ("Cargo.lock", "version = 4\n\n[[package]]\nname = \"shop\"\nversion = \"0.1.0\"\n");
const RUST_PROGRAM: &str = "fn main() { println!(\"{}\", std::env::args().count()); }\n";

/// A folder with these files.
pub fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, content) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

async fn built(folder: &Path, cache: &Path, plat_yaml: &str) -> Result<String> {
    built_telling(folder, cache, plat_yaml, &Silent).await
}

async fn built_telling(folder: &Path, cache: &Path, plat_yaml: &str, progress: &dyn Progress) -> Result<String> {
    let spec: Spec = crate::spec::parse(plat_yaml, "plat.yaml").unwrap();
    let request = Request {
        folder,
        spec: &spec,
        platforms: &[Platform::default()],
        registry: "localhost:1",
        locking: Locking::Look,
        cache,
    };
    let built: Built = build(&request, progress).await?;
    built.reference("localhost:1")
}

async fn refused(files: &[(&str, &str)], more: &str) -> Error {
    let cache = tempfile::tempdir().unwrap();
    built(project(files).path(), cache.path(), &format!("name: shop\nport: 8080\n{more}")).await.unwrap_err()
}

const SHOP: &str = "name: shop\nport: 8080\n";

#[rstest]
#[case::go(&[GO, ("main.go", GO_PROGRAM)], ("main.go", "hi", "ho"))]
#[case::rust(&[CARGO, CARGO_LOCK, ("src/main.rs", RUST_PROGRAM)], ("src/main.rs", "count", "len"))]
#[tokio::test]
async fn the_same_source_has_the_same_digest_wherever_it_lies_and_another_source_another(
    #[case] files: &[(&str, &str)],
    #[case] (file, from, to): (&str, &str, &str),
) {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let folder = project(files);
    let first = built(folder.path(), one.path(), SHOP).await.unwrap();
    assert_eq!(built(project(files).path(), two.path(), SHOP).await.unwrap(), first);
    let path = folder.path().join(file);
    fs::write(&path, fs::read_to_string(&path).unwrap().replace(from, to)).unwrap();
    assert_ne!(built(folder.path(), one.path(), SHOP).await.unwrap(), first);
}

#[tokio::test]
async fn a_binary_that_an_interruption_cut_off_is_built_again() {
    let (project, cache) = (project(&[GO, ("main.go", GO_PROGRAM)]), tempfile::tempdir().unwrap());
    let whole = built(project.path(), cache.path(), SHOP).await.unwrap();
    // As a kill in the middle of Go's copy leaves it: the head of the file says that it is current.
    let kept = fs::read_dir(cache.path().join("build")).unwrap().next().unwrap().unwrap().path();
    fs::File::options().write(true).open(kept.join("binary")).unwrap().set_len(100_000).unwrap();
    fs::remove_file(kept.join("binary-is-whole")).unwrap();
    assert_eq!(built(project.path(), cache.path(), SHOP).await.unwrap(), whole);
}

/// Cargo's target folder may be that of several projects, and holds one program of a name.
#[tokio::test]
async fn a_build_in_the_target_folder_of_another_waits_for_it() {
    let shared = (".cargo/config.toml", "[build]\ntarget-dir = \"shared\"\n");
    let (project, cache) =
        (project(&[CARGO, CARGO_LOCK, shared, ("src/main.rs", RUST_PROGRAM)]), tempfile::tempdir().unwrap());
    // A caller's own setting wins over that of the project.
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "shared".into());
    let target = project.path().canonicalize().unwrap().join(target);
    let other = Cache::lock(&target, "cargo", cache.path(), || ()).await.unwrap();
    let waits = Waits::default();
    let build = built_telling(project.path(), cache.path(), SHOP, &waits);
    tokio::pin!(build);
    tokio::select! {
        done = &mut build => panic!("it did not wait: {done:?}"),
        () = waits.0.notified() => {}
    }
    drop(other);
    build.await.unwrap();
}

/// Hears that a build waits.
#[derive(Default, Clone)]
struct Waits(Arc<Notify>);

impl Progress for Waits {
    fn step(&self, _: &str) -> Box<dyn Step> {
        Box::new(self.clone())
    }
    fn note(&self, _: &str) {}
    fn warn(&self, _: &str) {}
}

impl Step for Waits {
    fn tell(&mut self, detail: &str) {
        if detail.contains("waits for another build") {
            self.0.notify_one();
        }
    }
    fn tell_tree(&mut self, _: &str, _: &[String]) {}
    fn pass(&mut self, _: &str) {}
    fn said(&mut self, _: &str) {}
    fn length(&mut self, _: u64) {}
    fn position(&mut self, _: u64) {}
    fn done(self: Box<Self>, _: &str) {}
}

/// What `go build` leaves out is no program: a generator in the root of a library, a file for another system.
#[rstest]
#[case::a_generator(("generate.go", "//go:build ignore\n\npackage main\n\nfunc main() {}\n"))]
#[case::for_another_system(("tool_windows.go", "package main\n\nfunc main() {}\n"))]
#[tokio::test]
async fn what_the_toolchain_leaves_out_is_no_program(#[case] other: (&str, &str)) {
    let library = ("tables.go", "package tables\n");
    let cache = tempfile::tempdir().unwrap();
    let project = project(&[GO, library, other, ("cmd/server/main.go", GO_PROGRAM)]);
    built(project.path(), cache.path(), SHOP).await.unwrap();
}

#[rstest]
#[case::go(&[GO, ("cmd/shop/main.go", "package main\n\nfunc main() { undefined() }\n")], "cmd/shop/main.go:3:15")]
#[case::rust(&[CARGO, CARGO_LOCK, ("src/main.rs", "fn main() {\n    undefined();\n}\n")], "src/main.rs:2:5")]
#[tokio::test]
async fn what_does_not_compile_is_shown_with_its_place(#[case] files: &[(&str, &str)], #[case] place: &str) {
    let error = refused(files, "").await;
    assert_eq!(error.kind, Kind::User);
    assert!(error.place.as_deref().unwrap().ends_with(place), "{error:?}");
    assert!(error.details.iter().any(|line| line.contains("undefined")), "{error:?}");
}

#[rstest]
#[case::nothing(&[("main.c", "")], "", "cannot see how to build shop", "image:")]
#[case::two_stacks(&[GO, CARGO], "", "could be built in 2 ways", "build: {stack: go}")]
#[case::tools_of_node_are_no_service(&[("package.json", "{\"devDependencies\": {\"husky\": \"9\"}}")], "", "cannot see how", "image:")]
#[case::no_dockerfile(&[GO], "build: {dockerfile: docker/Dockerfile}\n", "there is no docker/Dockerfile", "build.dockerfile")]
#[case::no_lock(&[CARGO, ("src/main.rs", RUST_PROGRAM)], "", "no Cargo.lock", "cargo generate-lockfile")]
#[case::c_in_go(
    &[GO, ("main.go", "package main\n\nimport \"C\"\n\nfunc main() {}\n")],
    "",
    "no Go program to build",
    "it needs C (cgo)"
)]
#[case::c_below(
    &[GO, ("main.go", "package main\n\nimport _ \"example.com/shop/c\"\n\nfunc main() {}\n"), ("c/c.go", "package c\n\nimport \"C\"\n")],
    "",
    "does not build",
    "it needs C (cgo)"
)]
#[case::no_program(&[GO, ("a.go", "package a\n")], "", "no Go program to build", "build: {path: FOLDER}")]
#[case::several_programs(
    &[GO, ("cmd/a/main.go", GO_PROGRAM), ("cmd/b/main.go", GO_PROGRAM)],
    "",
    "2 Go programs, and none is named shop",
    "build: {path: cmd/a}"
)]
#[tokio::test]
async fn what_cannot_be_built_names_the_way_out(
    #[case] files: &[(&str, &str)],
    #[case] more: &str,
    #[case] what: &str,
    #[case] hint: &str,
) {
    let error = refused(files, more).await;
    assert!(error.what.contains(what), "{error:?}");
    assert!(error.hints.iter().any(|one| one.contains(hint)), "{error:?}");
}
