//! Asks go and cargo which programs there are: build constraints, workspaces and default targets are theirs to judge.
//!
//! Nothing of the repository is run: `go list` and `cargo metadata --no-deps` read files alone; no toolchain is fetched
//! because a repository names one, and no configuration of a repository is read by cargo, which starts elsewhere.

use std::path::Path;
use std::time::Duration;

use futures::StreamExt;
use serde::Deserialize;
use tokio::process::Command;

use super::paths;
use super::repository::Repository;
use super::scene::{CargoPackage, Told, Toolchains};
use crate::program::{self, Limits};
use crate::text::foreign_line;

/// A warm `go list` takes 0.1 s; a cold one reads the standard library first.
const LIMITS: Limits = Limits { time: Duration::from_secs(8), output: 64 << 20 };
/// Modules that are asked about; the rest is looked at by custom.
const MODULES: usize = 60;
const AT_ONCE: usize = 4;

/// What the toolchains say of the modules and packages of a repository.
pub async fn ask(root: &Path, repository: &Repository) -> Toolchains {
    let (go, cargo) = tokio::join!(go(root, repository), cargo(root, repository));
    Toolchains { go, cargo }
}

async fn go(root: &Path, repository: &Repository) -> Told<Vec<String>> {
    let modules = repository.named("go.mod").map(paths::folder).take(MODULES);
    let asked = modules.map(|module| async move { (module.to_owned(), go_list(root, repository, module).await) });
    futures::stream::iter(asked).buffer_unordered(AT_ONCE).collect().await
}

async fn cargo(root: &Path, repository: &Repository) -> Told<Vec<CargoPackage>> {
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

/// The folder of each main package that has files for Linux.
const FORMAT: &str = "{{if and (eq .Name \"main\") .GoFiles}}{{.Dir}}{{end}}";

/// With a go.mod that requires nothing: which packages are programs depends on no other module, on no network, and on no
/// newer Go than the one that is there.
async fn go_list(root: &Path, repository: &Repository, module: &str) -> Result<Vec<String>, String> {
    let text = repository.text(&paths::join(module, "go.mod")).unwrap_or_default();
    let name = text.lines().find(|line| line.starts_with("module ")).unwrap_or("module main");
    let beside = tempfile::tempdir().map_err(|error| format!("no temporary folder can be made: {error}"))?;
    let file = beside.path().join("go.mod");
    std::fs::write(&file, format!("{name}\n\ngo 1.21\n"))
        .map_err(|error| format!("no temporary file can be written: {error}"))?;
    let mut command = Command::new("go");
    command
        .args(["list", "-e", "-find", "-mod=mod", "-buildvcs=false", "-f", FORMAT, "-modfile"])
        .arg(&file)
        .arg("./...")
        .current_dir(root.join(module))
        // As the builder does.
        .envs([("CGO_ENABLED", "0"), ("GOOS", "linux"), ("GOWORK", "off")])
        .envs([("GOTOOLCHAIN", "local"), ("GOPROXY", "off"), ("GOFLAGS", "")]);
    let programs = answer("go list", command).await?;
    let real = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let below = |folder: &str| {
        let folder = Path::new(folder);
        let below = folder.strip_prefix(&real).or_else(|_| folder.strip_prefix(root)).ok()?;
        Some(below.to_str()?.replace('\\', "/"))
    };
    Ok(programs.lines().filter(|line| !line.is_empty()).filter_map(below).collect())
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: String,
    targets: Vec<Target>,
    dependencies: Vec<Dependency>,
    default_run: Option<String>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
    src_path: String,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
}

async fn cargo_metadata(root: &Path, manifest: &str) -> Result<Vec<CargoPackage>, String> {
    let real = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let mut command = Command::new("cargo");
    command
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1", "--manifest-path"])
        .arg(real.join(manifest))
        // rustup takes the toolchain of the folder it is started in, which a repository may name; so does cargo its settings.
        .current_dir(std::env::temp_dir())
        .env("RUSTUP_AUTO_INSTALL", "0");
    let text = answer("cargo metadata", command).await?;
    let metadata: Metadata =
        serde_json::from_str(&text).map_err(|_| "cargo metadata said nothing that plat reads".to_owned())?;
    let below = |path: &str| Some(Path::new(path).strip_prefix(&real).ok()?.to_str()?.replace('\\', "/"));
    let package = |package: Package| {
        let programs = package.targets.iter().filter(|target| target.kind.iter().any(|kind| kind == "bin"));
        Some(CargoPackage {
            folder: paths::folder(&below(&package.manifest_path)?).to_owned(),
            programs: programs.filter_map(|target| Some((target.name.clone(), below(&target.src_path)?))).collect(),
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
