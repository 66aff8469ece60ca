//! `plat whoowns KEY`: whom to ask, with the evidence.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use crate::cli::ClusterArgs;
use crate::error::{Error, Exit, Result};
use crate::ownership::gather::{self, Gathered};
use crate::ownership::{Answer, Key, decide, page, unknown_hints};
use crate::settings::Settings;
use crate::text::escape;
use crate::ui::Ui;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// A path in a repository, a service or pod, or NAMESPACE/NAME
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
}

/// # Errors
/// When the key leads nowhere, and when nobody is on record as the owner.
pub async fn run(args: Args, ui: &Ui, _settings: &Settings) -> Result<Exit> {
    let now = Timestamp::now();
    let key = meant(&args)?;
    let is_service = matches!(key, Meant::Service(_));
    let gathered = match key {
        Meant::Path(path) => gather::path(path, now).await?,
        Meant::Service(key) => gather::service(&args.cluster, &key, Path::new("."), now).await?,
    };
    let Gathered { subject, evidence, commits, notes } = gathered;
    let answer = decide(evidence, &commits, now);
    for note in &notes {
        ui.note(&format!("note: {}", escape(note)));
    }
    if ui.is_json() {
        ui.json(&Line { event: "answer", key: &args.key, subject: &subject, answer: &answer, notes: &notes });
    } else {
        ui.data(&page(&subject, &answer));
    }
    if answer.accountable.is_some() {
        return Ok(Exit::Done);
    }
    let unknown = Error::user(format!("no owner of \"{}\" is on record", escape(&args.key))).reason("OwnerUnknown");
    Err(unknown_hints(&answer, is_service).into_iter().fold(unknown, Error::hint))
}

enum Meant<'a> {
    Path(&'a Path),
    Service(Key),
}

/// A path that exists is a path; everything else is looked for in a cluster, and so is a key with `-n` or `--context`.
fn meant(args: &Args) -> Result<Meant<'_>> {
    let path = Path::new(&args.key);
    let in_cluster = args.cluster.namespace.is_some() || args.cluster.context.is_some();
    if !in_cluster && path.exists() {
        return Ok(Meant::Path(path));
    }
    let shown = escape(&args.key);
    if !in_cluster && Key::is_written_as_path(&args.key) {
        return Err(Error::user(format!("there is no path \"{shown}\"")).reason("NotFound"));
    }
    Key::parse(&args.key).map(Meant::Service).ok_or_else(|| {
        Error::user(format!("there is no path \"{shown}\" here, and nothing in Kubernetes can have this name"))
            .hint("write a path that exists, the name of a service or pod, or NAMESPACE/NAME")
            .reason("NotFound")
    })
}
