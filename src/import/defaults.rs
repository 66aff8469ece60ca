//! What plat does by itself, why, and whether it does so against what was said.

/// Against what plat's default stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Against {
    /// What was said stays; plat says only what nobody said.
    Nothing,
    /// Another value.
    Value,
    /// Another value, also where plat has none.
    Presence,
}

use Against::{Nothing, Presence, Value};

/// One of them.
#[derive(Debug)]
struct Default {
    reason: Reason,
    of: &'static [Field],
}

/// What it is, and why.
pub(super) type Reason = (&'static str, &'static str);

/// Of which kind of object (empty for each), which fields, and against what. A pattern is the steps of a path: `pod` is
/// the pod's specification, `@` the container of the program, `*` any step; all below is meant.
type Field = (&'static str, &'static str, Against);

/// The first that fits a path is meant.
static DEFAULTS: &[Default] = &[
    Default {
        reason: ("the label app.kubernetes.io/name of the objects, not of the pods", "plat knows by it what it made"),
        of: &[("", "metadata labels", Value)],
    },
    Default {
        reason: ("labels of the pods", "plat finds them by it"),
        of: &[
            ("", "spec template metadata labels", Nothing),
            ("", "spec jobTemplate metadata labels", Nothing),
            ("", "spec jobTemplate spec template metadata labels", Nothing),
        ],
    },
    Default {
        reason: (
            "Pod Security \"restricted\", as a user other than root, its root file system read-only",
            "whoever breaks into the program can do nothing else; `user` and `writable` say what it needs",
        ),
        of: &[
            ("", "pod securityContext fsGroup", Nothing),
            ("", "pod securityContext fsGroupChangePolicy", Nothing),
            ("", "pod securityContext runAsNonRoot", Value),
            ("", "pod securityContext runAsUser", Value),
            ("", "pod securityContext runAsGroup", Value),
            ("", "pod securityContext seccompProfile", Value),
            ("", "pod containers @ securityContext capabilities add", Nothing),
            ("", "pod containers @ securityContext capabilities drop", Value),
            ("", "pod containers @ securityContext allowPrivilegeEscalation", Value),
            ("", "pod containers @ securityContext readOnlyRootFilesystem", Value),
            ("", "pod containers @ securityContext", Nothing),
        ],
    },
    Default {
        reason: (
            "plat's probes",
            "a start is seen at once and has a minute; liveness asks only whether the port accepts, so that a slow database restarts nothing",
        ),
        of: &[
            ("", "pod containers @ startupProbe", Value),
            ("", "pod containers @ readinessProbe", Value),
            ("", "pod containers @ livenessProbe", Value),
        ],
    },
    Default {
        reason: ("it answers for 5 s after it was told to go", "until then nodes still send requests to it"),
        of: &[("", "pod containers @ lifecycle", Nothing)],
    },
    Default {
        reason: ("no CPU limit", "it throttles the program while the node is idle"),
        of: &[("", "pod containers @ resources limits cpu", Presence)],
    },
    Default {
        reason: (
            "memory: request and limit are the same; CPU: a request",
            "what one copy needs is reserved for it, and a leak ends it instead of its neighbours",
        ),
        of: &[("", "pod containers @ resources requests memory", Value), ("", "pod containers @ resources", Nothing)],
    },
    Default {
        reason: (
            "a ServiceAccount of its own, without a token",
            "it can do nothing in the cluster that nobody granted it",
        ),
        of: &[
            ("", "pod automountServiceAccountToken", Nothing),
            ("ServiceAccount", "automountServiceAccountToken", Value),
            ("ServiceAccount", "", Nothing),
            ("", "pod serviceAccountName", Nothing),
        ],
    },
    Default {
        reason: (
            "no variables for every Service of the namespace",
            "nobody reads them, and one may have the name of yours",
        ),
        of: &[("", "pod enableServiceLinks", Nothing)],
    },
    Default {
        reason: (
            "pods are spread over nodes and zones where that is possible",
            "losing one of them takes not all copies",
        ),
        of: &[("", "pod topologySpreadConstraints", Nothing)],
    },
    Default {
        reason: ("an empty /tmp of 1Gi", "the root file system is read-only, and most programs write there"),
        of: &[("", "pod volumes tmp", Nothing), ("", "pod containers @ volumeMounts /tmp", Nothing)],
    },
    Default {
        reason: ("an empty volume has 1Gi", "a full one ends its pod, and not its node's"),
        of: &[("", "pod volumes * emptyDir", Nothing)],
    },
    Default {
        reason: ("the variable PORT", "most programs read from it where to listen"),
        of: &[("", "pod containers @ env PORT", Nothing)],
    },
    Default {
        reason: (
            "files and variables of plat.yaml instead of a ConfigMap that is changed in place",
            "a change is a revision: it restarts the pods, and a rollback takes it along",
        ),
        of: &[
            ("", "pod volumes config", Nothing),
            ("", "pod volumes * configMap", Nothing),
            ("", "pod containers @ envFrom", Nothing),
            ("", "pod containers @ env", Nothing),
            ("ConfigMap", "", Nothing),
        ],
    },
    Default {
        reason: ("volumes by plat's names", "what they hold stays; /tmp and the files of `config` are plat's own"),
        of: &[("", "pod volumes", Nothing), ("", "pod containers @ volumeMounts", Nothing)],
    },
    Default {
        reason: (
            "the port has a name, by which Service and probes ask for it",
            "a changed `port` then sends nothing to pods of the old revision",
        ),
        of: &[
            ("", "pod containers @ ports", Nothing),
            ("Service", "spec ports * targetPort", Value),
            ("Service", "spec ports", Nothing),
            ("Ingress", "spec", Nothing),
        ],
    },
    Default {
        reason: ("the schedule is in UTC", "else it is in the time zone of the machine that the controller runs on"),
        of: &[("CronJob", "spec timeZone", Nothing)],
    },
    Default {
        reason: ("limits of a run", "a run that hangs ends, and is not started twice; its log stays"),
        of: &[("", "pod restartPolicy", Value), ("CronJob", "spec", Nothing), ("Job", "spec", Nothing)],
    },
    Default {
        reason: ("no pod goes before its successor is ready", "a rollout then takes nothing away from who calls"),
        of: &[("Deployment", "spec strategy rollingUpdate", Presence)],
    },
    Default {
        reason: (
            "the old pod goes before the new one comes",
            "its volume can be on one node at a time, and it would wait for it for ever",
        ),
        of: &[("Deployment", "spec strategy type", Nothing)],
    },
    Default {
        reason: (
            "a rollout fails after 5m without progress",
            "as long as plat waits; another time is `deadline.rollout`",
        ),
        of: &[("Deployment", "spec progressDeadlineSeconds", Nothing)],
    },
    Default {
        reason: (
            "a PodDisruptionBudget: one pod at a time",
            "a node is drained without an outage, and pods that crash anyway do not block it",
        ),
        of: &[("PodDisruptionBudget", "", Value)],
    },
    Default {
        reason: ("a NetworkPolicy: its port is open to anybody, no other is", "what nobody declared is not reached"),
        of: &[("NetworkPolicy", "", Nothing)],
    },
];

