//! `plat time -- COMMAND`: runs any command, finds the workloads that it changed, waits for them by the rule that plat
//! itself uses, and records the run under the command's own name.

mod child;
mod follow;

use std::ffi::OsString;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::SignedDuration;

use super::runtime::Signal;
use crate::cluster::connect;
use crate::cluster::connect::ClusterArgs;
use crate::cluster::watch::{Changed, Observer};
use crate::error::{Error, Exit, Kind, Result};
use crate::event::{Event, Timed, TimedWorkload};
use crate::reason::Reason;
use crate::report::OURS;
use crate::telemetry::{Phase, Recorder};
use crate::text::foreign_line;
use crate::ui::Ui;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    cluster: ClusterArgs,
    /// Look for changed workloads in every namespace, not only in the one that plat is pointed at
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    /// Give up when the workloads are not ready so long after the command has ended
    #[arg(long, value_name = "DURATION", value_parser = super::duration::positive, default_value = "5m")]
    deadline: SignedDuration,
    /// The command and its arguments; plat never reads them
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// # Errors
/// When the command does not start, or its workloads are not ready in time. Its own failure is not an error: its exit code
/// is passed on.
pub async fn run(args: Args, ui: &Ui, run: &Recorder) -> Result<Exit> {
    let mut signals = child::Signals::catch();
    let name = arm(&args.command)?;
    run.facts(|facts| facts.arm.clone_from(&name));

    let observer = tokio::select! {
        observer = observer(&args, ui) => observer,
        signal = signals.next() => return Err(interrupted(signal, "the command was not started")),
    };

    run.restart_clock();
    let ended = child::run(&args.command, &mut signals).await?;
    run.tool_ended(ended.at);
    run.stop_clock(ended.at);
    run.add_phase(phase("apply", 0.0, run.elapsed_ms()));
    if let Some(signal) = ended.signal {
        return Err(interrupted(signal, &format!("{name} ended with exit code {}", ended.code)));
    }
    let Some(mut observer) = observer else {
        return Ok(Exit::Child(ended.code));
    };

    let changed = match observer.changed().await {
        Ok(changed) => changed,
        Err(error) => {
            ui.warn(&format!("what {name} changed is not known: {error}"));
            return Ok(Exit::Child(ended.code));
        }
    };
    record(&changed, run);
    if changed.is_empty() {
        if ended.code == 0 {
            unchanged(&observer, &name, run, ui).await;
        }
        let took = run.elapsed_ms();
        ui.events().emit(&Event::Timed(timed(name, &ended, (took, took), &changed, &observer)));
        return Ok(Exit::Child(ended.code));
    }
    let deadline = Duration::try_from(args.deadline).unwrap_or_default();
    let applied_ms = run.elapsed_ms();
    let followed = tokio::select! {
        followed = follow::until_ready(&mut observer, &changed, deadline, ui) => followed,
        signal = signals.next() => Err(interrupted(signal, &format!("{name} had ended with exit code {}; its workloads continue in the cluster", ended.code))),
    };
    let ready_at = match followed {
        Ok(ready_at) => ready_at.max(ended.at),
        Err(error) => {
            run.stop_clock(Instant::now());
            run.add_phase(phase("ready", applied_ms, run.elapsed_ms() - applied_ms));
            // The command's own failure says more than that its workloads are not ready.
            return if ended.code == 0 { Err(error) } else { Ok(Exit::Child(ended.code)) };
        }
    };
    run.stop_clock(ready_at);
    run.add_phase(phase("ready", applied_ms, run.elapsed_ms() - applied_ms));
    ui.events().emit(&Event::Timed(timed(name, &ended, (applied_ms, run.elapsed_ms()), &changed, &observer)));
    Ok(Exit::Child(ended.code))
}

/// The program's file name: `kubectl`, `helm`.
fn arm(command: &[OsString]) -> Result<String> {
    let file = command.first().and_then(|program| Path::new(program).file_name()).unwrap_or_default();
    let name = foreign_line(&file.to_string_lossy(), 63);
    let name = name.strip_suffix(".exe").unwrap_or(&name).to_owned();
    if name == OURS {
        return Err(Error::usage("plat records its own runs").hint("run it without `plat time --`"));
    }
    Ok(name)
}

/// Opens the watch. A command is run and timed without one too: it must not fail because of plat.
async fn observer(args: &Args, ui: &Ui) -> Option<Observer> {
    let observer = match connect::connect(&args.cluster, None, ui.events()).await {
        Ok(cluster) => Observer::start(&cluster, args.all_namespaces).await,
        Err(error) => Err(error),
    };
    match observer {
        Ok(observer) => {
            for kind in observer.refused() {
                ui.warn(&format!("you are not allowed to watch every kind here: a changed {kind} is not seen"));
            }
            Some(observer)
        }
        Err(error) => {
            ui.warn(&format!("only the command itself is timed, its workloads cannot be observed: {error}"));
            None
        }
    }
}

/// A command that failed before it changed anything is not an unchanged deploy, and neither is one that wrote to another
/// namespace.
async fn unchanged(observer: &Observer, name: &str, run: &Recorder, ui: &Ui) {
    if observer.was_empty() {
        return ui.warn(&format!(
            "there is no workload in {}: if {name} writes to another namespace, time it with -n or --all-namespaces; this \
             run is not counted as an unchanged deploy",
            observer.scope()
        ));
    }
    match observer.elsewhere().await.as_deref() {
        Some([]) => run.facts(|facts| facts.changed = Some(false)),
        Some([first, ..]) => ui.warn(&format!(
            "{first} was written meanwhile, which is not in {}: if that was {name}, time it with -n or --all-namespaces; \
             this run is not counted as an unchanged deploy",
            observer.scope()
        )),
        None => ui.note(&format!(
            "{name} may have changed other namespaces, which you are not allowed to list: this run is not counted as an \
             unchanged deploy"
        )),
    }
}

fn record(changed: &[Changed], run: &Recorder) {
    run.facts(|facts| {
        if let [only] = changed {
            facts.service = Some(only.workload.name.clone());
            facts.namespace = Some(only.workload.namespace.clone());
            facts.image_digest.clone_from(&only.workload.digest);
        }
        if !changed.is_empty() {
            facts.first = Some(changed.iter().all(|changed| changed.new));
            facts.changed = Some(changed.iter().any(|changed| changed.replaced));
        }
    });
}

fn timed(
    command: String,
    ended: &child::Ended,
    (applied_ms, duration_ms): (f64, f64),
    changed: &[Changed],
    observer: &Observer,
) -> Timed {
    let workload = |Changed { workload, new, .. }: &Changed| TimedWorkload {
        kind: workload.kind.to_owned(),
        namespace: workload.namespace.clone(),
        name: workload.name.clone(),
        new: *new,
    };
    Timed {
        command,
        exit_code: ended.code,
        duration_ms,
        applied_ms,
        changed: changed.iter().map(workload).collect(),
        scope: observer.scope(),
    }
}

fn phase(name: &str, start_ms: f64, duration_ms: f64) -> Phase {
    Phase { name: name.to_owned(), start_ms, duration_ms }
}

fn interrupted(signal: Signal, state: &str) -> Error {
    Error::new(Kind::Interrupted, format!("{signal}: {state}")).reason(Reason::Interrupted)
}
