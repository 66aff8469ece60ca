//! Where Go builds: a temporary folder of the invoking user's, and the `go` command in it.

use std::collections::VecDeque;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use nix::unistd::{Gid, Uid, User, chown};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Command;

use crate::error::{Error, Result};
use crate::reason::Reason;
use crate::sandbox::architecture::architecture;
use crate::sandbox::node::io::io_error;
use crate::sandbox::node::machine;
use crate::text::foreign_line;

/// How much of a failed build's output the error shows.
const SHOWN_LINES: usize = 12;

/// A temporary folder in which Go builds, as the user who called sudo: source from elsewhere is not given root.
pub struct BuildFolder {
    folder: tempfile::TempDir,
    user: Option<User>,
}

impl BuildFolder {
    pub fn new() -> Result<Self> {
        let temporary = std::env::temp_dir();
        let failed = || io_error("a temporary folder cannot be made", &temporary);
        let folder = tempfile::TempDir::with_prefix("plat-build-").map_err(failed())?;
        let user = invoking_user();
        if let Some(user) = &user {
            chown(folder.path(), Some(user.uid), Some(user.gid)).map_err(|e| failed()(e.into()))?;
        }
        Ok(Self { folder, user })
    }

    pub fn put(&self, file: &str, content: &str) -> Result<()> {
        let path = self.folder.path().join(file);
        path.parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(&path, content))
            .map_err(io_error("a source file cannot be written", &path))
    }

    /// Where [`BuildFolder::build`] leaves each program, under the name that [`executable`] gives it.
    pub fn output(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    /// Downloads every source that the packages among `args` are built from, and counts the packages.
    pub async fn list(&self, what: &str, args: &[&str], said: impl FnMut(&str)) -> Result<u64> {
        let mut command = self.go()?;
        command.args(["list", "-deps"]).args(args);
        run(what, command, said).await
    }

    /// Compiles the packages among `args` and links their programs. `said` is told each package as its turn comes.
    pub async fn build(&self, what: &str, args: &[&str], said: impl FnMut(&str)) -> Result<()> {
        let mut command = self.go()?;
        // Debug data is left out while compiling too: the linker's -w throws it away, whoever makes it.
        command.args(["build", "-v", "-trimpath", "-gcflags=all=-dwarf=false", "-o", "out/"]).args(args);
        run(what, command, said).await.map(drop)
    }

    fn go(&self) -> Result<Command> {
        let go = machine::go().ok_or_else(|| Error::user("Go is not on PATH").hint(machine::INSTALL_GO))?;
        let mut command = Command::new(go);
        command.current_dir(self.folder.path());
        // What the user set for other builds must not change these.
        command.env("CGO_ENABLED", "0").env("GOOS", "linux").env("GOARCH", architecture());
        command.env("GOFLAGS", "").env("GOWORK", "off").env_remove("GOEXPERIMENT");
        if let Some(user) = &self.user {
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw()).env("HOME", &user.dir).env("USER", &user.name);
        }
        Ok(command)
    }
}

/// Runs the command to its end and counts the lines of its output. `said` is told each line of its errors' stream, which
/// is where Go tells its progress; the last of them are the error's details.
async fn run(what: &str, mut command: Command, mut said: impl FnMut(&str)) -> Result<u64> {
    let failed = || {
        Error::user(format!("{what} cannot be built"))
            .reason(Reason::BuildFailed)
            .hint("building needs the Go module proxy (GOPROXY) and about 7 GB in Go's caches; what is built is kept: run it again")
    };
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|e| failed().detail(e.to_string()))?;
    let (mut count, mut last) = (0, VecDeque::new());
    tokio::join!(
        each_line(child.stdout.take(), |_| count += 1),
        each_line(child.stderr.take(), |line| {
            said(&line);
            last.push_back(line);
            if last.len() > SHOWN_LINES {
                last.pop_front();
            }
        }),
    );
    let status = child.wait().await.map_err(|e| failed().because(e))?;
    if status.success() {
        return Ok(count);
    }
    Err(last.iter().fold(failed(), |error, line| error.detail(foreign_line(line, 200))))
}

async fn each_line(output: Option<impl AsyncRead + Unpin>, mut take: impl FnMut(String)) {
    let Some(output) = output else { return };
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        take(line);
    }
}

/// The name that `go build -o FOLDER/` gives the program of a package: the path's last element that is not a major version.
/// A program of files is named after the first of them.
pub fn executable(package: &str) -> &str {
    let is_version = |element: &str| {
        element.strip_prefix('v').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
    };
    let mut elements = package.rsplit('/');
    let last = elements.next().unwrap_or(package);
    let name = if is_version(last) { elements.next().unwrap_or(last) } else { last };
    name.strip_suffix(".go").unwrap_or(name)
}

/// Who called sudo, when that was not root.
fn invoking_user() -> Option<User> {
    let id = |name: &str| std::env::var(name).ok()?.parse::<u32>().ok();
    let uid = Uid::from_raw(id("SUDO_UID")?);
    if uid.is_root() || !Uid::effective().is_root() {
        return None;
    }
    let user = User::from_uid(uid).ok()??;
    Some(User { gid: id("SUDO_GID").map_or(user.gid, Gid::from_raw), ..user })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("k8s.io/kubernetes/cmd/kubelet", "kubelet")]
    #[case("go.etcd.io/etcd/server/v3", "server")]
    #[case("github.com/distribution/distribution/v3/cmd/registry", "registry")]
    #[case("main.go", "main")]
    fn a_program_is_found_where_go_leaves_it(#[case] package: &str, #[case] name: &str) {
        assert_eq!(executable(package), name);
    }
}
