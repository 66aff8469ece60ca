//! The command that is timed: its input, output and signals are its own.

use std::ffi::OsString;
use std::io;
use std::pin::Pin;
use std::process::ExitStatus;
use std::time::Instant;

use tokio::process::{Child, Command};

use crate::commands::runtime::{Signal, stop_signal};
use crate::error::{Error, Result};
use crate::text::foreign_line;

/// How the command ended.
#[derive(Debug)]
pub struct Ended {
    pub at: Instant,
    /// 128 + the signal's number when a signal ended it, as a shell reports it.
    pub code: u8,
    /// The signal that plat got meanwhile.
    pub signal: Option<Signal>,
}

/// Ctrl-C and SIGTERM, caught from the start.
pub struct Signals {
    next: Pin<Box<dyn Future<Output = Signal> + Send>>,
}

impl Signals {
    pub fn catch() -> Self {
        Self { next: Box::pin(stop_signal()) }
    }

    /// Waits for the next signal.
    pub async fn next(&mut self) -> Signal {
        let signal = self.next.as_mut().await;
        self.next = Box::pin(stop_signal());
        signal
    }
}

/// Runs the command to its end. A signal is passed on, and the command given the time it takes to stop; a second
/// signal ends it.
///
/// # Errors
/// When it does not start.
pub async fn run(command: &[OsString], signals: &mut Signals) -> Result<Ended> {
    let (program, args) = command.split_first().ok_or_else(|| Error::usage("there is no command to run"))?;
    let mut child =
        Command::new(program).args(args).kill_on_drop(true).spawn().map_err(|e| does_not_start(program, e))?;
    let mut signal = None;
    loop {
        tokio::select! {
            status = child.wait() => {
                let at = Instant::now();
                let status = status.map_err(|e| Error::bug("the command cannot be waited for").because(e))?;
                return Ok(Ended { at, code: code(status), signal });
            }
            caught = signals.next() => {
                if signal.replace(caught).is_none() {
                    pass_on(&child, caught);
                } else {
                    // Already ended is as good as killed.
                    let _ = child.start_kill();
                }
            }
        }
    }
}

fn does_not_start(program: &OsString, cause: io::Error) -> Error {
    let name = foreign_line(&program.to_string_lossy(), 200);
    let error = match cause.kind() {
        io::ErrorKind::NotFound => Error::user(format!("there is no program {name}"))
            .hint("is it installed, and on PATH? A shell's aliases and functions are no programs"),
        io::ErrorKind::PermissionDenied => Error::user(format!("{name} may not be run")).hint("is it executable?"),
        _ => Error::user(format!("{name} does not start")),
    };
    error.because(cause)
}

#[cfg(unix)]
fn code(status: ExitStatus) -> u8 {
    let signal = std::os::unix::process::ExitStatusExt::signal(&status).map(|signal| 128 + signal);
    status.code().or(signal).and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
}

#[cfg(not(unix))]
fn code(status: ExitStatus) -> u8 {
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
}

/// Ctrl-C in a terminal reaches every process of the foreground group, the command too; twice would hurry it (helm
/// stops cleaning up). Otherwise plat alone got the signal.
#[cfg(unix)]
fn pass_on(child: &Child, signal: Signal) {
    use std::io::IsTerminal;

    use nix::sys::signal::{self, kill};
    use nix::unistd::Pid;

    let signal = match signal {
        Signal::Interrupt if io::stdin().is_terminal() => return,
        Signal::Interrupt => signal::SIGINT,
        Signal::Terminate => signal::SIGTERM,
    };
    if let Some(pid) = child.id().and_then(|pid| i32::try_from(pid).ok()) {
        // It may have ended this moment.
        let _ = kill(Pid::from_raw(pid), signal);
    }
}

#[cfg(not(unix))]
fn pass_on(_child: &Child, _signal: Signal) {}
