//! The files of a project that belong in its image, and a private copy of them to build in: what a build leaves behind
//! stays out of the user's folder, and what lies around there stays out of the image.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ignore::WalkBuilder;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::git::Git;
use crate::image::oci::{Content, Entry};

/// What lies beside sources and is none.
const NO_SOURCES: [&str; 9] =
    [".DS_Store", ".git", ".plat", ".venv", "__pycache__", "node_modules", "plat.lock", "plat.yaml", "venv"];
/// What people keep beside their sources, and no program needs at run time.
const FOR_PEOPLE: [&str; 5] = ["CODEOWNERS", "Containerfile", "Dockerfile", "catalog-info.yaml", "compose.yaml"];
/// Files of variables, and settings of tools that hold tokens: private wherever they lie.
const WITH_TOKENS: [&str; 7] = [".env", ".git-credentials", ".netrc", ".npmrc", ".pypirc", ".yarnrc", ".yarnrc.yml"];
/// Folders of a project that only its tests read.
const OF_TESTS: [&str; 3] = ["__tests__", "test", "tests"];
/// For git to read its index.
const PATIENCE: Duration = Duration::from_secs(30);
/// More files than a source tree has: something else was meant.
const MOST: usize = 200_000;

/// One file or link, from a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Below the folder, with `/`.
    pub path: String,
    pub from: PathBuf,
    pub kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    File { is_program: bool },
    Link(PathBuf),
}

/// What git would not ignore (whatever this user's own settings are), in the order of the paths.
///
/// # Errors
/// When the folder cannot be read, or holds too much to be a project.
pub async fn of(folder: &Path) -> Result<Vec<Source>> {
    // Outside a repository, what lies above (a home folder with rules of its own) says nothing of the project.
    let is_in_repository = folder.ancestors().any(|above| above.join(".git").exists());
    let mut walk = WalkBuilder::new(folder);
    walk.standard_filters(false).git_ignore(true).ignore(false).parents(is_in_repository).require_git(is_in_repository);
    walk.filter_entry(|entry| !NO_SOURCES.contains(&&*entry.file_name().to_string_lossy()));
    let mut found = Vec::new();
    for entry in walk.build() {
        let entry = entry.map_err(|e| unreadable(folder, &e.to_string()))?;
        if let Some(source) = source(folder, entry.path()).map_err(|e| unreadable(entry.path(), &e.to_string()))? {
            found.push(source);
        }
        if found.len() > MOST {
            return Err(Error::user(format!("the project has more than {MOST} files"))
                .at(folder.display())
                .hint("name what is no source in .gitignore"));
        }
    }
    if is_in_repository {
        // Where there is no git, the rules are all that is known.
        let tracked = Git::new(folder, PATIENCE).tracked_though_ignored().await.unwrap_or_default();
        for path in tracked.iter().filter(|path| !path.split('/').any(|part| NO_SOURCES.contains(&part))) {
            // One that was removed since is in git's index still.
            found.extend(source(folder, &folder.join(path)).ok().flatten());
        }
    }
    found.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    // A rule of this user's own may ignore what the project's do not.
    found.dedup_by(|a, b| a.path == b.path);
    Ok(found)
}

/// Whether a source belongs in the image too: not settings of tools (which hold tokens), files of variables, nor tests.
#[must_use]
pub fn is_shipped(path: &str) -> bool {
    let is_private = |part: &str| part.starts_with(".env.") || WITH_TOKENS.contains(&part);
    let is_private = path.split('/').any(is_private);
    !(path.starts_with('.') || is_private || FOR_PEOPLE.contains(&path) || is_of_tests(path))
}

/// Whether only tests read it, by what the tools themselves go by; a name that a module of the program may have as well
/// (`ab_test.py`) is none.
#[must_use]
pub fn is_of_tests(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let is_within = folder.split('/').next().is_some_and(|top| OF_TESTS.contains(&top));
    let is_script = |end: &str| ["js", "cjs", "mjs", "jsx", "ts", "cts", "mts", "tsx"].contains(&end);
    let mut ends = name.rsplit('.');
    let is_named = ends.next().is_some_and(is_script) && ends.next() == Some("test");
    is_within || is_named || name == "conftest.py"
}

