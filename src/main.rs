//! `plat`: parse (or complete what is being typed), run, and the only place that prints an error and exits.

use std::process::ExitCode;

use clap::CommandFactory;
use plat::cli::Cli;
use plat::ui::Ui;

fn main() -> ExitCode {
    plat::install_tls_provider();
    if plat::commands::complete::answered(Cli::command) {
        return ExitCode::SUCCESS;
    }
    let cli = plat::cli::parse();
    let ui = Ui::new(&cli.global);
    match plat::commands::run(cli.command, &ui, Cli::command).and_then(|exit| ui.delivered().map(|()| exit)) {
        Ok(exit) => exit.into(),
        Err(error) => {
            ui.error(&error);
            error.exit_code().into()
        }
    }
}
