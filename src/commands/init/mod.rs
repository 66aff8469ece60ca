//! `plat init`: a plat.yaml for a repository that exists.
//!
//! ```text
//! from   the same of manifests, a chart, or what runs
//! page   what was seen, for people and for programs
//! ask    what nothing says, asked of a person
//! files  a plat.yaml and its schema, written whole or not at all
//! ```

mod ask;
mod files;
mod from;
mod page;

use std::path::{Path, PathBuf};

use crate::cluster::connect::ClusterArgs;
use crate::detect::{self, Found, Service};
use crate::error::{Error, Exit, Result};
use crate::interruption::Interruption;
use crate::reason::Reason;
use crate::settings::Settings;
use crate::telemetry::Recorder;
use crate::text::{counted, foreign_line};
use crate::ui::{self, Ui};

use page::Proposal;

/// Services that an error names.
const NAMED: usize = 10;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder to look at, with all below it; with --from the one to write to
    #[arg(value_name = "DIR", default_value = ".")]
    pub folder: PathBuf,
    #[command(flatten)]
    pub from: from::FromArgs,
    /// Write a plat.yaml for each service that is found
    #[arg(short, long, conflicts_with = "from")]
    pub all: bool,
    /// Write without asking; what nothing says stays a comment
    #[arg(short, long)]
    pub yes: bool,
    /// Show what would be written, and write nothing
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,
    #[command(flatten)]
    pub cluster: ClusterArgs,
}

/// # Errors
/// When there is no service, or more than one is meant; when a plat.yaml is there already or cannot be written; when
/// something is left for a person to fill in.
pub async fn run(
    args: Args,
    ui: &Ui,
    settings: &Settings,
    (run, interruption): (&Recorder, &Interruption),
) -> Result<Exit> {
    let root = folder(&args.folder)?;
    interruption.leaves("nothing was written");
    if let Some(source) = args.from.source() {
        return from_source(source, &root, &args, (ui, settings, run)).await;
    }
    let Found { services, libraries, remarks } = looked_at(&root).await;
    let mut chosen = choose(services, &args, ui, &remarks).await?;
    let is_asked = ui.is_interactive() && !args.yes && !args.dry_run;
    if is_asked {
        let _thinking = run.pause();
        chosen = ask::answers(chosen).await?;
    }
    if let [service] = chosen.as_slice() {
        run.facts(|facts| facts.service = Some(service.name.clone()));
    }

    let mut proposals = chosen.into_iter().map(Proposal::of).collect::<Result<Vec<_>>>()?;
    page::show(&proposals, args.all && !args.dry_run, ui);
    let may_write = !args.dry_run && may_write(&proposals, is_asked, &args, ui, run).await?;
    if may_write {
        for proposal in &mut proposals {
            if !proposal.service.exists {
                files::write(&root, &proposal.service.file, &proposal.text)?;
                proposal.is_written = true;
                interruption.leaves(format!("{} is written", proposal.service.file));
            }
        }
        files::write_schema(&root)?;
    }
    page::end(&proposals, &libraries, &remarks, ui);
    if !may_write {
        ui.note("nothing was written");
    }
    complete(&proposals)
}

fn not_confirmed(options: &str) -> Error {
    Error::user("nothing was written: nobody is here to be asked")
        .hint(format!("write it: plat init{options} --yes"))
        .hint(format!("only look: plat init{options} --dry-run"))
        .reason(Reason::NotConfirmed)
}

/// What somebody wrote or runs instead of sources.
async fn from_source(
    source: from::Source<'_>,
    root: &Path,
    args: &Args,
    (ui, settings, run): (&Ui, &Settings, &Recorder),
) -> Result<Exit> {
    let imported = from::imported(source, &args.cluster, &ui.events(), settings).await?;
    let files = from::files(&imported);
    from::refuse_occupied(root, &files)?;
    from::tell(&imported, &files, &args.cluster, ui);
    if args.dry_run {
        return Ok(Exit::Done);
    }
    if !args.yes {
        if !ui.is_interactive() {
            return Err(not_confirmed(" --from …"));
        }
        let _thinking = run.pause();
        if !ui::in_background(|| ui::confirm("Write it?", true)).await? {
            ui.note("nothing was written");
            return Ok(Exit::Done);
        }
    }
    for (path, text) in &files {
        files::write(root, path, text)?;
        // Beside each plat.yaml, which names it by a path from there.
        if let Some(folder) = Path::new(path).parent().filter(|_| path.ends_with(from::FILE)) {
            files::write_schema(&root.join(folder))?;
        }
    }
    Ok(Exit::Done)
}

fn folder(given: &Path) -> Result<PathBuf> {
    let root = given.canonicalize().map_err(|e| {
        Error::user("there is no such folder")
            .at(given.display())
            .hint("name one that exists, or leave it out for the current one")
            .reason(Reason::NoFile)
            .because(e)
    })?;
    if root.is_dir() {
        return Ok(root);
    }
    Err(Error::user("this is a file, not a folder")
        .at(given.display())
        .hint(format!("name the folder around it: plat init {}", given.parent().unwrap_or(Path::new(".")).display()))
        .reason(Reason::NoFile))
}

