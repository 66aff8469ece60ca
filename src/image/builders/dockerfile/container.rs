//! What was built from a Dockerfile, on its way to a registry.

use super::engine::Engine;
use crate::error::{Error, Result};
use crate::image::builders::command::{Shown, explained};
use crate::image::oci::short;
use crate::image::registry::{self, Pushed};
use crate::program;
use crate::progress::Progress;
use crate::reason::Reason;
use crate::text;

/// What was built, in the store of the program that built it; or what the registry has already.
#[derive(Debug)]
pub struct Container {
    /// `registry/name:src-…`: the same sources have the same tag.
    pub name: String,
    pub state: State,
}

#[derive(Debug)]
pub enum State {
    /// The registry has it, with this digest.
    There(String),
    /// It is still to be pushed.
    Built(Engine, Vec<String>),
    /// Somebody only looks.
    NotBuilt,
}

impl Container {
    /// With its digest, where that is known.
    pub fn reference(&self) -> String {
        match &self.state {
            State::There(digest) => format!("{}@{digest}", without_tag(&self.name)),
            State::Built(..) | State::NotBuilt => self.name.clone(),
        }
    }

    /// # Errors
    /// When the registry does not take it.
    pub async fn push(&self, progress: &dyn Progress) -> Result<Pushed> {
        let State::Built(engine, platforms) = &self.state else {
            let State::There(digest) = &self.state else { return Err(Error::bug("nothing was built")) };
            return Ok(Pushed { reference: self.reference(), digest: digest.clone(), uploaded_bytes: 0 });
        };
        let name = &self.name;
        let mut step = progress.step(&format!("push {name}"));
        if let Some(command) = engine.push(name, platforms) {
            let mut show = |line: &str| step.pass(&text::foreign_line(line.trim_end(), 120));
            let ran = program::follow(command, &mut show).await;
            let ran = ran.map_err(|failure| Error::user(format!("{} {failure}", engine.program())))?;
            if !ran.status.success() {
                let error = Error::user(format!("{} does not push {name}", engine.program())).at(name);
                let host = name.split('/').next().unwrap_or_default();
                return Err(explained(error, &ran.said, Shown::Last)
                    .reason(Reason::RegistryFailed)
                    .hint(format!("look at the registry and at the login that is kept for it: docker login {host}")));
            }
        }
        let digest = registry::digest_of(name).await?.ok_or_else(|| {
            Error::user(format!("{name} was pushed, and the registry does not have it")).reason(Reason::RegistryFailed)
        })?;
        step.done(short(&digest));
        Ok(Pushed { reference: format!("{}@{digest}", without_tag(name)), digest, uploaded_bytes: 0 })
    }
}

fn without_tag(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(name, _)| name)
}
