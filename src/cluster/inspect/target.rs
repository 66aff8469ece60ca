//! What a command line names: one grammar for every command.

use std::fmt;

use crate::cluster::connect::{Cluster, check_name};
use crate::error::{Error, Result};
use crate::manifests::{WORKLOADS, WorkloadKind};
use crate::text::{foreign_line, nearest};

/// A Service has pods too, though it does not run them.
static SERVICE: WorkloadKind = WorkloadKind {
    kind: "Service",
    group: "",
    version: "v1",
    plural: "services",
    short_names: &["svc"],
    runs_to_its_end: false,
    rolls_out: false,
};

/// The kinds that have pods.
fn kinds() -> impl Iterator<Item = &'static WorkloadKind> {
    WORKLOADS.iter().chain([&SERVICE])
}

/// `NAME`, a service or set of plat or else a workload; `KIND/NAME`, one object that has pods; or whatever has some labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub(super) kind: Option<&'static WorkloadKind>,
    pub name: String,
    /// Where it is in another namespace than its set is noted in.
    namespace: Option<String>,
    /// Nobody named its kind.
    guessed: bool,
    /// A selector, instead of a name.
    pub(super) labels: Option<String>,
}

impl Target {
    /// What plat deployed under this name, or the workload that has it.
    #[must_use]
    pub fn named(name: String) -> Self {
        Self { kind: None, name, namespace: None, guessed: true, labels: None }
    }

    /// All that has these labels, as kubectl's `-l` selects it.
    #[must_use]
    pub fn labelled(labels: &str) -> Self {
        Self { labels: Some(labels.to_owned()), ..Self::named(foreign_line(labels, 80)) }
    }

    /// One object of a kind that has pods; none for the other kinds.
    pub(super) fn object(kind: &str, name: &str, namespace: Option<&str>) -> Option<Self> {
        let kind = kinds().find(|each| each.kind == kind)?;
        let (name, namespace) = (name.to_owned(), namespace.map(str::to_owned));
        Some(Self { kind: Some(kind), name, namespace, guessed: false, labels: None })
    }

    /// The same where the kind was found out, and not named.
    pub(super) fn guessed(self) -> Self {
        Self { guessed: true, ..self }
    }

    /// Whether objects of this kind have pods.
    pub(super) fn has_pods(kind: &str) -> bool {
        kinds().any(|each| each.kind == kind)
    }

    /// # Errors
    /// A kind without pods, a name that is none.
    pub fn parse(text: &str) -> Result<Self> {
        let Some((kind, name)) = text.split_once('/') else {
            check_name("the name", text)?;
            return Ok(Self::named(text.to_owned()));
        };
        let word = kind.to_lowercase();
        let Some(found) = kinds().find(|each| each.is_named(&word)) else {
            let words: Vec<String> = kinds().map(WorkloadKind::singular).collect();
            let near = nearest(&word, words.iter().map(String::as_str))
                .map(|near| format!("did you mean {near}/{}?", foreign_line(name, 80)));
            let error = Error::usage(format!("{} is not a kind that has pods", foreign_line(kind, 60)));
            return Err(near
                .into_iter()
                .fold(error, Error::hint)
                .hint("kinds: deployment, statefulset, daemonset, replicaset, job, cronjob, pod, service"));
        };
        check_name("the object", name)?;
        Ok(Self { kind: Some(found), name: name.to_owned(), namespace: None, guessed: false, labels: None })
    }

    /// The kind; none for a name alone.
    #[must_use]
    pub fn kind(&self) -> Option<&'static WorkloadKind> {
        self.kind
    }

    /// Whether it is the Service of that name that is meant, or may be.
    #[must_use]
    pub fn may_be_service(&self) -> bool {
        self.guessed || self.kind.is_some_and(|kind| kind.kind == "Service")
    }

    /// Whether it runs pods itself.
    #[must_use]
    pub fn is_workload(&self) -> bool {
        self.kind.is_some_and(|kind| kind.kind != "Service")
    }

    /// Whether labels are meant, and not a name.
    #[must_use]
    pub fn is_labels(&self) -> bool {
        self.labels.is_some()
    }

    /// As the next command line would name it: `deployment/api`.
    #[must_use]
    pub fn argument(&self) -> String {
        self.kind.map_or_else(|| self.name.clone(), |kind| format!("{}/{}", kind.singular(), self.name))
    }

    /// The cluster with the namespace that it is in.
    #[must_use]
    pub fn place(&self, cluster: &Cluster) -> Cluster {
        cluster.within(self.namespace.as_deref().unwrap_or(&cluster.namespace))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.kind, &self.labels) {
            (Some(kind), _) => write!(f, "{} {}", kind.kind, self.name),
            (None, Some(_)) => write!(f, "what has the labels {}", self.name),
            (None, None) => f.write_str(&self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("shop", "shop", "shop")]
    #[case("deploy/shop", "Deployment shop", "deployment/shop")]
    #[case("Deployments/shop", "Deployment shop", "deployment/shop")]
    #[case("deployments.apps/shop", "Deployment shop", "deployment/shop")]
    #[case("sts/db", "StatefulSet db", "statefulset/db")]
    #[case("cronjob/nightly", "CronJob nightly", "cronjob/nightly")]
    #[case("po/shop-1", "Pod shop-1", "pod/shop-1")]
    #[case("svc/shop", "Service shop", "service/shop")]
    fn a_target_is_named_as_for_kubectl(#[case] text: &str, #[case] expected: &str, #[case] argument: &str) {
        let target = Target::parse(text).unwrap();
        assert_eq!((target.to_string().as_str(), target.argument().as_str()), (expected, argument));
    }

    #[rstest]
    #[case("deploymnt/shop", "deploymnt is not a kind that has pods")]
    #[case("secret/shop", "secret is not a kind that has pods")]
    #[case("deployments.batch/shop", "deployments.batch is not a kind that has pods")]
    #[case("deploy/Shop", "the object \"Shop\" is not a valid name")]
    #[case("deploy/a/b", "the object \"a/b\" is not a valid name")]
    #[case("Shop", "the name \"Shop\" is not a valid name")]
    fn what_has_no_pods_is_refused(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(Target::parse(text).unwrap_err().what, expected);
    }
}
