//! Pure code takes text, values and `now`, and returns values.

use crate::map;
use crate::source::{Path, Source, module_of};
use crate::tree::Tree;

/// Files and folders that compute and do nothing else. A folder counts whole.
const PURE: &[&str] = &[
    "src/spec",
    "src/files",
    "src/located",
    "src/manifests",
    "src/refusal",
    "src/rollout",
    "src/revision",
    "src/bundle/contents.rs",
    "src/bundle/masked.rs",
    "src/bundle/names.rs",
    "src/bundle/parcel.rs",
    "src/diff",
    "src/report",
    "src/reason.rs",
    "src/cluster/applyset/labels.rs",
    "src/cluster/applyset/restart.rs",
    "src/cluster/apply/conflict.rs",
    "src/text",
    "src/toolchain",
    "src/text.rs",
    "src/cluster/logs/position.rs",
    "src/cluster/watch/selection.rs",
    "src/deploy/falls.rs",
    "src/deploy/lookout/sight.rs",
    "src/deploy/lookout/watched.rs",
    "src/detect/claim.rs",
    "src/detect/code.rs",
    "src/detect/detectors",
    "src/detect/documents.rs",
    "src/detect/group.rs",
    "src/detect/health.rs",
    "src/detect/interest.rs",
    "src/detect/names.rs",
    "src/detect/paths.rs",
    "src/detect/pattern.rs",
    "src/detect/reads",
    "src/detect/repository.rs",
    "src/detect/resolve",
    "src/detect/scene.rs",
    "src/detect/service.rs",
    "src/detect/sources.rs",
    "src/detect/variables.rs",
    "src/detect/words.rs",
    "src/detect/write.rs",
    "src/event/row.rs",
    "src/image/attest/packages",
    "src/image/attest/provenance.rs",
    "src/image/attest/record.rs",
    "src/image/attest/sbom.rs",
    "src/image/builders/entry_point.rs",
    "src/image/builders/linked",
    "src/image/component.rs",
    "src/image/jar_manifest.rs",
    "src/image/oci/base.rs",
    "src/image/oci/digest.rs",
    "src/image/oci/foundation.rs",
    "src/image/oci/media_type.rs",
    "src/image/oci/package.rs",
    "src/image/oci/referrer.rs",
    "src/image/registry/challenge.rs",
    "src/image/registry/docker_config.rs",
    "src/image/registry/reference.rs",
    "src/image/size.rs",
    "src/import",
    "src/ownership/decide",
    "src/ownership/identity.rs",
    "src/ownership/key.rs",
    "src/ownership/model.rs",
    "src/ownership/page.rs",
    "src/ownership/remote.rs",
    "src/ownership/sources",
    "src/habits.rs",
    "src/scaffold/answers.rs",
    "src/scaffold/given.rs",
    "src/scaffold/interview.rs",
    "src/scaffold/question.rs",
    "src/scaffold/render.rs",
    "src/scaffold/template.rs",
    "src/sandbox/archive.rs",
    "src/telemetry/run.rs",
    "src/ui/rollout.rs",
    "src/ui/tree.rs",
];

/// Paths that pure code does not use, each with the reason that the failure prints. What they lead to may be used
/// where that is in the table of pure code itself.
const BANS: &[(&str, &str)] = &[
    ("std::fs", "pure code takes the text of a file, not its path"),
    ("std::env", "pure code takes what it needs as an argument"),
    ("std::net", "pure code takes what an answer said, not an address"),
    ("std::process", "pure code starts nothing and ends nothing"),
    ("std::thread", "pure code has nothing to wait for"),
    ("std::time::Instant", "pure code takes `now: jiff::Timestamp`"),
    ("std::time::SystemTime", "pure code takes `now: jiff::Timestamp`"),
    ("Timestamp::now", "pure code takes `now: jiff::Timestamp`"),
    ("Zoned::now", "pure code takes `now: jiff::Timestamp`"),
    ("jiff::tz::TimeZone::system", "pure code does not know where it runs"),
    ("std::io::stdin", "pure code reads no stream"),
    ("std::io::stdout", "only `Ui` prints"),
    ("std::io::stderr", "only `Ui` prints"),
    ("Uuid::new_v4", "pure code makes nothing up: take the id as an argument"),
    ("Uuid::now_v7", "pure code makes nothing up: take the id as an argument"),
    ("anyhow", "pure code returns values of its own; a command makes an `Error` of them"),
    ("axum", "serving is I/O"),
    ("console", "only `Ui` knows the terminal"),
    ("dialoguer", "only `Ui` asks questions"),
    ("futures", "pure code is not async"),
    ("hyper", "speaking HTTP is I/O"),
    ("indicatif", "only `Ui` animates"),
    ("kube", "the client is I/O; the types are in k8s_openapi"),
    ("reqwest", "speaking HTTP is I/O"),
    ("sqlx", "a database is I/O"),
    ("tempfile", "pure code takes the text of a file, not its path"),
    ("tokio", "pure code is not async"),
    ("tracing", "logging is I/O: return what is worth saying"),
    ("crate::cli", "pure code does not know the command line"),
    ("crate::cluster", "pure code takes what the cluster said; it does not ask"),
    ("crate::commands", "rooms do not know the commands"),
    ("crate::settings", "pure code takes what it needs as an argument"),
    ("crate::telemetry::Recorder", "pure code takes finished runs"),
    ("crate::ui", "pure code returns what is to be said"),
];

