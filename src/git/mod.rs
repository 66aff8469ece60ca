//! git, called in one place.
//!
//! A repository that was cloned or unpacked is a stranger, and a repository can name programs: its configuration
//! (fsmonitor, hooks, filters, diff drivers, pagers, signatures, helpers of the network), and a bare repository in a folder
//! of its files has a configuration of its own. All of it is switched off here; nothing is fetched, locked or written.
//! That git refuses a folder of another user (`safe.directory`) stays git's own decision.

mod changes;

use std::path::PathBuf;
use std::time::Duration;

use tokio::process::Command;

use crate::program::{self, Limits};
use crate::text::foreign_line;

/// Behind a commit that is not all of what is there, as `git describe` writes it.
pub const MODIFIED: &str = "-dirty";

/// Far more than the history of a large repository; in bytes.
const OUTPUT: u64 = 128 << 20;

/// Given on the command line, where they win over every file.
const OFF: &[&str] = &[
    "safe.bareRepository=explicit",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    "core.sshCommand=false",
    "core.askPass=",
    "core.editor=false",
    "credential.helper=",
    "diff.external=",
    "interactive.diffFilter=",
    "log.showSignature=false",
    "protocol.allow=never",
];

const ENVIRONMENT: &[(&str, &str)] = &[
    ("LC_ALL", "C"),
    // Taking the index's lock could break a git command that runs beside it.
    ("GIT_OPTIONAL_LOCKS", "0"),
    // `src/[id].go` is a file.
    ("GIT_LITERAL_PATHSPECS", "1"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_ASKPASS", ""),
    // A partial clone fetches what it lacks. Git before 2.45 does not know the first: then the second ends it.
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_ALLOW_PROTOCOL", "none"),
];

/// Set inside hooks, and they would lead to another repository; or they contradict literal paths.
const UNSET: &[&str] = &[
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_EXTERNAL_DIFF",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
];

/// git in a folder.
#[derive(Debug, Clone)]
pub struct Git {
    folder: PathBuf,
    limits: Limits,
}

/// Why git gives no answer.
#[derive(Debug)]
pub enum Failure {
    NotOnPath,
    /// With its status, where it has one, and the first line of what it said.
    Refused(Option<i32>, String),
    Unusable(String),
}

pub type Result<T> = std::result::Result<T, Failure>;

impl Git {
    /// Each command of it may take so long.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>, patience: Duration) -> Self {
        Self { folder: folder.into(), limits: Limits { time: patience, output: OUTPUT } }
    }

    /// What a git command prints.
    ///
    /// # Errors
    /// When there is no git, when it refuses, and when it exceeds the limits.
    pub async fn run(&self, arguments: &[&str]) -> Result<String> {
        self.text(self.command(&[], arguments), &[]).await
    }

    /// The files of this name in all folders, without those that are ignored.
    ///
    /// # Errors
    /// As [`Git::run`].
    pub async fn files_named(&self, name: &str) -> Result<Vec<String>> {
        let pattern = format!(":(glob)**/{name}");
        let list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", &pattern];
        let listed = self.text(self.command(&["--no-literal-pathspecs"], &list), &[]).await?;
        Ok(fields(&listed).map(str::to_owned).collect())
    }

    /// Files below the folder that git has although a rule ignores them: to git they are not ignored.
    ///
    /// # Errors
    /// As [`Git::run`].
    pub async fn tracked_though_ignored(&self) -> Result<Vec<String>> {
        let list = ["ls-files", "-z", "--cached", "--ignored", "--exclude-standard"];
        Ok(fields(&self.run(&list).await?).map(str::to_owned).collect())
    }

    /// Makes a repository in the folder.
    ///
    /// # Errors
    /// As [`Git::run`].
    pub async fn init(&self) -> Result<()> {
        // Works with every git; `init -b` needs 2.28.
        let command = self.command(&["-c", "init.defaultBranch=main"], &["init", "--quiet"]);
        self.text(command, &[]).await.map(drop)
    }

    fn command(&self, options: &[&str], arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.arg("-C").arg(&self.folder).arg("--no-pager");
        for setting in OFF {
            command.args(["-c", setting]);
        }
        command.args(options);
        if let [name, rest @ ..] = arguments {
            command.arg(name).args(without_programs(name)).args(rest);
        }
        for variable in UNSET {
            command.env_remove(variable);
        }
        command.envs(ENVIRONMENT.iter().copied());
        command
    }

    async fn text(&self, command: Command, input: &[u8]) -> Result<String> {
        let ended = program::run(command, input, self.limits).await?;
        if ended.status.success() {
            return Ok(String::from_utf8_lossy(&ended.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&ended.stderr);
        Err(Failure::Refused(ended.status.code(), foreign_line(said.lines().next().unwrap_or("git failed"), 200)))
    }
}

/// What keeps a command from the drivers that the attributes of a file name.
fn without_programs(command: &str) -> &'static [&'static str] {
    match command {
        "log" => &["--no-ext-diff", "--no-textconv"],
        "blame" => &["--no-textconv"],
        _ => &[],
    }
}

/// The fields of an output that `-z` ends with NUL each.
fn fields(output: &str) -> impl Iterator<Item = &str> {
    output.split('\0').filter(|field| !field.is_empty())
}

impl From<program::Failure> for Failure {
    fn from(failure: program::Failure) -> Self {
        match failure {
            program::Failure::NotFound => Self::NotOnPath,
            failure => Self::Unusable(format!("git {failure}")),
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotOnPath => f.write_str("git is not on PATH"),
            Self::Refused(_, said) | Self::Unusable(said) => f.write_str(said),
        }
    }
}
