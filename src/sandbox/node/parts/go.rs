//! Finds the Go programs, and builds those that nobody has: once, with one `go build` a module, as the invoking user.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::process::Command;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::modules::{MODULES, Module, Program, says_version};
use super::workshop::{Workshop, executable};
use super::{architecture, cache_error, fingerprint};
use crate::error::{Error, Result};
use crate::sandbox::node::machine;
use crate::text::foreign_line;
use crate::ui::Ui;

/// The programs of a node: those that are there, and those that must be built.
pub struct Programs {
    pub present: BTreeMap<&'static str, PathBuf>,
    pub missing: Vec<Missing>,
}

/// The programs of one module that must be built.
#[derive(Debug, Clone)]
pub struct Missing {
    module: &'static Module,
    programs: Vec<&'static Program>,
}

/// How often a build tells where it is, where its packages are not shown as they pass.
const TELL: Duration = Duration::from_secs(30);

/// Looks in the folder that the user named, then in the cache, then on PATH.
pub async fn find(bin_dir: Option<&Path>, cache: &Path) -> Result<Programs> {
    let mut found = Programs { present: BTreeMap::new(), missing: Vec::new() };
    for module in MODULES {
        let mut programs = Vec::new();
        for program in module.programs {
            match locate(module, program, bin_dir, cache).await? {
                Some(path) => {
                    found.present.insert(program.name, path);
                }
                None => programs.push(program),
            }
        }
        if !programs.is_empty() {
            found.missing.push(Missing { module, programs });
        }
    }
    Ok(found)
}

