//! plat against kubectl and Helm, on the sandbox: the same objects, the same image, interleaved, at each round-trip
//! time. Two times of each command line: until its Deployment was ready, as a witness of nobody's saw it, and until a
//! shell would have its prompt back. docs/benchmarks.md says how to run it.

#![expect(clippy::disallowed_macros, reason = "a benchmark is no command: it prints its own tables")]

mod audit;
mod chance;
mod cluster;
mod memory;
mod objects;
mod recorded;
mod table;
mod witness;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context;
use audit::{Audit, Seen};
use cluster::Cluster;
use memory::Ran;
use witness::Witness;

/// Round-trip times, in milliseconds; 0 is this machine's loopback.
const ROUND_TRIPS: [u32; 2] = [0, 50];
/// Fewer than these say nothing about what has a cluster in it.
const ROUNDS: usize = plat::report::ENOUGH;
/// Rounds of the larger sets: an unchanged `kubectl apply` of 500 objects takes half a minute.
const LARGE_ROUNDS: usize = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Arm {
    Plat,
    /// Another build of plat, such as that of an earlier commit.
    PlatBefore,
    KubectlClientSide,
    KubectlServerSide,
    Helm,
}

impl Arm {
    const ALL: [Self; 5] = [Self::Plat, Self::PlatBefore, Self::KubectlClientSide, Self::KubectlServerSide, Self::Helm];

    fn word(self) -> &'static str {
        match self {
            Self::Plat => "plat",
            Self::PlatBefore => "plat-before",
            Self::KubectlClientSide => "kubectl",
            Self::KubectlServerSide => "kubectl-ssa",
            Self::Helm => "helm",
        }
    }

    fn agent(self) -> &'static str {
        match self {
            Self::Plat | Self::PlatBefore => "plat/",
            Self::KubectlClientSide | Self::KubectlServerSide => "kubectl",
            Self::Helm => "Helm",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    First,
    Unchanged,
    Update,
    /// Nine objects of ten leave.
    Prune,
}

impl Change {
    const ALL: [Self; 4] = [Self::First, Self::Unchanged, Self::Update, Self::Prune];

    /// Only who knows a set again can prune it.
    fn applies_to(self, subject: Subject) -> bool {
        match self {
            Self::First | Self::Unchanged => true,
            Self::Update => !matches!(subject, Subject::Set(_)),
            Self::Prune => matches!(subject, Subject::Set(_)),
        }
    }
}

/// What is deployed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A service of two replicas, by its plat.yaml; the others get what plat renders.
    Service,
    /// So many objects that run nothing, by `-f`.
    Files(usize),
    /// The same as a set with a name, by `-f --set`.
    Set(usize),
}

impl Subject {
    const ALL: [Self; 5] = [Self::Service, Self::Files(10), Self::Files(100), Self::Files(500), Self::Set(500)];

    fn is_large(self) -> bool {
        matches!(self, Self::Files(500..) | Self::Set(500..))
    }

    fn word(self) -> String {
        match self {
            Self::Service => "service".to_owned(),
            Self::Files(count) => format!("-f, {count}"),
            Self::Set(count) => format!("--set, {count}"),
        }
    }
}

/// One timed command line.
pub struct Sample {
    pub round_trip_ms: u32,
    pub subject: Subject,
    pub arm: Arm,
    pub change: Change,
    pub ready: Duration,
    /// Until the command had ended and it was ready, whichever came last.
    pub prompt: Duration,
    pub pods: Duration,
    pub requests: usize,
    pub peak_kib: u64,
    /// By how much the stopwatch shows more than what this build of plat has recorded of itself.
    pub unrecorded: Option<Duration>,
}

