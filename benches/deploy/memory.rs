//! Runs a command line to its end and watches how much memory its programs had at most.

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// `VmHWM` never falls, so only what a program took in its last moments may be missed.
const LOOK: Duration = Duration::from_millis(10);

pub struct Ran {
    pub started: Instant,
    pub took: Duration,
    /// KiB of the largest program among the process and its children.
    pub peak_kib: u64,
}

/// # Errors
/// When it cannot be started or fails, with what it said.
pub fn run(command: &mut Command) -> anyhow::Result<Ran> {
    let started = Instant::now();
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let (pid, ended) = (child.id(), AtomicBool::new(false));
    let (mut out, mut err) = (child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        let memory = scope.spawn(|| {
            let mut peak = 0;
            while !ended.load(Ordering::Relaxed) {
                peak = peak.max(peak_of(pid));
                thread::sleep(LOOK);
            }
            peak
        });
        let stderr = scope.spawn(move || {
            let mut text = String::new();
            err.as_mut().map(|pipe| pipe.read_to_string(&mut text)).transpose().map(|_| text)
        });
        let mut text = String::new();
        out.as_mut().map(|pipe| pipe.read_to_string(&mut text)).transpose()?;
        let status = child.wait()?;
        let took = started.elapsed();
        ended.store(true, Ordering::Relaxed);
        let said = stderr.join().map_err(|_| anyhow::anyhow!("a reader ended badly"))??;
        let peak_kib = memory.join().map_err(|_| anyhow::anyhow!("a watcher ended badly"))?;
        anyhow::ensure!(status.success(), "{command:?} failed: {text}{said}");
        Ok(Ran { started, took, peak_kib })
    })
}

/// Of the process and its children.
fn peak_of(pid: u32) -> u64 {
    let read = |file: &str| std::fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
    let own =
        read("status").lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
    let children = read(&format!("task/{pid}/children"));
    let children = children.split_whitespace().filter_map(|child| child.parse().ok()).map(peak_of).max();
    own.unwrap_or(0).max(children.unwrap_or(0))
}
