//! A Dockerfile and what it may copy, built.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::container::{Container, State};
use super::context::context;
use super::engine::{Engine, Order};
use super::registries;
use crate::error::{Error, Result};
use crate::image::base::Locking;
use crate::image::builders::command::{Shown, explained, written};
use crate::image::builders::sources;
use crate::image::oci::{digest, short};
use crate::image::registry;
use crate::image::request::Request;
use crate::input;
use crate::program;
use crate::progress::Progress;
use crate::reason::Reason;
use crate::spec::Build;
use crate::text;

/// Where docker, podman and buildah look.
const NAMES: [&str; 2] = ["Dockerfile", "Containerfile"];
/// Of a Dockerfile; in bytes.
const LARGEST: u64 = 4 << 20;

/// How an image is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    file: PathBuf,
    context: PathBuf,
    target: Option<String>,
    args: BTreeMap<String, String>,
}

impl Recipe {
    /// The one that plat.yaml names, else the one beside it.
    pub fn of(folder: &Path, build: &Build) -> Option<Self> {
        let context = build.context.as_ref().map_or_else(|| folder.to_owned(), |path| folder.join(path));
        let file = match &build.dockerfile {
            Some(path) => folder.join(path),
            None => [folder, context.as_path()]
                .iter()
                .flat_map(|at| NAMES.map(|name| at.join(name)))
                .find(|file| file.is_file())?,
        };
        let (target, args) = (build.target.clone(), build.args.clone());
        (file.is_file() && context.is_dir()).then_some(Self { file, context, target, args })
    }

    /// Builds it, unless the registry has what these sources made before.
    ///
    /// # Errors
    /// When nothing here reads Dockerfiles, or it does not build.
    pub async fn build(&self, request: &Request<'_>, progress: &dyn Progress) -> Result<Container> {
        let platforms: Vec<String> = request.platforms.iter().map(ToString::to_string).collect();
        let name = registry::in_registry(request.registry, &request.spec.name)?;
        let name = format!("{name}:src-{}", &self.fingerprint(&platforms)?[..12]);
        // Where it cannot be asked, the push says why.
        if let Ok(Some(digest)) = registry::digest_of(&name).await {
            let step = progress.step(&format!("build {} for {}", request.spec.name, platforms.join(", ")));
            step.done(&format!("the registry has these sources, {}", short(&digest)));
            return Ok(Container { name, state: State::There(digest) });
        }
        if request.locking == Locking::Look {
            progress.warn(&format!(
                "{name} is not built yet, so it is not pinned by its digest: plat deploy builds {}",
                self.file.display()
            ));
            return Ok(Container { name, state: State::NotBuilt });
        }
        let engine = Engine::here().await?;
        let mut step = progress.step(&format!(
            "build {} for {} with {}",
            request.spec.name,
            platforms.join(", "),
            engine.program()
        ));
        let mut command = engine.build(&Order {
            file: &self.file,
            context: &self.context,
            target: self.target.as_deref(),
            args: &self.args,
            bases: &bases(&self.text()?),
            name: &name,
            platforms: &platforms,
        });
        // A file of this build alone.
        let registries = engine.reads_registries_conf().then(registries::file).transpose()?;
        if let Some(file) = &registries {
            command.env(registries::VARIABLE, file.path());
        }
        step.said(&written(&command));
        let mut show = |line: &str| {
            step.said(line);
            if !line.trim().is_empty() {
                step.tell(&text::foreign_line(line.trim_end(), 200));
            }
        };
        let ran = program::follow(command, &mut show).await;
        let ran =
            ran.map_err(|failure| Error::user(format!("{} {failure}", engine.program())).reason(Reason::NoToolchain))?;
        if !ran.status.success() {
            return Err(self.failed(engine, &ran.said));
        }
        step.done(&name);
        Ok(Container { name, state: State::Built(engine, platforms) })
    }

    fn text(&self) -> Result<String> {
        input::read_text(&self.file, LARGEST)
            .map_err(|e| Error::user(format!("the Dockerfile {e}")).at(self.file.display()))
    }

    /// What everything that it may read is known by.
    fn fingerprint(&self, platforms: &[String]) -> Result<String> {
        let text = self.text()?;
        let sources = sources::fingerprint(&context(&self.context, &self.file)?)?;
        let mut known = format!("{}\n{sources}\n{}", digest(text.as_bytes()), platforms.join(","));
        if let Some(target) = &self.target {
            let _ = write!(known, "\ntarget {target}");
        }
        for (name, value) in &self.args {
            let _ = write!(known, "\narg {name}={value:?}");
        }
        Ok(digest(known.as_bytes())["sha256:".len()..].to_owned())
    }

