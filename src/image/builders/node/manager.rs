//! npm, pnpm, yarn: how they install what the lock file says, and run a script.

use std::path::Path;

use tokio::process::Command;

use super::project::Project;
use crate::error::{Error, Result};
use crate::image::builders::command::Tool;
use crate::image::platform::Platform;
use crate::program;
use crate::reason::Reason;
use crate::text;
use crate::toolchain::lock::{self, Unlocked};

const NODE: &str = "Node";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manager {
    Npm,
    Pnpm,
    /// The first generation.
    Yarn,
    /// From the second on.
    Berry,
}

impl Manager {
    /// The one that wrote the lock file.
    ///
    /// # Errors
    /// When there is no lock file, and something to lock.
    pub fn of(project: &Project) -> Result<Self> {
        let named = project.package["packageManager"].as_str().and_then(|text| text.split_once('@'));
        match project.lock {
            Some((_, "pnpm")) => Ok(Self::Pnpm),
            Some((lock, "yarn")) => {
                let is_berry = crate::input::read_text(&project.root.join(lock), 64 << 20)
                    .is_ok_and(|text| text.contains("__metadata:"));
                Ok(if is_berry { Self::Berry } else { Self::Yarn })
            }
            Some(_) => Ok(Self::Npm),
            None if !project.has_dependencies() => Ok(Self::Npm),
            None => Err(no_lock(project, named.map(|(name, _)| name))),
        }
    }

    pub fn tool(self) -> Tool<'static> {
        let (program, install) = match self {
            Self::Npm => ("npm", "it comes with Node: https://nodejs.org"),
            Self::Pnpm => ("pnpm", "npm install --global pnpm, or corepack enable"),
            Self::Yarn | Self::Berry => ("yarn", "npm install --global yarn, or corepack enable"),
        };
        Tool { program, stack: NODE, install }
    }

    /// Everything, what only a build needs included.
    pub fn install(self, folder: &Path, platform: &Platform, is_musl: bool) -> Command {
        let arguments: &[&str] = match self {
            Self::Npm => &["ci", "--include=dev"],
            Self::Pnpm => &["install", "--frozen-lockfile", "--prod=false"],
            Self::Yarn => &["install", "--frozen-lockfile", "--production=false", "--non-interactive"],
            Self::Berry => &["install", "--immutable"],
        };
        self.command(folder, arguments, platform, is_musl)
    }

    /// Takes out what only a build needs, of a folder where everything is installed.
    pub fn prune(self, folder: &Path, platform: &Platform, is_musl: bool) -> Command {
        let arguments: &[&str] = match self {
            Self::Npm => &["prune", "--omit=dev", "--ignore-scripts"],
            // Else pnpm keeps what it takes out for a week, in its own folder of the same `node_modules`.
            Self::Pnpm => &[
                "install",
                "--frozen-lockfile",
                "--prod",
                "--ignore-scripts",
                "--offline",
                "--config.modules-cache-max-age=0",
            ],
            Self::Yarn => {
                &["install", "--frozen-lockfile", "--production", "--ignore-scripts", "--non-interactive", "--offline"]
            }
            Self::Berry => &["workspaces", "focus", "--all", "--production"],
        };
        self.command(folder, arguments, platform, is_musl)
    }

    /// Only what one member of a workspace needs when it runs.
    pub fn install_member(self, folder: &Path, member: &str, target: (&Platform, bool)) -> Command {
        let filter = format!("{{./{member}}}...");
        let arguments: &[&str] = match self {
            Self::Npm => &["ci", "--omit=dev", "--workspace", member],
            Self::Pnpm => &["install", "--frozen-lockfile", "--prod", "--filter", &filter],
            Self::Yarn => &["install", "--frozen-lockfile", "--production", "--non-interactive"],
            Self::Berry => &["workspaces", "focus", "--production"],
        };
        // yarn looks at the folder that it is started in.
        let at = if self == Self::Berry { folder.join(member) } else { folder.to_owned() };
        self.command(&at, arguments, target.0, target.1)
    }

    pub fn run(self, folder: &Path, script: &str) -> Command {
        let mut command = self.started(folder);
        command.args(["run", script]);
        command
    }

    /// Both generations are called yarn, and neither reads the other's lock file.
    ///
    /// # Errors
    /// When the one on PATH is not the one that wrote it.
    pub async fn check(self, folder: &Path, lock: &Path) -> Result<()> {
        let (wanted, how) = match self {
            Self::Yarn => ("1", "npm install --global yarn@1"),
            Self::Berry => ("2 or later", "corepack enable; or commit that yarn: yarn set version stable"),
            Self::Npm | Self::Pnpm => return Ok(()),
        };
        let mut command = self.started(folder);
        command.arg("--version");
        let said = self.tool().ask(command).await?;
        let version = text::foreign_line(String::from_utf8_lossy(&said).trim(), 40);
        if version.starts_with("1.") == (self == Self::Yarn) {
            return Ok(());
        }
        Err(Error::user(format!("the lock file is of yarn {wanted}, and the yarn here is {version}"))
            .at(lock.display())
            .hint(format!("install the one of the project: {how}"))
            .reason(Reason::NoToolchain))
    }

    fn command(self, folder: &Path, arguments: &[&str], platform: &Platform, is_musl: bool) -> Command {
        let mut command = self.started(folder);
        command.args(arguments).env("CI", "1");
        if self == Self::Npm {
            command.args(["--no-audit", "--no-fund", "--no-update-notifier"]);
        }
        if *platform != Platform::here() || cfg!(not(target_os = "linux")) || is_musl {
            let cpu = match platform.architecture.as_str() {
                "amd64" => "x64",
                "ppc64le" => "ppc64",
                other => other,
            };
            let libc = if is_musl { "musl" } else { "glibc" };
            if matches!(self, Self::Npm | Self::Pnpm) {
                command.args(["--os=linux".to_owned(), format!("--cpu={cpu}"), format!("--libc={libc}")]);
            }
        }
        command
    }

    fn started(self, folder: &Path) -> Command {
        let mut command = self.tool().command(folder);
        match self {
            // Node finds what lies in node_modules; the other way needs a loader.
            Self::Berry => command.env("YARN_NODE_LINKER", "node-modules").env("YARN_ENABLE_GLOBAL_CACHE", "1"),
            // The release of Node that runs the program is the image's, not this machine's.
            Self::Yarn => command.env("YARN_IGNORE_ENGINES", "1"),
            Self::Npm | Self::Pnpm => &mut command,
        };
        command
    }
}

fn no_lock(project: &Project, named: Option<&str>) -> Error {
    let how = lock::how(Unlocked::Node(named), program::is_on_path);
    Error::user("there is no lock file, so the same source could become another program tomorrow")
        .at(project.root.join("package.json").display())
        .hint(format!("make it and commit it: cd {} && {how}", project.root.display()))
        .reason(Reason::BuildFailed)
}