/// The reason of what has no line of its own.
const OTHER: Reason = ("other defaults of plat", "docs/manifests.md gives the reason of each");

/// Why plat has another value there. The steps of the path are as the patterns have them.
pub(super) fn reason(kind: &str, path: &[&str]) -> Reason {
    find(kind, path).map_or(OTHER, |(reason, _)| reason)
}

/// Against what plat's default stands there.
pub(super) fn against(kind: &str, path: &[&str]) -> Against {
    find(kind, path).map_or(Nothing, |(_, against)| against)
}

fn find(kind: &str, path: &[&str]) -> Option<(Reason, Against)> {
    let is_meant = |(of, pattern, _): &&Field| {
        let mut steps = pattern.split(' ').filter(|step| !step.is_empty()).enumerate();
        (of.is_empty() || *of == kind)
            && steps.all(|(at, step)| path.get(at).is_some_and(|there| step == "*" || step == *there))
    };
    DEFAULTS.iter().find_map(|default| Some((default.reason, default.of.iter().find(is_meant)?.2)))
}

/// The path as the patterns have it.
pub(super) fn steps<'p>(template: Option<&str>, main: &str, path: &'p [String]) -> Vec<&'p str> {
    let prefix: Vec<&str> =
        template.into_iter().flat_map(|template| template[1..].split('/')).chain(["spec"]).collect();
    let is_pod =
        template.is_some() && path.len() >= prefix.len() && path.iter().zip(&prefix).all(|(one, other)| one == other);
    if !is_pod {
        return path.iter().map(String::as_str).collect();
    }
    let mut steps = vec!["pod"];
    steps.extend(path[prefix.len()..].iter().map(String::as_str));
    if steps.get(1) == Some(&"containers") && steps.get(2) == Some(&main) {
        steps[2] = "@";
    }
    steps
}
