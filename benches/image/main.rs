//! `plat build` against ko, Jib and buildah: the same sources, the same base images, the same registry, in turn.
//! Seconds until the image is pushed, and what went to the registry. docs/benchmarks.md says how to run it.

#![expect(clippy::disallowed_macros, reason = "a benchmark is no command: it prints its own table")]

#[path = "../deploy/chance.rs"]
#[expect(dead_code, reason = "its moments are those of the kubelet")]
mod chance;
mod peer;
mod project;
mod stack;
mod table;
mod wire;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use stack::Stack;
use wire::Wire;

const ROUNDS: usize = 5;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arm {
    Plat,
    Peer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// A new project, on a machine that has built others of its stack.
    First,
    Unchanged,
    /// One line of the application.
    Line,
}

impl Change {
    const ALL: [Self; 3] = [Self::First, Self::Unchanged, Self::Line];
}

pub struct Sample {
    pub stack: Stack,
    pub arm: Arm,
    pub change: Change,
    pub took: Duration,
    /// To the registry, the requests themselves included.
    pub kib: u32,
}

/// What all arms have in common.
pub struct Bench {
    /// Where projects and caches are; removed at the end.
    pub work: PathBuf,
    /// The registry as the arms see it.
    pub registry: String,
    /// Where the base images are: `HOST/PATH`.
    pub bases: String,
    pub ko: String,
    wire: Wire,
}

fn main() -> anyhow::Result<()> {
    let rounds = flag("--rounds").map_or(Ok(ROUNDS), |count| count.parse())?;
    let only = flag("--only");
    let stacks: Vec<Stack> =
        Stack::ALL.into_iter().filter(|stack| only.as_ref().is_none_or(|only| stack.word() == only)).collect();
    let work = tempfile::tempdir()?;
    let bench = Bench::start(work.path())?;
    let mut samples = Vec::new();
    // The first round fills caches that every machine has soon, and is not counted.
    for round in 0..=rounds {
        for &stack in &stacks {
            eprintln!("{}, round {round} of {rounds}", stack.word());
            let seen = bench.round(stack, round)?;
            samples.extend(seen.into_iter().filter(|_| round > 0));
        }
    }
    println!("{}", table::render(&samples, rounds));
    Ok(())
}

/// The word after a flag.
fn flag(name: &str) -> Option<String> {
    let mut args = std::env::args().skip_while(|arg| arg != name);
    args.next().and_then(|_| args.next())
}

impl Bench {
    fn start(work: &Path) -> anyhow::Result<Self> {
        let name = flag("--sandbox").unwrap_or_else(|| "bench".to_owned());
        let up = said(Command::new(PLAT).args(["sandbox", "up", "--name", &name, "--output", "json"]))?;
        let sandbox: Value = serde_json::from_str(up.lines().last().context("plat sandbox up printed nothing")?)?;
        let registry = sandbox["registry"].as_str().context("a registry")?;
        let wire = Wire::to(registry)?;
        let there = Path::new(sandbox["docker_config"].as_str().context("a folder")?).join("config.json");
        let there: Value = serde_json::from_slice(&std::fs::read(there)?)?;
        let config = json!({ "auths": { wire.host.clone(): there["auths"][registry].clone() } });
        std::fs::write(work.join("config.json"), config.to_string())?;
        let bench = Self {
            work: work.to_owned(),
            registry: wire.host.clone(),
            bases: flag("--bases").unwrap_or_else(|| format!("{}/hub", wire.host)),
            ko: flag("--ko").unwrap_or_else(|| "ko".to_owned()),
            wire,
        };
        peer::prepare(&bench)?;
        Ok(bench)
    }

    fn round(&self, stack: Stack, round: usize) -> anyhow::Result<Vec<Sample>> {
        let name = format!("{}-{round}", stack.word());
        let mut samples = Vec::new();
        let arms = [Arm::Plat, Arm::Peer];
        for arm in arms {
            let folder = project::make(self, stack, &name, &self.folder(arm)?)?;
            project::change(&folder, stack, &format!("first {arm:?} {round}"))?;
        }
        for change in Change::ALL {
            for arm in chance::shuffled(&arms) {
                let folder = self.folder(arm)?.join(&name);
                if change == Change::Line {
                    project::change(&folder, stack, &format!("second {arm:?} {round}"))?;
                }
                let mut command = match arm {
                    Arm::Plat => project::plat_build(self),
                    Arm::Peer => peer::build(self, stack, &name),
                };
                self.here(command.current_dir(&folder));
                let started = (std::time::Instant::now(), self.wire.sent());
                said(&mut command)?;
                samples.push(Sample {
                    stack,
                    arm,
                    change,
                    took: started.0.elapsed(),
                    kib: u32::try_from((self.wire.sent() - started.1) / 1024)?,
                });
            }
        }
        Ok(samples)
    }

    /// Where an arm's projects are.
    fn folder(&self, arm: Arm) -> anyhow::Result<PathBuf> {
        let folder = self.work.join(format!("{arm:?}"));
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    pub fn here<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("DOCKER_CONFIG", &self.work)
            .env("REGISTRY_AUTH_FILE", self.work.join("config.json"))
            .env("PLAT_HOME", self.work.join("plat"))
            .env("PLAT_REGISTRY", format!("{}/plat", self.registry))
            .env("PLAT_MIRRORS", format!("docker.io={}", self.bases))
    }
}

const PLAT: &str = env!("CARGO_BIN_EXE_plat");

/// # Errors
/// When it cannot be started or fails, with what it said.
pub fn said(command: &mut Command) -> anyhow::Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("{command:?}"))?;
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(output.status.success(), "{command:?} failed: {out}{}", String::from_utf8_lossy(&output.stderr));
    Ok(out)
}
