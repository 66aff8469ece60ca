//! From this machine into the cluster, for others.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use super::here;
use crate::bundle::parcel::TEXTS;
use crate::bundle::{Kept, Parcel, Pushed};
use crate::cluster::connect::{self, Cluster, ClusterArgs};
use crate::cluster::records::{WriteGuard, evidence};
use crate::commands::target::PlaceArgs;
use crate::deploy::release::who;
use crate::error::{Error, Result};
use crate::input;
use crate::project;
use crate::reason::Reason;
use crate::text::foreign_line;
use crate::ui::Ui;

/// Of one text of the bundle; in bytes.
const LARGEST: u64 = 16 << 20;

/// What `--output json` prints; docs/output.md describes it.
#[derive(Debug, Serialize)]
struct Line<'a> {
    run: &'a str,
    service: &'a str,
    namespace: &'a str,
    context: &'a str,
    secret: &'a str,
    pushed: &'a Pushed,
}

/// Pushes the one that is meant, of several the newest.
///
/// # Errors
/// There is none; it is of another cluster; what the API server refuses.
pub async fn push(all: &[Kept], asked: Option<&str>, place: &PlaceArgs, ui: &Ui) -> Result<()> {
    let meant = match asked {
        Some(asked) => here::find(all, asked)?,
        None => all.to_vec(),
    };
    let Some(kept) = meant.first() else {
        let what = asked.map_or_else(String::new, |asked| format!("of {} ", foreign_line(asked, 80)));
        return Err(here::none(&format!("{what}on this machine")));
    };
    let cluster = reach(kept, place, ui).await?;
    let texts = TEXTS.iter().filter_map(|(name, worth)| {
        let text = input::read_text(&kept.dir.join(name), LARGEST).ok()?;
        Some((*name, *worth, text))
    });
    let by = who(project::deployer(Path::new(".")).await.as_deref());
    let pushed = Pushed { by, at: Timestamp::now(), cut: Vec::new() };
    let parcel = Parcel::pack(&kept.summary, texts, pushed);
    let guard = WriteGuard::unfenced("evidence is not part of what is deployed");
    let secret = evidence::push(&cluster, &guard, &parcel).await?;
    let line = Line {
        run: &parcel.summary.run,
        service: &parcel.summary.service,
        namespace: &cluster.namespace,
        context: &cluster.context,
        secret: &secret,
        pushed: &parcel.pushed,
    };
    ui.print_all([&line], |ui| tell(&line, ui));
    Ok(())
}

fn tell(line: &Line<'_>, ui: &Ui) {
    let Line { run, namespace, context, secret, .. } = line;
    ui.note(&format!("pushed the evidence of run {run} to Secret {namespace}/{secret}, context {context}"));
    if !line.pushed.cut.is_empty() {
        ui.note(&format!("cut: {}", line.pushed.cut.join(", ")));
    }
    ui.note("logs and objects stay on this machine, in its archive");
    ui.note(&format!("who may read Secrets there sees it with: plat evidence {run} -n {namespace}"));
}

/// The cluster that it failed in, unless another place is named.
async fn reach(kept: &Kept, asked: &PlaceArgs, ui: &Ui) -> Result<Cluster> {
    let summary = &kept.summary;
    if asked.cluster.context.is_some() || asked.project.environment.is_some() {
        return asked.connect(ui.events()).await;
    }
    let place = ClusterArgs {
        // A pod of the cluster has no kubeconfig.
        context: Some(summary.context.clone()).filter(|context| !context.is_empty() && context != "in-cluster"),
        namespace: asked.cluster.namespace.clone().or(Some(summary.namespace.clone()).filter(|name| !name.is_empty())),
    };
    let cluster = connect::connect(&place, None, ui.events()).await?;
    if cluster.server == summary.server {
        return Ok(cluster);
    }
    let (run, context) = (foreign_line(&summary.run, 80), foreign_line(&summary.context, 80));
    Err(Error::user(format!("run {run} failed in another cluster than context {context} leads to now"))
        .at(cluster.place())
        .detail(format!("it failed at {}", foreign_line(&summary.server, 200)))
        .hint("name the context that leads there: --context")
        .reason(Reason::WrongCluster))
}