fn main() -> anyhow::Result<()> {
    let rounds = flag("--rounds").map_or(Ok(ROUNDS), |count| count.parse())?;
    if rounds < ROUNDS {
        eprintln!("{rounds} rounds show nothing certain: give {ROUNDS} or more");
    }
    let [helm, before] = ["--helm", "--before"].map(|name| flag(name).map(PathBuf::from));
    let is_here = |arm: &Arm| match arm {
        Arm::Helm => helm.is_some(),
        Arm::PlatBefore => before.is_some(),
        _ => true,
    };
    let arms: Vec<Arm> = Arm::ALL.into_iter().filter(is_here).collect();
    if helm.is_none() {
        eprintln!("without Helm: give its program with --helm PATH (docs/benchmarks.md says how to build it)");
    }
    let only = flag("--only");
    let subjects: Vec<Subject> =
        Subject::ALL.into_iter().filter(|subject| only.as_ref().is_none_or(|only| subject.word() == *only)).collect();
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
            helm: helm.as_deref(),
            before: before.as_deref(),
            round_trip_ms,
        };
        let mut audit = Audit::open(&cluster.audit_log)?;
        for round in 0..rounds {
            for &subject in subjects.iter().filter(|subject| !subject.is_large() || round < LARGE_ROUNDS) {
                eprintln!("round trip {round_trip_ms} ms: {}, round {} of {rounds}", subject.word(), round + 1);
                bench.round(round, subject, &arms, &mut audit, &mut samples)?;
            }
        }
    }
    println!("{}", table::render(&samples, &arms, rounds));
    Ok(())
}

/// An earlier plat created a namespace without being told to, and knows no flag for it.
fn asks_before_it_creates(plat: &Command) -> anyhow::Result<bool> {
    let help = Command::new(plat.get_program()).args(["deploy", "--help"]).output()?;
    Ok(String::from_utf8_lossy(&help.stdout).contains("--create-namespace"))
}

/// The word after a flag.
fn flag(name: &str) -> Option<String> {
    let mut args = std::env::args().skip_while(|arg| arg != name);
    args.next().and_then(|_| args.next())
}

struct Bench<'a> {
    cluster: &'a Cluster,
    kubeconfig: &'a Path,
    image: &'a str,
    work: &'a Path,
    helm: Option<&'a Path>,
    before: Option<&'a Path>,
    round_trip_ms: u32,
}

