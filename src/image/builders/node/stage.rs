//! A private copy of the project, where it is installed and built.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tokio::process::Command;

use super::layout::{APPLICATION, DEPENDENCIES, ROOT};
use super::manager::Manager;
use super::project::{self, Project};
use super::{modules, next, starters};
use crate::error::{Error, Result};
use crate::image::builders::command::{Shown, Tool, explained};
use crate::image::builders::sources::{self, Kind, Source};
use crate::image::builders::work::Work;
use crate::image::kept_layers::cannot_use;
use crate::image::oci::{Base, Layer};

/// What the dependencies in the stage are made from.
const INSTALLED: &str = "installed";
/// The dependencies without those of the build.
const RUNTIME: &str = "runtime";

pub struct Stage<'a> {
    pub project: &'a Project,
    pub manager: Manager,
    pub base: &'a Base,
    pub folder: PathBuf,
}

impl Stage<'_> {
    /// Installs what the lock file says, and packs what of it the program needs when it runs.
    ///
    /// # Errors
    /// When it does not install, or a compiled module is for another platform.
    pub async fn dependencies(&self, work: &mut Work<'_>, key: String) -> Result<Layer> {
        let noted = work.cache.folder().join(INSTALLED);
        let is_there = !self.has_something_to_install() || self.folder.join("node_modules").is_dir();
        if is_there
            && fs::read_to_string(&noted).is_ok_and(|noted| noted == key)
            && let Some(kept) = work.cache.kept(DEPENDENCIES, &key)
        {
            return Ok(kept);
        }
        let _ = fs::remove_file(&noted);
        if self.has_something_to_install() {
            if let Some((lock, _)) = self.project.lock {
                self.manager.check(&self.folder, &self.project.root.join(lock)).await?;
            }
            work.step.tell(&format!("installs the dependencies with {}", self.manager.tool().program));
            let install = self.manager.install(&self.folder, work.platform, self.is_musl());
            self.run(work, install).await?;
        }
        let runtime = self.runtime(work).await?;
        let is_left_out = |path: &str| project::is_of_machine(path);
        let mut installed = sources::everything(&runtime, is_left_out)?;
        installed.retain(|source| project::is_installed(&source.path));
        let node = local_node().await;
        modules::check(&installed, work.platform, self.base, node.as_deref())?;
        let mut entries = sources::entries(installed, ROOT);
        starters::relocate(&mut entries, &runtime);
        let layer = work.cache.layer_as(DEPENDENCIES, &key, entries).await?;
        fs::write(&noted, key).map_err(|e| cannot_use(&noted, e))?;
        Ok(layer)
    }

    /// A folder with the dependencies that the program needs when it runs.
    async fn runtime(&self, work: &mut Work<'_>) -> Result<PathBuf> {
        let runtime = work.cache.folder().join(RUNTIME);
        let failed =
            |e: std::io::Error| Error::user("the dependencies cannot be copied").at(runtime.display()).because(e);
        if runtime.exists() {
            fs::remove_dir_all(&runtime).map_err(failed)?;
        }
        fs::create_dir_all(&runtime).map_err(failed)?;
        let is_needed = |source: &Source| {
            is_of_install(&source.path) || (self.project.member.is_empty() && project::is_installed(&source.path))
        };
        for Source { path, from, kind } in sources::everything(&self.folder, |_| false)?.into_iter().filter(is_needed) {
            let to = runtime.join(&path);
            fs::create_dir_all(to.parent().unwrap_or(&runtime)).map_err(failed)?;
            match kind {
                Kind::File { .. } if !self.project.member.is_empty() && path.ends_with("package.json") => {
                    match project::package(&from) {
                        Ok(package) => fs::write(&to, without_preparation(package).to_string()),
                        // A test's, which is broken on purpose.
                        Err(_) => fs::copy(&from, &to).map(drop),
                    }
                }
                // Nothing of it is written to: what is taken out is only a name less.
                Kind::File { .. } => fs::hard_link(&from, &to).or_else(|_| fs::copy(&from, &to).map(drop)),
                Kind::Link(target) => sources::link(&target, &to),
            }
            .map_err(failed)?;
        }
        let target = (work.platform, self.is_musl());
        let command = match self.project.member.as_str() {
            "" if !self.project.has_dependencies() => return Ok(runtime),
            "" => self.manager.prune(&runtime, target.0, target.1),
            member => self.manager.install_member(&runtime, member, target),
        };
        self.run(work, command).await?;
        Ok(runtime)
    }

    /// Runs the build script, and packs everything but the dependencies.
    ///
    /// # Errors
    /// When it does not build.
    pub async fn application(&self, work: &mut Work<'_>, (sources, key): (&[Source], String)) -> Result<Layer> {
        let locals = project::local_packages(&self.folder, &self.project.member);
        // What others stand on is built first.
        for local in locals.iter().rev() {
            let at = self.folder.join(local);
            let package = project::package(&at.join("package.json"))?;
            if package["scripts"]["build"].is_string() {
                work.step.tell(&format!(
                    "{} run build{}",
                    self.manager.tool().program,
                    if local.is_empty() { String::new() } else { format!(" in {local}") }
                ));
                let build = self.manager.run(&at, "build");
                self.run(work, build).await?;
            }
        }
        let given: BTreeSet<&str> = sources.iter().map(|source| source.path.as_str()).collect();
        let is_left_out =
            |path: &str| project::is_installed(path) || path.contains(".next/cache") || path.contains(".turbo");
        let mut built = sources::everything(&self.folder, is_left_out)?;
        let is_of_service = |path: &str| {
            self.project.member.is_empty()
                || path == "package.json"
                || locals
                    .iter()
                    .any(|local| path.strip_prefix(local.as_str()).is_some_and(|rest| rest.starts_with('/')))
        };
        // What the build made is shipped whatever its name is, but for the tests that it compiled.
        built.retain(|one| {
            let is_wanted = sources::is_shipped(&one.path) || !given.contains(one.path.as_str());
            is_of_service(&one.path) && is_wanted && !sources::is_of_tests(&one.path)
        });
        built.extend(next::beside_the_server(&built, &self.folder, &self.project.member));
        work.cache.layer_as(APPLICATION, &key, sources::entries(built, ROOT)).await
    }

    fn has_something_to_install(&self) -> bool {
        self.project.has_dependencies() || !self.project.member.is_empty()
    }

    fn is_musl(&self) -> bool {
        self.base.reference.contains("alpine")
    }

    async fn run(&self, work: &mut Work<'_>, command: Command) -> Result<()> {
        let tool = self.manager.tool();
        let shown = shown(&command);
        let ran = tool.follow(command, work.step).await?;
        if ran.status.success() {
            return Ok(());
        }
        let project = self.project.folder();
        let stage = self.folder.display().to_string();
        // The reader knows the project's own folder, not the copy.
        let said: Vec<String> =
            ran.said.iter().map(|line| line.replace(&stage, &self.project.root.display().to_string())).collect();
        let place = said.iter().find_map(|line| location(line));
        let error = Error::user(format!("{shown} failed")).at(match place {
            Some(place) => project.join(place).display().to_string(),
            None => project.join("package.json").display().to_string(),
        });
        let error = explained(error, &said, Shown::Last);
        let says = |words: &str| said.iter().any(|line| line.contains(words));
        let error = if says("EUSAGE")
            || says("ERR_PNPM_OUTDATED_LOCKFILE")
            || says("lockfile needs to be updated")
            || says("YN0028")
        {
            error.hint(format!("the lock file does not fit package.json: run {} install, and commit it", tool.program))
        } else if says("While running workspaces focus") {
            error.hint("this yarn leaves development dependencies out by a plugin: yarn plugin import workspace-tools, and commit it")
        } else {
            error
        };
        Err(error.hint(format!("see it alone: cd {} && {shown}", project.display())))
    }
}

