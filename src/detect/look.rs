//! Reads a repository within limits. The one place of this room that opens files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use ignore::{DirEntry, WalkBuilder, WalkState};

use super::interest::{Interest, interest, is_compose, is_release, is_variables};
use super::paths;
use super::repository::Repository;
use crate::input::{self, Refusal};
use crate::text::{foreign_line, is_secret};
use crate::toolchain::lock;

/// Entries that are looked at: a monorepo may have millions.
const ENTRIES: usize = 200_000;
/// `services/shop/src/main/java/com/example/shop/web/Api.java` and some more.
const DEPTH: usize = 16;
/// Manifests that are read; thirty services have some hundred.
const MANIFESTS: usize = 3_000;
/// Source files that are read, those that may start a program first.
const SOURCES: usize = 1_500;
/// Bytes of a manifest: a package.json of people is smaller.
const MANIFEST_BYTES: u64 = 1 << 20;
/// Bytes of a source file: a larger one is generated.
const SOURCE_BYTES: u64 = 256 << 10;
/// Bytes of all sources together.
const ALL_BYTES: usize = 16 << 20;

/// What programs made or brought: never the project's own.
const FOREIGN: [&str; 15] = [
    "node_modules",
    "bower_components",
    "vendor",
    "third_party",
    "target",
    "dist",
    "out",
    "coverage",
    "site-packages",
    "__pycache__",
    "Pods",
    "_build",
    "storybook-static",
    "htmlcov",
    "cdk.out",
];
/// Files that lock a workspace, beside those of Node.
const LOCKS: [&str; 2] = ["uv.lock", "Cargo.lock"];
/// Who makes a folder `build` beside itself; elsewhere people keep Dockerfiles in it.
const MAKES_BUILD: [&str; 5] = ["package.json", "build.gradle", "build.gradle.kts", "setup.py", "CMakeLists.txt"];

/// The files below a folder, and the texts of those that can say something. What git ignores, links, pipes and devices
/// are not looked at.
#[must_use]
pub fn look(root: &Path) -> Repository {
    let (files, mut skipped) = names(root);
    let (manifests, mut sources): (Vec<_>, Vec<_>) = files
        .iter()
        .filter_map(|file| Some((interest(file)?, file.as_str())))
        .partition(|(interest, _)| *interest == Interest::Manifest);
    sources.sort_unstable();
    if sources.len() > SOURCES {
        skipped.push(format!("of {} source files, the {SOURCES} likeliest were looked at", sources.len()));
        sources.truncate(SOURCES);
    }
    if manifests.len() > MANIFESTS {
        skipped.push(format!("of {} manifests, {MANIFESTS} were looked at", manifests.len()));
    }
    let wanted: Vec<_> = manifests.into_iter().take(MANIFESTS).chain(sources).collect();
    let (mut texts, unread) = texts(root, &wanted);
    skipped.extend(unread);
    let of_compose = named_by_compose(root, &texts);
    texts.extend(of_compose);
    let name = root.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let mut repository = Repository::new(name, files, texts);
    repository.skipped = skipped;
    repository.around = locks_above(root);
    repository
}

/// What locks a workspace, of which only a member may be looked at.
fn locks_above(root: &Path) -> Vec<String> {
    let top = root.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(root);
    let above = root.ancestors().skip(1).take_while(|folder| folder.starts_with(top));
    let locks = || lock::NODE.into_iter().map(|(name, _)| name).chain(LOCKS);
    let found = above.flat_map(|folder| locks().filter(|name| folder.join(name).is_file()));
    found.map(str::to_owned).collect()
}

