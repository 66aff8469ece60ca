//! One file per command; each reads top to bottom as the story of that command.

pub mod build;
pub mod complete;
pub mod completions;
pub mod delete;
pub mod deploy;
pub mod diff;
mod duration;
pub mod evidence;
pub mod history;
pub mod init;
pub mod logs;
pub mod lookout;
pub mod man;
pub mod new;
pub mod open;
pub mod render;
pub mod report;
pub mod rollback;
mod runtime;
pub mod sandbox;
pub mod schema;
pub mod serve;
pub mod status;
pub mod target;
pub mod telemetry_command;
pub mod time;
pub mod r#try;
pub mod whoowns;
pub mod why;

use crate::deploy::release::Session;
use crate::error::{Exit, Result};
use crate::event::Events;
use crate::image;
use crate::interruption::Interruption;
use crate::settings::Settings;
use crate::telemetry::Recorder;
use crate::ui::Ui;
use runtime::{recorded, recorded_by, to_its_end, unrecorded, until_interrupted, until_stopped};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// See the whole product in a minute, on a real Kubernetes of its own
    Try(r#try::Args),
    /// Create a service that builds, tests and deploys untouched
    New(new::Args),
    /// Write a plat.yaml for what is there: a repository, manifests, a chart, or what runs
    Init(init::Args),
    /// Build, apply and watch until ready; on failure say why and what to do
    Deploy(deploy::Args),
    /// Build the image and push it, as a deploy would
    Build(build::Args),
    /// Show what a deploy would change, without doing it
    Diff(diff::Args),
    /// Print the manifests of plat.yaml (or -f, -k) as plain YAML for kubectl
    Render(render::Args),
    /// Delete all that a deploy made; volumes stay unless told
    Delete(delete::Args),
    /// Show what runs, in the same words as a deploy
    Status(status::Args),
    /// Say what is wrong with a workload, whoever deployed it
    Why(why::Args),
    /// Restore an earlier revision whole, config included
    Rollback(rollback::Args),
    /// Show what failed deploys left to be looked at
    Evidence(evidence::Args),
    /// List who deployed what, when, and how it ended
    History(history::Args),
    /// Print the logs of all replicas
    Logs(logs::Args),
    /// Open a port of the service on this machine
    Open(open::Args),
    /// Answer whom to ask, with evidence
    Whoowns(whoowns::Args),
    /// Run any command (kubectl, helm) and record how long its workloads took to be ready
    Time(time::Args),
    /// Compare recorded runs: time to first deploy, success, by tool
    Report(report::Args),
    /// See and choose where run timings go
    Telemetry(telemetry_command::Args),
    /// Serve the telemetry endpoint and its dashboard
    Serve(serve::Args),
    /// A throw-away real Kubernetes on this machine
    Sandbox(sandbox::Args),
    /// Look on after a deploy
    #[command(hide = true)]
    Lookout(lookout::Args),
    /// Print a shell completion script
    Completions(completions::Args),
    /// Print the manual page, or write one for each command
    Man(man::Args),
    /// Print the JSON Schema of plat.yaml
    Schema(schema::Args),
}

impl Command {
    /// Whether a person is told by it: not what plat starts itself, and what a shell reads at its start.
    fn is_for_a_person(&self) -> bool {
        match self {
            Self::Lookout(_) | Self::Completions(_) => false,
            Self::Telemetry(args) => !args.is_detached(),
            _ => true,
        }
    }
}

/// Runs one command to its end: `recorded`, where its timing is worth keeping, else `unrecorded`; Ctrl-C drops its future
/// and says what is left behind, but for those that it ends well (`until_stopped`) or that answer it themselves
/// (`to_its_end`).
///
/// `root` makes the command line anew, for who prints it.
///
/// # Errors
/// Whatever the command could not do, ready to be printed.
pub fn run(command: Command, ui: &Ui, root: fn() -> clap::Command) -> Result<Exit> {
    let settings = &Settings::load()?;
    image::use_mirrors(settings.file.mirrors.clone());
    if command.is_for_a_person() {
        deploy::what_fell(ui, settings);
    }
    match command {
        // It closes what is open, so it does so before anything is.
        Command::Lookout(lookout::Args {}) => lookout::run(settings),
        Command::Completions(args) => completions::run(&args, ui),
        Command::Man(args) => man::run(&args, root(), ui),
        Command::Schema(schema::Args {}) => schema::run(ui),
        // Its relay must enter a network namespace before the first thread starts, so it makes its own runtime.
        Command::Sandbox(args) => sandbox::run(args, ui, settings),
        Command::New(args) => recorded("new", ui, settings, |run, interruption| new::run(args, ui, run, interruption)),
        Command::Init(args) => recorded("init", ui, settings, |run, interruption| async move {
            Box::pin(init::run(args, ui, settings, (run, interruption))).await
        }),
        Command::Deploy(args) => recorded("deploy", ui, settings, |run, interruption| async move {
            Box::pin(deploy::run(args, ui, &session(ui, &ui.events(), settings, run, interruption))).await
        }),
        // The command that it runs gets the signal first, and the time to answer it.
        Command::Time(args) => recorded_by("time", ui, settings, |run| to_its_end(time::run(args, ui, run))),
        Command::Try(args) => until_interrupted(r#try::run(args, ui, settings), r#try::left_behind),
        Command::Delete(args) => {
            let (run, interruption) = (Recorder::start("delete"), Interruption::default());
            let delete =
                async { delete::run(args, ui, &session(ui, &ui.events(), settings, &run, &interruption)).await };
            until_interrupted(delete, || interruption.to_string())
        }
        Command::Diff(args) => {
            let (run, interruption) = (Recorder::start("diff"), Interruption::default());
            let diff = async {
                Box::pin(diff::run(args, ui, &session(ui, &ui.events(), settings, &run, &interruption))).await
            };
            unrecorded(diff)
        }
        Command::Build(args) => unrecorded(Box::pin(build::run(args, ui, settings))),
        Command::Render(args) => unrecorded(render::run(args, ui, settings)),
        Command::Status(args) if args.watch => until_stopped(status::run(args, ui)),
        Command::Status(args) => unrecorded(status::run(args, ui)),
        Command::Why(args) => unrecorded(why::run(args, ui)),
        Command::Rollback(args) => recorded("rollback", ui, settings, |run, interruption| async move {
            rollback::run(args, &session(ui, &ui.events(), settings, run, interruption)).await
        }),
        Command::Evidence(args) => unrecorded(evidence::run(args, ui, settings)),
        Command::History(args) => unrecorded(history::run(args, ui)),
        Command::Logs(args) if args.follow => until_stopped(logs::run(args, ui)),
        Command::Logs(args) => unrecorded(logs::run(args, ui)),
        Command::Open(args) => to_its_end(open::run(args, ui)),
        Command::Whoowns(args) => unrecorded(whoowns::run(args, ui)),
        Command::Report(args) => unrecorded(report::run(args, ui, settings)),
        Command::Telemetry(args) => unrecorded(telemetry_command::run(args, ui, settings)),
        Command::Serve(args) => to_its_end(serve::run(args, ui, settings)),
    }
}

/// What an operation is told to: the terminal reads its events, shows its progress and answers its questions.
fn session<'a>(
    ui: &'a Ui,
    events: &'a Events,
    settings: &'a Settings,
    recorder: &'a Recorder,
    interruption: &'a Interruption,
) -> Session<'a> {
    Session { events, progress: ui, questions: ui, recorder, interruption, settings }
}
