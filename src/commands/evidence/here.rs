//! What is on this machine.

use serde::Serialize;

use crate::bundle::{Kept, Summary};
use crate::cluster::inspect::Target;
use crate::error::{Error, Result};
use crate::input;
use crate::reason::Reason;
use crate::text::{escape, foreign_line};
use crate::ui::{Ui, local};

/// What `--output json` prints for each bundle; docs/output.md describes it.
#[derive(Debug, Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    summary: &'a Summary,
    folder: String,
    archive: String,
    files: Vec<String>,
}

impl<'a> Line<'a> {
    fn of(kept: &'a Kept) -> Self {
        Self {
            summary: &kept.summary,
            folder: kept.dir.display().to_string(),
            archive: kept.archive.display().to_string(),
            files: kept.files(),
        }
    }
}

/// All of them, a line each.
pub fn list(all: &[Kept], ui: &Ui) {
    ui.print_all(all.iter().map(Line::of), |ui| tell(all, ui));
}

/// Those that are meant: of a service or set, those that have an object, or the one of a run; none where there are none.
///
/// # Errors
/// More than one run begins so.
pub fn find(all: &[Kept], asked: &str) -> Result<Vec<Kept>> {
    let of: Vec<Kept> = of(all, asked)?;
    let run = if of.is_empty() && !asked.contains('/') { of_run(all, asked)? } else { None };
    Ok(of.into_iter().chain(run.cloned()).collect())
}

/// One that was asked for by its run in full, else a line each.
///
/// # Errors
/// When it cannot be read.
pub fn show(found: &[Kept], asked: &str, ui: &Ui) -> Result<()> {
    match found {
        [one] if one.summary.service != asked && one.summary.run.starts_with(asked) => {
            let text = text(one)?;
            ui.print(&Line::of(one), || text);
        }
        found => list(found, ui),
    }
    Ok(())
}

/// The bundles of a service or set, or those that have this object.
fn of(all: &[Kept], asked: &str) -> Result<Vec<Kept>> {
    if !asked.contains('/') {
        return Ok(all.iter().filter(|kept| kept.summary.service == asked).cloned().collect());
    }
    let target = Target::parse(asked)?;
    // As a bundle names the file of an object: objects/NAMESPACE/KIND/NAME.json.
    let file = format!("/{}.json", target.argument());
    let has = |kept: &&Kept| kept.files().iter().any(|name| name.starts_with("objects/") && name.ends_with(&file));
    Ok(all.iter().filter(has).cloned().collect())
}

fn tell(kept: &[Kept], ui: &Ui) {
    if kept.is_empty() {
        return ui.note("no deploy failed on this machine, or its evidence was removed since; what colleagues pushed: plat evidence NAME");
    }
    ui.data(&table(kept, ui));
    ui.note("next: plat evidence RUN");
}

fn of_run<'k>(kept: &'k [Kept], run: &str) -> Result<Option<&'k Kept>> {
    let found: Vec<&Kept> = kept.iter().filter(|kept| kept.summary.run.starts_with(run)).collect();
    match found.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        many => Err(Error::user(format!("{} runs begin with {}", many.len(), foreign_line(run, 80)))
            .hint("give more of the id: plat evidence lists them")
            .reason(Reason::Ambiguous)),
    }
}

/// There is nothing to show.
pub fn none(what: &str) -> Error {
    Error::user(format!("there is no evidence {what}"))
        .hint("see what this machine has: plat evidence")
        .hint("it is kept on the machine that deployed; whoever has it puts it into the cluster with: plat evidence --push")
        .reason(Reason::NotFound)
}

/// Of a README; in bytes.
const LARGEST: u64 = 16 << 20;

fn text(kept: &Kept) -> Result<String> {
    let path = kept.dir.join("README.txt");
    let text = input::read_text(&path, LARGEST).map_err(|e| {
        Error::user("the evidence cannot be read")
            .at(path.display())
            .hint("the archive beside it has the same files")
            .because(e)
    })?;
    let mut lines: Vec<_> = text.lines().map(escape).collect();
    lines.push(format!("\nfolder:  {}\narchive: {}", kept.dir.display(), kept.archive.display()));
    Ok(lines.join("\n"))
}

fn table(kept: &[Kept], ui: &Ui) -> String {
    let row = |Kept { summary, .. }: &Kept| {
        vec![
            summary.run.clone(),
            local(summary.at),
            foreign_line(&summary.service, 100),
            foreign_line(&summary.namespace, 100),
            summary.reason.clone().unwrap_or_else(|| foreign_line(&summary.error, 60)),
        ]
    };
    ui.table(&["RUN", "WHEN", "SERVICE", "NAMESPACE", "WHAT"], kept.iter().map(row).collect())
}