/// Relative paths of all regular files, and what was left out.
fn names(root: &Path) -> (Vec<String>, Vec<String>) {
    let (found, skipped) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    let (entries, is_full) = (AtomicUsize::new(0), AtomicBool::new(false));
    let mut walk = WalkBuilder::new(root);
    walk.max_depth(Some(DEPTH)).hidden(false).require_git(false).threads(threads()).filter_entry(is_own);
    walk.build_parallel().run(|| {
        Box::new(|entry| {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    push(&skipped, format!("not looked at: {}", foreign_line(&error.to_string(), 160)));
                    return WalkState::Continue;
                }
            };
            if entries.fetch_add(1, Ordering::Relaxed) >= ENTRIES {
                is_full.store(true, Ordering::Relaxed);
                return WalkState::Quit;
            }
            if entry.file_type().is_some_and(|kind| kind.is_file())
                && let Some(path) = relative(entry.path(), root)
            {
                push(&found, path);
            }
            WalkState::Continue
        })
    });
    let mut skipped = skipped.into_inner().unwrap_or_else(PoisonError::into_inner);
    skipped.sort_unstable();
    if is_full.into_inner() {
        skipped.push(format!("only the first {ENTRIES} entries were looked at: name the folder of the service"));
    }
    (found.into_inner().unwrap_or_else(PoisonError::into_inner), skipped)
}

fn push<T>(into: &Mutex<Vec<T>>, value: T) {
    into.lock().unwrap_or_else(PoisonError::into_inner).push(value);
}

fn is_own(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    if entry.depth() > 0 && name.as_encoded_bytes().starts_with(b".") {
        let name = name.to_string_lossy();
        return is_variables(&name) || is_release(&name) || name == ".docker";
    }
    if entry.depth() == 0 || !entry.file_type().is_some_and(|kind| kind.is_dir()) {
        return true;
    }
    if name == "build" {
        let around = entry.path().parent();
        return !around.is_some_and(|around| MAKES_BUILD.iter().any(|maker| around.join(maker).is_file()));
    }
    // A Python environment may have any name.
    FOREIGN.iter().all(|foreign| name != *foreign) && !entry.path().join("pyvenv.cfg").is_file()
}

fn relative(path: &Path, root: &Path) -> Option<String> {
    let path = path.strip_prefix(root).ok()?.to_str()?;
    Some(if cfg!(windows) { path.replace('\\', "/") } else { path.to_owned() })
}

/// Reading waits more than it computes.
fn threads() -> usize {
    thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, 8))
}

fn texts(root: &Path, wanted: &[(Interest, &str)]) -> (BTreeMap<String, String>, Vec<String>) {
    let (next, bytes) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let (texts, skipped) = (Mutex::new(BTreeMap::new()), Mutex::new(Vec::new()));
    let reader = || {
        let mut mine = Vec::new();
        while let Some((interest, path)) = wanted.get(next.fetch_add(1, Ordering::Relaxed)) {
            let is_manifest = *interest == Interest::Manifest;
            if !is_manifest && bytes.load(Ordering::Relaxed) > ALL_BYTES {
                break;
            }
            match input::read_text(&root.join(path), if is_manifest { MANIFEST_BYTES } else { SOURCE_BYTES }) {
                Ok(text) => {
                    let text = match paths::name(path) {
                        ".env" => without_secrets(&text),
                        name if is_variables(name) => names_alone(&text),
                        _ => text,
                    };
                    bytes.fetch_add(text.len(), Ordering::Relaxed);
                    mine.push(((*path).to_owned(), text));
                }
                Err(Refusal::NotFound(_)) => {}
                Err(refusal) if is_manifest => push(&skipped, format!("{} {refusal}", foreign_line(path, 160))),
                // What is no text starts no program.
                Err(_) => {}
            }
        }
        texts.lock().unwrap_or_else(PoisonError::into_inner).extend(mine);
    };
    thread::scope(|scope| {
        for _ in 0..threads() {
            scope.spawn(reader);
        }
    });
    let mut skipped = skipped.into_inner().unwrap_or_else(PoisonError::into_inner);
    skipped.sort_unstable();
    (texts.into_inner().unwrap_or_else(PoisonError::into_inner), skipped)
}

