//! Finds the Go programs, and builds those that nobody has: once, with one `go build` a module, as the invoking user.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::process::Command;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::build_folder::{BuildFolder, executable};
use super::cache::{cache_error, fingerprint};
use super::modules::{MAIN_GO, MODULES, Module, Program, says_version};
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::sandbox::architecture::architecture;
use crate::sandbox::node::machine;
use crate::text::foreign_line;

/// The programs of a node: those that are there, and those that must be built.
pub struct Programs {
    pub present: BTreeMap<&'static str, PathBuf>,
    pub missing: Vec<ModuleBuild>,
}

/// The programs of one module that must be built.
#[derive(Debug, Clone)]
pub struct ModuleBuild {
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
            found.missing.push(ModuleBuild { module, programs });
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
    ingredients.extend(module.main_go);
    ingredients.extend(module.flags);
    cache.join(format!("{}-{}-{}", module.name, module.version, fingerprint(ingredients)))
}

/// Builds the missing programs into the cache: the modules one after another, each as soon as its sources are here,
/// while those of the others still arrive. Two builds at once would compile what they share twice.
pub async fn build(
    missing: Vec<ModuleBuild>,
    cache: &Path,
    progress: &dyn Progress,
) -> Result<BTreeMap<&'static str, PathBuf>> {
    let mut built = BTreeMap::new();
    if missing.is_empty() {
        return Ok(built);
    }
    progress.note(&format!(
        "The sandbox runs Kubernetes' own programs. {} of {} are neither in the cache nor on PATH in the pinned version, \
         so they are built from source: once, 10 to 20 minutes for all of them on two cores, kept in {}",
        missing.iter().map(|missing| missing.programs.len()).sum::<usize>(),
        MODULES.iter().map(|module| module.programs.len()).sum::<usize>(),
        cache.display()
    ));
    let (said, mut heard) = watch::channel(String::new());
    let mut fetches = JoinSet::new();
    for missing in missing {
        fetches.spawn(Sources::fetch(missing, said.clone()));
    }
    while let Some(sources) = next(&mut fetches, &mut heard, progress).await? {
        built.extend(sources.build(cache, progress).await?);
    }
    Ok(built)
}

/// The next module whose sources are here; says what it waits for if that takes time.
async fn next(
    fetches: &mut JoinSet<Result<Sources>>,
    heard: &mut watch::Receiver<String>,
    progress: &dyn Progress,
) -> Result<Option<Sources>> {
    let mut step = (!fetches.is_empty()).then(|| progress.step("fetching sources"));
    let joined = loop {
        tokio::select! {
            joined = fetches.join_next() => break joined,
            Ok(()) = heard.changed() => {
                let line = foreign_line(&heard.borrow_and_update(), 60);
                if let Some(step) = &mut step {
                    step.pass(&line);
                }
            }
        }
    };
    joined.transpose().map_err(|e| Error::bug("fetching sources panicked").because(e))?.transpose()
}

/// A module with everything on this machine that its programs are built from.
struct Sources {
    missing: ModuleBuild,
    build_folder: BuildFolder,
    /// How many packages they are, those of Go itself included.
    packages: u64,
}

impl Sources {
    async fn fetch(missing: ModuleBuild, said: watch::Sender<String>) -> Result<Self> {
        let module = missing.module;
        let build_folder = BuildFolder::new()?;
        build_folder.put("go.mod", module.go_mod)?;
        build_folder.put("go.sum", module.go_sum)?;
        if let Some(source) = module.main_go {
            build_folder.put(MAIN_GO, source)?;
        }
        let args = missing.go_args();
        let packages =
            build_folder.list(&missing.title(), &args, |line| drop(said.send_replace(line.to_owned()))).await?;
        Ok(Self { missing, build_folder, packages })
    }

