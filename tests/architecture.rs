//! Holds the direction of the rooms (docs/ARCHITECTURE.md): commands -> rooms -> pure code, and pure code takes
//! values and `now`. It reads the paths that each file uses and fails with the line and the reason.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

/// Files and folders that compute and do nothing else. A folder counts whole.
const PURE: &[&str] = &[
    "src/spec",
    "src/files",
    "src/manifests",
    "src/rollout",
    "src/history",
    "src/evidence/contents.rs",
    "src/diff",
    "src/report",
    "src/cluster/applyset.rs",
    "src/text",
    "src/text.rs",
    "src/cluster/tail/position.rs",
    "src/cluster/scope.rs",
    "src/image/layer.rs",
    "src/image/package.rs",
    "src/image/plan.rs",
    "src/image/reference.rs",
    "src/ownership/decide",
    "src/ownership/identity.rs",
    "src/ownership/key.rs",
    "src/ownership/model.rs",
    "src/ownership/page.rs",
    "src/ownership/remote.rs",
    "src/ownership/sources",
    "src/scaffold/given.rs",
    "src/scaffold/interview.rs",
    "src/scaffold/question.rs",
    "src/scaffold/render.rs",
    "src/scaffold/template.rs",
    "src/sandbox/archive.rs",
    "src/telemetry/run.rs",
];

/// Paths that pure code does not use, each with the reason that the failure prints.
const PURE_BANS: &[(&str, &str)] = &[
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

/// What only one side may use: the path, who may, and why.
const DOORS: &[(&str, &[&str], &str)] = &[
    (
        "crate::commands",
        &["src/commands", "src/cli.rs", "src/main.rs"],
        "rooms do not know the commands; move what both need into a room",
    ),
    (
        "crate::sandbox",
        &["src/sandbox", "src/commands/sandbox", "src/commands/try"],
        "to everyone else a cluster is a context and a registry",
    ),
];

/// Words that make code impure without any path.
static PURE_WORDS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        (r"\basync\b|\.await\b", "pure code is not async"),
        (r"\be?print(ln)?!|\bdbg!", "only `Ui` prints"),
        (r"\.(exists|try_exists|canonicalize|read_dir|read_link)\(\)", "pure code does not look at the disk"),
    ]
    .into_iter()
    .map(|(pattern, reason)| (Regex::new(pattern).expect("a literal pattern"), reason))
    .collect()
});

/// Beyond this a file has two jobs.
const MAX_LINES: usize = 400;

#[test]
fn pure_code_imports_no_io() {
    let mut broken = Broken::default();
    for name in PURE {
        let files = rust_files(&root().join(name));
        assert!(!files.is_empty(), "{name} is in the table of pure code but holds no Rust file: mend the table");
        for file in files {
            let source = Source::read(&file);
            for used in source.paths() {
                for (ban, reason) in PURE_BANS.iter().filter(|(ban, _)| used.touches(ban)) {
                    broken.push(&source, used.line, &format!("uses {ban}: {reason}"));
                }
            }
            for (number, line) in source.code.lines().enumerate() {
                for (pattern, reason) in PURE_WORDS.iter() {
                    if let Some(found) = pattern.find(line) {
                        broken.push(&source, number + 1, &format!("says `{}`: {reason}", found.as_str()));
                    }
                }
            }
        }
    }
    broken.report();
}

#[test]
fn rooms_are_entered_by_their_doors() {
    let mut broken = Broken::default();
    for file in rust_files(&root().join("src")) {
        let source = Source::read(&file);
        for (door, who, reason) in DOORS {
            if who.iter().any(|who| source.name.starts_with(who)) {
                continue;
            }
            for used in source.paths().iter().filter(|used| used.is_in(door)) {
                broken.push(&source, used.line, &format!("uses {door}: {reason}"));
            }
        }
    }
    broken.report();
}

