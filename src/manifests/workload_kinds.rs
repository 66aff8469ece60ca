//! The kinds of workloads, the objects that run pods: everything that enumerates them reads this table. Pure.

/// One kind, and how it is addressed.
#[derive(Debug, PartialEq, Eq)]
pub struct WorkloadKind {
    pub kind: &'static str,
    /// Empty for the core group.
    pub group: &'static str,
    pub version: &'static str,
    /// As in the URL.
    pub plural: &'static str,
    /// kubectl's.
    pub short_names: &'static [&'static str],
    /// Whether it is done when its pods have ended well, and not when they are ready. A pod says so itself.
    pub runs_to_its_end: bool,
    /// Whether it replaces its pods by itself when its template changes: what `kubectl rollout` is for.
    pub rolls_out: bool,
}

/// Those that people name most come first: of two workloads with the same name the earlier kind is meant.
pub static WORKLOADS: [WorkloadKind; 7] = [
    WorkloadKind { rolls_out: true, ..apps("Deployment", "deployments", &["deploy"]) },
    WorkloadKind { rolls_out: true, ..apps("StatefulSet", "statefulsets", &["sts"]) },
    WorkloadKind { rolls_out: true, ..apps("DaemonSet", "daemonsets", &["ds"]) },
    WorkloadKind { runs_to_its_end: true, ..batch("CronJob", "cronjobs", &["cj"]) },
    WorkloadKind { runs_to_its_end: true, ..batch("Job", "jobs", &[]) },
    apps("ReplicaSet", "replicasets", &["rs"]),
    kind("", "Pod", "pods", &["po"]),
];

const fn apps(kind: &'static str, plural: &'static str, short_names: &'static [&'static str]) -> WorkloadKind {
    self::kind("apps", kind, plural, short_names)
}

const fn batch(kind: &'static str, plural: &'static str, short_names: &'static [&'static str]) -> WorkloadKind {
    self::kind("batch", kind, plural, short_names)
}

const fn kind(
    group: &'static str,
    kind: &'static str,
    plural: &'static str,
    short_names: &'static [&'static str],
) -> WorkloadKind {
    WorkloadKind { kind, group, version: "v1", plural, short_names, runs_to_its_end: false, rolls_out: false }
}

impl WorkloadKind {
    /// The kind of an object that runs pods.
    #[must_use]
    pub fn of(api_version: &str, kind: &str) -> Option<&'static Self> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        WORKLOADS.iter().find(|each| (each.group, each.version, each.kind) == (group, version, kind))
    }

    /// The kind that kubectl would take this word for: `deploy`, `sts`, `Deployment`, `deployments.apps`,
    /// `deployments.v1.apps`.
    #[must_use]
    pub fn named(word: &str) -> Option<&'static Self> {
        let word = word.to_lowercase();
        WORKLOADS.iter().find(|each| each.is_named(&word))
    }

    /// Whether kubectl would take this word, in small letters, for the kind.
    #[must_use]
    pub fn is_named(&self, word: &str) -> bool {
        let (name, group) = word.split_once('.').unwrap_or((word, ""));
        let is_name = self.singular() == name || self.plural == name || self.short_names.contains(&name);
        let with_version = || group.strip_prefix(self.version).and_then(|rest| rest.strip_prefix('.'));
        is_name && (group.is_empty() || group == self.group || with_version() == Some(self.group))
    }

    /// The kind of this name, whatever its group: for what is known to be a workload.
    #[must_use]
    pub fn of_name(kind: &str) -> Option<&'static Self> {
        WORKLOADS.iter().find(|each| each.kind == kind)
    }

    /// How kubectl writes it: `deployment`.
    #[must_use]
    pub fn singular(&self) -> String {
        self.kind.to_lowercase()
    }

    /// `apps/v1`
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_owned() } else { format!("{}/{}", self.group, self.version) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::built_in;
    use rstest::rstest;

    #[rstest]
    #[case("deploy", Some("Deployment"))]
    #[case("Deployment", Some("Deployment"))]
    #[case("deployments.apps", Some("Deployment"))]
    #[case("deployments.v1.apps", Some("Deployment"))]
    #[case("deployments.batch", None)]
    #[case("cj", Some("CronJob"))]
    #[case("jobs", Some("Job"))]
    #[case("po", Some("Pod"))]
    #[case("svc", None)]
    fn a_kind_has_the_names_that_kubectl_gives_it(#[case] word: &str, #[case] expected: Option<&str>) {
        assert_eq!(WorkloadKind::named(word).map(|kind| kind.kind), expected);
    }

    #[test]
    fn each_kind_is_addressed_as_in_the_table_of_built_in_kinds() {
        for kind in &WORKLOADS {
            let built_in = built_in().find(|other| other.kind == kind.kind).expect("a built-in kind");
            assert_eq!((built_in.api_version, built_in.resource), (kind.api_version(), kind.plural.to_owned()));
            assert_eq!(WorkloadKind::of(&kind.api_version(), kind.kind), Some(kind));
        }
        assert_eq!(WorkloadKind::of("extensions/v1beta1", "Deployment"), None);
    }
}
