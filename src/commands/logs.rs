//! `plat logs`: the logs of all replicas.

use serde_json::json;

use super::target::TargetArgs;
use crate::cluster::tail::{self, Line, Part};
use crate::error::{Exit, Result};
use crate::settings::Settings;
use crate::text::foreign_line;
use crate::ui::Ui;

/// Longer lines are cut: one line must not fill a terminal or a pipe.
const WIDTH: usize = 16 << 10;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    target: TargetArgs,
    /// Go on printing what they write, through restarts and new replicas
    #[arg(short, long)]
    follow: bool,
    /// Lines from the end of each log; "all" for everything
    #[arg(long, value_name = "LINES", default_value = "200", value_parser = lines)]
    tail: Lines,
    /// The instance before the present one, such as the one that crashed
    #[arg(long, conflicts_with = "follow")]
    previous: bool,
}

#[derive(Debug, Clone, Copy)]
struct Lines(Option<i64>);

/// # Errors
/// No such service, no cluster, no permission.
pub async fn run(args: Args, ui: &Ui, _settings: &Settings) -> Result<Exit> {
    let (name, cluster) = args.target.reach().await?;
    let part = Part { lines: args.tail.0, previous: args.previous };
    let print = |line: Line| print(ui, &name, &line);
    if args.follow {
        tail::follow(&cluster, &name, part, print).await?;
    } else {
        tail::read(&cluster, &name, part, print).await?;
    }
    Ok(Exit::Done)
}

fn print(ui: &Ui, service: &str, line: &Line) {
    let text = foreign_line(&line.text, WIDTH);
    if ui.is_json() {
        ui.json(&json!({ "pod": line.pod, "container": line.container, "line": text }));
    } else if line.container == service {
        ui.data(&format!("{} | {text}", line.pod));
    } else {
        ui.data(&format!("{} {} | {text}", line.pod, line.container));
    }
}

fn lines(text: &str) -> std::result::Result<Lines, String> {
    match text.parse::<u32>() {
        _ if text == "all" => Ok(Lines(None)),
        Ok(lines) => Ok(Lines(Some(i64::from(lines)))),
        Err(_) => Err("is neither a number of lines nor \"all\"".to_owned()),
    }
}
