//! The git repository of a new project.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::event;
use crate::git::{Failure, Git};

/// It writes a few small files.
const TIMEOUT: Duration = Duration::from_secs(20);

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
        match Git::new(project, TIMEOUT).init().await {
            Ok(()) => Self::Created,
            Err(Failure::NotOnPath) => Self::None("there is no git on PATH".to_owned()),
            Err(Failure::Refused(_, said)) => Self::None(format!("git init: {said}")),
            Err(failure @ Failure::Unusable(_)) => Self::None(failure.to_string()),
        }
    }
}
