//! The programs that read Dockerfiles, and their commands.

use std::collections::BTreeMap;
use std::path::Path;

use tokio::process::Command;

use crate::error::{Error, Result};
use crate::image::builders::command::Tool;
use crate::image::registry;
use crate::reason::Reason;

const INSTALL: &str = "docker (with buildx), podman, buildah or nerdctl";

/// What reads Dockerfiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Docker,
    Podman,
    Buildah,
    Nerdctl,
}

const ENGINES: [Engine; 4] = [Engine::Docker, Engine::Podman, Engine::Buildah, Engine::Nerdctl];

/// One build.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    pub file: &'a Path,
    pub context: &'a Path,
    /// The stage that is the image.
    pub target: Option<&'a str>,
    pub args: &'a BTreeMap<String, String>,
    /// The images that the Dockerfile stands on.
    pub bases: &'a [String],
    /// What it is called, in its registry.
    pub name: &'a str,
    pub platforms: &'a [String],
}

impl Engine {
    pub fn program(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
            Self::Buildah => "buildah",
            Self::Nerdctl => "nerdctl",
        }
    }

    /// The first one on PATH that works.
    pub async fn here() -> Result<Self> {
        let mut silent = Vec::new();
        for engine in ENGINES {
            let tool = Tool { program: engine.program(), stack: "Dockerfile", install: INSTALL };
            let mut command = tool.command(Path::new("."));
            // Asked of what does the work, where that is another process.
            command.args(match engine {
                Self::Docker => ["version", "--format", "{{.Server.Version}}"].as_slice(),
                Self::Nerdctl => &["info", "--format", "{{.ServerVersion}}"],
                Self::Podman | Self::Buildah => &["--version"],
            });
            match tool.ask(command).await {
                Ok(_) => return Ok(engine),
                Err(error) if error.reason == Some(Reason::NoToolchain) => {}
                Err(error) => silent.push((engine, error.details)),
            }
        }
        let error = Error::user(match silent.first() {
            Some((engine, _)) => format!(
                "{} is on PATH and does not work, and no other program here reads a Dockerfile",
                engine.program()
            ),
            None => "no program here reads a Dockerfile".to_owned(),
        });
        let said = silent.into_iter().flat_map(|(_, details)| details);
        Err(said
            .fold(error, Error::detail)
            .hint(format!("install one of {INSTALL}"))
            .hint("or build without one: build: {stack: go}, or rust, node, python, java, in plat.yaml")
            .reason(Reason::NoToolchain))
    }

    /// Whether it asks the registries that `containers-registries.conf(5)` names.
    pub fn reads_registries_conf(self) -> bool {
        matches!(self, Self::Podman | Self::Buildah)
    }

    pub fn build(self, order: &Order<'_>) -> Command {
        let Order { file, context, target, args, bases, name, platforms } = *order;
        let mut command = Command::new(self.program());
        command.current_dir(context);
        let several = platforms.len() > 1;
        match self {
            Self::Docker => {
                command.args(["buildx", "build", "--progress=plain", "--provenance=false"]);
                // An index is nowhere but in a registry.
                command.arg(if several { "--push" } else { "--load" });
            }
            Self::Podman | Self::Buildah => {
                // Their cache takes `ENV A=$B` for the same whatever the argument B is (buildah 1.28).
                command.args(["build", if args.is_empty() { "--layers" } else { "--no-cache" }]);
                with_login(&mut command);
                if !bases.is_empty() && bases.iter().all(|base| is_here(base)) {
                    command.arg("--tls-verify=false");
                }
            }
            Self::Nerdctl => {
                command.args(["build", "--progress=plain"]);
            }
        }
        let names_index = several && matches!(self, Self::Podman | Self::Buildah);
        command.arg(format!("--platform={}", platforms.join(",")));
        command.arg(if names_index { "--manifest" } else { "--tag" }).arg(name);
        if let Some(target) = target {
            command.arg(format!("--target={target}"));
        }
        for (name, value) in args {
            command.arg(format!("--build-arg={name}={value}"));
        }
        command.arg("--file").arg(file).arg(context);
        command
    }

    /// None where the build has pushed it.
    pub fn push(self, name: &str, platforms: &[String]) -> Option<Command> {
        let several = platforms.len() > 1;
        let mut command = Command::new(self.program());
        match self {
            Self::Docker if several => return None,
            Self::Docker => {
                command.args(["push", name]);
            }
            Self::Podman | Self::Buildah => {
                command.args(if several { ["manifest", "push", "--all"].as_slice() } else { &["push"] });
                if is_here(name) {
                    command.arg("--tls-verify=false");
                }
                with_login(&mut command);
                command.arg(name);
                if several {
                    command.arg(format!("docker://{name}"));
                }
            }
            Self::Nerdctl => {
                command.arg("push");
                if several {
                    command.arg("--all-platforms");
                }
                if is_here(name) {
                    command.arg("--insecure-registry");
                }
                command.arg(name);
            }
        }
        Some(command)
    }
}

/// Whether an image lies on this machine, where registries are spoken to in plain HTTP: docker does so by itself.
fn is_here(image: &str) -> bool {
    image.split_once('/').is_some_and(|(host, _)| registry::is_loopback(host))
}

/// Those of docker, which podman and buildah read too where they have none of their own.
fn with_login(command: &mut Command) {
    if let Some(file) = registry::docker_config_file().filter(|file| file.is_file()) {
        command.arg("--authfile").arg(file);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_pushed_whole() {
        let shown = |command: Command| {
            let command = command.as_std();
            command.get_args().map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
        };
        let both = ["linux/amd64".to_owned(), "linux/arm64".to_owned()];
        let push = Engine::Buildah.push("r.example/shop:src-1", &both).map(shown).unwrap();
        assert!(
            push.starts_with("manifest push --all")
                && push.ends_with("r.example/shop:src-1 docker://r.example/shop:src-1")
        );
        assert!(Engine::Docker.push("r.example/shop:src-1", &both).is_none());
    }
}
