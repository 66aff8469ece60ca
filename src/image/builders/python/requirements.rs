//! The lock file of a project -> requirements that name every package exactly.

use std::path::{Path, PathBuf};

use super::included;
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table};

use super::project::Project;
use crate::error::{Error, Result};
use crate::image::builders::command::Tool;
use crate::image::builders::sources;
use crate::image::oci::digest;
use crate::input;
use crate::program;
use crate::reason::Reason;
use crate::toolchain::lock::{self, Unlocked};

const PYTHON: &str = "Python";
const UV: Tool<'_> = Tool { program: "uv", stack: PYTHON, install: "pipx install uv, or https://docs.astral.sh/uv" };
const POETRY: Tool<'_> = Tool { program: "poetry", stack: PYTHON, install: "pipx install poetry" };
/// Of a lock file; in bytes.
const LARGEST: u64 = 64 << 20;

/// Who wrote the lock file, and so can read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Uv,
    Poetry,
    /// requirements.txt is one where each line has a version.
    Pip,
}

#[derive(Debug)]
pub struct Lock {
    pub kind: Kind,
    pub file: PathBuf,
    /// What it says, with the files that it names.
    pub text: String,
    /// Folders and files of the same source that are packages themselves.
    pub locals: Vec<PathBuf>,
}

/// None for a project that stands on nothing.
///
/// # Errors
/// When it stands on something, and nothing locks that.
pub fn lock(project: &Project) -> Result<Option<Lock>> {
    for (name, kind) in [("uv.lock", Kind::Uv), ("poetry.lock", Kind::Poetry), ("requirements.txt", Kind::Pip)] {
        // The lock file of a workspace lies above its members.
        let folders: &[&Path] = match (kind, project.folder.parent()) {
            (Kind::Uv, Some(above)) => &[&project.folder, above, above.parent().unwrap_or(above)],
            _ => &[&project.folder],
        };
        for folder in folders {
            let file = folder.join(name);
            if file.is_file() {
                return Lock::read(kind, file, &project.folder).map(Some);
            }
        }
    }
    let has = |path: &[&str]| {
        project.get(path).is_some_and(|value| {
            value.as_array().is_some_and(|all| !all.is_empty())
                || value.as_table_like().is_some_and(|all| all.iter().any(|(key, _)| key != "python"))
        })
    };
    let is_dynamic = project
        .get(&["project", "dynamic"])
        .and_then(Item::as_array)
        .is_some_and(|names| names.iter().any(|name| name.as_str() == Some("dependencies")));
    let says = |file: &str, words: &str| {
        input::read_text(&project.folder.join(file), LARGEST).is_ok_and(|text| text.contains(words))
    };
    let is_poetry = project.get(&["tool", "poetry"]).is_some();
    let (file, unlocked) =
        if has(&["project", "dependencies"]) || has(&["tool", "poetry", "dependencies"]) || is_dynamic {
            ("pyproject.toml", if is_poetry { Unlocked::Poetry } else { Unlocked::Python })
        } else if says("Pipfile", "[packages]") {
            ("Pipfile", Unlocked::Pipfile)
        } else if says("setup.cfg", "install_requires") {
            ("setup.cfg", Unlocked::Setup("setup.cfg"))
        } else if says("setup.py", "install_requires") {
            ("setup.py", Unlocked::Setup("setup.py"))
        } else {
            return Ok(None);
        };
    Err(Error::user("there is no lock file, so the same source could become another program tomorrow")
        .at(project.folder.join(file).display())
        .hint(format!(
            "make it and commit it: cd {} && {}",
            project.folder.display(),
            lock::how(unlocked, program::is_on_path)
        ))
        .reason(Reason::BuildFailed))
}

impl Lock {
    fn read(kind: Kind, file: PathBuf, project: &Path) -> Result<Self> {
        let folder = file.parent().unwrap_or(project);
        let (text, locals) = if kind == Kind::Pip {
            let text = included::expanded(&file)?;
            // pip looks from where it is started.
            let locals = included::locals(&text).map(|path| project.join(path)).collect();
            (text, locals)
        } else {
            let text = included::read(&file)?;
            let locals = locked_folders(&text).iter().map(|path| folder.join(path)).collect::<Vec<_>>();
            (text, locals)
        };
        let is_other = |path: &PathBuf| kind == Kind::Pip || !is_same(path, project);
        Ok(Self { kind, locals: locals.into_iter().filter(is_other).collect(), file, text })
    }

    /// What the packages are known by.
    ///
    /// # Errors
    /// When a package of the same source cannot be read.
    pub async fn key(&self) -> Result<String> {
        let mut key = digest(self.text.as_bytes());
        for local in &self.locals {
            key.push('\n');
            key.push_str(&if local.is_dir() {
                sources::fingerprint(&sources::of(local).await?)?
            } else {
                digest(&input::read(local, LARGEST).unwrap_or_default())
            });
        }
        Ok(key)
    }

    /// As pip reads them, without those of the development.
    ///
    /// # Errors
    /// When the tool of the lock file is missing, or the lock file does not fit the project.
    pub async fn requirements(&self, project: &Project) -> Result<String> {
        let (tool, arguments): (_, &[&str]) = match self.kind {
            Kind::Pip => return Ok(self.text.clone()),
            Kind::Uv => (
                UV,
                &[
                    "export",
                    "--frozen",
                    "--no-dev",
                    "--no-emit-project",
                    "--no-editable",
                    "--no-header",
                    "--no-annotate",
                    "--format",
                    "requirements-txt",
                    "--quiet",
                ],
            ),
            Kind::Poetry => (POETRY, &["export", "--format", "requirements.txt", "--only", "main", "--no-interaction"]),
        };
        let mut command = tool.command(&project.folder);
        // Nothing is installed into one.
        command.args(arguments).env("POETRY_VIRTUALENVS_CREATE", "false");
        let exported = tool.ask(command).await.map_err(|error| {
            let needs_plugin = self.kind == Kind::Poetry && error.details.iter().any(|line| line.contains("export"));
            let error = error.at(self.file.display());
            if needs_plugin {
                error.hint("poetry exports by a plugin: poetry self add poetry-plugin-export")
            } else {
                error
            }
        })?;
        Ok(String::from_utf8_lossy(&exported).into_owned())
    }
}

/// Where a lock file of uv or poetry says that a package is a folder: `source = { editable = "packages/lib" }`,
/// `type = "directory"`.
fn locked_folders(text: &str) -> Vec<String> {
    let Ok(lock) = text.parse::<DocumentMut>() else { return Vec::new() };
    let packages = lock.get("package").and_then(Item::as_array_of_tables).into_iter().flat_map(ArrayOfTables::iter);
    let folder = |package: &Table| {
        let source = package.get("source")?;
        let named = ["editable", "directory"].iter().find_map(|kind| source.get(*kind));
        let is_directory = source.get("type").and_then(Item::as_str) == Some("directory");
        let named = named.or_else(|| source.get("url").filter(|_| is_directory));
        named?.as_str().map(str::to_owned)
    };
    packages.filter_map(folder).collect()
}

fn is_same(one: &Path, other: &Path) -> bool {
    let canonical = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    canonical(one) == canonical(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_the_same_source_is_found_in_a_lock_file() {
        let text = r#"
[[package]]
name = "lib"
source = { editable = "packages/lib" }
[[package]]
name = "click"
source = { registry = "https://example.com/simple" }
[[package]]
name = "tools"
[package.source]
type = "directory"
url = "../tools"
"#;
        assert_eq!(locked_folders(text), ["packages/lib", "../tools"]);
    }
}
