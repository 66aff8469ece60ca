//! What others put in the cluster.

use std::time::Duration;

use serde::Serialize;

use super::here::none;
use crate::bundle::{Kept, Parcel, Pushed, Summary};
use crate::cluster::Cluster;
use crate::cluster::inspect::{self, Target};
use crate::cluster::records::evidence::{self, Whose};
use crate::commands::target::PlaceArgs;
use crate::error::Result;
use crate::event::Events;
use crate::text::foreign_line;
use crate::ui::{Ui, local};

/// What this machine has is shown already: the cluster may add to it, within this.
const PATIENCE: Duration = Duration::from_secs(5);

/// What `--output json` prints for each; docs/output.md describes it.
#[derive(Debug, Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    summary: &'a Summary,
    secret: &'a str,
    pushed: &'a Pushed,
    files: Vec<&'a str>,
}

impl<'a> Line<'a> {
    fn of((secret, parcel): &'a (String, Parcel)) -> Self {
        let files = parcel.texts.keys().map(String::as_str).collect();
        Self { summary: &parcel.summary, secret, pushed: &parcel.pushed, files }
    }
}

/// Shows the newest in full, and that there are others.
///
/// # Errors
/// There is none, or nobody could be asked.
pub async fn show(asked: &str, place: &PlaceArgs, ui: &Ui) -> Result<()> {
    let what = if asked.contains('/') {
        format!("of {}", Target::parse(asked)?)
    } else {
        format!("of a run, service or set {}", foreign_line(asked, 80))
    };
    let (cluster, found) = match ask(asked, place, ui.events()).await {
        Ok(found) => found,
        Err(error) => {
            let none = none(&what).detail(format!("what was pushed to the cluster cannot be seen: {error}"));
            return Err(error.details.iter().fold(none, |none, line| none.detail(format!("  {line}"))));
        }
    };
    if found.is_empty() {
        return Err(none(&what).at(format!("namespace {}, {}", cluster.namespace, cluster.place())));
    }
    ui.print_all(found.iter().map(Line::of), |ui| tell(&found, &cluster.namespace, ui));
    Ok(())
}

fn tell(found: &[(String, Parcel)], namespace: &str, ui: &Ui) {
    let [newest, others @ ..] = found else { return };
    let (secret, parcel) = newest;
    ui.note(&format!("not of this machine: {} (Secret {namespace}/{secret})", sentence(parcel)));
    ui.data(&parcel.page());
    for (_, other) in others {
        ui.note(&format!("also {}: plat evidence {}", sentence(other), foreign_line(&other.summary.run, 80)));
    }
}

/// Says beside what was shown of this machine what there is in the cluster; a cluster that does not answer is no loss.
pub async fn mention(asked: &str, shown: &[Kept], place: &PlaceArgs, ui: &Ui) {
    let asking = ask(asked, place, Events::unread());
    let Ok(Ok((_, found))) = tokio::time::timeout(PATIENCE, asking).await else { return };
    for (secret, parcel) in found {
        let run = &parcel.summary.run;
        if shown.iter().any(|kept| kept.summary.run == *run) {
            ui.note(&format!(
                "shown is what this machine has; in the cluster too: {} (Secret {secret})",
                sentence(&parcel)
            ));
        } else {
            ui.note(&format!("also in the cluster: {}: plat evidence {}", sentence(&parcel), foreign_line(run, 80)));
        }
    }
}

/// `run 0193-…, pushed by ada@example.com on laptop at 2026-11-29 14:02`
fn sentence(parcel: &Parcel) -> String {
    let Pushed { by, at, .. } = &parcel.pushed;
    format!("run {}, pushed by {by} at {}", foreign_line(&parcel.summary.run, 80), local(*at))
}

async fn ask(asked: &str, place: &PlaceArgs, events: Events) -> Result<(Cluster, Vec<(String, Parcel)>)> {
    let cluster = place.connect(events).await?;
    let found = if asked.contains('/') {
        // An object is known by what it was deployed with; of one that is gone nothing is known.
        match inspect::owner(&cluster, &Target::parse(asked)?).await {
            Ok(owner) => evidence::pushed(&cluster, Whose::Service(&owner.name)).await?,
            Err(_) => Vec::new(),
        }
    } else {
        evidence::pushed(&cluster, Whose::RunOrService(asked)).await?
    };
    Ok((cluster, found))
}
