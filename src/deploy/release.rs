//! What is deployed where, and who is told.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cluster::Cluster;
use crate::cluster::applyset::Set;
use crate::cluster::connect::NamespaceSource;
use crate::event::Events;
use crate::interruption::Interruption;
use crate::manifests::order::is_workload;
use crate::manifests::{Manifest, Migration};
use crate::progress::Progress;
use crate::project::Tools;
use crate::questions::Questions;
use crate::rollout::Graces;
use crate::settings::{AfterReady, Settings};
use crate::spec::Guard;
use crate::telemetry::Recorder;

/// Where a release goes.
pub struct Target {
    pub cluster: Cluster,
    /// The service or set: its lock and its revisions have this name. What has no name is called by its number of
    /// objects.
    pub name: String,
}

/// What is deployed.
pub struct Release {
    pub set: Set,
    /// Pinned by digest; none for plain manifests, which have images of their own.
    pub image: Option<String>,
    pub commit: Option<String>,
    /// What `before` of plat.yaml runs first.
    pub migration: Option<Migration>,
    pub graces: Graces,
    pub afterwards: Afterwards,
    /// `ada@example.com on laptop`
    pub who: String,
}

/// What happens once it is ready: docs/deploy.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Afterwards {
    /// The command waits, and fails with what breaks meanwhile: so long, or as long as is usual.
    Bake(Option<Duration>),
    /// The command ends, and a process of its own looks on. `guard`: what that one may do.
    Lookout {
        guard: Option<Guard>,
    },
    Nothing,
}

impl Afterwards {
    /// `asked`: how long someone wants to wait, which is decided by whoever asks for it.
    #[must_use]
    pub fn of(asked: Option<Duration>, guard: Option<Guard>, usual: AfterReady) -> Self {
        match (asked, usual) {
            (Some(Duration::ZERO), _) | (None, AfterReady::Nothing) => Self::Nothing,
            (Some(asked), _) => Self::Bake(Some(asked)),
            (None, AfterReady::InCi) => Self::Bake(None),
            (None, AfterReady::Lookout) => Self::Lookout { guard },
        }
    }
}

/// The run that deploys it: who is told and asked, and what is kept of it.
#[derive(Clone, Copy)]
pub struct Session<'a> {
    pub events: &'a Events,
    pub progress: &'a dyn Progress,
    pub questions: &'a dyn Questions,
    pub recorder: &'a Recorder,
    pub interruption: &'a Interruption,
    pub settings: &'a Settings,
}

impl<'a> Session<'a> {
    /// What the work on a project needs.
    #[must_use]
    pub fn tools(&self) -> Tools<'a> {
        Tools { settings: self.settings, events: self.events, progress: self.progress }
    }
}

/// One release on its way to its target.
#[derive(Clone, Copy)]
pub struct Deploy<'a> {
    pub session: &'a Session<'a>,
    pub target: &'a Target,
    pub release: &'a Release,
    /// Since when its rollout's deadline counts.
    pub started: Instant,
}

impl<'a> Deploy<'a> {
    #[must_use]
    pub fn new(session: &'a Session<'a>, target: &'a Target, release: &'a Release) -> Self {
        Self { session, target, release, started: Instant::now() }
    }

    #[must_use]
    pub fn cluster(&self) -> &'a Cluster {
        &self.target.cluster
    }

    #[must_use]
    pub fn name(&self) -> &'a str {
        &self.target.name
    }

    #[must_use]
    pub fn set(&self) -> &'a Set {
        &self.release.set
    }

    #[must_use]
    pub fn events(&self) -> &'a Events {
        self.session.events
    }

    #[must_use]
    pub fn recorder(&self) -> &'a Recorder {
        self.session.recorder
    }

    #[must_use]
    pub fn interruption(&self) -> &'a Interruption {
        self.session.interruption
    }

    /// The command that shows what runs. What a plat.yaml names is found by it, anything else by its name.
    #[must_use]
    pub fn inspect_command(&self) -> String {
        let set = self.set();
        let namespace = &self.cluster().namespace;
        match &set.name {
            Some(_) if set.is_service() => self.here("plat status"),
            Some(name) => format!("plat why {name} -n {namespace}"),
            None => inspect_unnamed(&set.manifests),
        }
    }

    /// The command that does the same again.
    #[must_use]
    pub fn retry_command(&self) -> String {
        if self.set().is_service() { self.here("plat deploy") } else { "the same plat deploy -f".to_owned() }
    }

    /// A command about this service, in the namespace that only this command line names.
    #[must_use]
    pub fn here(&self, command: &str) -> String {
        let Cluster { namespace, namespace_from, .. } = self.cluster();
        match namespace_from {
            NamespaceSource::CommandLine => format!("{command} -n {namespace}"),
            NamespaceSource::PlatYaml | NamespaceSource::Kubeconfig => command.to_owned(),
        }
    }

    /// The command that goes back: to the previous revision, or to this one.
    #[must_use]
    pub fn rollback_command(&self, to: Option<u64>) -> String {
        let to = to.map(|number| format!(" --to {number}")).unwrap_or_default();
        format!("plat rollback {}{to} -n {}", self.name(), self.cluster().namespace)
    }
}

