//! `plat completions SHELL`: the script that makes the shell ask plat at each TAB.

use clap_complete::Shell;

use super::complete;
use crate::error::{Error, Exit, Result};
use crate::ui::Ui;

/// Prints the script that makes the shell ask plat at each TAB: commands, flags, and the names that are there (environments,
/// contexts, namespaces, services, revisions).
///
/// bash: `source <(plat completions bash)` in ~/.bashrc; zsh the same in ~/.zshrc; fish: `plat completions fish | source`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell to complete in
    #[arg(value_enum)]
    pub shell: Shell,
}

/// # Errors
/// A shell that cannot ask.
pub fn run(args: &Args, ui: &Ui) -> Result<Exit> {
    let script = script(args.shell).ok_or_else(|| Error::bug(format!("{} has no completion script", args.shell)))?;
    ui.data(script.trim_end());
    Ok(Exit::Done)
}

/// The completion script of one shell, as `completions/` keeps it.
#[must_use]
pub fn script(shell: Shell) -> Option<String> {
    complete::script(&shell.to_string())
}
