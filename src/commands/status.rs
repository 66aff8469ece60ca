//! `plat status`: what runs, in the words of a deploy.

use futures::future::join;
use jiff::Timestamp;
use serde::Serialize;

use super::target::TargetArgs;
use crate::cluster::connect::Cluster;
use crate::cluster::inspect;
use crate::cluster::records::revisions;
use crate::deploy::lookout;
use crate::diagnose::judge::{self, Judged, judge};
use crate::diagnose::next_run::NextRun;
use crate::error::{Exit, Result};
use crate::rollout::{Finding, ReplicaLine, Status, Workload};
use crate::text::foreign_line;
use crate::ui::Ui;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    target: TargetArgs,
}

/// What `--output json` prints; docs/output.md describes it.
#[derive(Debug, Serialize)]
struct Report<'a> {
    service: &'a str,
    namespace: &'a str,
    context: &'a str,
    status: Status,
    ready: i32,
    wanted: i32,
    #[serde(skip)]
    tally: String,
    image: Option<String>,
    revision: Option<String>,
    commit: Option<String>,
    deployer: Option<String>,
    owner: Option<String>,
    /// Where the newest revision fell after it was ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    fell: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_run: Option<Timestamp>,
    #[serde(skip)]
    schedule: Option<String>,
    replicas: &'a [ReplicaLine],
    findings: &'a [Finding],
    version: u32,
}

/// # Errors
/// No such service, no cluster, no permission.
pub async fn run(args: Args, ui: &Ui) -> Result<Exit> {
    let (name, cluster) = args.target.reach(ui.events()).await?;
    // Whoever may not read the record is still told what runs.
    let (looked, heads) = join(inspect::look(&cluster, None, &name), revisions::heads(&cluster, &name)).await;
    let looked = looked?;
    let judged = judge(&cluster, looked.snapshot).await;
    let fell = lookout::said_of(&heads.unwrap_or_default());
    let report = Report { fell, ..Report::new(&name, &cluster, &looked.workload, &judged) };
    ui.print(&report, || report.text());
    Ok(Exit::Done)
}

impl<'a> Report<'a> {
    fn new(service: &'a str, cluster: &'a Cluster, workload: &Workload, judged: &'a Judged) -> Self {
        let assessment = &judged.assessment;
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
        let next = NextRun::of(workload, Timestamp::now());
        Self {
            service,
            namespace: &cluster.namespace,
            context: &cluster.context,
            status: assessment.status,
            ready: assessment.ready,
            wanted: assessment.desired,
            tally: judged.tally(),
            image: image(),
            revision: annotation("deployment.kubernetes.io/revision"),
            commit: annotation("plat.dev/commit"),
            deployer: annotation("plat.dev/deployer"),
            owner: annotation("plat.dev/owner"),
            next_run: next.as_ref().and_then(|next| next.at),
            schedule: next.map(|next| next.text),
            replicas: &assessment.replicas,
            findings: &assessment.findings,
            fell: None,
            version: crate::event::VERSION,
        }
    }

    fn text(&self) -> String {
        let mut lines: Vec<String> = self.fell.iter().cloned().collect();
        lines.extend([
            format!("{} in namespace {}, context {}", self.service, self.namespace, self.context),
            format!("{:?}: {}", self.status, self.tally),
        ]);
        lines.extend(self.schedule.iter().map(|schedule| format!("  {schedule}")));
        let facts = [
            ("image", &self.image),
            ("rollout", &self.revision),
            ("commit", &self.commit),
            ("deployed by", &self.deployer),
            ("owner", &self.owner),
        ];
        lines.extend(facts.into_iter().filter_map(|(label, fact)| Some(format!("  {label:<12} {}", fact.as_ref()?))));
        lines.extend(self.replicas.iter().map(|replica| format!("  {}: {}", replica.pod, replica.state_text)));
        lines.extend(self.findings.iter().flat_map(|finding| judge::lines(finding, usize::MAX)));
        lines.join("\n")
    }
}
