//! Requirements -> a folder of packages for the platform, whatever this machine is.

use std::fs;
use std::path::{Component, Path, PathBuf};

use tokio::process::Command;

use super::included;
use super::layout::{DEPENDENCIES, PACKAGES};
use super::project::Project;
use super::requirements::{Kind, Lock};
use crate::error::{Error, Result};
use crate::image::builders::binary::Binary;
use crate::image::builders::command::{Shown, Tool, explained};
use crate::image::builders::sources::{self, Source};
use crate::image::builders::work::Work;
use crate::image::kept_layers::cannot_use;
use crate::image::oci::{Base, Content, Layer};
use crate::image::platform::Platform;
use crate::reason::Reason;

const UV: Tool<'_> = Tool { program: "uv", stack: "Python", install: "pipx install uv, or https://docs.astral.sh/uv" };
const PIP: Tool<'_> = Tool { program: "python3", stack: "Python", install: "https://www.python.org/downloads" };
/// Generations of glibc that wheels are made for (PEP 600, PEP 599), the newest that Debian 12 runs first.
const GENERATIONS: [&str; 6] =
    ["manylinux_2_36", "manylinux_2_34", "manylinux_2_28", "manylinux_2_17", "manylinux2014", "linux"];

pub struct Install<'a> {
    pub project: &'a Project,
    pub lock: &'a Lock,
    /// Of Python, `3.13`.
    pub version: &'a str,
    pub base: &'a Base,
}

impl Install<'_> {
    /// # Errors
    /// When a package is not there for the platform, or is not what the lock file says.
    pub async fn layer(&self, work: &mut Work<'_>, key: String) -> Result<Layer> {
        let folder = work.cache.begin(DEPENDENCIES)?;
        let failed = |e: std::io::Error| cannot_use(&folder, e);
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(failed)?;
        }
        fs::create_dir_all(&folder).map_err(failed)?;
        let text = self.lock.requirements(self.project).await?;
        self.say_what_is_open(work);
        let list = work.cache.folder().join("requirements.txt");
        fs::write(&list, &text).map_err(failed)?;
        // No tool has a hash for a folder.
        let has_hashes = text.contains("--hash=") && self.lock.locals.is_empty();
        work.step.tell("installs the packages");
        let native = self.is_native(work.platform).await;
        let mut command = match self.lock.kind {
            Kind::Uv => self.uv(work.platform, &folder, &list),
            Kind::Poetry | Kind::Pip => self.pip(work.platform, &folder, &list, native),
        };
        command.current_dir(self.place(work).await?);
        let command = if has_hashes { with_hashes(command) } else { command };
        self.run(work, command).await?;
        Self::normalize(&folder).map_err(failed)?;
        if native {
            self.compile(work, &folder).await?;
        }
        let installed = sources::everything(&folder, |path| path == ".lock")?;
        check(&installed, work.platform)?;
        let mut entries = sources::entries(installed, PACKAGES);
        // A script that pip made begins with the path of this machine's Python.
        for entry in &mut entries {
            if entry.path.starts_with(&format!("{PACKAGES}/bin/"))
                && let Content::File { from, .. } = &entry.content
                && let Some(script) = portable(from)
            {
                entry.content = Content::Program(script);
            }
        }
        work.cache.complete(DEPENDENCIES)?;
        work.cache.layer_as(DEPENDENCIES, &key, entries).await
    }

    /// Where the lines of the list start from. What builds a package leaves things behind in its folder: a copy.
    async fn place(&self, work: &Work<'_>) -> Result<PathBuf> {
        let folder = match self.lock.kind {
            Kind::Uv => self.lock.file.parent().unwrap_or(&self.project.folder),
            Kind::Poetry | Kind::Pip => &self.project.folder,
        };
        let is_here =
            |local: &PathBuf| local.starts_with(folder) && !local.components().any(|part| part == Component::ParentDir);
        if self.lock.locals.is_empty() || !self.lock.locals.iter().all(is_here) {
            return Ok(folder.to_owned());
        }
        let copy = work.cache.folder().join("sources");
        sources::copy(&sources::of(folder).await?, &copy, |_| false)?;
        Ok(copy)
    }

    fn say_what_is_open(&self, work: &mut Work<'_>) {
        let text = included::read(&self.lock.file).unwrap_or_default();
        if self.lock.kind == Kind::Pip
            && let [(line, first), rest @ ..] = included::open(&text).as_slice()
        {
            let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
            let place = self.lock.file.display();
            work.step.tell(&format!("{place}:{line} leaves the version of {first}{more} open: the same source may become another program; pin it, or lock with uv"));
        }
    }

    fn uv(&self, platform: &Platform, folder: &Path, list: &Path) -> Command {
        let mut command = UV.command(&self.project.folder);
        command.args([
            "pip",
            "install",
            "--no-config",
            "--no-deps",
            "--link-mode=copy",
            "--python-version",
            self.version,
            "--target",
        ]);
        command.arg(folder).arg("--requirements").arg(list);
        command.args(["--python-platform", &format!("{}-manylinux_2_36", machine(platform))]);
        command
    }

    fn pip(&self, platform: &Platform, folder: &Path, list: &Path, native: bool) -> Command {
        let mut command = PIP.command(&self.project.folder);
        command.args([
            "-m",
            "pip",
            "install",
            "--no-compile",
            "--no-input",
            "--disable-pip-version-check",
            "--progress-bar=off",
            "--no-warn-script-location",
            "--root-user-action=ignore",
            "--target",
        ]);
        command.arg(folder).arg("--requirement").arg(list);
        if !native {
            let machine = machine(platform);
            for generation in GENERATIONS {
                command.arg(format!("--platform={generation}_{machine}"));
            }
            command.args(["--only-binary=:all:", "--implementation=cp", "--python-version", self.version]);
        }
        command
    }

    /// Whether this machine's Python is the image's: then a package may also be built from its source.
    async fn is_native(&self, platform: &Platform) -> bool {
        if *platform != Platform::here() || cfg!(not(target_os = "linux")) || self.base.reference.contains("alpine") {
            return false;
        }
        let mut command = PIP.command(&self.project.folder);
        command.args(["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]);
        PIP.ask(command).await.is_ok_and(|said| String::from_utf8_lossy(&said).trim() == self.version)
    }

    async fn run(&self, work: &mut Work<'_>, command: Command) -> Result<()> {
        let tool = if self.lock.kind == Kind::Uv { UV } else { PIP };
        let ran = tool.follow(command, work.step).await?;
        if ran.status.success() {
            return Ok(());
        }
        let says = |words: &str| ran.said.iter().any(|line| line.contains(words));
        let error = Error::user("the packages do not install").at(self.lock.file.display());
        let error = explained(error, &ran.said, Shown::Last);
        let target = format!("{} and Python {}", work.platform, self.version);
        Err(if says("No module named pip") {
            error.hint("this Python has no pip: apt install python3-pip, or lock with uv")
        } else if says("THESE PACKAGES DO NOT MATCH THE HASHES") || says("Hash mismatch") {
            error.hint("a package is not what the lock file says: someone may have replaced it; do not go on before you know who")
        } else if says("(from versions: none)") {
            error.hint("the index has nothing of this name, or could not be asked: look at the name, the network, the proxy, and the index that pip is set to (pip config list)")
        } else if says("No matching distribution")
            || says("has no wheels")
            || says("no usable wheels")
            || says("no wheel")
        {
            error.hint(format!("a package has no wheel for {target}: choose another version of it, or another Python (.python-version, build.base)"))
        } else {
            error.hint(format!("it was installed for {target}"))
        })
    }

    /// What says where and when something was installed is taken out.
    fn normalize(folder: &Path) -> std::io::Result<()> {
        for entry in fs::read_dir(folder)?.flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|ending| ending == "dist-info") {
                for file in ["direct_url.json", "uv_cache.json", "REQUESTED", "INSTALLER"] {
                    let _ = fs::remove_file(path.join(file));
                }
                let record = path.join("RECORD");
                if let Ok(text) = fs::read_to_string(&record) {
                    let mut lines: Vec<&str> = text.lines().filter(|line| !is_of_machine(line)).collect();
                    lines.sort_unstable();
                    fs::write(&record, lines.join("\n") + "\n")?;
                }
            }
        }
        for source in sources::everything(folder, |_| false).unwrap_or_default() {
            if source.from.extension().is_some_and(|ending| ending == "pyc") {
                fs::remove_file(&source.from)?;
            }
        }
        Ok(())
    }

    /// Compiled now, because nothing can be written when it runs. Checked by nothing, so the time of a file does not
    /// matter (PEP 552).
    async fn compile(&self, work: &mut Work<'_>, folder: &Path) -> Result<()> {
        let mut command = PIP.command(folder);
        command.args(["-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", "-s"]).arg(folder);
        command.args(["-p", &format!("/{PACKAGES}")]).arg(folder);
        // A file for another release does not compile, and is not needed.
        PIP.follow(command, work.step).await.map(drop)
    }
}

