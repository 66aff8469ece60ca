//! `plat new`

use crate::error::{Error, Exit, Result};
use crate::settings::Settings;
use crate::telemetry::Recorder;
use crate::ui::Ui;

#[derive(Debug, clap::Args)]
pub struct Args {}

pub async fn run(_args: Args, _ui: &Ui, _settings: &Settings, _run: &Recorder) -> Result<Exit> {
    Err(Error::bug("new is not built yet"))
}
