//! What the steps of one deploy share.

use std::time::{Duration, Instant};

use super::show::Show;
use crate::cluster::applyset::Set;
use crate::cluster::connect::Cluster;
use crate::rollout::Graces;
use crate::settings::Settings;
use crate::telemetry::Recorder;
use crate::ui::Ui;

/// What is rolled out where, and who is told.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    pub cluster: &'a Cluster,
    /// The service or set: its lock and its revisions bear this name.
    pub name: &'a str,
    pub set: &'a Set,
    pub image: Option<&'a str>,
    pub commit: Option<&'a str>,
    /// `ada@example.com on laptop`
    pub who: &'a str,
    pub graces: Graces,
    /// How long it is looked at after Ready, where plat.yaml says so.
    pub bake: Option<Duration>,
    pub started: Instant,
    pub ui: &'a Ui,
    pub show: &'a Show<'a>,
    pub run: &'a Recorder,
    pub settings: &'a Settings,
}

impl Job<'_> {
    /// Where to look at what runs.
    pub fn look(&self) -> &'static str {
        if self.set.is_service() { "plat status" } else { "plat why" }
    }

    /// How to do the same again.
    pub fn again(&self) -> &'static str {
        if self.set.is_service() { "plat deploy" } else { "the same plat deploy -f" }
    }

    /// How to go back: to the revision before, or to this one.
    pub fn rollback(&self, to: Option<u64>) -> String {
        let to = to.map(|number| format!(" {number}")).unwrap_or_default();
        let what = if self.set.is_service() { "service" } else { "set" };
        format!("plat rollback{to} --{what} {} -n {}", self.name, self.cluster.namespace)
    }
}

/// Whoever starts this, for a reader: git's or the pipeline's word, else the user of this machine; and the machine.
pub fn who(deployer: Option<&str>) -> String {
    let env = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let user = deployer.map(str::to_owned).or_else(|| ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(env));
    let user = user.unwrap_or_else(|| "somebody".to_owned());
    match host().or_else(|| env("COMPUTERNAME")) {
        Some(host) => format!("{user} on {host}"),
        None => user,
    }
}

#[cfg(unix)]
fn host() -> Option<String> {
    nix::unistd::gethostname().ok()?.into_string().ok().filter(|name| !name.is_empty())
}

#[cfg(not(unix))]
fn host() -> Option<String> {
    None
}
