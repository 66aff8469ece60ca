//! `plat serve`

use crate::error::{Error, Exit, Result};
use crate::settings::Settings;
use crate::ui::Ui;

#[derive(Debug, clap::Args)]
pub struct Args {}

pub async fn run(_args: Args, _ui: &Ui, _settings: &Settings) -> Result<Exit> {
    Err(Error::bug("serve is not built yet"))
}
