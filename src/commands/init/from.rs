//! `plat init --from`: a plat.yaml of what runs, or of manifests that somebody wrote.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::cluster::connect::{self, ClusterArgs};
use crate::cluster::inspect::{self, Target};
use crate::deploy::prepare;
use crate::detect::SCHEMA;
use crate::error::{Error, Result};
use crate::event::Events;
use crate::import::{self, Behaviour, Imported, Left, Service};
use crate::reason::Reason;
use crate::settings::Settings;
use crate::text::{counted, foreign_line};
use crate::ui::Ui;

/// What it is called.
pub const FILE: &str = "plat.yaml";
/// Fields of a default that are named; --output json has all.
const NAMED: usize = 4;

#[derive(Debug, Clone, Default, clap::Args)]
pub struct FromArgs {
    /// What to make it of: a file, a folder, a kustomization, a Helm chart, - for stdin, or what runs: deployment/NAME,
    /// cronjob/NAME, job/NAME
    #[arg(long, value_name = "SOURCE", help_heading = "Source options")]
    pub from: Option<String>,
    /// Of several workloads the one to make a plat.yaml of
    #[arg(long, value_name = "NAME", requires = "from", help_heading = "Source options")]
    pub only: Option<String>,
    /// Leave all as it was, also where plat's default is safer: taking it over then restarts nothing
    #[arg(long, requires = "from", help_heading = "Source options")]
    pub keep_behaviour: bool,
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    pub name: &'a str,
    /// Of several workloads this one.
    pub only: Option<&'a str>,
    pub behaviour: Behaviour,
}

impl FromArgs {
    /// None where nothing is named.
    #[must_use]
    pub fn source(&self) -> Option<Source<'_>> {
        let behaviour = if self.keep_behaviour { Behaviour::Kept } else { Behaviour::Defaults };
        self.from.as_deref().map(|name| Source { name, only: self.only.as_deref(), behaviour })
    }
}

/// # Errors
/// What is not there, cannot be read, or cannot be said in a plat.yaml.
pub async fn imported(
    source: Source<'_>,
    place: &ClusterArgs,
    events: &Events,
    settings: &Settings,
) -> Result<Imported> {
    let Source { name: source, only, behaviour } = source;
    if let Some(target) = live(source) {
        let cluster = connect::connect(place, None, events.clone()).await?;
        let objects = inspect::belongings(&cluster, &target).await?;
        let kind = target.kind().map_or("", |kind| kind.kind);
        let service = import::import_one(&objects, kind, &target.name, behaviour)
            .map_err(|left| refused(&left).at(cluster.place()))?;
        return Ok(Imported { services: vec![service], left: Vec::new() });
    }
    let objects = prepare::objects_of(source, place, events, &settings.cache_dir).await.map_err(|error| {
        let is_there = source == "-" || Path::new(source).exists();
        if is_there { error } else { error.hint("what runs is named with its kind: --from deployment/NAME") }
    })?;
    let mut imported = import::import(&objects, behaviour);
    let at = foreign_line(source, 200);
    if let Some(name) = only {
        let names: Vec<String> = imported.services.iter().map(|service| service.name.clone()).collect();
        imported.services.retain(|service| service.name == name);
        let is_it = |left: &&Left| left.object.split_once(' ').is_some_and(|(_, of)| of == name);
        match imported.left.iter().find(is_it) {
            _ if !imported.services.is_empty() => {}
            Some(left) => return Err(refused(left).at(at)),
            None if names.is_empty() => {}
            None => {
                return Err(Error::user(format!("there is no workload {} in it", foreign_line(name, 80)))
                    .at(at)
                    .hint(format!("there is {}", names.join(", ")))
                    .reason(Reason::NotFound));
            }
        }
    }
    if imported.services.is_empty() {
        let error = Error::user("there is nothing in it that a plat.yaml can run")
            .at(at)
            .hint("it can: a Deployment, a CronJob, a Job")
            .reason(Reason::NoManifests);
        let error =
            imported.left.iter().fold(error, |error, left| error.detail(format!("{}: {}", left.object, left.why)));
        return Err(error.hint("deploy the rest as it is: plat deploy -f"));
    }
    Ok(imported)
}