#[test]
fn a_file_has_one_job() {
    let mut broken = Broken::default();
    for file in rust_files(&root().join("src")) {
        let source = Source::read(&file);
        if source.lines > MAX_LINES {
            let advice =
                format!("has {} lines, more than {MAX_LINES}: a file with two jobs is two files", source.lines);
            broken.push(&source, MAX_LINES, &advice);
        }
    }
    broken.report();
}

#[derive(Default)]
struct Broken(String);

impl Broken {
    fn push(&mut self, source: &Source, line: usize, what: &str) {
        let _ = writeln!(self.0, "  {}:{line}: {what}", source.name);
    }

    fn report(self) {
        assert!(self.0.is_empty(), "the rooms' direction is broken (docs/ARCHITECTURE.md):\n{}", self.0);
    }
}

/// A file without its comments, literals and unit tests; line numbers are the file's own.
struct Source {
    /// Relative to the repository, with `/`.
    name: String,
    module: Vec<String>,
    code: String,
    lines: usize,
}

/// One path that the code names, with `super` and `self` resolved.
#[derive(Debug, PartialEq)]
struct Used {
    path: String,
    line: usize,
    imported: bool,
}

impl Used {
    fn is_in(&self, module: &str) -> bool {
        self.path == module || self.path.strip_prefix(module).is_some_and(|rest| rest.starts_with("::"))
    }

    /// Whether it is the banned thing, something in it, or (imported) a parent that would bring it along.
    fn touches(&self, ban: &str) -> bool {
        let parent = self.path.trim_end_matches("::*");
        self.is_in(ban)
            || self.path.ends_with(&format!("::{ban}"))
            || (self.imported && ban.strip_prefix(parent).is_some_and(|rest| rest.starts_with("::")))
    }
}

impl Source {
    fn read(file: &Path) -> Self {
        let text = std::fs::read_to_string(file).expect("a source file is readable");
        let name = file.strip_prefix(root()).expect("files are below the root").to_string_lossy().replace('\\', "/");
        Self::new(name, &text)
    }

    fn new(name: String, text: &str) -> Self {
        let module = name.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
        let module = module.split('/').filter(|part| !matches!(*part, "lib" | "main")).map(str::to_owned).collect();
        Self { name, module, code: without_tests(&without_literals(text)), lines: text.lines().count() }
    }

    fn paths(&self) -> Vec<Used> {
        static IMPORT: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"(?m)^\s*(?:pub(?:\([^)]*\))?\s+)?use\s+([^;]+);").expect("a literal"));
        static INLINE: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"\b[A-Za-z_]\w*(?:::[A-Za-z_]\w*)+").expect("a literal"));
        let line_of = |at: usize| self.code[..at].matches('\n').count() + 1;
        let mut used = Vec::new();
        for import in IMPORT.captures_iter(&self.code) {
            let tree = import.get(1).expect("the pattern has one group");
            leaves(tree.as_str(), &mut |at, path| {
                used.push(Used { path: self.resolve(&path), line: line_of(tree.start() + at), imported: true });
            });
        }
        for inline in INLINE.find_iter(&IMPORT.replace_all(&self.code, blank)) {
            used.push(Used { path: self.resolve(inline.as_str()), line: line_of(inline.start()), imported: false });
        }
        used
    }

    /// `super::x` in src/spec/model.rs is `crate::spec::x`.
    fn resolve(&self, path: &str) -> String {
        let mut module: Vec<&str> = self.module.iter().map(String::as_str).collect();
        let mut rest = path;
        while let Some(up) = rest.strip_prefix("super::") {
            module.pop();
            rest = up;
        }
        if rest.len() == path.len() {
            return path.replacen("plat::", "crate::", usize::from(path.starts_with("plat::")));
        }
        ["crate"].into_iter().chain(module).chain([rest]).collect::<Vec<_>>().join("::")
    }
}