/// What of a banned crate computes and does nothing else.
const ALLOWED: &[(&str, &str)] = &[
    ("kube::core", "types of the API, without a client"),
    ("std::net::IpAddr", "text -> address"),
    ("console::measure_text_width", "text -> columns"),
    ("console::truncate_str", "text -> text"),
];

/// Words that make code impure without any path.
const WORDS: &[(&[&str], &str)] = &[
    (&["async", "await"], "pure code is not async"),
    (&["print!", "println!", "eprint!", "eprintln!", "dbg!"], "only `Ui` prints"),
    (
        &[".exists()", ".try_exists()", ".canonicalize()", ".read_dir()", ".read_link()"],
        "pure code does not look at the disk",
    ),
];

#[test]
fn pure_code_imports_no_io() {
    let tree = crate::tree();
    let mut broken = impurities(tree, PURE);
    let is_empty = |entry: &&&str| !tree.sources.iter().any(|source| is_listed(source, &[entry]));
    let empty = PURE.iter().filter(is_empty);
    broken.extend(empty.map(|entry| format!("{entry} is in the table of pure code but holds no Rust file")));
    crate::report("pure code does I/O", broken);
}

/// A claim is the word `Pure` in the docs of a module (but not "Pure but for …"), or `pure` at the end of a line of
/// the map in them, for the part that the line names. The claim of a folder's face is that of the folder.
#[test]
fn what_calls_itself_pure_is_in_the_table() {
    crate::report(
        "code calls itself pure but is not in the table `PURE`, so nothing holds it",
        unlisted(crate::tree(), PURE),
    );
}

fn impurities(tree: &Tree, pure: &[&str]) -> Vec<String> {
    let mut broken = Vec::new();
    for source in tree.sources.iter().filter(|source| is_listed(source, pure)) {
        for used in &source.used {
            let path = tree.absolute(used).join("::");
            let is_pure = || tree.target(used).is_some_and(|target| is_listed(target.source, pure));
            let is_allowed = ALLOWED.iter().any(|(allowed, _)| is_in(&path, allowed));
            for (ban, reason) in BANS.iter().filter(|(ban, _)| touches(&path, used.imported, ban)) {
                if !is_allowed && !is_pure() {
                    broken.push(format!("{}:{} uses {ban}: {reason}", source.name, used.line));
                }
            }
        }
        for (word, line) in &source.words {
            let reasons = WORDS.iter().filter(|(words, _)| words.contains(&word.as_str()));
            broken.extend(reasons.map(|(_, reason)| format!("{}:{line} says `{word}`: {reason}", source.name)));
        }
    }
    broken
}

fn unlisted(tree: &Tree, pure: &[&str]) -> Vec<String> {
    let mut broken = Vec::new();
    for claimant in &tree.sources {
        for claimed in claims(claimant) {
            let mut held =
                tree.sources.iter().filter(|source| module_of(&source.name).starts_with(&claimed)).peekable();
            if held.peek().is_none() {
                broken.push(format!("{} calls {} pure, which is not there", claimant.name, claimed.join("::")));
            }
            let missing = held.filter(|source| !is_listed(source, pure));
            broken.extend(missing.map(|source| format!("{} (says {})", source.name, claimant.name)));
        }
    }
    broken
}

/// The modules that the docs of a file call pure.
fn claims(source: &Source) -> Vec<Path> {
    let module = module_of(&source.name);
    let text = source.docs.join("\n");
    let mut words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    let mut claims = Vec::new();
    while let Some(word) = words.next() {
        if word == "Pure" && words.peek() != Some(&"but") {
            claims.push(module.clone());
        }
    }
    let pure = map::lines(&source.docs).filter(|line| line.says.ends_with(" pure"));
    claims.extend(pure.filter_map(|line| Some([&module[..], &[line.names.last()?.clone()]].concat())));
    claims
}

fn is_listed(source: &Source, pure: &[&str]) -> bool {
    let below =
        |entry: &&str| source.name.strip_prefix(*entry).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    pure.iter().any(below)
}

/// Whether a path is the banned thing, something in it, or (imported) a parent that would bring it along.
fn touches(path: &str, imported: bool, ban: &str) -> bool {
    let parent = path.trim_end_matches("::*");
    is_in(path, ban) || path.ends_with(&format!("::{ban}")) || (imported && is_in(ban, parent))
}

