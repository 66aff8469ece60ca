//! One file per command; each reads top to bottom as the story of that command.

use std::fmt;
use std::future::Future;

use crate::cli::Command;
use crate::error::{Error, Exit, Kind, Result};
use crate::settings::Settings;
use crate::telemetry::{self, Recorder};
use crate::ui::Ui;

mod answers;
pub mod completions;
pub mod delete;
pub mod deploy;
pub mod diff;
pub mod evidence;
pub mod history;
mod judged;
pub mod logs;
pub mod new;
mod next_run;
pub mod open;
mod pinned;
pub mod project;
pub mod render;
pub mod report;
pub mod rollback;
pub mod sandbox;
pub mod schema;
pub mod serve;
pub mod status;
pub mod takes;
pub mod target;
pub mod telemetry_command;
pub mod time;
pub mod r#try;
pub mod whoowns;
pub mod why;

/// Runs one command to its end.
///
/// # Errors
/// Whatever the command could not do, ready to be printed.
pub fn run(command: Command, ui: &Ui) -> Result<Exit> {
    let settings = Settings::load()?;
    match command {
        Command::Completions(args) => completions::run(&args, ui),
        Command::Schema(args) => schema::run(&args, ui),
        // Its relay must enter a network namespace before the first thread starts, so it makes its own runtime.
        Command::Sandbox(args) => sandbox::run(args, ui, &settings),
        Command::New(args) => recorded("new", ui, &settings, |run| new::run(args, ui, run)),
        Command::Deploy(args) => recorded("deploy", ui, &settings, |run| deploy::run(args, ui, &settings, run)),
        // The command that it runs gets the signal first, and the time to answer it.
        Command::Time(args) => {
            recorded_by("time", ui, &settings, |run| to_its_end(time::run(args, ui, &settings, run)))
        }
        Command::Try(args) => until_interrupted(r#try::run(args, ui, &settings), r#try::left_behind),
        Command::Delete(args) => {
            let run = Recorder::start("delete");
            until_interrupted(delete::run(args, ui, &settings, &run), || run.interruption())
        }
        Command::Diff(args) => unrecorded(diff::run(args, ui, &settings)),
        Command::Render(args) => unrecorded(render::run(args, ui, &settings)),
        Command::Status(args) => unrecorded(status::run(args, ui, &settings)),
        Command::Why(args) => unrecorded(why::run(args, ui, &settings)),
        Command::Rollback(args) => recorded("rollback", ui, &settings, |run| rollback::run(args, ui, &settings, run)),
        Command::Evidence(args) => evidence::run(&args, ui, &settings),
        Command::History(args) => unrecorded(history::run(args, ui, &settings)),
        Command::Logs(args) => unrecorded(logs::run(args, ui, &settings)),
        Command::Open(args) => to_its_end(open::run(args, ui, &settings)),
        Command::Whoowns(args) => unrecorded(whoowns::run(args, ui, &settings)),
        Command::Report(args) => unrecorded(report::run(args, ui, &settings)),
        Command::Telemetry(args) => unrecorded(telemetry_command::run(args, ui, &settings)),
        Command::Serve(args) => to_its_end(serve::run(args, ui, &settings)),
    }
}

/// Runs a command whose phases, outcome and reason are worth keeping.
fn recorded<'r, F>(
    name: &'static str,
    ui: &Ui,
    settings: &Settings,
    command: impl FnOnce(&'r Recorder) -> F,
) -> Result<Exit>
where
    F: Future<Output = Result<Exit>>,
{
    recorded_by(name, ui, settings, |run| until_interrupted(command(run), || run.interruption()))
}

fn recorded_by<'r>(
    name: &'static str,
    ui: &Ui,
    settings: &Settings,
    command: impl FnOnce(&'r Recorder) -> Result<Exit>,
) -> Result<Exit> {
    // One run a process: leaking its recorder lets the command's future borrow it without a lifetime knot.
    let run: &'r Recorder = Box::leak(Box::new(Recorder::start(name)));
    let result = command(run);
    telemetry::finish(run, &result, ui, settings);
    result
}

fn unrecorded(command: impl Future<Output = Result<Exit>>) -> Result<Exit> {
    until_interrupted(command, || "stopped".to_owned())
}

/// Runs a command that answers Ctrl-C itself.
fn to_its_end(command: impl Future<Output = Result<Exit>>) -> Result<Exit> {
    let runtime = runtime()?;
    let result = runtime.block_on(command);
    runtime.shutdown_background();
    result
}

/// Drives the command until it ends or the user presses Ctrl-C; then its future is dropped, and with it its child
/// processes and temporary files. `state` says what is left behind.
fn until_interrupted(command: impl Future<Output = Result<Exit>>, state: impl FnOnce() -> String) -> Result<Exit> {
    let runtime = runtime()?;
    let result = runtime.block_on(async {
        tokio::select! {
            result = command => result,
            signal = interruption() => Err(Error::new(Kind::Interrupted, format!("{signal}: {}", state())).reason("Interrupted")),
        }
    });
    runtime.shutdown_background();
    result
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| Error::bug("the async runtime does not start").because(e))
}

/// What asks plat to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signal {
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
fn interruption() -> impl Future<Output = Signal> {
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
