//! `plat why`: what is wrong with a workload, whoever deployed it, in the words of a failed deploy.

use futures::stream::{self, StreamExt};
use jiff::Timestamp;
use serde::Serialize;

use crate::cluster::connect;
use crate::cluster::connect::Cluster;
use crate::cluster::connect::ClusterArgs;
use crate::cluster::inspect;
use crate::diagnose::judge::{Health, Judged, judge, lines};
use crate::diagnose::next_run::NextRun;
use crate::error::{Error, Exit, Result};
use crate::manifests::WorkloadKind;
use crate::rollout::{Finding, ReplicaLine, Status};
use crate::text::{counted, foreign_line};
use crate::ui::Ui;

/// Workloads that are explained in full; the others get a line each.
const IN_FULL: usize = 3;
/// Lines of evidence of one finding: with three of them it is still one screen.
const EVIDENCE: usize = 4;
const LINES: usize = 10;
/// Workloads whose logs and questions are fetched at the same time.
const PARALLEL: usize = 8;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The workload, such as deployment/api, sts/db or api (default: every unhealthy one of the namespace)
    #[arg(value_name = "KIND/NAME")]
    workload: Option<String>,
    #[command(flatten)]
    cluster: ClusterArgs,
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
    version: u32,
}

/// # Errors
/// No such workload, no cluster, no permission.
pub async fn run(args: Args, ui: &Ui) -> Result<Exit> {
    let asked = args.workload.as_deref().map(target).transpose()?;
    let cluster = connect::connect(&args.cluster, None, ui.events()).await?;
    let mut next = None;
    let found = match asked {
        Some((kind, name)) => {
            let looked = inspect::look(&cluster, kind, name).await?;
            next = NextRun::of(&looked.workload, Timestamp::now());
            vec![looked.snapshot]
        }
        None => inspect::look_around(&cluster).await?,
    };
    let judging = found.into_iter().map(|snapshot| judge(&cluster, snapshot));
    let mut judged: Vec<Judged> = stream::iter(judging).buffer_unordered(PARALLEL).collect().await;
    judged.sort_by_key(|one| (one.health(), one.workload().describe()));
    let is_well = judged.iter().all(|one| one.health() >= Health::Starting);
    ui.print_all(judged.iter().map(report), |ui| {
        ui.data(&text(&judged, asked.is_some(), &cluster));
        if let Some(next) = next {
            ui.data(&next.text);
        }
    });
    Ok(if is_well { Exit::Done } else { Exit::Unhealthy })
}

/// `deployment/api`, or `api` of whatever kind.
fn target(text: &str) -> Result<(Option<&'static str>, &str)> {
    let Some((word, name)) = text.split_once('/') else {
        connect::check_name("the workload", text)?;
        return Ok((None, text));
    };
    connect::check_name("the workload", name)?;
    let kind = WorkloadKind::named(word.split('.').next().unwrap_or_default()).ok_or_else(|| {
        Error::usage(format!("{} is not a kind that runs pods", foreign_line(word, 60)))
            .hint("name a deployment, statefulset, daemonset, job, cronjob, replicaset or pod, such as deployment/api")
    })?;
    Ok((Some(kind.kind), name))
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
        version: crate::event::VERSION,
    }
}

fn text(judged: &[Judged], asked: bool, cluster: &Cluster) -> String {
    let open: Vec<&Judged> = judged.iter().filter(|one| one.health() != Health::Fine).collect();
    let fine = judged.len() - open.len();
    let namespace = &cluster.namespace;
    match (judged, open.as_slice()) {
        ([], _) => return format!("nothing runs in namespace {namespace}"),
        ([one], []) if asked => return format!("{} is fine: {}", one.workload().describe(), one.tally()),
        (_, []) => return format!("everything is fine: {} in namespace {namespace}", counted(fine, "workload")),
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
    let cause = one.assessment.findings.first().map(|finding| format!("; {}", finding.what)).unwrap_or_default();
    format!("{}: {}{cause}", one.workload().describe(), one.tally())
}
