//! Processes of a sandbox: started detached, known again by pid and start time, killed.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::folder::Folder;
use super::io::io_error;
use super::network;
use crate::error::Result;

/// A program to run, with nothing of the caller's environment.
#[derive(Debug, Clone)]
pub struct Program {
    pub name: &'static str,
    pub path: PathBuf,
    pub args: Vec<String>,
    pub env: Vec<(&'static str, String)>,
}

/// A process that was started. The start time tells it from a later process with the same pid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessRecord {
    pub name: String,
    pub pid: i32,
    /// Clock ticks since boot: field 22 of `proc_pid_stat(5)`.
    started: u64,
}

impl ProcessRecord {
    /// Writes down a process that runs now, in a folder that holds one file a process.
    pub fn write(records: &Path, name: &str, pid: u32) -> Result<()> {
        let started = i32::try_from(pid).ok().and_then(stat).map_or(0, |stat| stat.started);
        let path = records.join(name);
        // A process that ended at once is written with start time 0, which no process has: it reads as dead.
        fs::write(&path, format!("{pid} {started}\n")).map_err(io_error("a process cannot be written down", &path))
    }

    fn parse(name: &str, text: &str) -> Option<Self> {
        let (pid, started) = text.trim().split_once(' ')?;
        Some(Self { name: name.to_owned(), pid: pid.parse().ok()?, started: started.parse().ok()? })
    }

    pub fn is_alive(&self) -> bool {
        stat(self.pid).is_some_and(|stat| stat.started == self.started && !stat.dead)
    }
}

/// Every process that was written down in the folder, alive or not, in alphabetical order.
pub fn records(folder: &Path) -> Vec<ProcessRecord> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut records: Vec<ProcessRecord> = entries
        .flatten()
        .filter_map(|entry| ProcessRecord::parse(entry.file_name().to_str()?, &fs::read_to_string(entry.path()).ok()?))
        .collect();
    records.sort_by(|a, b| a.name.cmp(&b.name));
    records
}

/// Starts a program inside the sandbox's network namespace, in a session of its own, its output in the sandbox's log.
pub fn start(folder: &Folder, busybox: &Path, program: &Program) -> Result<()> {
    let path = folder.log(program.name);
    let log = File::options()
        .create(true)
        .append(true)
        .open(&path)
        .map_err(io_error("a log of the sandbox cannot be opened", &path))?;
    let errors = log.try_clone().map_err(io_error("a log of the sandbox cannot be opened", &path))?;
    let mut command = Command::new(busybox);
    command
        .arg("setsid")
        .arg(&program.path)
        .args(&program.args)
        .env_clear()
        .envs(program.env.iter().map(|(key, value)| (*key, value)))
        .current_dir(&folder.path)
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(errors);
    let child = network::inside(&folder.network_namespace(), || command.spawn())?
        .map_err(io_error(&format!("{} cannot be started", program.name), &program.path))?;
    ProcessRecord::write(&folder.processes(), program.name, child.id())
}

/// The containerd shims of one sandbox: containerd's children, which outlive it.
pub fn shims(containerd_socket: &Path) -> BTreeSet<i32> {
    let Ok(entries) = fs::read_dir("/proc") else { return BTreeSet::new() };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
        .filter(|pid| fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| is_shim_of(&line, containerd_socket)))
        .collect()
}

/// Whether a NUL-separated command line is that of a shim which reports to the given containerd.
fn is_shim_of(command_line: &[u8], containerd_socket: &Path) -> bool {
    let mut words = command_line.split(|byte| *byte == 0).map(String::from_utf8_lossy);
    let shim = words.next().is_some_and(|program| program.ends_with("containerd-shim-runc-v2"));
    shim && words
        .skip_while(|word| word != "-address")
        .nth(1)
        .is_some_and(|word| Path::new(&*word) == containerd_socket)
}

/// Ends a process at once. One that is already gone is fine.
pub fn kill_now(pid: i32) {
    let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
}

/// Whether the process still does something (a zombie does not).
pub fn runs(pid: i32) -> bool {
    stat(pid).is_some_and(|stat| !stat.dead)
}

#[derive(Debug, PartialEq, Eq)]
struct Stat {
    started: u64,
    dead: bool,
}

fn stat(pid: i32) -> Option<Stat> {
    parse_stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// `proc_pid_stat(5)`: `pid (comm) state …`, where comm may hold spaces and parentheses.
fn parse_stat(line: &str) -> Option<Stat> {
    let (_, rest) = line.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let state = fields.next()?;
    // State is field 3, so the start time (field 22) is the 19th after it.
    let started = fields.nth(18)?.parse().ok()?;
    Some(Stat { started, dead: matches!(state, "Z" | "X") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("7 (a) b) S 1 7 7 0 -1 4194560 1 0 0 0 5 6 0 0 20 0 1 0 4242 9 9", Some(Stat { started: 4242, dead: false }))]
    #[case("7 (gone) Z 1 7 7 0 -1 4194560 1 0 0 0 5 6 0 0 20 0 1 0 4242 9 9", Some(Stat { started: 4242, dead: true }))]
    #[case("7 (cut", None)]
    fn the_start_time_is_found_behind_any_program_name(#[case] line: &str, #[case] expected: Option<Stat>) {
        assert_eq!(parse_stat(line), expected);
    }

    #[rstest]
    #[case(b"/c/containerd-shim-runc-v2\0-namespace\0k8s.io\0-id\0a\0-address\0/s/dev/containerd.sock\0", true)]
    #[case(b"/c/containerd-shim-runc-v2\0-namespace\0moby\0-id\0a\0-address\0/run/containerd/containerd.sock\0", false)]
    #[case(b"/bin/grep\0-address\0/s/dev/containerd.sock\0", false)]
    #[case(b"", false)]
    fn only_the_sandboxs_own_shims_are_known(#[case] line: &[u8], #[case] expected: bool) {
        assert_eq!(is_shim_of(line, Path::new("/s/dev/containerd.sock")), expected);
    }
}
