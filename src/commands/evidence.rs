//! `plat evidence`: what failed deploys left to be looked at on this machine.

use serde::Serialize;

use super::target;
use crate::bundle::Summary;
use crate::bundle::{Kept, Store};
use crate::cluster::inspect::Target;
use crate::error::{Error, Exit, Result};
use crate::input;
use crate::reason::Reason;
use crate::settings::Settings;
use crate::text::{escape, foreign_line};
use crate::ui::{Ui, local};

#[derive(Debug, clap::Args)]
#[command(after_help = target::GRAMMAR)]
pub struct Args {
    /// The run whose evidence to show, or the beginning of its id; or the service, set or KIND/NAME whose to list
    /// (default: list all)
    #[arg(value_name = "RUN|NAME")]
    asked: Option<String>,
}

/// What `--output json` prints for each bundle; docs/output.md describes it.
#[derive(Debug, Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    summary: &'a Summary,
    folder: String,
    archive: String,
    files: Vec<String>,
}

/// # Errors
/// When there is no evidence of this run.
pub fn run(args: &Args, ui: &Ui, settings: &Settings) -> Result<Exit> {
    let all = Store::of(settings).list();
    let Some(asked) = &args.asked else {
        ui.print_all(all.iter().map(Line::of), |ui| tell(&all, ui));
        return Ok(Exit::Done);
    };
    let of: Vec<Kept> = of(&all, asked)?;
    if !of.is_empty() {
        ui.print_all(of.iter().map(Line::of), |ui| tell(&of, ui));
        return Ok(Exit::Done);
    }
    let kept = find(&all, asked)?;
    let text = text(kept)?;
    ui.print(&Line::of(kept), || text);
    Ok(Exit::Done)
}

/// The bundles of a service or set, or those that have this object.
fn of(all: &[Kept], asked: &str) -> Result<Vec<Kept>> {
    let is_meant = |kept: &&Kept| kept.summary.service == asked;
    if !asked.contains('/') {
        return Ok(all.iter().filter(is_meant).cloned().collect());
    }
    let target = Target::parse(asked)?;
    // As a bundle names the file of an object: objects/NAMESPACE/KIND/NAME.json.
    let file = format!("/{}.json", target.argument());
    let found: Vec<Kept> = all
        .iter()
        .filter(|kept| kept.files().iter().any(|name| name.starts_with("objects/") && name.ends_with(&file)))
        .cloned()
        .collect();
    if found.is_empty() { Err(none(&format!("of {target}"))) } else { Ok(found) }
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

fn tell(kept: &[Kept], ui: &Ui) {
    if kept.is_empty() {
        return ui.note("no deploy failed on this machine, or its evidence was removed since");
    }
    ui.data(&table(kept, ui));
    ui.note("next: plat evidence RUN");
}

fn find<'k>(kept: &'k [Kept], run: &str) -> Result<&'k Kept> {
    let found: Vec<&Kept> = kept.iter().filter(|kept| kept.summary.run.starts_with(run)).collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => {
            let run = foreign_line(run, 80);
            Err(none(&format!("of a run, service or set {run}")))
        }
        many => Err(Error::user(format!("{} runs begin with {}", many.len(), foreign_line(run, 80)))
            .hint("give more of the id: plat evidence lists them")
            .reason(Reason::Ambiguous)),
    }
}

fn none(what: &str) -> Error {
    Error::user(format!("there is no evidence {what}"))
        .hint("see what there is: plat evidence")
        .hint("it is kept on the machine that deployed")
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
