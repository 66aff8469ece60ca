//! Rust: a static binary, by cargo.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::command::{Shown, Tool, explained};
use super::linked;
use super::static_program::packed;
use super::work::Work;
use crate::error::{Error, Result};
use crate::image::component::Component;
use crate::image::oci::Parts;
use crate::image::platform::Platform;
use crate::program;
use crate::reason::Reason;
use crate::text;
use crate::toolchain::cargo::{self, Package};
use crate::toolchain::lock::{self, Unlocked};

const CARGO: Tool<'_> = Tool { program: "cargo", stack: "Rust", install: "https://rustup.rs" };
const RUSTC: Tool<'_> = Tool { program: "rustc", ..CARGO };

pub fn marker(folder: &Path) -> Option<&'static str> {
    folder.join("Cargo.toml").is_file().then_some("Cargo.toml")
}

/// # Errors
/// When no program is found, there is no lock file or no target for a static one, or it does not compile.
pub async fn build(work: Work<'_>) -> Result<Parts> {
    let folder = work.source();
    let (program, target_folder) = program(&work, &folder).await?;
    let target = Target::of(work.platform, &folder).await?;
    let mut command = CARGO.command(&folder);
    command.args([
        "build",
        "--release",
        "--locked",
        "--message-format=json-render-diagnostics",
        "--target",
        target.triple,
    ]);
    command.args(["--package", &program.package, "--bin", &program.name]);
    if target.is_glibc {
        command.env("RUSTFLAGS", with_static_libc(std::env::var("RUSTFLAGS").ok()));
    }
    // Cargo's own lock ends with it, and then another project's program of this name may take the place of this one.
    let waits = || work.step.tell("waits for another build in the same target folder");
    let _turn = work.cache.shared(&target_folder, "cargo", waits).await?;
    let ran = CARGO.follow(command, work.step).await.map_err(|error| error.at(folder.display()))?;
    let (messages, said): (Vec<String>, Vec<String>) = ran.said.into_iter().partition(|line| line.starts_with('{'));
    if !ran.status.success() {
        return Err(failed(&said, &folder, &program));
    }
    let binary = messages.iter().rev().find_map(|line| executable(line, &program.name));
    let binary = binary.ok_or_else(|| Error::bug("cargo does not say where the program is"))?;
    work.step.pass("packing");
    let mut parts = packed(&work, binary).await?;
    if work.is_attested() {
        parts.linked = Some(crates(&folder, &program, target.triple).await?);
    }
    Ok(parts)
}

/// The crates in a program: neither what only a build or a test needs, nor what runs in the compiler.
async fn crates(folder: &Path, program: &Program, triple: &str) -> Result<Vec<Component>> {
    let mut command = CARGO.command(folder);
    command.args(["tree", "--locked", "--package", &program.package, "--target", triple]);
    command.args(["--edges", "normal,no-proc-macro", "--prefix", "none", "--format", linked::CARGO_FORMAT]);
    let said = CARGO.ask(command).await.map_err(|error| error.at(folder.join("Cargo.toml").display()))?;
    Ok(linked::crates(&String::from_utf8_lossy(&said)))
}

/// A binary target.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Program {
    package: String,
    name: String,
}

/// What to build, and the folder that cargo builds in.
async fn program(work: &Work<'_>, folder: &Path) -> Result<(Program, PathBuf)> {
    let manifest = folder.join("Cargo.toml");
    if !manifest.is_file() {
        return Err(Error::user("there is no Cargo.toml").at(folder.display()).hint("fix build.path in plat.yaml"));
    }
    let mut command = CARGO.command(folder);
    command.args(cargo::METADATA);
    let told = CARGO.ask(command).await.map_err(|error| error.at(manifest.display()))?;
    let metadata = cargo::metadata(&told).ok_or_else(|| {
        Error::user("cargo metadata said nothing that plat reads").at(manifest.display()).hint("try: cargo metadata")
    })?;
    if !metadata.workspace_root.join("Cargo.lock").is_file() {
        return Err(Error::user("there is no Cargo.lock, so the same source could become another program tomorrow")
            .at(metadata.workspace_root.display())
            .hint(format!("make it and commit it: {}", lock::how(Unlocked::Cargo, program::is_on_path)))
            .reason(Reason::BuildFailed));
    }
    let all = programs(&metadata.packages, &manifest);
    let program = chosen(&work.spec.name, &all).ok_or_else(|| which(&work.spec.name, &manifest, &all))?;
    Ok((program, metadata.target_directory))
}

