//! The programs that a try runs: plat itself and kubectl.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use super::folder::TryFolder;
use super::testbed::Testbed;
use crate::error::{Error, Result};

/// plat itself, for the child processes of a try: they are the very commands a user types.
pub fn this_program() -> Result<PathBuf> {
    std::env::current_exe().map_err(|e| Error::bug("plat cannot find its own program").because(e))
}

/// A program with the environment of this try.
#[derive(Clone)]
pub struct Tool {
    program: PathBuf,
    env: Vec<(String, String)>,
}

impl Tool {
    /// plat with folders of its own, so that a try leaves the user's history and settings alone. It knows no cluster yet.
    pub fn plat(folder: &TryFolder) -> Result<Self> {
        let home = ("PLAT_HOME".to_owned(), folder.plat_home().display().to_string());
        Ok(Self { program: this_program()?, env: vec![home] })
    }

    /// The same, pointed at the cluster.
    pub fn on(&self, testbed: &Testbed, folder: &TryFolder) -> Self {
        let mut tool = self.clone();
        tool.env.extend(testbed.environment(folder));
        tool
    }

    /// kubectl with the environment of this tool.
    pub fn kubectl(&self, testbed: &Testbed) -> Self {
        Self { program: testbed.kubectl().to_owned(), env: self.env.clone() }
    }

    /// The same; its runs belong to the comparison.
    pub fn grouped(&self, group: &str) -> Self {
        let mut tool = self.clone();
        tool.env.push(("PLAT_GROUP".to_owned(), group.to_owned()));
        tool
    }

    pub fn path(&self) -> &Path {
        &self.program
    }

    /// Runs the program with its output where the user sees it.
    pub async fn show(&self, args: &[&str], dir: &Path) -> Result<()> {
        let status = self.command(args, dir).status().await.map_err(|e| self.does_not_run(e))?;
        if status.success() { Ok(()) } else { Err(step_failed(&self.line(args), status.code())) }
    }

    /// Runs the program, and returns its output.
    pub async fn quiet(&self, args: &[&str], dir: &Path) -> Result<String> {
        let output = self.command(args, dir).stdin(Stdio::null()).output().await.map_err(|e| self.does_not_run(e))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(String::from_utf8_lossy(&output.stderr)
            .lines()
            .fold(step_failed(&self.line(args), output.status.code()), |error, line| {
                error.detail(crate::text::foreign_line(line, 300))
            }))
    }

    fn command(&self, args: &[&str], dir: &Path) -> Command {
        let mut command = Command::new(&self.program);
        // The endpoint is this machine's own: nothing leaves it, so DO_NOT_TRACK has nothing to forbid.
        command
            .args(args)
            .current_dir(dir)
            .envs(self.env.clone())
            .env_remove("DO_NOT_TRACK")
            .env_remove("PLAT_TELEMETRY")
            .env_remove("PLAT_TELEMETRY_ENDPOINT");
        command.kill_on_drop(true);
        command
    }

    fn line(&self, args: &[&str]) -> String {
        let name = self.program.file_name().unwrap_or_default().to_string_lossy();
        format!("{name} {}", args.join(" "))
    }

    fn does_not_run(&self, cause: std::io::Error) -> Error {
        Error::user("a program of the comparison does not run").at(self.program.display()).because(cause)
    }
}

/// A step of the story that ended badly, in the words of this command.
pub fn step_failed(what: &str, code: Option<i32>) -> Error {
    let code = code.map_or_else(|| "a signal".to_owned(), |code| format!("exit code {code}"));
    Error::user(format!("{what} ended with {code}"))
        .hint("its own message is above; what was made so far stays for a look")
        .hint("`plat try --down` removes everything")
}