fn refused(left: &Left) -> Error {
    let error = Error::user(format!("{} cannot be a plat.yaml: {}", left.object, left.why)).reason(Reason::NoManifests);
    left.hint.iter().fold(error, |error, hint| error.hint(hint.clone()))
}

/// `deployment/web`, unless there is a file or folder of that name.
fn live(source: &str) -> Option<Target> {
    if Path::new(source).exists() {
        return None;
    }
    Target::parse(source).ok().filter(|target| target.kind().is_some())
}

/// Path and content of all that is written. One service is here, several are each in a folder of its name.
#[must_use]
pub fn files(imported: &Imported) -> Vec<(String, String)> {
    let is_here = imported.services.len() == 1;
    let mut files = Vec::new();
    for service in &imported.services {
        let at = |path: &str| if is_here { path.to_owned() } else { format!("{}/{path}", service.name) };
        let head = format!("# yaml-language-server: $schema={SCHEMA}\n");
        files.push((at(FILE), format!("{head}{}", service.plat_yaml)));
        files.extend(service.files.iter().map(|(path, text)| (at(path), text.clone())));
    }
    files
}

/// # Errors
/// All that is there already; nothing is written over it.
pub fn refuse_occupied(root: &Path, files: &[(String, String)]) -> Result<()> {
    let is_there = |(path, _): &&(String, String)| fs::symlink_metadata(root.join(path)).is_ok();
    let there: Vec<&str> = files.iter().filter(is_there).map(|(path, _)| path.as_str()).collect();
    if there.is_empty() {
        return Ok(());
    }
    Err(Error::user(format!("{} would be overwritten", there.join(", ")))
        .at(root.display())
        .hint("move it away, or name another folder: plat init DIR --from …")
        .reason(Reason::Occupied))
}

/// Shows what is written and what became of each field, before anything is.
pub fn tell(imported: &Imported, files: &[(String, String)], place: &ClusterArgs, ui: &Ui) {
    let paths: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    let value = json!({"services": imported.services, "left": imported.left, "files": paths});
    ui.print(&value, || text(imported, &paths, place));
}

fn text(imported: &Imported, paths: &[&str], place: &ClusterArgs) -> String {
    let mut lines = Vec::new();
    for service in &imported.services {
        lines.extend(of_service(service));
    }
    for left in &imported.left {
        lines.push(format!("not carried: {}: {}", left.object, left.why));
        lines.extend(left.hint.iter().map(|hint| format!("  {hint}")));
    }
    lines.push(format!("files: {}", paths.join(", ")));
    let namespace = place.namespace.as_ref().map(|name| format!(" -n {name}")).unwrap_or_default();
    lines.push(format!(
        "next: plat diff --adopt{namespace}, then plat deploy --adopt{namespace}; without --adopt where nothing of it is in the cluster yet"
    ));
    lines.join("\n")
}

fn of_service(service: &Service) -> Vec<String> {
    let mut lines = vec![format!("# {}", service.source)];
    lines.extend(service.plat_yaml.lines().map(str::to_owned));
    lines.push(String::new());
    lines.push(format!("kept: {}", counted(service.kept, "field")));
    if !service.patched.is_empty() {
        lines.push(format!("carried in `patch`: {} of them", service.patched.len()));
    }
    if !service.extra.is_empty() {
        lines.push(format!("carried in `extra`: {}", service.extra.join(", ")));
    }
    for instead in &service.defaults {
        lines.push(format!("plat's default instead: {}: {}", instead.what, instead.why));
        // What was there before; that plat adds something, the line above says.
        let is_changed = |field: &&String| field.contains(" -> ") && !field.contains("(none) ->");
        let changed: Vec<&String> = instead.fields.iter().filter(is_changed).collect();
        lines.extend(changed.iter().take(NAMED).map(|field| format!("  {field}")));
        if changed.len() > NAMED {
            lines.push(format!("  and {} more", changed.len() - NAMED));
        }
    }
    lines.extend(service.lost.iter().map(|lost| format!("not carried: {}: {}", lost.what, lost.why)));
    lines.extend(service.notes.iter().map(|note| format!("note: {note}")));
    lines.push(String::new());
    lines
}