/// Binaries of the package of this manifest; of a workspace without one, those of all its members. What the package
/// runs by default comes alone.
fn programs(packages: &[Package], manifest: &Path) -> Vec<Program> {
    let canonical = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let own = packages.iter().find(|package| canonical(&package.manifest_path) == canonical(manifest));
    let of = |package: &Package| -> Vec<Program> {
        let is_default = |name: &str| package.default_run.as_deref().is_none_or(|default| default == name);
        let programs = package.programs().filter(|target| is_default(&target.name));
        programs.map(|target| Program { package: package.name.clone(), name: target.name.clone() }).collect()
    };
    match own {
        Some(package) => of(package),
        None => packages.iter().flat_map(of).collect(),
    }
}

fn chosen(name: &str, programs: &[Program]) -> Option<Program> {
    match programs {
        [only] => Some(only.clone()),
        all => all.iter().find(|program| program.name == name).cloned(),
    }
}

fn which(name: &str, manifest: &Path, programs: &[Program]) -> Error {
    let error = match programs {
        [] => Error::user("there is no Rust program to build")
            .detail("the package has a library and no binary")
            .hint("say where the program is in plat.yaml: build: {path: FOLDER}"),
        several => {
            let names = several.iter().map(|program| text::foreign_line(&program.name, 80));
            let names = names.collect::<Vec<_>>().join(", ");
            Error::user(format!("there are {} Rust programs, and none is named {name}", several.len()))
                .detail(names)
                .hint("choose one: default-run in Cargo.toml, or build: {path: FOLDER} in plat.yaml for a member of the workspace")
        }
    };
    error.at(manifest.display()).reason(Reason::BuildFailed)
}

/// What makes a program that needs no library of the system.
struct Target {
    triple: &'static str,
    is_glibc: bool,
}

/// Each architecture's two ways to a static program, the better one first.
const TRIPLES: [(&str, &str, &str); 5] = [
    ("amd64", "x86_64-unknown-linux-musl", "x86_64-unknown-linux-gnu"),
    ("arm64", "aarch64-unknown-linux-musl", "aarch64-unknown-linux-gnu"),
    ("ppc64le", "powerpc64le-unknown-linux-musl", "powerpc64le-unknown-linux-gnu"),
    ("riscv64", "riscv64gc-unknown-linux-musl", "riscv64gc-unknown-linux-gnu"),
    ("s390x", "s390x-unknown-linux-musl", "s390x-unknown-linux-gnu"),
];

impl Target {
    /// musl where its part of the standard library is installed; else this machine's own glibc, linked in.
    async fn of(platform: &Platform, folder: &Path) -> Result<Self> {
        let (_, musl, gnu) = TRIPLES
            .into_iter()
            .find(|(architecture, ..)| *architecture == platform.architecture)
            .ok_or_else(|| Error::bug("a platform without a target of Rust"))?;
        let mut command = RUSTC.command(folder);
        command.args(["--print", "sysroot"]);
        let sysroot = RUSTC.ask(command).await?;
        let libraries = Path::new(String::from_utf8_lossy(&sysroot).trim()).join("lib/rustlib");
        let has = |triple: &str| libraries.join(triple).join("lib").is_dir();
        if has(musl) {
            return Ok(Self { triple: musl, is_glibc: false });
        }
        // Linking for another machine needs its C library; musl's target brings its own.
        let is_this = platform.architecture == Platform::here().architecture && cfg!(target_os = "linux");
        if is_this && has(gnu) {
            return Ok(Self { triple: gnu, is_glibc: true });
        }
        Err(Error::user(format!("Rust has no target for a static program on {platform}"))
            .at(libraries.display())
            .hint(format!("install it: rustup target add {musl}"))
            .reason(Reason::NoToolchain))
    }
}

/// glibc has its own resolver since 2.34, so a static program finds names.
fn with_static_libc(flags: Option<String>) -> String {
    let flags = flags.unwrap_or_default();
    format!("{flags} -C target-feature=+crt-static").trim().to_owned()
}

