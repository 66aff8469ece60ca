//! `plat schema`: the JSON Schema of plat.yaml, generated from the types.

use crate::error::{Exit, Result};
use crate::ui::Ui;

#[derive(Debug, clap::Args)]
pub struct Args {}

/// # Errors
/// None today; the signature is the one of every command.
pub fn run(ui: &Ui) -> Result<Exit> {
    ui.data(&crate::spec::json_schema());
    Ok(Exit::Done)
}
