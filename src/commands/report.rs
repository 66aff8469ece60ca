//! `plat report`

use crate::error::{Error, Exit, Result};
use crate::settings::Settings;
use crate::ui::Ui;

#[derive(Debug, clap::Args)]
pub struct Args {}

pub async fn run(_args: Args, _ui: &Ui, _settings: &Settings) -> Result<Exit> {
    Err(Error::bug("report is not built yet"))
}