/// The services of a folder; of one inside a Go module or a Cargo workspace those that the module has there.
async fn looked_at(root: &Path) -> Found {
    let found = detect::look_at(root).await;
    let is_here = |file: &str| root.join(file).is_file();
    if !found.services.is_empty() || is_here("go.mod") || is_here("Cargo.toml") {
        return found;
    }
    let repository = root.ancestors().find(|folder| folder.join(".git").exists());
    let above = root.ancestors().skip(1).take_while(|folder| repository.is_some_and(|top| folder.starts_with(top)));
    let Some((module, below)) = above
        .filter(|folder| folder.join("go.mod").is_file())
        .find_map(|folder| Some((folder, root.strip_prefix(folder).ok()?)))
    else {
        return found;
    };
    let below = below.to_string_lossy().replace('\\', "/");
    let mut of_module = detect::look_at(module).await;
    of_module.services.retain(|service| service.sources == below);
    for service in &mut of_module.services {
        service.moved_below(&below);
    }
    of_module
}

/// The one that is meant, or all of them.
async fn choose(services: Vec<Service>, args: &Args, ui: &Ui, remarks: &[String]) -> Result<Vec<Service>> {
    if services.is_empty() {
        return Err(nothing(&args.folder, remarks));
    }
    if services.iter().all(|service| service.exists) {
        return Err(all_there(&services));
    }
    // Who only looks is shown all of them.
    if args.all || args.dry_run || services.len() == 1 {
        return Ok(services);
    }
    if !ui.is_interactive() || args.yes {
        return Err(which(&services, &args.folder));
    }
    let mut items: Vec<String> =
        services.iter().map(|service| format!("{}  {} ({})", service.name, service.file, service.label)).collect();
    items.push(format!("all {}", services.len()));
    let index = ui::in_background(move || ui::select("Which service?", &items, 0)).await?;
    Ok(match services.get(index) {
        Some(one) => vec![one.clone()],
        None => services,
    })
}

fn nothing(folder: &Path, remarks: &[String]) -> Error {
    let error = Error::user("there is no service here that plat knows")
        .at(folder.display())
        .hint("plat init knows Go, Rust, Node, Python, Java, a Dockerfile, and how a Procfile, compose or fly.toml run one")
        .hint("write plat.yaml yourself: `name: shop`, `image: REGISTRY/shop:TAG`, `port: 8080`; or begin a new service: plat new")
        .reason(Reason::NoService);
    remarks.iter().take(NAMED).fold(error, |error, remark| error.detail(foreign_line(remark, 300)))
}

fn all_there(services: &[Service]) -> Error {
    let files: Vec<&str> = services.iter().map(|service| service.file.as_str()).take(NAMED).collect();
    let verb = if services.len() == 1 { "is" } else { "are" };
    Error::user(format!("{} {verb} there already; nothing was written", files.join(", ")))
        .hint("what it says goes: change it by hand, and see it with: plat render")
        .hint("to begin anew, move it away first")
        .reason(Reason::Occupied)
}

fn which(services: &[Service], folder: &Path) -> Error {
    let error = Error::user(format!("there are {} services here; nothing was written", services.len()))
        .at(folder.display())
        .hint("a plat.yaml for each: plat init --all")
        .reason(Reason::Ambiguous);
    let first = services.iter().find(|service| !service.sources.is_empty() && service.process.is_none());
    let error = match first {
        Some(service) => error
            .hint(format!("for one of them name its folder: plat init {}", folder.join(&service.sources).display())),
        None => error,
    };
    let lines = services.iter().map(|service| format!("{}  {}, {}", service.file, service.name, service.label));
    lines.take(NAMED).fold(error, |error, line| error.detail(foreign_line(&line, 200)))
}

/// Asks before anything is written, or says how to agree.
async fn may_write(proposals: &[Proposal], is_asked: bool, args: &Args, ui: &Ui, run: &Recorder) -> Result<bool> {
    if args.yes {
        return Ok(true);
    }
    if !is_asked {
        let all = if args.all { " --all" } else { "" };
        page::end(proposals, &[], &[], ui);
        return Err(not_confirmed(all));
    }
    let new: Vec<&str> = proposals.iter().filter(|p| !p.service.exists).map(|p| p.service.file.as_str()).collect();
    let question = match new.as_slice() {
        [one] => format!("Write {one}?"),
        many => format!("Write {}?", counted(many.len(), "file")),
    };
    let _thinking = run.pause();
    ui::in_background(move || ui::confirm(&question, true)).await
}

/// What is left for a person, as an error: a file that lacks something is not done.
fn complete(proposals: &[Proposal]) -> Result<Exit> {
    let mut missing = proposals
        .iter()
        .filter(|proposal| proposal.is_written)
        .flat_map(|proposal| proposal.service.unknown.iter().map(move |unknown| (proposal, unknown)));
    let Some((proposal, unknown)) = missing.next() else { return Ok(Exit::Done) };
    let file = &proposal.service.file;
    let place = detect::line_of(&proposal.text, unknown).map_or_else(|| file.clone(), |line| format!("{file}:{line}"));
    let error = Error::user(format!(
        "{file} is written, and `{}` is left to you: {}",
        unknown.field,
        foreign_line(&unknown.why, 400)
    ))
    .at(place)
    .reason(Reason::Incomplete);
    let error = match unknown.field {
        "port" => error.hint("write where it listens: `port: 8080`; or, if it listens nowhere, `kind: worker`"),
        _ => error.hint(format!("write what is run: `{}: [program, argument]`", unknown.field)),
    };
    Err(missing.fold(error, |error, (proposal, unknown)| {
        error.detail(foreign_line(&format!("{}: `{}`: {}", proposal.service.file, unknown.field, unknown.why), 300))
    }))
}