/// The command that shows what a set without a name left: one workload is named; of several, those that are not well.
fn inspect_unnamed(manifests: &[Arc<Manifest>]) -> String {
    let workloads: Vec<_> = manifests.iter().filter(|manifest| is_workload(&manifest.kind)).collect();
    match (workloads.as_slice(), manifests.first()) {
        ([only], _) => format!("plat why {}", only.argument()),
        ([first, others @ ..], _) if others.iter().all(|other| other.namespace == first.namespace) => {
            format!("plat why{}", first.namespace_argument())
        }
        ([_, ..], _) => "plat why -A".to_owned(),
        ([], Some(object)) => format!("kubectl get {}", object.argument()),
        ([], None) => "kubectl get all".to_owned(),
    }
}

/// Whoever starts this, for a reader: git's or the pipeline's word, else the user of this machine; and the machine.
#[must_use]
pub fn who(deployer: Option<&str>) -> String {
    let env = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let user = deployer.map(str::to_owned).or_else(|| ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(env));
    let user = user.or_else(account).unwrap_or_else(|| "someone".to_owned());
    match host().or_else(|| env("COMPUTERNAME")) {
        Some(host) => format!("{user} on {host}"),
        None => user,
    }
}

/// The account of this process: a service manager or a container sets no variable of it.
#[cfg(unix)]
fn account() -> Option<String> {
    Some(nix::unistd::User::from_uid(nix::unistd::getuid()).ok()??.name)
}

#[cfg(not(unix))]
fn account() -> Option<String> {
    None
}

#[cfg(unix)]
fn host() -> Option<String> {
    nix::unistd::gethostname().ok()?.into_string().ok().filter(|name| !name.is_empty())
}

#[cfg(not(unix))]
fn host() -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const MINUTE: Duration = Duration::from_mins(1);
    const LOOKOUT: Afterwards = Afterwards::Lookout { guard: Some(Guard::Rollback) };

    #[rstest]
    #[case::the_prompt_comes_back(None, AfterReady::Lookout, LOOKOUT)]
    #[case::in_ci(None, AfterReady::InCi, Afterwards::Bake(None))]
    #[case::turned_off(None, AfterReady::Nothing, Afterwards::Nothing)]
    #[case::asked_for(Some(MINUTE), AfterReady::Lookout, Afterwards::Bake(Some(MINUTE)))]
    #[case::asked_for_in_ci(Some(MINUTE), AfterReady::InCi, Afterwards::Bake(Some(MINUTE)))]
    #[case::nothing_looks_on(Some(Duration::ZERO), AfterReady::Lookout, Afterwards::Nothing)]
    #[case::nor_in_ci(Some(Duration::ZERO), AfterReady::InCi, Afterwards::Nothing)]
    fn what_happens_once_it_is_ready(
        #[case] asked: Option<Duration>,
        #[case] usual: AfterReady,
        #[case] expected: Afterwards,
    ) {
        assert_eq!(Afterwards::of(asked, Some(Guard::Rollback), usual), expected);
    }

    #[rstest]
    #[case::one_workload(&["Service web/shop", "Deployment web/shop"], "plat why deployment/shop -n web")]
    #[case::several(&["Deployment web/shop", "StatefulSet web/db"], "plat why -n web")]
    #[case::of_several_namespaces(&["Deployment web/shop", "Job batch/count"], "plat why -A")]
    #[case::no_workload(&["ConfigMap web/settings", "Secret web/key"], "kubectl get configmap/settings -n web")]
    fn a_set_without_a_name_is_looked_at_where_it_is_not_well(#[case] objects: &[&str], #[case] expected: &str) {
        let manifests: Vec<_> = objects.iter().map(|object| Arc::new(manifest(object))).collect();
        assert_eq!(inspect_unnamed(&manifests), expected);
    }

    fn manifest(object: &str) -> Manifest {
        let (kind, place) = object.split_once(' ').unwrap();
        let (namespace, name) = place.split_once('/').unwrap();
        Manifest {
            api_version: "v1".to_owned(),
            kind: kind.to_owned(),
            resource: String::new(),
            name: name.to_owned(),
            namespace: Some(namespace.to_owned()),
            body: serde_json::Value::Null,
        }
    }
}
