//! `plat status`: what runs, in the words of a deploy.

use std::time::Duration;

use futures::future::join;
use jiff::Timestamp;
use serde::Serialize;

use super::target::{self, TargetArgs};
use crate::cluster::connect::Cluster;
use crate::cluster::inspect::{self, Target};
use crate::cluster::records::revisions;
use crate::deploy::lookout;
use crate::diagnose::judge::{self, Health, Judged, judge_all};
use crate::diagnose::next_run::NextRun;
use crate::error::{Exit, Result};
use crate::rollout::{Finding, ReplicaLine, Status, Workload};
use crate::text::{counted, foreign_line};
use crate::ui::Ui;

/// Judges what runs now in the words of a deploy: one workload, or all of a set.
#[derive(Debug, clap::Args)]
#[command(after_help = target::GRAMMAR)]
pub struct Args {
    #[command(flatten)]
    target: TargetArgs,
    /// All workloads with these labels, such as app=shop
    #[arg(short = 'l', long, value_name = "LABELS", conflicts_with = "target")]
    selector: Option<String>,
    /// Show it again at each change, until Ctrl-C
    #[arg(short, long)]
    pub(super) watch: bool,
}

/// What `--output json` prints of each workload, one a line; docs/output.md describes it.
#[derive(Debug, Serialize)]
struct Report<'a> {
    service: &'a str,
    /// Of which set; none for a service or a workload.
    #[serde(skip_serializing_if = "Option::is_none")]
    set: Option<&'a str>,
    workload: String,
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
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    but: &'a [String],
    version: u32,
}

/// A workload and its judgment.
type Judgment = (Workload, Judged);

/// How often it is looked at for a watch: as often as a person looks up.
const AGAIN: Duration = Duration::from_secs(2);

/// # Errors
/// No such service, set or object, no cluster, no permission.
pub async fn run(args: Args, ui: &Ui) -> Result<Exit> {
    let (target, cluster) = match &args.selector {
        Some(labels) => (Target::labelled(labels), args.target.place.connect(ui.events()).await?),
        None => args.target.reach(ui.events()).await?,
    };
    if args.watch {
        return watch(&cluster, &target, ui).await;
    }
    let seen = Seen::now(&cluster, &target).await?;
    ui.print_all(seen.reports(&cluster), |ui| ui.data(&seen.text(&cluster)));
    Ok(Exit::Done)
}

async fn watch(cluster: &Cluster, target: &Target, ui: &Ui) -> Result<Exit> {
    let (mut shown, mut rows) = (String::new(), 0);
    while !ui.is_unread() {
        let seen = Seen::now(cluster, target).await?;
        let text = seen.text(cluster);
        if text != shown {
            if ui.is_data() {
                seen.reports(cluster).for_each(|report| ui.value(&report));
            } else {
                rows = ui.print_again(&text, rows);
            }
            shown = text;
        }
        tokio::time::sleep(AGAIN).await;
    }
    Ok(Exit::Done)
}

/// What was looked at, judged.
struct Seen<'t> {
    target: &'t Target,
    is_set: bool,
    /// Where the newest revision fell after it was ready.
    fell: Option<String>,
    judged: Vec<Judgment>,
}

impl<'t> Seen<'t> {
    async fn now(cluster: &Cluster, target: &'t Target) -> Result<Self> {
        let heads = async {
            if target.is_labels() {
                return Vec::new();
            }
            // Whoever may not read the record is still told what runs.
            revisions::heads(cluster, &target.name).await.unwrap_or_default()
        };
        let (looked, heads) = join(inspect::look(cluster, target), heads).await;
        let (is_set, looked) = match looked? {
            inspect::Seen::One(looked) => (false, vec![*looked]),
            inspect::Seen::Set(looked) => (true, looked),
        };
        let (workloads, snapshots): (Vec<_>, Vec<_>) =
            looked.into_iter().map(|looked| (looked.workload, looked.snapshot)).unzip();
        let judged = workloads.into_iter().zip(judge_all(cluster, snapshots).await).collect();
        Ok(Self { target, is_set, fell: lookout::said_of(&heads), judged })
    }

    fn reports<'s>(&'s self, cluster: &'s Cluster) -> impl Iterator<Item = Report<'s>> {
        let set = (self.is_set && !self.target.is_labels()).then_some(&*self.target.name);
        self.judged.iter().map(move |(workload, judged)| {
            let report = Report::new(set, cluster, workload, judged);
            Report { fell: self.fell.clone(), ..report }
        })
    }

    fn text(&self, cluster: &Cluster) -> String {
        match self.judged.as_slice() {
            [(workload, judged)] if !self.is_set => {
                let report = Report::new(None, cluster, workload, judged);
                Report { fell: self.fell.clone(), ..report }.text()
            }
            judged => {
                let fell = self.fell.iter().cloned();
                fell.chain([text_of_set(self.target, cluster, judged)]).collect::<Vec<_>>().join("\n")
            }
        }
    }
}

/// What it is as a whole, a line for each workload, and what is wrong.
fn text_of_set(target: &Target, cluster: &Cluster, judged: &[Judgment]) -> String {
    let (namespace, context) = (&cluster.namespace, &cluster.context);
    let what = if target.is_labels() { target.to_string() } else { format!("{target}, a set") };
    let mut lines = vec![format!("{what} in namespace {namespace}, context {context}")];
    if judged.is_empty() {
        lines.push("nothing there runs pods".to_owned());
        return lines.join("\n");
    }
    let fine = judged.iter().filter(|(_, one)| one.health() == Health::Fine).count();
    lines.push(format!("{fine} of {} fine", counted(judged.len(), "workload")));
    let place = |workload: &Workload| {
        let elsewhere = (workload.namespace() != namespace).then(|| format!(" in {}", workload.namespace()));
        format!("{}{}", workload.argument(), elsewhere.unwrap_or_default())
    };
    let width = judged.iter().map(|(workload, _)| place(workload).chars().count()).max().unwrap_or_default();
    for (workload, one) in judged {
        let schedule = NextRun::of(workload, Timestamp::now()).map(|next| format!("; {}", next.text));
        let (place, status) = (place(workload), one.assessment.status);
        lines.push(format!("  {place:<width$}  {status:?}: {}{}", one.tally(), schedule.unwrap_or_default()));
        let open = one.assessment.replicas.iter().filter(|replica| !replica.ready && one.health() != Health::Fine);
        lines.extend(open.map(|replica| format!("    {}: {}", replica.pod, replica.state_text)));
    }
    for (_, one) in judged {
        lines.extend(judge::but_lines(&one.buts));
        lines.extend(one.assessment.findings.iter().flat_map(|finding| judge::lines(finding, usize::MAX)));
    }
    lines.join("\n")
}

impl<'a> Report<'a> {
    fn new(set: Option<&'a str>, cluster: &'a Cluster, workload: &'a Workload, judged: &'a Judged) -> Self {
        let service = workload.name();
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
            set,
            workload: workload.argument(),
            namespace: workload.namespace(),
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
            but: &judged.buts,
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
        lines.extend(judge::but_lines(self.but));
        lines.extend(self.findings.iter().flat_map(|finding| judge::lines(finding, usize::MAX)));
        lines.join("\n")
    }
}
