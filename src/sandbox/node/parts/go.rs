//! Finds the Go programs, and builds those that nobody has: once, one at a time, as the invoking user.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use nix::unistd::{Gid, Uid, User, chown};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use super::modules::{MODULES, Module, Program, says_version};
use super::{architecture, cache_error, fingerprint};
use crate::error::{Error, Result};
use crate::sandbox::node::{io_error, machine};
use crate::text::foreign_line;
use crate::ui::{Step, Ui};

/// Programs that are there, and those that must be built.
pub struct Found {
    pub programs: BTreeMap<&'static str, PathBuf>,
    pub missing: Vec<(&'static Module, &'static Program)>,
}

/// How much of a failed build's output the error shows.
const SHOWN_LINES: usize = 12;

/// Looks in the folder that the user named, then in the cache, then on PATH.
pub async fn find(bin_dir: Option<&Path>, cache: &Path) -> Result<Found> {
    let mut found = Found { programs: BTreeMap::new(), missing: Vec::new() };
    for module in MODULES {
        for program in module.programs {
            match place(module, program, bin_dir, cache).await? {
                Some(path) => {
                    found.programs.insert(program.name, path);
                }
                None => found.missing.push((module, program)),
            }
        }
    }
    Ok(found)
}

async fn place(module: &Module, program: &Program, bin_dir: Option<&Path>, cache: &Path) -> Result<Option<PathBuf>> {
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

/// Builds the missing programs into the cache.
pub async fn build(
    missing: &[(&'static Module, &'static Program)],
    cache: &Path,
    ui: &Ui,
) -> Result<BTreeMap<&'static str, PathBuf>> {
    let mut built = BTreeMap::new();
    if missing.is_empty() {
        return Ok(built);
    }
    let all: usize = MODULES.iter().map(|module| module.programs.len()).sum();
    ui.note(&format!(
        "The sandbox runs Kubernetes' own programs. {} of {all} are neither in the cache nor on PATH in the pinned version, \
         so they are built from source: once, a quarter of an hour for all of them on two cores, kept in {}",
        missing.len(),
        cache.display()
    ));
    let mut step = ui.step("building programs");
    step.length(missing.len() as u64);
    for (done, (module, program)) in missing.iter().enumerate() {
        step.position(done as u64);
        step.tell(&format!("{} {} ({} of {})", program.name, module.version, done + 1, missing.len()));
        let workshop = Workshop::new()?;
        workshop.put("go.mod", module.go_mod)?;
        workshop.put("go.sum", module.go_sum)?;
        let mut args = vec!["-mod=readonly"];
        args.extend(module.flags);
        args.push(program.package);
        let made = workshop.build(program.name, &args, Some((&mut step, ui))).await?;
        let place = folder(module, cache).join(program.name);
        keep(&made, &place)?;
        built.insert(program.name, place);
    }
    step.done(&format!("{} programs", missing.len()));
    Ok(built)
}

/// Copies a built program into the cache; a half-written one is never seen there.
pub fn keep(made: &Path, place: &Path) -> Result<()> {
    let unfinished = place.with_extension("unfinished");
    let folder = place.parent().unwrap_or(place);
    fs::create_dir_all(folder)
        .and_then(|()| fs::copy(made, &unfinished))
        .and_then(|_| fs::set_permissions(&unfinished, fs::Permissions::from_mode(0o755)))
        .and_then(|()| fs::rename(&unfinished, place))
        .map_err(cache_error(place))
}

/// A temporary folder in which Go builds, as the user who called sudo: source from elsewhere is not given root.
pub struct Workshop {
    folder: tempfile::TempDir,
    user: Option<User>,
}

impl Workshop {
    pub fn new() -> Result<Self> {
        let temporary = std::env::temp_dir();
        let failed = || io_error("a temporary folder cannot be made", &temporary);
        let folder = tempfile::TempDir::with_prefix("plat-build-").map_err(failed())?;
        let user = invoking_user();
        if let Some(user) = &user {
            chown(folder.path(), Some(user.uid), Some(user.gid)).map_err(|e| failed()(e.into()))?;
        }
        Ok(Self { folder, user })
    }

    pub fn put(&self, file: &str, content: &str) -> Result<()> {
        let path = self.folder.path().join(file);
        fs::write(&path, content).map_err(io_error("a source file cannot be written", &path))
    }

    /// Runs `go build`, and returns the program it made. `progress` is told each package.
    pub async fn build(&self, name: &str, args: &[&str], mut progress: Option<(&mut Step, &Ui)>) -> Result<PathBuf> {
        let go = machine::go().ok_or_else(|| Error::user("Go is not on PATH").hint(machine::INSTALL_GO))?;
        let made = self.folder.path().join("out").join(name);
        let mut command = Command::new(go);
        command.args(["build", "-v", "-trimpath", "-o"]).arg(&made).args(args).current_dir(self.folder.path());
        // What the user set for other builds must not change these.
        command.env("CGO_ENABLED", "0").env("GOOS", "linux").env("GOARCH", architecture());
        command.env("GOFLAGS", "").env("GOWORK", "off").env_remove("GOEXPERIMENT");
        if let Some(user) = &self.user {
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw()).env("HOME", &user.dir).env("USER", &user.name);
        }
        let failed = || {
            Error::user(format!("{name} cannot be built"))
                .reason("BuildFailed")
                .hint("building needs the Go module proxy (GOPROXY) and about 6 GB in Go's caches; what is built is kept: run it again")
        };
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|e| failed().detail(e.to_string()))?;
        let mut last = VecDeque::new();
        if let Some(output) = child.stderr.take() {
            let mut lines = BufReader::new(output).lines();
            let mut packages = 0;
            while let Ok(Some(line)) = lines.next_line().await {
                packages += 1;
                if let Some((step, _)) = progress.as_mut().filter(|(_, ui)| ui.is_animated()) {
                    step.tell(&format!("{name}, package {packages}: {}", foreign_line(&line, 60)));
                }
                last.push_back(line);
                if last.len() > SHOWN_LINES {
                    last.pop_front();
                }
            }
        }
        let status = child.wait().await.map_err(|e| failed().because(e))?;
        if status.success() {
            return Ok(made);
        }
        Err(last.iter().fold(failed(), |error, line| error.detail(foreign_line(line, 200))))
    }
}

/// Who called sudo, when that was not root.
fn invoking_user() -> Option<User> {
    let id = |name: &str| std::env::var(name).ok()?.parse::<u32>().ok();
    let uid = Uid::from_raw(id("SUDO_UID")?);
    if uid.is_root() || !Uid::effective().is_root() {
        return None;
    }
    let user = User::from_uid(uid).ok()??;
    Some(User { gid: id("SUDO_GID").map_or(user.gid, Gid::from_raw), ..user })
}
