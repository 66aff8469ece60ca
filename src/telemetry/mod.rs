//! Every run's timing: recorded on this machine first, sent by a detached process when an endpoint is configured.
//! It adds at most 5 ms to a command and can never fail or slow one.
//!
//! [`Recorder`] times it from the process's start ([`age`]), [`finish`] ends it: [`history`] keeps it here, [`consent`] says whether it may leave, [`spool`] holds it until
//! [`sender`] has sent it as [`event`]s under the pseudonym of [`identity`].

mod age;
pub mod consent;
pub mod event;
pub mod folder;
pub mod history;
pub mod identity;
mod recorder;
mod run;
pub mod sender;
pub mod spool;

use std::io;

pub use recorder::{PhaseGuard, Recorder};
pub use run::{Facts, Outcome, Phase, Run};

use crate::error::{Exit, Result};
use crate::event::Events;
use crate::settings::{Settings, TelemetryMode};

/// Ends a run: keeps it on this machine and, where the user asked for it, starts the detached sender.
/// Never fails: a run that cannot be kept is lost, the command's result is not.
pub fn finish(recorder: &Recorder, result: &Result<Exit>, events: &Events, settings: &Settings) {
    let mut run = recorder.finish(result);
    if run.facts.group.is_none() {
        run.facts.group.clone_from(&settings.group);
    }
    if let Err(e) = keep_and_send(&run, events, settings) {
        tracing::info!("the run was not recorded: {e}");
    }
}

fn keep_and_send(run: &Run, events: &Events, settings: &Settings) -> io::Result<()> {
    if settings.file.telemetry.effective_mode() == TelemetryMode::Off {
        return Ok(());
    }
    let dir = folder::path(settings);
    history::History::at(&dir).add(run)?;
    let Some(endpoint) = consent::endpoint(settings).map_err(io::Error::other)? else {
        return Ok(());
    };
    consent::notice_once(events, settings, &endpoint)?;
    spool::Spool::of(&dir, &endpoint).put(run)?;
    sender::start_detached(settings)
}
