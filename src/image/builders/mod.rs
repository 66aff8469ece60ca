//! A project's files -> what its image is made of, one file for each stack.
//!
//! Adding one: a file, a variant of [`Stack`], a line in [`BUILDERS`].
//!
//! ```text
//! work        what a builder is given
//! command     a toolchain that is followed; what it said, as an error
//! sources     the files of a project that belong in its image
//! linked      what a toolchain has linked into a program      pure
//! entry_point a line of a shell -> what is started
//! ```

mod binary;
mod command;
mod dockerfile;
mod entry_point;
mod go;
mod java;
mod linked;
mod node;
mod python;
mod rust;
mod sources;
mod static_program;
mod work;

use std::path::Path;

use futures::future::LocalBoxFuture;

use super::oci::Parts;
use crate::error::{Error, Result};
use crate::reason::Reason;
use crate::spec::{Spec, Stack};

pub use dockerfile::{Container, Recipe};
pub use work::Work;

type Build = for<'a> fn(Work<'a>) -> LocalBoxFuture<'a, Result<Parts>>;

/// What builds a stack's projects.
pub struct Builder {
    pub stack: Stack,
    /// As a sentence names it.
    pub title: &'static str,
    /// The file in a folder by which a project is known.
    marker: fn(&Path) -> Option<&'static str>,
    pub build: Build,
}

pub static BUILDERS: [Builder; 5] = [
    Builder { stack: Stack::Go, title: "Go", marker: go::marker, build: |work| Box::pin(go::build(work)) },
    Builder { stack: Stack::Rust, title: "Rust", marker: rust::marker, build: |work| Box::pin(rust::build(work)) },
    Builder { stack: Stack::Node, title: "Node", marker: node::marker, build: |work| Box::pin(node::build(work)) },
    Builder {
        stack: Stack::Python,
        title: "Python",
        marker: python::marker,
        build: |work| Box::pin(python::build(work)),
    },
    Builder { stack: Stack::Java, title: "Java", marker: java::marker, build: |work| Box::pin(java::build(work)) },
];

/// What builds a project.
pub enum Chosen {
    Builder(&'static Builder),
    /// Another program, by a file that says how.
    Dockerfile(Recipe),
}

/// What plat.yaml says builds the project, else what its files say.
///
/// # Errors
/// When they say nothing, or several things.
pub fn choose(folder: &Path, spec: &Spec) -> Result<Chosen> {
    let build = spec.build.clone().unwrap_or_default();
    let wants_dockerfile = build.dockerfile.is_some()
        || build.context.is_some()
        || build.target.is_some()
        || !build.args.is_empty()
        || build.stack == Some(Stack::Dockerfile);
    if wants_dockerfile || build.stack.is_none() {
        if let Some(recipe) = Recipe::of(folder, &build) {
            return Ok(Chosen::Dockerfile(recipe));
        }
        if wants_dockerfile {
            return Err(dockerfile::missing(folder, &build));
        }
    }
    if let Some(stack) = build.stack {
        let of_stack = BUILDERS.iter().find(|builder| builder.stack == stack);
        return of_stack.map(Chosen::Builder).ok_or_else(|| Error::bug("a stack has no builder"));
    }
    let here: Vec<(&Builder, &str)> =
        BUILDERS.iter().filter_map(|builder| Some((builder, (builder.marker)(folder)?))).collect();
    match here.as_slice() {
        [(only, _)] => Ok(Chosen::Builder(only)),
        // As Go does: a module may begin above the folder of plat.yaml.
        [] if folder.ancestors().skip(1).any(|above| go::marker(above).is_some()) => Ok(Chosen::Builder(&BUILDERS[0])),
        [] => Err(nothing(folder, spec)),
        several => Err(ambiguous(folder, spec, several)),
    }
}

fn nothing(folder: &Path, spec: &Spec) -> Error {
    Error::user(format!("plat cannot see how to build {}", spec.name))
        .at(folder.display())
        .detail("there is no Dockerfile, go.mod, Cargo.toml, package.json with a start script, pyproject.toml, requirements.txt, pom.xml or build.gradle here")
        .hint("run plat in the folder of the service, or say what builds it: build: {stack: go} in plat.yaml")
        .hint("or build it as you do now, push it, and set image: in plat.yaml to it")
        .reason(Reason::NoToolchain)
}

fn ambiguous(folder: &Path, spec: &Spec, several: &[(&Builder, &str)]) -> Error {
    let stack = |builder: &Builder| builder.title.to_lowercase();
    let error = Error::user(format!(
        "{} could be built in {} ways, and plat.yaml does not say which",
        spec.name,
        several.len()
    ));
    let error = several.iter().fold(error.at(folder.display()), |error, (builder, marker)| {
        error.detail(format!("{}: {marker}", builder.title))
    });
    let first = several.first().map(|(builder, _)| stack(builder)).unwrap_or_default();
    error.hint(format!("say it in plat.yaml: build: {{stack: {first}}}")).reason(Reason::NoToolchain)
}
