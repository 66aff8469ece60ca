//! `plat completions SHELL`: the script that makes the shell complete plat's commands and flags.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::error::{Exit, Result};
use crate::ui::Ui;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell to complete in
    #[arg(value_enum)]
    pub shell: Shell,
}

/// # Errors
/// None today; the signature is the one of every command.
pub fn run(args: &Args, ui: &Ui) -> Result<Exit> {
    ui.data(script(args.shell).trim_end());
    Ok(Exit::Done)
}

/// The completion script of one shell, as `completions/` keeps it.
#[must_use]
pub fn script(shell: Shell) -> String {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "plat", &mut out);
    String::from_utf8_lossy(&out).into_owned()
}
