//! `plat status`: what runs, in the words of a deploy.

use futures::future::join_all;
use jiff::Timestamp;
use serde::Serialize;

use super::target::TargetArgs;
use crate::cluster::{self, Cluster};
use crate::error::{Exit, Result};
use crate::rollout::{Assessment, Finding, Graces, Object, ReplicaLine, Status, Tracker};
use crate::settings::Settings;
use crate::text::foreign_line;
use crate::ui::Ui;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    target: TargetArgs,
}

/// What `--output json` prints; docs/deploy.md describes it.
#[derive(Debug, Serialize)]
struct Report<'a> {
    service: &'a str,
    namespace: &'a str,
    context: &'a str,
    status: Status,
    ready: i32,
    wanted: i32,
    image: Option<String>,
    revision: Option<String>,
    commit: Option<String>,
    deployer: Option<String>,
    owner: Option<String>,
    replicas: &'a [ReplicaLine],
    findings: &'a [Finding],
}

/// # Errors
/// No such service, no cluster, no permission.
pub async fn run(args: Args, ui: &Ui, _settings: &Settings) -> Result<Exit> {
    let (name, cluster) = args.target.reach().await?;
    let mut snapshot = cluster::look(&cluster, None, &name).await?.snapshot;
    let now = Timestamp::now();
    let mut tracker = Tracker::new(Graces::default());
    let mut assessment = tracker.observe(&snapshot, now);
    if !assessment.needs_logs.is_empty() {
        let wanted = std::mem::take(&mut assessment.needs_logs);
        snapshot.logs = join_all(wanted.into_iter().map(|request| cluster::fetch_log(&cluster, request))).await;
        assessment = tracker.observe(&snapshot, now);
    }
    let report = Report::new(&name, &cluster, &snapshot.workload, &assessment);
    if ui.is_json() {
        ui.json(&report);
    } else {
        ui.data(&report.text());
    }
    Ok(Exit::Done)
}

impl<'a> Report<'a> {
    fn new(service: &'a str, cluster: &'a Cluster, workload: &Object, assessment: &'a Assessment) -> Self {
        let annotation = |name: &str| {
            let annotations = workload.metadata().annotations.as_ref()?;
            annotations.get(name).map(|value| foreign_line(value, 200))
        };
        let image = || {
            let pod = workload.pod_spec()?;
            let containers = &pod.containers;
            let own = containers.iter().find(|container| container.name == service).or(containers.first())?;
            own.image.as_ref().map(|image| foreign_line(image, 300))
        };
        Self {
            service,
            namespace: &cluster.namespace,
            context: &cluster.context,
            status: assessment.status,
            ready: assessment.ready,
            wanted: assessment.wanted,
            image: image(),
            revision: annotation("deployment.kubernetes.io/revision"),
            commit: annotation("plat.dev/commit"),
            deployer: annotation("plat.dev/deployer"),
            owner: annotation("plat.dev/owner"),
            replicas: &assessment.replicas,
            findings: &assessment.findings,
        }
    }

    fn text(&self) -> String {
        let mut lines = vec![
            format!("{} in namespace {}, context {}", self.service, self.namespace, self.context),
            format!("{:?}: {} of {} replicas are ready", self.status, self.ready, self.wanted),
        ];
        let facts = [
            ("image", &self.image),
            ("revision", &self.revision),
            ("commit", &self.commit),
            ("deployed by", &self.deployer),
            ("owner", &self.owner),
        ];
        lines.extend(facts.into_iter().filter_map(|(label, fact)| Some(format!("  {label:<12} {}", fact.as_ref()?))));
        lines.extend(self.replicas.iter().map(|replica| format!("  {}: {}", replica.pod, replica.state_text)));
        for finding in self.findings {
            lines.push(format!("{}: {}", finding.reason, finding.what));
            lines.push(format!("  --> {}", finding.object));
            lines.extend(finding.evidence.iter().map(|line| format!("  | {line}")));
            lines.push(format!("hint: {}", finding.hint));
        }
        lines.join("\n")
    }
}
