//! `plat history`: who deployed what, when, and how it ended.

use comfy_table::{Table, presets};
use jiff::Timestamp;
use serde::Serialize;

use super::target::TargetArgs;
use crate::cluster::records::revisions;
use crate::deploy::lookout;
use crate::error::{Exit, Result};
use crate::revision::Outcome;
use crate::revision::{Row, rows};
use crate::text::foreign_line;
use crate::ui::Ui;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    target: TargetArgs,
}

/// What `--output json` prints for each revision, newest first; docs/output.md describes it.
#[derive(Debug, Serialize)]
struct Line {
    revision: u64,
    at: Option<Timestamp>,
    outcome: Outcome,
    reason: Option<String>,
    current: bool,
    who: Option<String>,
    commit: Option<String>,
    image: Option<String>,
    restores: Option<u64>,
    run: Option<String>,
}

/// # Errors
/// No cluster, no permission.
pub async fn run(args: Args, ui: &Ui) -> Result<Exit> {
    let (name, cluster) = args.target.reach(ui.events()).await?;
    let heads = revisions::heads(&cluster, &name).await?;
    if let Some(fell) = lookout::said_of(&heads) {
        ui.warn(&fell);
    }
    let lines: Vec<Line> = rows(&heads).iter().map(Line::of).collect();
    ui.print_all(&lines, |ui| tell(&lines, &name, &cluster.namespace, ui));
    Ok(Exit::Done)
}

fn tell(lines: &[Line], name: &str, namespace: &str, ui: &Ui) {
    if lines.is_empty() {
        return ui.note(&format!("{name} in namespace {namespace} has no revisions: plat did not deploy it yet"));
    }
    ui.data(&table(lines));
    // Plain manifests have images of their own, so their revisions name none.
    let what = if lines.iter().any(|line| line.image.is_some()) { "service" } else { "set" };
    ui.note(&format!("next: plat rollback [REVISION] --{what} {name} -n {namespace}"));
}

impl Line {
    fn of(row: &Row) -> Self {
        let head = row.head;
        let text = |value: &Option<String>| value.as_ref().map(|value| foreign_line(value, 200));
        Self {
            revision: head.number,
            at: head.at,
            outcome: row.outcome,
            reason: text(&head.reason),
            current: row.current,
            who: text(&head.who),
            commit: text(&head.commit),
            image: text(&head.image),
            restores: head.restores,
            run: text(&head.run),
        }
    }

    fn outcome_text(&self) -> String {
        let reason = self.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
        let restores = self.restores.map(|number| format!(", restores {number}")).unwrap_or_default();
        format!("{}{reason}{restores}", self.outcome.word())
    }

    /// Enough of the digest to tell images apart; the whole is in the JSON.
    fn image_text(&self) -> String {
        let image = self.image.as_deref().unwrap_or("-");
        match image.split_once("@sha256:") {
            Some((name, digest)) => format!("{name}@{}", digest.chars().take(12).collect::<String>()),
            None => image.to_owned(),
        }
    }
}

fn table(lines: &[Line]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["REVISION", "WHEN", "OUTCOME", "WHO", "COMMIT", "IMAGE"]);
    for line in lines {
        let current = if line.current { "*" } else { "" };
        table.add_row([
            format!("{}{current}", line.revision),
            line.at.map_or("-".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()),
            line.outcome_text(),
            line.who.clone().unwrap_or("-".to_owned()),
            line.commit.as_deref().map_or("-".to_owned(), |commit| commit.chars().take(12).collect()),
            line.image_text(),
        ]);
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}
