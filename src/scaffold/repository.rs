//! The git repository of a new project.

use crate::event;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

/// What became of the repository. A project without one is complete too, so nothing here fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repository {
    /// Initialised, nothing committed: the first commit is the author's, with their identity and signature.
    Created,
    /// The project lies in this repository already.
    Inside(PathBuf),
    /// Not made, and why.
    None(String),
}

impl From<Repository> for event::Repository {
    fn from(repository: Repository) -> Self {
        match repository {
            Repository::Created => Self::Created,
            Repository::Inside(_) => Self::Inside,
            Repository::None(_) => Self::None,
        }
    }
}

impl Repository {
    /// Runs `git init` in `project`, which will lie in `parent`.
    pub async fn init(project: &Path, parent: &Path) -> Self {
        if let Some(root) = parent.ancestors().find(|folder| folder.join(".git").exists()) {
            return Self::Inside(root.to_owned());
        }
        let ran = Command::new("git")
            // Works with every git; `init -b` needs 2.28.
            .args(["-c", "init.defaultBranch=main", "init", "--quiet"])
            .current_dir(project)
            // Set inside hooks: they would point to another repository.
            .env_remove("GIT_DIR")
            .env_remove("GIT_WORK_TREE")
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await;
        match ran {
            Ok(output) if output.status.success() => Self::Created,
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stderr);
                Self::None(format!(
                    "git init: {}",
                    crate::text::foreign_line(said.lines().next().unwrap_or("failed"), 200)
                ))
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Self::None("there is no git on PATH".to_owned()),
            Err(e) => Self::None(format!("git does not start: {e}")),
        }
    }
}