/// `a::{b, c::{d, e as f}}` -> `a::b`, `a::c::d`, `a::c::e`, each with its offset in the tree.
fn leaves(tree: &str, found: &mut impl FnMut(usize, String)) {
    let mut prefixes: Vec<String> = vec![String::new()];
    let mut word = (0, String::new());
    for (at, c) in tree.char_indices().chain([(tree.len(), ',')]) {
        let prefix = prefixes.last().cloned().unwrap_or_default();
        match c {
            '{' => prefixes.push(format!("{prefix}{}", std::mem::take(&mut word.1))),
            ',' | '}' => {
                let leaf = word.1.split(" as ").next().unwrap_or_default().trim().to_owned();
                let path = if leaf == "self" { prefix.trim_end_matches("::").to_owned() } else { prefix + &leaf };
                if !leaf.is_empty() {
                    found(word.0, path);
                }
                word.1.clear();
                if c == '}' {
                    prefixes.pop();
                }
            }
            c if c.is_whitespace() && word.1.is_empty() => {}
            c => {
                if word.1.is_empty() {
                    word.0 = at;
                }
                word.1.push(if c.is_whitespace() { ' ' } else { c });
            }
        }
    }
}

/// Blanks comments, strings and characters, so that what they say is not taken for code.
fn without_literals(text: &str) -> String {
    static LITERAL: LazyLock<Regex> = LazyLock::new(|| {
        let raw = r##"\br#+"(?s:.*?)"#+"##;
        Regex::new(&format!(
            r#"//[^\n]*|(?s:/\*.*?\*/)|{raw}|\br"[^"]*"|"(?:[^"\\]|\\(?s:.))*"|'(?:[^'\\\n]|\\[^\n]+?)'"#
        ))
        .expect("a literal")
    });
    LITERAL.replace_all(text, blank).into_owned()
}

/// Drops the unit tests, which may read files and make things up: by custom they are the last module of a file.
fn without_tests(code: &str) -> String {
    static TESTS: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?s)#\[cfg\(test\)\]\s*mod \w+ \{.*").expect("a literal"));
    TESTS.replace(code, "").into_owned()
}

/// Only the line breaks of what was matched, and spaces for the rest: offsets stay those of the file.
fn blank(found: &regex::Captures<'_>) -> String {
    found[0].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect()
}

fn rust_files(at: &Path) -> Vec<PathBuf> {
    ignore::WalkBuilder::new(at)
        .build()
        .map(|entry| entry.expect("the sources are readable").into_path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs"))
        .collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The check itself: what it must see, and what it must not take for code.
#[rstest::rstest]
#[case::import("use std::fs;", "std::fs", true)]
#[case::group("use std::{\n    collections::BTreeMap,\n    fs::{self, File},\n};", "std::fs", true)]
#[case::renamed("use tokio as rt;", "tokio", true)]
#[case::parent("use std::time;", "std::time::Instant", true)]
#[case::everything("use std::*;", "std::fs", true)]
#[case::sibling("use std::time::Duration;", "std::time::Instant", false)]
#[case::same_beginning("use kubernetes::Api;", "kube", false)]
#[case::inline("fn f() { let t = jiff::Timestamp::now(); }", "Timestamp::now", true)]
#[case::short_inline("fn f() { let t = Timestamp::now(); }", "Timestamp::now", true)]
#[case::relative("use super::super::commands::new;", "crate::commands", true)]
#[case::by_its_name("use plat::ui::Ui;", "crate::ui", true)]
#[case::comment("// std::fs::read is not used\nfn f() {}", "std::fs", false)]
#[case::string("const S: &str = \"use std::fs; \\\" std::fs::read\";", "std::fs", false)]
#[case::raw_string("const S: &str = r#\"std::fs::read \" \"#;", "std::fs", false)]
#[case::unit_test("#[cfg(test)]\nmod tests {\n    use std::fs;\n}", "std::fs", false)]
#[case::after_a_lifetime("fn f<'a>(t: &'a str, c: char) { c == '\"'; std::fs::read(t); }", "std::fs", true)]
fn the_check_sees(#[case] code: &str, #[case] ban: &str, #[case] expected: bool) {
    let source = Source::new("src/spec/model.rs".to_owned(), code);
    assert_eq!(source.paths().iter().any(|used| used.touches(ban)), expected, "{:?}", source.paths());
}