impl Bench<'_> {
    fn round(
        &self,
        round: usize,
        subject: Subject,
        arms: &[Arm],
        audit: &mut Audit,
        samples: &mut Vec<Sample>,
    ) -> anyhow::Result<()> {
        let what = match subject {
            Subject::Service => "service".to_owned(),
            Subject::Files(size) => format!("files-{size}"),
            Subject::Set(size) => format!("set-{size}"),
        };
        let namespace =
            |arm: Arm| format!("bench-{}-{round}-{}-{what}-{}", std::process::id(), self.round_trip_ms, arm.word());
        if let Subject::Set(_) = subject {
            for &arm in arms {
                self.cluster.create_namespace(&namespace(arm))?;
            }
        }
        let witness = Witness::start(self.cluster)?;
        for change in Change::ALL.into_iter().filter(|change| change.applies_to(subject)) {
            for arm in chance::shuffled(arms) {
                let namespace = namespace(arm);
                let mut line = match subject {
                    Subject::Service => self.service(arm, change, &namespace)?,
                    Subject::Files(size) => self.files(arm, change, size, &namespace)?,
                    Subject::Set(size) => self.set(arm, change, size, &namespace)?,
                };
                audit.since("", "");
                std::thread::sleep(chance::moment());
                let Ran { started, took, peak_kib } = memory::run(&mut line)?;
                let ready = if subject == Subject::Service && change != Change::Unchanged {
                    witness.ready_at(&namespace, started)?.duration_since(started)
                } else {
                    // Nothing has to become ready: that all is, is known when the command ends.
                    took
                };
                let prompt = took.max(ready);
                let unrecorded = if arm == Arm::Plat { recorded::less(&self.work.join("plat"), took) } else { None };
                let Seen { requests, pods } = audit.since(arm.agent(), &namespace);
                let round_trip_ms = self.round_trip_ms;
                samples.push(Sample {
                    round_trip_ms,
                    subject,
                    arm,
                    change,
                    ready,
                    prompt,
                    pods,
                    requests,
                    peak_kib,
                    unrecorded,
                });
            }
        }
        for &arm in arms {
            self.cluster.delete_namespace(&namespace(arm))?;
        }
        Ok(())
    }

    /// A service, as a person would type it.
    fn service(&self, arm: Arm, change: Change, namespace: &str) -> anyhow::Result<Command> {
        let file = if change == Change::Update { "plat-update.yaml" } else { "plat.yaml" };
        let spec = self.work.join(cluster::SERVICE).join(file);
        if let Some(mut plat) = self.plat(arm) {
            plat.args(["deploy", "--image", self.image, "--namespace", namespace, "--file"]).arg(spec);
            if asks_before_it_creates(&plat)? {
                plat.arg("--create-namespace");
            }
            return Ok(self.here(plat));
        }
        let rendered = self.cluster.rendered(self.work, &spec, self.image, namespace)?;
        self.peer(arm, &rendered, namespace, true)
    }

    /// Plain manifests.
    fn files(&self, arm: Arm, change: Change, size: usize, namespace: &str) -> anyhow::Result<Command> {
        let text = objects::many(size, namespace, change == Change::Update);
        if let Some(mut plat) = self.plat(arm) {
            let path = self.work.join(format!("{namespace}.yaml"));
            std::fs::write(&path, objects::with_namespace(&text, namespace))?;
            plat.args(["deploy", "--namespace", namespace, "-f"]).arg(path);
            return Ok(self.here(plat));
        }
        self.peer(arm, &text, namespace, false)
    }

    /// Plain manifests that are known again; kubectl's way is an `ApplySet` (KEP-3659, alpha), Helm's the release.
    fn set(&self, arm: Arm, change: Change, size: usize, namespace: &str) -> anyhow::Result<Command> {
        let text = objects::many(if change == Change::Prune { size / 10 } else { size }, namespace, false);
        if arm == Arm::Helm {
            return self.peer(arm, &text, namespace, false);
        }
        let path = self.work.join(format!("{namespace}.yaml"));
        std::fs::write(&path, text)?;
        let mut command = self.plat(arm).unwrap_or_else(|| Command::new(&self.cluster.kubectl));
        if matches!(arm, Arm::Plat | Arm::PlatBefore) {
            command.args(["deploy", "--set", cluster::SERVICE]);
        } else {
            command.args(["apply", "--prune", "--applyset", cluster::SERVICE]).env("KUBECTL_APPLYSET", "true");
            if arm == Arm::KubectlServerSide {
                command.arg("--server-side");
            }
        }
        command.args(["--namespace", namespace, "-f"]).arg(path);
        Ok(self.here(command))
    }

    /// The program of an arm that is plat.
    fn plat(&self, arm: Arm) -> Option<Command> {
        match arm {
            Arm::Plat => Some(Command::new(env!("CARGO_BIN_EXE_plat"))),
            Arm::PlatBefore => self.before.map(Command::new),
            Arm::KubectlClientSide | Arm::KubectlServerSide | Arm::Helm => None,
        }
    }

    /// The same objects by someone else: `kubectl apply && kubectl rollout status`, or a chart.
    fn peer(&self, arm: Arm, text: &str, namespace: &str, runs: bool) -> anyhow::Result<Command> {
        if arm == Arm::Helm {
            let chart = self.work.join(format!("{namespace}-chart"));
            std::fs::create_dir_all(chart.join("templates"))?;
            std::fs::write(chart.join("Chart.yaml"), "apiVersion: v2\nname: bench\nversion: 1.0.0\n")?;
            std::fs::write(chart.join("templates/all.yaml"), text)?;
            let mut helm = Command::new(self.helm.context("no Helm")?);
            helm.args(["upgrade", "--install", cluster::SERVICE]).arg(chart);
            helm.args(["--namespace", namespace, "--create-namespace", "--wait"]);
            return Ok(self.here(helm));
        }
        let path = self.work.join(format!("{namespace}.yaml"));
        std::fs::write(&path, objects::with_namespace(text, namespace))?;
        let flags = if arm == Arm::KubectlServerSide { "--server-side" } else { "" };
        let kubectl = self.cluster.kubectl.display();
        let apply = format!("{kubectl} apply {flags} -f {}", path.display());
        let wait = format!("{kubectl} rollout status deployment/{} -n {namespace}", cluster::SERVICE);
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(if runs { format!("{apply} && {wait}") } else { apply });
        Ok(self.here(shell))
    }

    fn here(&self, mut command: Command) -> Command {
        command
            .envs(self.cluster.environment(&self.work.join("plat")))
            .env("KUBECONFIG", self.kubeconfig)
            // A person sits at this prompt: nothing bakes.
            .env_remove("CI")
            .stdin(Stdio::null());
        command
    }
}