/// The names in `.env` and in files of variables that compose names, where git ignores them: they are nobody else's, and
/// their values stay there.
fn named_by_compose(root: &Path, texts: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let composes = texts.iter().filter(|(path, _)| is_compose(paths::name(path)));
    let named = composes.flat_map(|(path, text)| {
        let words = text.split(|c: char| c.is_whitespace() || "\"'[],{}".contains(c));
        let files = words.filter(|word| is_variables(paths::name(word))).chain([".env"]);
        files.map(|file| paths::join(paths::folder(path), file)).collect::<Vec<_>>()
    });
    let unknown: BTreeSet<String> = named.filter(|path| !texts.contains_key(path)).collect();
    let read = |path: String| {
        let text = input::read_text(&root.join(&path), MANIFEST_BYTES).ok()?;
        Some((path, names_alone(&text)))
    };
    unknown.into_iter().filter_map(read).collect()
}

/// `NAME=value` -> `NAME`, line by line: the values of such files are not even kept.
fn names_alone(text: &str) -> String {
    text.lines().map(|line| variable(line).map_or("", |(name, _)| name)).collect::<Vec<_>>().join("\n")
}

/// The same, with the values that compose may put into a file, and none that is a secret.
fn without_secrets(text: &str) -> String {
    let line = |line| match variable(line) {
        Some((name, value)) if is_secret(name, value) => name.to_owned(),
        Some((name, value)) => format!("{name}={value}"),
        None => String::new(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// `export NAME="value"  # why`
fn variable(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.trim_start().trim_start_matches("export ").split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    let quoted = ['"', '\''].iter().find_map(|quote| Some(value.strip_prefix(*quote)?.split_once(*quote)?.0));
    let value = quoted.unwrap_or_else(|| value.split(" #").next().unwrap_or_default().trim_end());
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
    is_name.then_some((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, name: &str, text: &str) {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("its folder");
        std::fs::write(path, text).expect("a file");
    }

    #[test]
    fn what_is_not_the_projects_own_is_not_looked_at() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        for name in [
            "package.json",
            "node_modules/x/package.json",
            "made/package.json",
            "build/Dockerfile",
            "api/build/Dockerfile",
        ] {
            write(root, name, "{}");
        }
        write(root, ".gitignore", "made/\n");
        nix::unistd::mkfifo(&root.join("Procfile"), nix::sys::stat::Mode::S_IRWXU).expect("a pipe");
        std::os::unix::fs::symlink("/", root.join("everything")).expect("a link");
        let repository = look(root);
        assert_eq!(repository.files(), ["api/build/Dockerfile", "package.json"]);
        assert_eq!(repository.text("package.json"), Some("{}"));
        assert_eq!(repository.skipped, [""; 0]);
    }

    #[test]
    fn values_are_read_where_compose_puts_them_in_and_secrets_nowhere() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = "# ports\nPORT=3000\nexport WHO='the shop' # me\nDB_PASSWORD=hunter2\nURL=postgres://a:b@db/x\n";
        write(folder.path(), ".env", text);
        write(folder.path(), "api.env", text);
        let repository = look(folder.path());
        assert_eq!(repository.text(".env"), Some("\nPORT=3000\nWHO=the shop\nDB_PASSWORD\nURL"));
        assert_eq!(repository.text("api.env"), Some("\nPORT\nWHO\nDB_PASSWORD\nURL"));
    }

    /// What git ignores is somebody's own: compose wants it, so its names are told.
    #[test]
    fn of_what_git_ignores_compose_gives_the_names() {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), ".gitignore", "*.env\n");
        write(folder.path(), "compose.yaml", "services: {web: {env_file: [conf/web.env, ../../out.env]}}\n");
        write(folder.path(), "conf/web.env", "TOKEN=hunter2\n");
        write(folder.path(), ".env", "PORT=3000\n");
        write(folder.path(), "other.env", "OTHER=1\n");
        let repository = look(folder.path());
        let texts = [".env", "conf/web.env", "other.env"].map(|path| repository.text(path));
        assert_eq!(texts, [Some("PORT"), Some("TOKEN"), None]);
        assert!(!repository.has(".env"));
    }

    #[test]
    fn a_manifest_that_cannot_be_read_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("package.json"), [0xff, 0xfe]).expect("a file");
        assert_eq!(look(folder.path()).skipped, ["package.json is not UTF-8 text (line 1)"]);
    }
}