    async fn build(self, cache: &Path, progress: &dyn Progress) -> Result<BTreeMap<&'static str, PathBuf>> {
        let Self { missing, build_folder, packages } = self;
        let names: Vec<&str> = missing.programs.iter().map(|program| program.name).collect();
        let names = names.join(", ");
        let mut step = progress.step(&format!("building {}", missing.title()));
        step.length(packages);
        step.tell(&names);
        let (mut compiled, mut told) = (0, Instant::now());
        let outcome = build_folder
            .build(&missing.title(), &missing.go_args(), |package| {
                compiled += 1;
                step.position(compiled);
                let package = foreign_line(package, 60);
                step.pass(&package);
                if told.elapsed() >= TELL {
                    told = Instant::now();
                    step.tell(&format!("package {compiled} of {packages}: {package}"));
                }
            })
            .await;
        let output = build_folder.output();
        if let Err(error) = outcome {
            missing.without_unfinished(&output).await.install(&output, cache)?;
            return Err(error);
        }
        let built = missing.install(&output, cache)?;
        step.done(&names);
        Ok(built)
    }
}

impl ModuleBuild {
    fn title(&self) -> String {
        format!("{} {}", self.module.name, self.module.version)
    }

    fn go_args(&self) -> Vec<&'static str> {
        let packages = self.programs.iter().map(|program| program.package);
        ["-mod=readonly"].into_iter().chain(self.module.flags.iter().copied()).chain(packages).collect()
    }

    /// What a build that failed had finished before: a finished program can say its version.
    async fn without_unfinished(mut self, output: &Path) -> Self {
        let mut finished = Vec::new();
        for program in self.programs {
            if has_version(&output.join(executable(program.package)), program, self.module.version).await {
                finished.push(program);
            }
        }
        self.programs = finished;
        self
    }

    /// Copies the built programs into the cache.
    fn install(&self, output: &Path, cache: &Path) -> Result<BTreeMap<&'static str, PathBuf>> {
        let mut installed = BTreeMap::new();
        for program in &self.programs {
            let place = folder(self.module, cache).join(program.name);
            install(&output.join(executable(program.package)), &place)?;
            installed.insert(program.name, place);
        }
        Ok(installed)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;

    const PROGRAMS: &[Program] = &[
        Program { name: "good", package: "./good", version_args: &[] },
        Program { name: "bad", package: "./bad", version_args: &[] },
    ];
    static MODULE: Module = Module {
        name: "example",
        version: "v1.2.3",
        go_mod: "module example.com/programs\n\ngo 1.21\n",
        go_sum: "",
        main_go: None,
        flags: &["-ldflags=-s -w"],
        programs: PROGRAMS,
    };
    const SAYS_ITS_VERSION: &str = "os.Stdout.WriteString(\"good v1.2.3\\n\")";

    /// A module of two programs, of which `good` is fine and `bad` does what it is told.
    fn sources(bad: &str) -> Sources {
        let build_folder = BuildFolder::new().unwrap();
        build_folder.put("go.mod", MODULE.go_mod).unwrap();
        for (program, statement) in [("good", SAYS_ITS_VERSION), ("bad", bad)] {
            let source = format!("package main\n\nimport \"os\"\n\nfunc main() {{ {statement} }}\n");
            build_folder.put(&format!("{program}/main.go"), &source).unwrap();
        }
        Sources {
            missing: ModuleBuild { module: &MODULE, programs: PROGRAMS.iter().collect() },
            build_folder,
            packages: 2,
        }
    }

    fn kept(cache: &Path) -> Vec<String> {
        let files = fs::read_dir(folder(&MODULE, cache)).into_iter().flatten().flatten();
        let mut files: Vec<String> = files.map(|file| file.file_name().into_string().unwrap()).collect();
        files.sort();
        files
    }

    #[tokio::test]
    async fn one_build_makes_all_programs_of_a_module() {
        let cache = tempfile::tempdir().unwrap();
        let built = sources("os.Exit(0)").build(cache.path(), &Silent).await.unwrap();
        assert_eq!(built.keys().copied().collect::<Vec<_>>(), ["bad", "good"]);
        assert_eq!(kept(cache.path()), ["bad", "good"]);
    }

    #[tokio::test]
    async fn what_was_finished_before_another_program_failed_is_kept() {
        let cache = tempfile::tempdir().unwrap();
        let error = sources("undefined()").build(cache.path(), &Silent).await.unwrap_err();
        assert_eq!(error.what, "example v1.2.3 cannot be built");
        assert_eq!(kept(cache.path()), ["good"]);
    }
}