/// What prepares a checkout for its developers (husky, a build) needs what only they have: where a member is installed
/// without that, it would fail.
fn without_preparation(mut package: Value) -> Value {
    if let Some(scripts) = package.get_mut("scripts").and_then(Value::as_object_mut) {
        scripts.retain(|name, _| !["preprepare", "prepare", "postprepare", "prepublish"].contains(&name.as_str()));
    }
    package
}

/// What a package manager reads before there is a `node_modules`.
fn is_of_install(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let is_file = matches!(
        name,
        "package.json"
            | "package-lock.json"
            | "npm-shrinkwrap.json"
            | "pnpm-lock.yaml"
            | "pnpm-workspace.yaml"
            | "yarn.lock"
            | ".npmrc"
            | ".yarnrc"
            | ".yarnrc.yml"
            | ".pnpmfile.cjs"
    );
    !project::is_installed(path) && (is_file || path.starts_with(".yarn/") || path.starts_with("patches/"))
}

fn shown(command: &Command) -> String {
    let command = command.as_std();
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).filter(|word| !word.starts_with("--no-")).collect::<Vec<_>>().join(" ")
}

/// `src/main.ts:3:5` of TypeScript's `src/main.ts(3,5): error TS2304` or `src/main.ts:3:5 - error`, and of the line of
/// its own that Node and esbuild write.
fn location(line: &str) -> Option<String> {
    let said = line.trim();
    let Some((place, rest)) = said.split_once(" - error").or_else(|| said.split_once(": error")) else {
        let place = said.trim_end_matches(':');
        let (file, number) = place.split_once(':')?;
        let is_number = |c: char| c.is_ascii_digit() || c == ':';
        let is_source = Path::new(file).extension().is_some() && !file.contains([' ', '(', '"', '\'']);
        return (is_source && !number.is_empty() && number.chars().all(is_number)).then(|| place.to_owned());
    };
    if rest.is_empty() || place.contains(' ') {
        return None;
    }
    match place.strip_suffix(')').and_then(|place| place.rsplit_once('(')) {
        Some((file, at)) => Some(format!("{file}:{}", at.replace(',', ":"))),
        None => place.contains(':').then(|| place.to_owned()),
    }
}

/// The major release that compiled modules were made for.
async fn local_node() -> Option<String> {
    let node = Tool { program: "node", stack: "Node", install: "https://nodejs.org" };
    let mut command = node.command(Path::new("."));
    command.arg("--version");
    let version = node.ask(command).await.ok()?;
    let version = String::from_utf8_lossy(&version);
    Some(version.trim().trim_start_matches('v').split('.').next()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("src/main.ts(3,5): error TS2304: Cannot find name 'x'.", Some("src/main.ts:3:5"))]
    #[case("src/main.ts:3:5 - error TS2304: Cannot find name 'x'.", Some("src/main.ts:3:5"))]
    #[case::node("/shop/build.js:12", Some("/shop/build.js:12"))]
    #[case::esbuild("    src/index.ts:1:7:", Some("src/index.ts:1:7"))]
    #[case("at file.js:1:2 (x)", None)]
    #[case("http://127.0.0.1:4873", None)]
    #[case("npm error code 2", None)]
    #[case("Build failed: error in something", None)]
    fn location_is_the_compilers(#[case] line: &str, #[case] expected: Option<&str>) {
        assert_eq!(location(line).as_deref(), expected);
    }
}