/// Everything below a folder but what `is_left_out` says of its path.
///
/// # Errors
/// When it cannot be read.
pub fn everything(folder: &Path, is_left_out: impl Fn(&str) -> bool) -> Result<Vec<Source>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).map_err(|e| unreadable(&next, &e.to_string()))? {
            let path = entry.map_err(|e| unreadable(&next, &e.to_string()))?.path();
            let Some(relative) = relative(folder, &path).filter(|relative| !is_left_out(relative)) else { continue };
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            } else if let Some(source) =
                source(folder, &path).map_err(|e| unreadable(Path::new(&relative), &e.to_string()))?
            {
                found.push(source);
            }
        }
    }
    found.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// None for a folder, and for what is neither file nor link (a pipe, a device).
fn source(folder: &Path, path: &Path) -> io::Result<Option<Source>> {
    let Some(relative) = relative(folder, path) else { return Ok(None) };
    let metadata = fs::symlink_metadata(path)?;
    let kind = if metadata.is_symlink() {
        Kind::Link(fs::read_link(path)?)
    } else if metadata.is_file() {
        Kind::File { is_program: is_program(&metadata) }
    } else {
        return Ok(None);
    };
    Ok(Some(Source { path: relative, from: path.to_owned(), kind }))
}

fn relative(folder: &Path, path: &Path) -> Option<String> {
    let relative = path.strip_prefix(folder).ok()?;
    let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
    (!parts.is_empty()).then(|| parts.join("/"))
}

#[cfg(unix)]
fn is_program(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_program(_: &fs::Metadata) -> bool {
    false
}

/// What the content of all files is known by: another text for another path, content, mode or link.
///
/// # Errors
/// When a file cannot be read.
pub fn fingerprint(sources: &[Source]) -> Result<String> {
    let mut hash = Sha256::new();
    for Source { path, from, kind } in sources {
        let what = match kind {
            Kind::File { is_program } => {
                let content = fs::read(from).map_err(|e| unreadable(from, &e.to_string()))?;
                format!("{is_program} {:x}", Sha256::digest(&content))
            }
            Kind::Link(target) => format!("-> {}", target.display()),
        };
        hash.update(format!("{path}\0{what}\0"));
    }
    Ok(format!("{:x}", hash.finalize()))
}

/// Makes `stage` the same as these sources; what `is_kept` says stays there, everything else of an earlier build goes.
///
/// # Errors
/// When a file cannot be copied.
pub fn copy(sources: &[Source], stage: &Path, is_kept: impl Fn(&str) -> bool) -> Result<()> {
    let failed = |path: &Path, e: io::Error| {
        let error =
            Error::user(format!("the sources cannot be copied to where they are built: {e}")).at(path.display());
        match e.kind() {
            io::ErrorKind::StorageFull => error.hint("make room, or set PLAT_HOME to a folder on another disk"),
            _ => error.hint("see what is wrong with the file: ls -l"),
        }
    };
    fs::create_dir_all(stage).map_err(|e| failed(stage, e))?;
    for old in everything(stage, &is_kept)? {
        fs::remove_file(&old.from).map_err(|e| failed(&old.from, e))?;
    }
    for Source { path, from, kind } in sources {
        let to = stage.join(path);
        if to.is_dir() {
            // It was a folder in an earlier build.
            fs::remove_dir_all(&to).map_err(|e| failed(&to, e))?;
        }
        let copied = fs::create_dir_all(to.parent().unwrap_or(stage)).and_then(|()| match kind {
            Kind::File { .. } => fs::copy(from, &to).map(drop),
            Kind::Link(target) => link(target, &to),
        });
        copied.map_err(|e| failed(from, e))?;
    }
    Ok(())
}

#[cfg(unix)]
pub fn link(target: &Path, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, at)
}

#[cfg(not(unix))]
pub fn link(target: &Path, at: &Path) -> io::Result<()> {
    fs::copy(at.parent().unwrap_or(at).join(target), at).map(drop)
}

/// The same in an image, below `root`.
pub fn entries(sources: Vec<Source>, root: &str) -> Vec<Entry> {
    let entry = |Source { path, from, kind }| {
        let content = match kind {
            Kind::File { is_program } => Content::File { from, is_program },
            Kind::Link(target) => Content::Link(target),
        };
        Entry { path: format!("{root}/{path}"), content }
    };
    sources.into_iter().map(entry).collect()
}