    fn failed(&self, engine: Engine, said: &[String]) -> Error {
        let error = Error::user(format!("{} does not build the Dockerfile", engine.program()));
        let text = self.text().unwrap_or_default();
        let line = said.iter().rev().find_map(|line| line_of(line).or_else(|| line_of_step(line, &text)));
        let error = error.at(match line {
            Some(line) => format!("{}:{line}", self.file.display()),
            None => self.file.display().to_string(),
        });
        let error = explained(error, said, Shown::Last);
        match &self.target {
            Some(target) if !stages(&text).iter().any(|stage| stage.eq_ignore_ascii_case(target)) => {
                let known = stages(&text);
                let known = if known.is_empty() { "it names none".to_owned() } else { known.join(", ") };
                error.hint(format!("the Dockerfile has no stage {target} ({known}): fix build.target in plat.yaml"))
            }
            _ => error,
        }
    }
}

/// `7` of `Dockerfile:7`, as `BuildKit` says where it failed.
fn line_of(said: &str) -> Option<u32> {
    let rest = NAMES.iter().find_map(|name| said.trim().strip_prefix(name)?.strip_prefix(':'))?;
    rest.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().ok()
}

/// The line of the step that podman and buildah were at: `STEP 2/3: COPY a /b`.
fn line_of_step(said: &str, dockerfile: &str) -> Option<u32> {
    let (_, step) = said.split_once("STEP ")?;
    let (number, instruction) = step.split_once(": ")?;
    number.split_once('/')?.0.parse::<u32>().ok()?;
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let instruction = words(instruction);
    let begins = |line: &str| {
        // What goes on in the next line is one instruction to them.
        let line = words(line.trim_end().trim_end_matches('\\'));
        !line.is_empty() && instruction.starts_with(&line)
    };
    let at = dockerfile.lines().position(begins)?;
    u32::try_from(at + 1).ok()
}

/// plat.yaml names a Dockerfile that is not there.
pub fn missing(folder: &Path, build: &Build) -> Error {
    let wanted = build.dockerfile.clone().unwrap_or_else(|| NAMES[0].to_owned());
    let place = folder.join(&wanted);
    let error = match &build.context {
        Some(context) if !folder.join(context).is_dir() => {
            return Error::user(format!("the folder that the Dockerfile may copy from, {context}, does not exist"))
                .at(folder.join("plat.yaml").display())
                .hint("fix build.context in plat.yaml; it is relative to plat.yaml");
        }
        _ => Error::user(format!("there is no {wanted}")),
    };
    error
        .at(place.display())
        .hint("fix build.dockerfile in plat.yaml; it is relative to plat.yaml")
        .reason(Reason::NoToolchain)
}

/// The images that a Dockerfile stands on, as it names them; not its own stages.
fn bases(dockerfile: &str) -> Vec<String> {
    let mut stages: Vec<&str> = vec!["scratch"];
    let mut found = Vec::new();
    for (image, stage) in froms(dockerfile) {
        if !stages.iter().any(|stage| stage.eq_ignore_ascii_case(image)) {
            found.push(image.to_owned());
        }
        stages.extend(stage);
    }
    found
}

/// The stages that have a name.
fn stages(dockerfile: &str) -> Vec<&str> {
    froms(dockerfile).filter_map(|(_, stage)| stage).collect()
}

/// Of each `FROM` the image, and what its stage is called.
fn froms(dockerfile: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    dockerfile.lines().filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().filter(|word| !word.starts_with("--")).collect();
        match words.as_slice() {
            [from, image, keyword, stage] if is(from, "from") && is(keyword, "as") => Some((*image, Some(*stage))),
            [from, image, ..] if is(from, "from") => Some((*image, None)),
            _ => None,
        }
    })
}

fn is(word: &str, keyword: &str) -> bool {
    word.eq_ignore_ascii_case(keyword)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_found_in_the_dockerfile() {
        let text = "FROM alpine\nRUN apk add a \\\n  b\nCOPY  x /x\n";
        assert_eq!(line_of_step("STEP 3/3: COPY x /x", text), Some(4));
        assert_eq!(line_of_step("[2/2] STEP 2/3: RUN apk add a   b", text), Some(2));
        assert_eq!(line_of_step("Error: building at STEP \"COPY x /x\": no such file", text), None);
    }

    #[test]
    fn a_stage_is_no_base() {
        let text =
            "FROM --platform=$BUILDPLATFORM golang:1 AS build\nRUN x\nfrom build as test\nFROM scratch\nFROM alpine\n";
        assert_eq!(bases(text), ["golang:1", "alpine"]);
        assert_eq!(stages(text), ["build", "test"]);
    }
}
