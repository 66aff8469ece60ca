//! `plat why`: what is wrong with a workload, whoever deployed it, in the words of a failed deploy.

use jiff::Timestamp;
use serde::Serialize;

use super::target::{self, PlaceArgs};
use crate::cluster::connect::Cluster;
use crate::cluster::inspect::{self, Seen, Sickest, Target};
use crate::diagnose::judge::{Health, Judged, but_lines, judge_all, lines};
use crate::diagnose::next_run::NextRun;
use crate::error::{Exit, Result};
use crate::rollout::{Finding, ReplicaLine, Status};
use crate::text::{counted, foreign_line};
use crate::ui::Ui;

/// Workloads that are explained in full; the others get a line each.
const IN_FULL: usize = 3;
/// Lines of evidence of one finding: with three of them it is still one screen.
const EVIDENCE: usize = 4;
const LINES: usize = 10;
/// Workloads of a whole cluster that are looked at.
const SICKEST: usize = 10;

#[derive(Debug, clap::Args)]
#[command(after_help = target::GRAMMAR)]
pub struct Args {
    /// A service, a set, or KIND/NAME (default: every unhealthy workload of the namespace)
    #[arg(value_name = "NAME")]
    target: Option<String>,
    /// All workloads with these labels, such as app=shop
    #[arg(short = 'l', long, value_name = "LABELS", conflicts_with = "target")]
    selector: Option<String>,
    /// The ten sickest workloads of the whole cluster
    #[arg(short = 'A', long, conflicts_with_all = ["target", "selector", "namespace"])]
    all_namespaces: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

/// What `--output json` prints of each workload, one a line; docs/output.md describes it.
#[derive(Debug, Serialize)]
struct Report<'a> {
    event: &'static str,
    workload: String,
    namespace: &'a str,
    status: Status,
    healthy: bool,
    ready: i32,
    wanted: i32,
    replicas: &'a [ReplicaLine],
    findings: &'a [Finding],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    but: &'a [String],
    version: u32,
}

/// # Errors
/// No such workload, no cluster, no permission.
pub async fn run(args: Args, ui: &Ui) -> Result<Exit> {
    let named = args.target.as_deref().map(Target::parse).transpose()?;
    let target = named.or(args.selector.as_deref().map(Target::labelled));
    let cluster = args.place.connect(ui.events()).await?;
    let mut next = None;
    if args.all_namespaces {
        return of_cluster(&cluster, ui).await;
    }
    let found = match &target {
        Some(target) => match inspect::look(&cluster, target).await? {
            Seen::One(looked) => {
                next = NextRun::of(&looked.workload, Timestamp::now());
                vec![looked.snapshot]
            }
            Seen::Set(looked) => looked.into_iter().map(|looked| looked.snapshot).collect(),
        },
        None => inspect::look_around(&cluster).await?,
    };
    let judged = worst_first(judge_all(&cluster, found).await);
    let is_well = judged.iter().all(|one| one.health() >= Health::Starting);
    ui.print_all(judged.iter().map(report), |ui| {
        ui.data(&text(&judged, target.as_ref(), &cluster));
        if let Some(next) = next {
            ui.data(&next.text);
        }
    });
    Ok(if is_well { Exit::Done } else { Exit::Unhealthy })
}

/// The worst first.
fn worst_first(mut judged: Vec<Judged>) -> Vec<Judged> {
    judged.sort_by_key(|one| (one.health(), one.buts.is_empty(), one.workload().describe()));
    judged
}

async fn of_cluster(cluster: &Cluster, ui: &Ui) -> Result<Exit> {
    let Sickest { targets, unhealthy, pods } = inspect::sickest(cluster, SICKEST).await?;
    let looked = inspect::look_at_each(cluster, &targets).await;
    let looked = looked.into_iter().map(|looked| looked.snapshot).collect();
    let judged = worst_first(judge_all(cluster, looked).await);
    let open: Vec<&Judged> = judged.iter().filter(|one| !is_fine(one)).collect();
    ui.print_all(judged.iter().map(report), |ui| {
        if open.is_empty() {
            ui.data(&format!("everything is fine: {} in all namespaces", counted(pods, "pod")));
        } else {
            let parts: Vec<String> = open.iter().map(|one| explained(one, 1)).collect();
            ui.data(&parts.join("\n\n"));
            if unhealthy > targets.len() {
                ui.data(&format!("\nand {} more; of one namespace: plat why -n NAMESPACE", unhealthy - targets.len()));
            }
        }
    });
    Ok(if judged.iter().all(|one| one.health() >= Health::Starting) { Exit::Done } else { Exit::Unhealthy })
}

