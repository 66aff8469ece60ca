//! `plat whoowns KEY`: whom to ask, with the evidence.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use super::target;
use crate::cluster::connect::ClusterArgs;
use crate::error::{Error, Exit, Result};
use crate::event;
use crate::ownership::gather::{self, Gathered};
use crate::ownership::{Answer, Key, decide, instead, page};
use crate::reason::Reason;
use crate::text::{escape, nearest};
use crate::ui::Ui;

#[derive(Debug, clap::Args)]
#[command(after_help = target::GRAMMAR)]
pub struct Args {
    /// A path in a repository that exists; else a service, a set, KIND/NAME, a pod, or NAMESPACE/NAME
    pub key: String,
    #[command(flatten)]
    pub cluster: ClusterArgs,
}

/// One line of `--output json`.
#[derive(Serialize)]
struct Line<'a> {
    event: &'static str,
    key: &'a str,
    subject: &'a str,
    #[serde(flatten)]
    answer: &'a Answer,
    notes: &'a [String],
    version: u32,
}

/// # Errors
/// When the key leads nowhere, and when nobody is on record as the owner.
pub async fn run(args: Args, ui: &Ui) -> Result<Exit> {
    let now = Timestamp::now();
    let key = meant(&args)?;
    let gathered = match key {
        Meant::Path(path) => gather::path(path, now).await?,
        Meant::Service(key) => gather::service(&args.cluster, &key, Path::new("."), now, ui.events())
            .await
            .map_err(|error| or_a_path(error, &args))?,
    };
    let Gathered { subject, record, evidence, commits, notes } = gathered;
    let answer = decide(evidence, &commits, now);
    for note in &notes {
        ui.note(&format!("note: {}", escape(note)));
    }
    let line = Line {
        event: "answer",
        key: &args.key,
        subject: &subject,
        answer: &answer,
        notes: &notes,
        version: event::VERSION,
    };
    ui.print(&line, || page(&subject, &answer));
    if answer.accountable.is_some() {
        return Ok(Exit::Done);
    }
    let unknown =
        Error::user(format!("no owner of \"{}\" is on record", escape(&args.key))).reason(Reason::OwnerUnknown);
    Err(instead(&answer).into_iter().chain([record]).fold(unknown, Error::hint))
}

enum Meant<'a> {
    Path(&'a Path),
    Service(Key),
}

/// A path that exists is a path; everything else is looked for in a cluster, and so is a key with `-n` or `--context`.
fn meant(args: &Args) -> Result<Meant<'_>> {
    let path = Path::new(&args.key);
    if !is_in_cluster(args) && path.exists() {
        return Ok(Meant::Path(path));
    }
    let shown = escape(&args.key);
    if !is_in_cluster(args) && Key::is_written_as_path(&args.key) {
        let error = Error::user(format!("there is no path \"{shown}\"")).reason(Reason::NotFound);
        return Err(match near(path) {
            Some(near) => error.hint(format!("did you mean {}?", escape(&near))),
            None => error.hint("for a service write its name, or NAMESPACE/NAME"),
        });
    }
    Key::parse(&args.key).map(Meant::Service).ok_or_else(|| {
        Error::user(format!("there is no path \"{shown}\" here, and nothing in Kubernetes can have this name"))
            .hint("write a path that exists, the name of a service or pod, KIND/NAME or NAMESPACE/NAME")
            .reason(Reason::NotFound)
    })
}

fn is_in_cluster(args: &Args) -> bool {
    args.cluster.namespace.is_some() || args.cluster.context.is_some()
}

/// The path beside it that was most likely meant.
fn near(path: &Path) -> Option<String> {
    let folder = path.parent()?;
    let entries = std::fs::read_dir(if folder == Path::new("") { Path::new(".") } else { folder }).ok()?;
    let names: Vec<String> = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    let near = nearest(path.file_name()?.to_str()?, names.iter().map(String::as_str))?;
    Some(folder.join(near).display().to_string())
}

/// A misspelt path is looked for in the cluster; whoever meant a path must see why.
fn or_a_path(error: Error, args: &Args) -> Error {
    if is_in_cluster(args) {
        return error;
    }
    let near = near(Path::new(&args.key)).map_or_else(String::new, |near| format!("; did you mean {}?", escape(&near)));
    error.hint(format!("there is no path \"{}\" here either{near}", escape(&args.key)))
}
