//! Whether an environment still is the cluster that it was: a context is a name, and names are reused.

use std::path::{Path, PathBuf};

use crate::cluster::connect::Same;
use crate::cluster::connect::{Cluster, identity};
use crate::error::{Error, Result};
use crate::input;
use crate::project::{Project, ProjectArgs};
use crate::reason::Reason;
use crate::settings::Settings;

/// Where the identity was read.
enum Pin {
    /// `environments.<name>.cluster` of plat.yaml: for everybody.
    Spec(String),
    /// What this user's first use of the environment saw.
    Remembered(String, PathBuf),
}

/// An identity is a hash; in bytes.
const LARGEST: u64 = 4 << 10;

/// Compares the cluster with the one that the chosen environment is pinned to; remembers it at the first use. Without an
/// environment there is nothing to compare, and no request.
///
/// # Errors
/// It is another cluster.
pub async fn check(project: &Project, cluster: &Cluster, settings: &Settings) -> Result<()> {
    let Some((name, place)) = &project.environment else { return Ok(()) };
    let file = file(&settings.state_dir, &project.spec.name, name);
    let pin = match &place.cluster {
        Some(pinned) => Pin::Spec(pinned.clone()),
        None => {
            match input::read_text(&file, LARGEST).map(|text| text.trim().to_owned()) {
                Ok(seen) if identity::is_identity(&seen) => Pin::Remembered(seen, file),
                _ => {
                    if let Some(seen) = identity::identity(cluster).await {
                        remember(&file, &seen);
                        cluster.events.note(format!("environment {name} is the cluster {seen}; pin it for everybody: environments.{name}.cluster"));
                    }
                    return Ok(());
                }
            }
        }
    };
    let (Pin::Spec(pinned) | Pin::Remembered(pinned, _)) = &pin;
    match identity::compare(cluster, pinned).await {
        Same::Yes => Ok(()),
        Same::No { found } => Err(refusal(name, &pin, &found, cluster)),
        Same::Unknown { why } => {
            cluster
                .events
                .warn(format!("it cannot be told whether this is the cluster {pinned} of environment {name}: {why}"));
            Ok(())
        }
    }
}

/// The same for a command that reads plat.yaml only for its environments.
///
/// # Errors
/// As [`check`]; a plat.yaml that cannot be used.
pub async fn check_place(args: &ProjectArgs, cluster: &Cluster, settings: &Settings) -> Result<()> {
    match args.environment {
        Some(_) => check(&Project::read(args).await?, cluster, settings).await,
        None => Ok(()),
    }
}

fn refusal(name: &str, pin: &Pin, found: &str, cluster: &Cluster) -> Error {
    let error = Error::user(format!("this is another cluster than that of environment {name}; nothing was written"))
        .at(cluster.place())
        .reason(Reason::WrongCluster);
    let other = format!("choose the right one with --context, or name it in environments.{name}.context");
    match pin {
        Pin::Spec(pinned) => error
            .detail(format!("environments.{name}.cluster: {pinned}"))
            .detail(format!("reached:  {found}"))
            .hint(other)
            .hint(format!("if the cluster was made anew: `cluster: {found}` in plat.yaml")),
        Pin::Remembered(pinned, file) => error
            .detail(format!("at the first use of {name}: {pinned}"))
            .detail(format!("reached: {found}"))
            .hint(other)
            .hint(format!("if the cluster was made anew, forget the old one: rm {}", file.display())),
    }
}

fn file(state: &Path, service: &str, environment: &str) -> PathBuf {
    state.join("clusters").join(format!("{service}.{environment}"))
}

/// A state folder that cannot be written keeps nobody from deploying.
fn remember(file: &Path, seen: &str) {
    let written = file
        .parent()
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| input::can_be_written(file))
        .and_then(|()| std::fs::write(file, seen));
    if let Err(error) = written {
        tracing::info!(%error, "the cluster's identity is not remembered");
    }
}
