//! The clap root and the global flags. Each command's `Args` live in its own file.

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::commands;

/// Scaffold, deploy and explain services on Kubernetes; measure what it saves.
#[derive(Debug, Parser)]
#[command(name = "plat", version, propagate_version = true, max_term_width = 100, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Flags that every command takes.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// What stdout carries: text for people, or one JSON value a line
    #[arg(long, global = true, value_enum, default_value_t = Output::Text, help_heading = "Global options")]
    pub output: Output,
    /// When to use colour (`NO_COLOR` is honoured)
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, help_heading = "Global options")]
    pub color: Color,
    /// Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Global options")]
    pub verbose: u8,
    /// Say nothing on stderr but warnings and errors
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Global options")]
    pub quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// See the whole product in a minute, on a real Kubernetes of its own
    Try(commands::r#try::Args),
    /// Create a service that builds, tests and deploys untouched
    New(commands::new::Args),
    /// Build, apply and watch until ready; on failure say why and what to do
    Deploy(commands::deploy::Args),
    /// Show what a deploy would change, without doing it
    Diff(commands::diff::Args),
    /// Print the manifests of plat.yaml as plain YAML for kubectl
    Render(commands::render::Args),
    /// Delete all that a deploy made; volumes stay unless told
    Delete(commands::delete::Args),
    /// Show what runs, in the same words as a deploy
    Status(commands::status::Args),
    /// Say what is wrong with a workload, whoever deployed it
    Why(commands::why::Args),
    /// Restore an earlier revision whole, config included
    Rollback(commands::rollback::Args),
    /// Show what failed deploys left to be looked at
    Evidence(commands::evidence::Args),
    /// List who deployed what, when, and how it ended
    History(commands::history::Args),
    /// Print the logs of all replicas
    Logs(commands::logs::Args),
    /// Open a port of the service on this machine
    Open(commands::open::Args),
    /// Answer whom to ask, with evidence
    Whoowns(commands::whoowns::Args),
    /// Run any command (kubectl, helm) and record how long its workloads took to be ready
    Time(commands::time::Args),
    /// Compare recorded runs: time to first deploy, success, by tool
    Report(commands::report::Args),
    /// See and choose where run timings go
    Telemetry(commands::telemetry_command::Args),
    /// Serve the telemetry endpoint and its dashboard
    Serve(commands::serve::Args),
    /// A throw-away real Kubernetes on this machine
    Sandbox(commands::sandbox::Args),
    /// Print a shell completion script
    Completions(commands::completions::Args),
    /// Print the JSON Schema of plat.yaml
    Schema(commands::schema::Args),
}
