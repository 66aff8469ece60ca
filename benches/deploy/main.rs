//! plat against kubectl, on the sandbox: the same objects, the same image, interleaved, at each round-trip time.
//!
//! `cargo bench --bench deploy [-- --rounds N]` prints a table of medians, ratios and request counts.
//! Wall-clock time of whole command lines, as a shell would see it.

#![expect(clippy::disallowed_macros, reason = "a benchmark is no command: it prints its own table")]

mod audit;
mod cluster;
mod table;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use audit::Audit;
use cluster::Cluster;

/// Round-trip times, in milliseconds; 0 is this machine's loopback.
const ROUND_TRIPS: [u32; 2] = [0, 50];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Arm {
    Plat,
    KubectlClientSide,
    KubectlServerSide,
}

impl Arm {
    pub const ALL: [Self; 3] = [Self::Plat, Self::KubectlClientSide, Self::KubectlServerSide];

    fn word(self) -> &'static str {
        match self {
            Self::Plat => "plat",
            Self::KubectlClientSide => "kubectl",
            Self::KubectlServerSide => "kubectl-ssa",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    First,
    Unchanged,
    Update,
}

impl Change {
    pub const ALL: [Self; 3] = [Self::First, Self::Unchanged, Self::Update];
}

/// One timed command line.
pub struct Sample {
    pub round_trip_ms: u32,
    pub arm: Arm,
    pub change: Change,
    pub took: Duration,
    pub requests: usize,
}

fn main() -> anyhow::Result<()> {
    let rounds = rounds()?;
    let work = tempfile::tempdir()?;
    let cluster = Cluster::start()?;
    let image = cluster.push_image(work.path())?;
    let mut samples = Vec::new();
    for round_trip_ms in ROUND_TRIPS {
        let distance = cluster.at_distance(round_trip_ms)?;
        let bench = Bench {
            cluster: &cluster,
            kubeconfig: &distance.kubeconfig,
            image: &image,
            work: work.path(),
            round_trip_ms,
        };
        let mut audit = Audit::open(&cluster.audit_log)?;
        for round in 0..rounds {
            eprintln!("round trip {round_trip_ms} ms: round {} of {rounds}", round + 1);
            let mut arms = Arm::ALL;
            arms.rotate_left(round % Arm::ALL.len());
            bench.round(round, &arms, &mut audit, &mut samples)?;
        }
    }
    println!("{}", table::render(&samples, rounds));
    Ok(())
}

/// The kubelet looks at its containers once a second (PLEG), so a deploy that starts where the last one ended would
/// always end on that beat, whatever the client took. Steps of the golden ratio spread the starts over the second.
fn off_beat(sample: usize) -> Duration {
    Duration::from_millis((sample as u64 * 618) % 1000)
}

fn rounds() -> anyhow::Result<usize> {
    let args: Vec<String> = std::env::args().collect();
    match args.iter().position(|arg| arg == "--rounds") {
        Some(at) => Ok(args.get(at + 1).map_or("", String::as_str).parse()?),
        None => Ok(7),
    }
}

struct Bench<'a> {
    cluster: &'a Cluster,
    kubeconfig: &'a Path,
    image: &'a str,
    work: &'a Path,
    round_trip_ms: u32,
}

impl Bench<'_> {
    fn round(&self, round: usize, arms: &[Arm], audit: &mut Audit, samples: &mut Vec<Sample>) -> anyhow::Result<()> {
        let namespace =
            |arm: Arm| format!("bench-{}-{round}-{}-{}", std::process::id(), self.round_trip_ms, arm.word());
        for change in Change::ALL {
            for &arm in arms {
                let mut line = self.command_line(arm, change, &namespace(arm))?;
                audit.requests_since("");
                std::thread::sleep(off_beat(samples.len()));
                let started = Instant::now();
                let output = line.output()?;
                let took = started.elapsed();
                anyhow::ensure!(
                    output.status.success(),
                    "{line:?} failed: {}{}",
                    String::from_utf8_lossy(&output.stdout),
                    String::from_utf8_lossy(&output.stderr)
                );
                let agent = if arm == Arm::Plat { "plat/" } else { "kubectl" };
                let requests = audit.requests_since(agent);
                samples.push(Sample { round_trip_ms: self.round_trip_ms, arm, change, took, requests });
            }
        }
        for &arm in arms {
            self.cluster.delete_namespace(&namespace(arm))?;
        }
        Ok(())
    }

    /// What a person would type: `plat deploy`, or `kubectl apply && kubectl rollout status`.
    fn command_line(&self, arm: Arm, change: Change, namespace: &str) -> anyhow::Result<Command> {
        let file = if change == Change::Update { "plat-update.yaml" } else { "plat.yaml" };
        let spec = self.work.join(cluster::SERVICE).join(file);
        let mut command = match arm {
            Arm::Plat => {
                let mut plat = Command::new(env!("CARGO_BIN_EXE_plat"));
                plat.args(["deploy", "--image", self.image, "--namespace", namespace, "--file"]).arg(spec);
                plat
            }
            Arm::KubectlClientSide | Arm::KubectlServerSide => {
                let flags = if arm == Arm::KubectlServerSide { "--server-side" } else { "" };
                let manifests = self.cluster.manifests(self.work, &spec, self.image, namespace)?;
                let kubectl = self.cluster.kubectl.display();
                let mut shell = Command::new("sh");
                shell.arg("-c").arg(format!(
                    "{kubectl} apply {flags} -f {} && {kubectl} rollout status deployment/{} -n {namespace}",
                    manifests.display(),
                    cluster::SERVICE
                ));
                shell
            }
        };
        command
            .envs(self.cluster.environment(&self.work.join("plat")))
            .env("KUBECONFIG", self.kubeconfig)
            .stdin(Stdio::null());
        Ok(command)
    }
}