fn with_hashes(mut command: Command) -> Command {
    command.arg("--require-hashes");
    command
}

fn machine(platform: &Platform) -> &str {
    match platform.architecture.as_str() {
        "amd64" => "x86_64",
        "arm64" => "aarch64",
        other => other,
    }
}

fn is_of_machine(line: &str) -> bool {
    line.starts_with("../../bin/")
        || line.starts_with("bin/")
        || line.contains(".pyc,")
        || ["direct_url.json,", "uv_cache.json,", "/REQUESTED,", "/INSTALLER,"].iter().any(|file| line.contains(file))
}

/// A script with a first line that holds in the image.
fn portable(script: &Path) -> Option<Vec<u8>> {
    let text = fs::read(script).ok()?;
    let end = text.iter().position(|byte| *byte == b'\n')?;
    let first = String::from_utf8_lossy(&text[..end]);
    (first.starts_with("#!") && first.contains("python")).then(|| [b"#!/usr/bin/env python3", &text[end..]].concat())
}

/// A compiled module for another platform would crash in the image.
fn check(installed: &[Source], platform: &Platform) -> Result<()> {
    for source in installed.iter().filter(|source| source.path.contains(".so")) {
        if let Some(binary) = Binary::of(&source.from).filter(|binary| !binary.runs_on(platform)) {
            let package = source.path.split('/').next().unwrap_or_default();
            return Err(Error::user(format!("{package} is compiled for {binary}, not for {platform}"))
                .at(source.path.clone())
                .hint("choose a version of it that has a wheel for the platform")
                .reason(Reason::BuildFailed));
        }
    }
    Ok(())
}