fn is_in(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[rstest::rstest]
#[case::import("use std::fs;", "std::fs", true)]
#[case::group("use std::{\n    collections::BTreeMap,\n    fs::{self, File},\n};", "std::fs", true)]
#[case::renamed("use tokio as rt;", "tokio", true)]
#[case::parent("use std::time;", "std::time::Instant", true)]
#[case::everything("use std::*;", "std::fs", true)]
#[case::sibling("use std::time::Duration;", "std::time::Instant", false)]
#[case::same_beginning("use kubernetes::Api;", "kube", false)]
#[case::allowed("use kube::core::Status;", "kube", false)]
#[case::all_of_its_crate("use kube::{Client, core};", "kube", true)]
#[case::inline("fn f() { let t = jiff::Timestamp::now(); }", "Timestamp::now", true)]
#[case::short_inline("fn f() { let t = Timestamp::now(); }", "Timestamp::now", true)]
#[case::through_a_rename("use jiff::Timestamp as T;\nfn f() { let t = T::now(); }", "Timestamp::now", true)]
#[case::in_a_type("fn f(child: Option<std::process::Child>) {}", "std::process", true)]
#[case::in_an_attribute("#[derive(tokio::Main)]\nstruct S;", "tokio", true)]
#[case::in_a_macro("fn f() { format!(\"{}\", [std::fs::read(\"x\")].len()); }", "std::fs", true)]
#[case::a_macro("fn f() { tracing::info!(\"here\"); }", "tracing", true)]
#[case::relative("use super::super::commands::new;", "crate::commands", true)]
#[case::by_its_name("use plat::ui::Ui;", "crate::ui", true)]
#[case::comment("// std::fs::read is not used\nfn f() {}", "std::fs", false)]
#[case::string("const S: &str = \"use std::fs; \\\" std::fs::read\";", "std::fs", false)]
#[case::raw_string("const S: &str = r#\"std::fs::read \" \"#;", "std::fs", false)]
#[case::who_may_use_it("pub(in crate::cluster) fn f() {}", "crate::cluster", false)]
#[case::unit_test("#[cfg(test)]\nmod tests {\n    use std::fs;\n}", "std::fs", false)]
#[case::helper_of_tests("impl S {\n    #[cfg(test)]\n    fn f() { std::fs::read(\"x\"); }\n}", "std::fs", false)]
#[case::after_a_lifetime("fn f<'a>(t: &'a str, c: char) { c == '\"'; std::fs::read(t); }", "std::fs", true)]
fn the_check_sees_a_path(#[case] code: &str, #[case] ban: &str, #[case] expected: bool) {
    let broken = impurities(&Tree::new([("src/spec/model.rs", code)]), &["src/spec"]);
    assert_eq!(broken.iter().any(|line| line.contains(&format!(" uses {ban}: "))), expected, "{broken:?}");
}

#[rstest::rstest]
#[case::function("async fn f() {}", "async")]
#[case::block("fn f() { async {}; }", "async")]
#[case::waiting("fn f() { g().await; }", "await")]
#[case::in_a_macro("fn f() { join!(async { g() }); }", "async")]
#[case::printing("fn f() { println!(); }", "println!")]
#[case::printing_in_a_macro("fn f() { both!(dbg!(1)); }", "dbg!")]
#[case::looking("fn f() { path.exists(); }", ".exists()")]
#[case::looking_in_a_macro("fn f() { assert!(path.exists()); }", ".exists()")]
fn the_check_sees_a_word(#[case] code: &str, #[case] word: &str) {
    let broken = impurities(&Tree::new([("src/spec/model.rs", code)]), &["src/spec"]);
    assert!(broken.iter().any(|line| line.contains(&format!(" says `{word}`: "))), "{broken:?}");
}

#[test]
fn pure_code_uses_the_pure_code_of_an_impure_room() {
    let tree = Tree::new([
        ("src/lib.rs", "mod cluster;"),
        ("src/cluster/mod.rs", "mod scope; mod watch; mod waves;"),
        ("src/cluster/scope.rs", "use super::waves::{self, Wave};\nuse super::watch::Watch;"),
        ("src/cluster/watch.rs", "pub struct Watch;"),
        ("src/cluster/waves.rs", "pub struct Wave;"),
    ]);
    let broken = impurities(&tree, &["src/cluster/scope.rs", "src/cluster/waves.rs"]);
    assert_eq!(broken.len(), 1, "{broken:?}");
    assert!(broken[0].starts_with("src/cluster/scope.rs:2 uses crate::cluster: "), "{broken:?}");
}

#[rstest::rstest]
#[case::a_sentence("//! What is there. Pure.", &["src/a/mod.rs", "src/a/part.rs"])]
#[case::with_a_reason("//! Pure: the person is a closure.", &["src/a/mod.rs", "src/a/part.rs"])]
#[case::with_an_exception("//! Pure but for [`write`].", &[])]
#[case::of_a_part("//! ```text\n//! part   text -> values   pure\n//! ```", &["src/a/part.rs"])]
#[case::in_passing("//! How pure the water is, and the pure\n//! parts.", &[])]
fn the_check_sees_a_claim(#[case] docs: &str, #[case] expected: &[&str]) {
    let face = format!("{docs}\nmod part;");
    let broken = unlisted(&Tree::new([("src/a/mod.rs", face.as_str()), ("src/a/part.rs", ""), ("src/b.rs", "")]), &[]);
    assert_eq!(broken, expected.iter().map(|name| format!("{name} (says src/a/mod.rs)")).collect::<Vec<_>>());
}