async fn locate(module: &Module, program: &Program, bin_dir: Option<&Path>, cache: &Path) -> Result<Option<PathBuf>> {
    if let Some(named) = bin_dir.map(|folder| folder.join(program.name)).filter(|path| path.exists()) {
        if has_version(&named, program, module.version).await {
            return Ok(Some(named));
        }
        return Err(Error::user(format!("this {} is not {}", program.name, module.version))
            .at(named.display())
            .hint("leave the program out of --bin-dir: plat then builds the pinned version itself"));
    }
    let cached = folder(module, cache).join(program.name);
    if cached.exists() {
        return Ok(Some(cached));
    }
    for path in machine::on_path(program.name) {
        if has_version(&path, program, module.version).await {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

async fn has_version(path: &Path, program: &Program, version: &str) -> bool {
    let output = Command::new(path).args(program.version_args).kill_on_drop(true).output().await;
    output.is_ok_and(|output| says_version(&String::from_utf8_lossy(&output.stdout), version))
}

/// Where the programs of a module are kept: a changed pin, flag or architecture is another folder.
fn folder(module: &Module, cache: &Path) -> PathBuf {
    let mut ingredients = vec![module.go_mod, module.go_sum, architecture()];
    ingredients.extend(module.flags);
    cache.join(format!("{}-{}-{}", module.name, module.version, fingerprint(ingredients)))
}

/// Builds the missing programs into the cache: the modules one after another, each as soon as its sources are here,
/// while those of the others still arrive. Two builds at once would compile what they share twice.
pub async fn build(missing: Vec<Missing>, cache: &Path, ui: &Ui) -> Result<BTreeMap<&'static str, PathBuf>> {
    let mut built = BTreeMap::new();
    if missing.is_empty() {
        return Ok(built);
    }
    ui.note(&format!(
        "The sandbox runs Kubernetes' own programs. {} of {} are neither in the cache nor on PATH in the pinned version, \
         so they are built from source: once, a quarter of an hour for all of them on two cores, kept in {}",
        missing.iter().map(|missing| missing.programs.len()).sum::<usize>(),
        MODULES.iter().map(|module| module.programs.len()).sum::<usize>(),
        cache.display()
    ));
    let (said, mut heard) = watch::channel(String::new());
    let mut fetches = JoinSet::new();
    for missing in missing {
        fetches.spawn(Sources::fetch(missing, said.clone()));
    }
    while let Some(sources) = next(&mut fetches, &mut heard, ui).await? {
        built.extend(sources.build(cache, ui).await?);
    }
    Ok(built)
}

/// The next module whose sources are here; says what it waits for if that takes time.
async fn next(
    fetches: &mut JoinSet<Result<Sources>>,
    heard: &mut watch::Receiver<String>,
    ui: &Ui,
) -> Result<Option<Sources>> {
    let mut step = (!fetches.is_empty()).then(|| ui.step("fetching sources"));
    let joined = loop {
        tokio::select! {
            joined = fetches.join_next() => break joined,
            Ok(()) = heard.changed() => {
                let line = foreign_line(&heard.borrow_and_update(), 60);
                if let Some(step) = step.as_mut().filter(|_| ui.is_animated()) {
                    step.tell(&line);
                }
            }
        }
    };
    joined.transpose().map_err(|e| Error::bug("fetching sources panicked").because(e))?.transpose()
}

/// A module with everything on this machine that its programs are built from.
struct Sources {
    missing: Missing,
    workshop: Workshop,
    /// How many packages they are, those of Go itself included.
    packages: u64,
}

impl Sources {
    async fn fetch(missing: Missing, said: watch::Sender<String>) -> Result<Self> {
        let module = missing.module;
        let workshop = Workshop::new()?;
        workshop.put("go.mod", module.go_mod)?;
        workshop.put("go.sum", module.go_sum)?;
        let args = missing.go_args();
        let packages = workshop.list(&missing.title(), &args, |line| drop(said.send_replace(line.to_owned()))).await?;
        Ok(Self { missing, workshop, packages })
    }

    async fn build(self, cache: &Path, ui: &Ui) -> Result<BTreeMap<&'static str, PathBuf>> {
        let Self { missing, workshop, packages } = self;
        let names: Vec<&str> = missing.programs.iter().map(|program| program.name).collect();
        let names = names.join(", ");
        let mut step = ui.step(format!("building {}", missing.title()));
        step.length(packages);
        step.tell(&names);
        let (mut compiled, mut told) = (0, Instant::now());
        let finished = workshop
            .build(&missing.title(), &missing.go_args(), |package| {
                compiled += 1;
                step.position(compiled);
                if ui.is_animated() {
                    step.tell(&foreign_line(package, 60));
                } else if told.elapsed() >= TELL {
                    told = Instant::now();
                    step.tell(&format!("package {compiled} of {packages}: {}", foreign_line(package, 60)));
                }
            })
            .await;
        let built = missing.keep(&workshop.output(), cache, finished.is_ok()).await;
        finished?;
        let built = built?;
        step.done(&names);
        Ok(built)
    }
}

impl Missing {
    fn title(&self) -> String {
        format!("{} {}", self.module.name, self.module.version)
    }

    fn go_args(&self) -> Vec<&'static str> {
        let packages = self.programs.iter().map(|program| program.package);
        ["-mod=readonly"].into_iter().chain(self.module.flags.iter().copied()).chain(packages).collect()
    }

    /// Copies the built programs into the cache. After a build that failed it keeps those that were finished before:
    /// a finished one can say its version.
    async fn keep(&self, made: &Path, cache: &Path, all: bool) -> Result<BTreeMap<&'static str, PathBuf>> {
        let mut kept = BTreeMap::new();
        for program in &self.programs {
            let made = made.join(executable(program.package));
            if all || has_version(&made, program, self.module.version).await {
                let place = folder(self.module, cache).join(program.name);
                install(&made, &place)?;
                kept.insert(program.name, place);
            }
        }
        Ok(kept)
    }
}

/// Copies a built program into the cache; a half-written one is never seen there.
fn install(made: &Path, place: &Path) -> Result<()> {
    let unfinished = place.with_extension("unfinished");
    let folder = place.parent().unwrap_or(place);
    fs::create_dir_all(folder)
        .and_then(|()| fs::copy(made, &unfinished))
        .and_then(|_| fs::set_permissions(&unfinished, fs::Permissions::from_mode(0o755)))
        .and_then(|()| fs::rename(&unfinished, place))
        .map_err(cache_error(place))
}
