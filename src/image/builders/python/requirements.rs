//! The lock file of a project -> requirements that name every package exactly.

use std::path::{Path, PathBuf};

use super::project::Project;
use crate::error::{Error, Result};
use crate::image::builders::command::Tool;
use crate::input;
use crate::reason::Reason;

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
    pub text: Vec<u8>,
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
                let text =
                    input::read(&file, LARGEST).map_err(|e| Error::user(format!("{name} {e}")).at(file.display()))?;
                return Ok(Some(Lock { kind, file, text }));
            }
        }
    }
    let has = |path: &[&str]| {
        project.get(path).is_some_and(|value| {
            value.as_array().is_some_and(|all| !all.is_empty())
                || value.as_table_like().is_some_and(|all| all.iter().any(|(key, _)| key != "python"))
        })
    };
    if !has(&["project", "dependencies"]) && !has(&["tool", "poetry", "dependencies"]) {
        return Ok(None);
    }
    let is_poetry = project.get(&["tool", "poetry"]).is_some();
    let how = if is_poetry { "poetry lock" } else { "uv lock" };
    Err(Error::user("there is no lock file, so the same source could become another program tomorrow")
        .at(project.folder.join("pyproject.toml").display())
        .hint(format!("make it and commit it: cd {} && {how}", project.folder.display()))
        .reason(Reason::BuildFailed))
}

impl Lock {
    /// As pip reads them, without those of the development.
    ///
    /// # Errors
    /// When the tool of the lock file is missing, or the lock file does not fit the project.
    pub async fn requirements(&self, project: &Project) -> Result<String> {
        let (tool, arguments): (_, &[&str]) = match self.kind {
            Kind::Pip => return Ok(String::from_utf8_lossy(&self.text).into_owned()),
            Kind::Uv => (
                UV,
                &[
                    "export",
                    "--frozen",
                    "--no-dev",
                    "--no-emit-project",
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
        command.args(arguments);
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

/// Lines of requirements that leave the version open, by their number.
pub fn open(requirements: &str) -> Vec<(usize, &str)> {
    let lines = requirements
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.split(" #").next().unwrap_or(line).trim()));
    let is_package = |line: &str| line.starts_with(|c: char| c.is_ascii_alphanumeric());
    lines.filter(|(_, line)| is_package(line) && !line.contains("==") && !line.contains(" @ ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_a_version_is_open() {
        let text = "# web\nfastapi==0.165.0 \\\n    --hash=sha256:aa\nuvicorn>=0.30 # quick\n-r more.txt\nx @ file:///x\nrequests\n";
        assert_eq!(open(text), [(4, "uvicorn>=0.30"), (7, "requests")]);
    }
}
