//! `plat completions SHELL`: the script that makes the shell complete plat's commands and flags.

use clap_complete::Shell;

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
pub fn run(args: &Args, root: clap::Command, ui: &Ui) -> Result<Exit> {
    ui.data(script(args.shell, root).trim_end());
    Ok(Exit::Done)
}

/// The completion script of one shell, as `completions/` keeps it.
#[must_use]
pub fn script(shell: Shell, mut root: clap::Command) -> String {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut root, "plat", &mut out);
    String::from_utf8_lossy(&out).into_owned()
}
