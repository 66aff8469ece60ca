//! The clap root. Each command's `Args` live in its own file, the global flags in `src/ui`.

use clap::Parser;

use crate::commands::Command;
use crate::ui::Global;

/// Scaffold, deploy and explain services on Kubernetes; measure what it saves.
#[derive(Debug, Parser)]
#[command(name = "plat", version, propagate_version = true, max_term_width = 100, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}
