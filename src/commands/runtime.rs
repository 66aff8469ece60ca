//! How a command is driven to its end: recorded or not, and what Ctrl-C does to it.

use std::fmt;
use std::future::Future;

use crate::error::{Error, Exit, Kind, Result};
use crate::interruption::Interruption;
use crate::reason::Reason;
use crate::settings::Settings;
use crate::telemetry::{self, Recorder};
use crate::ui::Ui;

/// Runs a command whose phases, outcome and reason are worth keeping.
pub fn recorded<'r, F>(
    name: &'static str,
    ui: &Ui,
    settings: &Settings,
    command: impl FnOnce(&'r Recorder, &'r Interruption) -> F,
) -> Result<Exit>
where
    F: Future<Output = Result<Exit>>,
{
    let interruption: &'r Interruption = Box::leak(Box::default());
    recorded_by(name, ui, settings, |run| until_interrupted(command(run, interruption), || interruption.to_string()))
}

pub fn recorded_by<'r>(
    name: &'static str,
    ui: &Ui,
    settings: &Settings,
    command: impl FnOnce(&'r Recorder) -> Result<Exit>,
) -> Result<Exit> {
    // One run a process: leaking its recorder lets the command's future borrow it without a lifetime knot.
    let run: &'r Recorder = Box::leak(Box::new(Recorder::of_this_process(name)));
    let result = command(run);
    telemetry::finish(run, &result, &ui.events(), settings);
    result
}

pub fn unrecorded(command: impl Future<Output = Result<Exit>>) -> Result<Exit> {
    until_interrupted(command, || "stopped".to_owned())
}

/// Runs a command that goes on until somebody stops it: that is how it is meant to end.
pub fn until_stopped(command: impl Future<Output = Result<Exit>>) -> Result<Exit> {
    to_its_end(async {
        let signal = stop_signal();
        tokio::select! {
            result = command => result,
            _ = signal => Ok(Exit::Done),
        }
    })
}

/// Runs a command that answers Ctrl-C itself.
pub fn to_its_end(command: impl Future<Output = Result<Exit>>) -> Result<Exit> {
    let runtime = runtime()?;
    let result = runtime.block_on(command);
    runtime.shutdown_background();
    result
}

/// Drives the command until it ends or the user presses Ctrl-C; then its future is dropped, and with it its child
/// processes and temporary files. `state` says what is left behind.
pub fn until_interrupted(command: impl Future<Output = Result<Exit>>, state: impl FnOnce() -> String) -> Result<Exit> {
    let runtime = runtime()?;
    let result = runtime.block_on(async {
        tokio::select! {
            result = command => result,
            signal = stop_signal() => Err(Error::new(Kind::Interrupted, format!("{signal}: {}", state())).reason(Reason::Interrupted)),
        }
    });
    runtime.shutdown_background();
    result
}

pub fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| Error::bug("the async runtime does not start").because(e))
}

/// What asks plat to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C: SIGINT.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupt => "interrupted",
            Self::Terminate => "terminated",
        })
    }
}

/// Waits for a signal, and catches it from the moment of the call.
pub fn stop_signal() -> impl Future<Output = Signal> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let signals = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
        async move {
            let (Ok(mut int), Ok(mut term)) = signals else {
                return std::future::pending().await;
            };
            tokio::select! {
                _ = int.recv() => Signal::Interrupt,
                _ = term.recv() => Signal::Terminate,
            }
        }
    }
    #[cfg(not(unix))]
    async {
        let _ = tokio::signal::ctrl_c().await;
        Signal::Interrupt
    }
}