/// Whether there is nothing to say of it.
fn is_fine(one: &Judged) -> bool {
    one.health() == Health::Fine && one.buts.is_empty()
}

fn report(one: &Judged) -> Report<'_> {
    let (workload, assessment) = (one.workload(), &one.assessment);
    Report {
        event: "workload",
        workload: workload.argument(),
        namespace: workload.namespace(),
        status: assessment.status,
        healthy: one.health() >= Health::Starting,
        ready: assessment.ready,
        wanted: assessment.desired,
        replicas: &assessment.replicas,
        findings: &assessment.findings,
        but: &one.buts,
        version: crate::event::VERSION,
    }
}

fn text(judged: &[Judged], asked: Option<&Target>, cluster: &Cluster) -> String {
    let open: Vec<&Judged> = judged.iter().filter(|one| !is_fine(one)).collect();
    let fine = judged.len() - open.len();
    let namespace = &cluster.namespace;
    match (judged, open.as_slice(), asked) {
        ([], _, Some(set)) => return format!("nothing in {set} runs pods"),
        ([], _, None) => return format!("nothing runs in namespace {namespace}"),
        ([one], [], Some(_)) => return format!("{} is fine: {}", one.workload().describe(), one.tally()),
        (_, [], Some(set)) => return format!("everything is fine: {} of {set}", counted(fine, "workload")),
        (_, [], None) => {
            return format!("everything is fine: {} in namespace {namespace}", counted(fine, "workload"));
        }
        _ => {}
    }
    let most = if open.len() == 1 { LINES } else { EVIDENCE };
    let mut parts: Vec<String> = open.iter().take(IN_FULL).map(|one| explained(one, most)).collect();
    let rest: Vec<String> = open.iter().skip(IN_FULL).map(|one| brief(one)).collect();
    if !rest.is_empty() {
        parts.push(rest.join("\n"));
    }
    if fine > 0 {
        parts.push(format!("and {} fine", counted(fine, "workload")));
    }
    parts.join("\n\n")
}

/// Its state, what its replicas wait for, and each cause once.
fn explained(one: &Judged, most: usize) -> String {
    let mut lines_of = vec![format!("{}: {}", one.workload().describe(), one.tally())];
    let waits = one.assessment.replicas.iter().filter(|replica| !replica.ready);
    if one.assessment.findings.is_empty() {
        lines_of.extend(waits.take(most).map(|replica| format!("  {}: {}", replica.pod, replica.state_text)));
        if one.assessment.replicas.is_empty() {
            lines_of.extend(one.workload().waits_for().map(|what| format!("  {}", foreign_line(&what, 300))));
        }
    }
    lines_of.extend(but_lines(&one.buts));
    let findings = one.assessment.findings.iter();
    lines_of.extend(findings.flat_map(|finding| lines(finding, most)));
    lines_of.extend(one.assessment.needs_logs.first().map(|log| {
        let previous = if log.previous { " --previous" } else { "" };
        let (namespace, pod) = (one.workload().namespace(), foreign_line(&log.pod, 80));
        format!("  all of the log: kubectl -n {namespace} logs {pod} -c {}{previous}", foreign_line(&log.container, 80))
    }));
    lines_of.join("\n")
}

fn brief(one: &Judged) -> String {
    let cause = one.assessment.findings.first().map(|finding| &finding.what).or(one.buts.first());
    let cause = cause.map(|cause| format!("; {cause}")).unwrap_or_default();
    format!("{}: {}{cause}", one.workload().describe(), one.tally())
}
