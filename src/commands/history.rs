//! `plat history`: who deployed what, when, and how it ended.

use jiff::Timestamp;
use serde::Serialize;

use super::target::{self, Does, TargetArgs};
use crate::cluster::inspect::names;
use crate::cluster::records::revisions;
use crate::deploy::lookout;
use crate::error::{Exit, Result};
use crate::revision::{Outcome, Row, rows, short_commit};
use crate::text::{foreign_line, nearest};
use crate::ui::{Ui, local};

#[derive(Debug, clap::Args)]
#[command(after_help = target::GRAMMAR)]
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
    let (name, cluster) = args.target.reach_whole(Does::Show, ui.events()).await?;
    let heads = revisions::heads(&cluster, &name).await?;
    if let Some(fell) = lookout::said_of(&heads) {
        ui.warn(&fell);
    }
    let lines: Vec<Line> = rows(&heads).iter().map(Line::of).collect();
    let known = if lines.is_empty() { names::deployed(&cluster).await } else { Vec::new() };
    ui.print_all(&lines, |ui| tell(&lines, &name, &cluster.namespace, &known, ui));
    Ok(Exit::Done)
}

/// `known`: what else has revisions, where this has none.
fn tell(lines: &[Line], name: &str, namespace: &str, known: &[String], ui: &Ui) {
    if let Some(near) = nearest(name, known.iter().map(String::as_str)) {
        return ui.note(&format!("{name} in namespace {namespace} has no revisions; did you mean {near}?"));
    }
    if lines.is_empty() {
        return ui.note(&format!("{name} in namespace {namespace} has no revisions: `plat deploy` records those of a service and of a set (--set NAME)"));
    }
    ui.data(&table(lines, ui));
    ui.note(&format!("next: plat rollback {name} --to REVISION -n {namespace}"));
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
            restores: row.restores,
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

/// Columns from which on there is room for the image beside all else.
const WITH_IMAGE: usize = 110;

fn table(lines: &[Line], ui: &Ui) -> String {
    let row = |line: &Line| {
        let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let current = if line.current { "*" } else { "" };
        vec![
            format!("{}{current}", line.revision),
            or_none(line.at.map(local)),
            line.outcome_text(),
            or_none(line.who.clone()),
            or_none(line.commit.as_deref().map(short_commit)),
            line.image_text(),
        ]
    };
    let mut header = vec!["REV", "WHEN", "OUTCOME", "WHO", "COMMIT", "IMAGE"];
    if ui.room().is_some_and(|room| room < WITH_IMAGE) {
        header.pop();
    }
    let rows = lines.iter().map(row).map(|mut row| {
        row.truncate(header.len());
        row
    });
    ui.table(&header, rows.collect())
}
