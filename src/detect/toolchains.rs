//! Asks go and cargo which programs there are: build constraints, workspaces and default targets are theirs to judge.
//!
//! Nothing of the repository is run: `go list` and `cargo metadata --no-deps` read files alone; no toolchain is fetched
//! because a repository names one, and no configuration of a repository is read by cargo, which starts elsewhere.

use std::path::Path;
use std::time::Duration;

use futures::StreamExt;
use tokio::process::Command;

use super::paths;
use super::repository::Repository;
use super::scene::{CargoPackage, GoPackage, PROGRAMS, Told, Toolchains};
use crate::program::{self, Limits};
use crate::text::foreign_line;
use crate::toolchain::{cargo, go};

/// A warm `go list` takes 0.1 s; a cold one reads the standard library first.
const LIMITS: Limits = Limits { time: Duration::from_secs(8), output: 64 << 20 };
/// Modules that are asked about; the rest is looked at by custom.
const MODULES: usize = 60;
const AT_ONCE: usize = 4;

/// What the toolchains say of the modules and packages of a repository.
pub async fn ask(root: &Path, repository: &Repository) -> Toolchains {
    let (go, cargo) = tokio::join!(of_go(root, repository), of_cargo(root, repository));
    let there = PROGRAMS.into_iter().filter(|name| program::is_on_path(name)).collect();
    Toolchains { there, go, cargo }
}

async fn of_go(root: &Path, repository: &Repository) -> Told<Vec<GoPackage>> {
    let modules = repository.named("go.mod").map(paths::folder).take(MODULES);
    let asked = modules.map(|module| async move { (module.to_owned(), go_list(root, repository, module).await) });
    futures::stream::iter(asked).buffer_unordered(AT_ONCE).collect().await
}

async fn of_cargo(root: &Path, repository: &Repository) -> Told<Vec<CargoPackage>> {
    let mut told = Told::new();
    let mut manifests: Vec<&str> = repository.named("Cargo.toml").collect();
    // A workspace answers for its members.
    manifests.sort_by_key(|path| path.matches('/').count());
    for path in manifests.into_iter().take(MODULES) {
        let folder = paths::folder(path);
        let is_told = told.values().flatten().flatten().any(|package: &CargoPackage| package.folder == folder);
        if !is_told {
            told.insert(folder.to_owned(), cargo_metadata(root, path).await);
        }
    }
    told
}

/// With a go.mod that requires nothing: which packages are programs depends on no other module, on no network, and on no
/// newer Go than the one that is there.
async fn go_list(root: &Path, repository: &Repository, module: &str) -> Result<Vec<GoPackage>, String> {
    let text = repository.text(&paths::join(module, "go.mod")).unwrap_or_default();
    let name = text.lines().find(|line| line.starts_with("module ")).unwrap_or("module main");
    let beside = tempfile::tempdir().map_err(|error| format!("no temporary folder can be made: {error}"))?;
    let file = beside.path().join("go.mod");
    std::fs::write(&file, format!("{name}\n\ngo 1.21\n"))
        .map_err(|error| format!("no temporary file can be written: {error}"))?;
    let mut command = Command::new("go");
    command
        .args(go::LIST)
        .args(["-mod=mod", "-buildvcs=false", "-modfile"])
        .arg(&file)
        .arg("./...")
        .current_dir(root.join(module))
        // As the builder does.
        .envs([go::WITHOUT_C, ("GOOS", "linux"), ("GOWORK", "off")])
        .envs([("GOTOOLCHAIN", "local"), ("GOPROXY", "off"), ("GOFLAGS", "")]);
    let listed = answer("go list", command).await?;
    let real = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let package = |package: go::Package| {
        let below = package.folder.strip_prefix(&real).or_else(|_| package.folder.strip_prefix(root)).ok()?;
        let folder = below.to_str()?.replace('\\', "/");
        Some(GoPackage { folder, is_program: package.is_program, files: package.files })
    };
    Ok(go::packages(&listed).into_iter().filter_map(package).collect())
}

async fn cargo_metadata(root: &Path, manifest: &str) -> Result<Vec<CargoPackage>, String> {
    let real = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let mut command = Command::new("cargo");
    command
        .args(cargo::METADATA)
        .arg("--manifest-path")
        .arg(real.join(manifest))
        // rustup takes the toolchain of the folder it is started in, which a repository may name; so does cargo its settings.
        .current_dir(std::env::temp_dir())
        .env("RUSTUP_AUTO_INSTALL", "0");
    let text = answer("cargo metadata", command).await?;
    let metadata =
        cargo::metadata(text.as_bytes()).ok_or_else(|| "cargo metadata said nothing that plat reads".to_owned())?;
    let below = |path: &Path| Some(path.strip_prefix(&real).ok()?.to_str()?.replace('\\', "/"));
    let package = |package: cargo::Package| {
        let programs = package.programs().filter_map(|target| Some((target.name.clone(), below(&target.src_path)?)));
        Some(CargoPackage {
            folder: paths::folder(&below(&package.manifest_path)?).to_owned(),
            programs: programs.collect(),
            default_run: package.default_run,
            dependencies: package.dependencies.into_iter().filter(|d| d.kind.is_none()).map(|d| d.name).collect(),
            name: package.name,
        })
    };
    Ok(metadata.packages.into_iter().filter_map(package).collect())
}

/// What a program prints, or why it printed nothing.
async fn answer(name: &str, command: Command) -> Result<String, String> {
    let ended = program::run(command, &[], LIMITS).await.map_err(|failure| match failure {
        program::Failure::NotFound => format!("{} is not on PATH", name.split(' ').next().unwrap_or(name)),
        failure => format!("{name} {failure}"),
    })?;
    if ended.status.success() {
        return Ok(String::from_utf8_lossy(&ended.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&ended.stderr);
    let first = said.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it failed");
    Err(format!("{name} failed ({})", foreign_line(first, 160)))
}