fn unreadable(path: &Path, cause: &str) -> Error {
    Error::user(format!("a file of the project cannot be read: {cause}")).at(path.display()).hint("see: ls -l")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::tests::project;

    async fn paths(folder: &Path) -> Vec<String> {
        of(folder).await.unwrap().into_iter().map(|source| source.path).collect()
    }

    #[tokio::test]
    async fn what_git_ignores_is_no_source_and_what_holds_secrets_is_not_shipped() {
        let folder = project(&[
            (".gitignore", "dist/\n*.log\n"),
            ("src/main.js", ""),
            ("src/.env.production", "TOKEN=1"),
            (".env", "TOKEN=1"),
            (".npmrc", "//r/:_authToken=1"),
            ("packages/api/.npmrc", "//r/:_authToken=1"),
            ("public/.well-known/x", ""),
            ("dist/main.js", ""),
            ("debug.log", ""),
            ("node_modules/a/index.js", ""),
            ("plat.yaml", ""),
        ]);
        let paths = paths(folder.path()).await;
        let expected = [
            ".env",
            ".gitignore",
            ".npmrc",
            "packages/api/.npmrc",
            "public/.well-known/x",
            "src/.env.production",
            "src/main.js",
        ];
        assert_eq!(paths, expected);
        let shipped: Vec<&String> = paths.iter().filter(|path| is_shipped(path)).collect();
        assert_eq!(shipped, ["public/.well-known/x", "src/main.js"]);
    }

    #[test]
    fn what_only_tests_read_is_not_shipped_and_what_is_named_like_it_is() {
        let tests =
            ["tests/test_app.py", "test/a/b.js", "__tests__/x.ts", "src/conftest.py", "src/a.test.ts", "a.test.mjs"];
        let program =
            ["src/tests/x.py", "ab_test.py", "test_rig.py", "openapi.spec.js", "src/latest.ts", "testing/a.py"];
        assert_eq!(tests.map(is_shipped), [false; 6]);
        assert_eq!(program.map(is_shipped), [true; 6]);
    }

    #[tokio::test]
    async fn rules_above_count_up_to_the_root_of_the_repository() {
        let folder = project(&[
            (".gitignore", "*\n"),
            ("copy/src/main.js", ""),
            ("clone/.git/HEAD", ""),
            ("clone/.gitignore", "*.log\n"),
            ("clone/api/main.js", ""),
            ("clone/api/x.log", ""),
        ]);
        assert_eq!(paths(&folder.path().join("copy")).await, ["src/main.js"]);
        assert_eq!(paths(&folder.path().join("clone/api")).await, ["main.js"]);
    }

    #[tokio::test]
    async fn what_git_has_is_a_source_although_a_rule_names_it() {
        let folder = project(&[
            (".gitignore", "/dist/\n*.pem\nnode_modules/\n"),
            ("dist/index.html", ""),
            ("dist/new.html", ""),
            ("gone.pem", ""),
            ("node_modules/a/index.js", ""),
            ("roots.pem", ""),
        ]);
        let git = Git::new(folder.path(), PATIENCE);
        git.init().await.unwrap();
        assert_eq!(paths(folder.path()).await, [".gitignore"]);
        git.run(&["add", "--force", "dist/index.html", "gone.pem", "node_modules", "roots.pem"]).await.unwrap();
        fs::remove_file(folder.path().join("gone.pem")).unwrap();
        assert_eq!(paths(folder.path()).await, [".gitignore", "dist/index.html", "roots.pem"]);
    }

    #[tokio::test]
    async fn another_content_mode_or_path_is_another_fingerprint() {
        let of = async |files: &[(&str, &str)]| fingerprint(&super::of(project(files).path()).await.unwrap()).unwrap();
        let first = of(&[("a", "1"), ("b", "2")]).await;
        assert_eq!(of(&[("b", "2"), ("a", "1")]).await, first);
        for other in [&[("a", "1"), ("b", "3")], &[("a", "1"), ("c", "2")], &[("ab", "1"), ("b", "2")]] {
            assert_ne!(of(other).await, first);
        }
    }

    #[tokio::test]
    async fn a_copy_has_nothing_of_an_earlier_one_but_what_is_kept() {
        let stage = project(&[
            ("dist/old.js", ""),
            ("node_modules/a/index.js", ""),
            ("src/gone.js", ""),
            ("src/main.js/index.js", "it was a folder"),
        ]);
        let folder = project(&[("src/main.js", "new")]);
        copy(&super::of(folder.path()).await.unwrap(), stage.path(), |path| path == "node_modules").unwrap();
        let mut left: Vec<String> = everything(stage.path(), |_| false).unwrap().into_iter().map(|s| s.path).collect();
        left.sort();
        assert_eq!(left, ["node_modules/a/index.js", "src/main.js"]);
    }
}