/// Where cargo put the program, of one of its messages.
fn executable(line: &str, name: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(line).ok()?;
    let is_it = message["reason"] == "compiler-artifact" && message["target"]["name"] == name;
    is_it.then(|| message["executable"].as_str().map(PathBuf::from)).flatten()
}

fn failed(said: &[String], folder: &Path, program: &Program) -> Error {
    // What cargo says of its own progress, and of warnings, is not why.
    let is_progress = |line: &&String| {
        ["Compiling", "Downloading", "Downloaded", "Updating", "Locking", "Blocking", "Fresh"]
            .iter()
            .any(|word| line.trim_start().starts_with(word))
    };
    let first = said.iter().position(|line| line.starts_with("error")).unwrap_or(0);
    let causes: Vec<String> = said[first..].iter().filter(|line| !is_progress(line)).cloned().collect();
    let place = causes.iter().find_map(|line| location(line));
    let error = Error::user("the Rust program does not build").at(match place {
        Some(place) => folder.join(place).display().to_string(),
        None => folder.display().to_string(),
    });
    let error = explained(error, &causes, Shown::First);
    let says = |words: &str| causes.iter().any(|line| line.contains(words));
    let error = if says("needs to be updated but --locked was passed") || says("cannot update the lock file") {
        error.hint("Cargo.lock does not fit Cargo.toml: run cargo check, and commit it")
    } else if says("linker") && says("not found") {
        error.hint("a C part needs a compiler for the target: apt install musl-tools, or make the dependency pure Rust")
    } else {
        error
    };
    error.hint(format!(
        "see it alone: cd {} && cargo build --release --locked --bin {}",
        folder.display(),
        program.name
    ))
}

/// `src/main.rs:2:5` of `  --> src/main.rs:2:5`.
fn location(line: &str) -> Option<&str> {
    let place = line.trim_start().strip_prefix("--> ")?.trim();
    place.rsplitn(3, ':').nth(2).map(|_| place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn packages() -> Vec<Package> {
        let target = |kind: &str, name: &str| json!({ "kind": [kind], "name": name, "src_path": "" });
        let metadata = json!({ "workspace_root": "/w", "target_directory": "/w/target", "packages": [
            { "name": "core", "manifest_path": "/w/core/Cargo.toml", "dependencies": [], "targets": [target("lib", "core")] },
            { "name": "api", "manifest_path": "/w/api/Cargo.toml", "dependencies": [],
              "targets": [target("bin", "api"), target("example", "x")] },
            { "name": "tools", "manifest_path": "/w/tools/Cargo.toml", "dependencies": [], "default_run": "b",
              "targets": [target("bin", "a"), target("bin", "b")] },
        ]});
        cargo::metadata(metadata.to_string().as_bytes()).unwrap().packages
    }

    #[rstest]
    #[case::a_member("/w/api/Cargo.toml", "shop", Some("api"))]
    #[case::by_default("/w/tools/Cargo.toml", "shop", Some("b"))]
    #[case::a_workspace("/w/Cargo.toml", "api", Some("api"))]
    #[case::none_of_several("/w/Cargo.toml", "shop", None)]
    #[case::a_library("/w/core/Cargo.toml", "core", None)]
    fn the_program_is_found_or_asked_for(#[case] manifest: &str, #[case] name: &str, #[case] expected: Option<&str>) {
        let found = chosen(name, &programs(&packages(), Path::new(manifest)));
        assert_eq!(found.map(|program| program.name).as_deref(), expected);
    }

    #[test]
    fn a_failed_build_shows_the_errors_and_the_place_of_the_first() {
        let said =
            "   Compiling shop v0.1.0\nwarning: unused\nerror[E0425]: cannot find value `x`\n  --> src/main.rs:2:5\n";
        let said: Vec<String> = said.lines().map(str::to_owned).collect();
        let program = Program { package: "shop".into(), name: "shop".into() };
        let error = failed(&said, Path::new("shop"), &program);
        assert_eq!(error.place.as_deref(), Some("shop/src/main.rs:2:5"));
        assert_eq!(error.details[0], "error[E0425]: cannot find value `x`");
    }
}
