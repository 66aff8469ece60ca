//! What plat does by itself, why, and whether it does so against what was said. Patterns are steps of a path: `pod` is the
//! pod's specification, `@` the container of the program, `*` any step; all below is meant.

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

/// One of them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Default {
    /// Of one kind only; empty for each.
    kind: &'static str,
    pattern: &'static str,
    pub against: Against,
    pub what: &'static str,
    pub why: &'static str,
}

use Against::{Nothing, Presence, Value};

const fn of(
    kind: &'static str,
    pattern: &'static str,
    against: Against,
    (what, why): (&'static str, &'static str),
) -> Default {
    Default { kind, pattern, against, what, why }
}

type Reason = (&'static str, &'static str);

const RESTRICTED: Reason = (
    "Pod Security \"restricted\", as a user other than root, its root file system read-only",
    "whoever breaks into the program can do nothing else; `user` and `writable` say what it needs",
);
const PROBES: Reason = (
    "plat's probes",
    "a start is seen at once and has a minute; liveness asks only whether the port accepts, so that a slow database restarts nothing",
);
const RESOURCES: Reason = (
    "memory: request and limit are the same; CPU: a request",
    "what one copy needs is reserved for it, and a leak ends it instead of its neighbours",
);
const CONFIG: Reason = (
    "files and variables of plat.yaml instead of a ConfigMap that is changed in place",
    "a change is a revision: it restarts the pods, and a rollback takes it along",
);
const ACCOUNT: Reason =
    ("a ServiceAccount of its own, without a token", "it can do nothing in the cluster that nobody granted it");
const TMP: Reason = ("an empty /tmp of 1Gi", "the root file system is read-only, and most programs write there");
const PORT: Reason = (
    "the port has a name, by which Service and probes ask for it",
    "a changed `port` then sends nothing to pods of the old revision",
);
const RUNS: Reason = ("limits of a run", "a run that hangs ends, and is not started twice; its log stays");

const LABELS: Reason =
    ("the label app.kubernetes.io/name of the objects, not of the pods", "plat knows by it what it made");
const POD_LABELS: Reason = ("labels of the pods", "plat finds them by it");
const VOLUMES: Reason =
    ("volumes by plat's names", "what they hold stays; /tmp and the files of `config` are plat's own");

static DEFAULTS: &[Default] = &[
    of("", "metadata labels", Value, LABELS),
    of("", "spec template metadata labels", Nothing, POD_LABELS),
    of("", "spec jobTemplate metadata labels", Nothing, POD_LABELS),
    of("", "spec jobTemplate spec template metadata labels", Nothing, POD_LABELS),
    of("", "pod securityContext fsGroup", Nothing, RESTRICTED),
    of("", "pod securityContext fsGroupChangePolicy", Nothing, RESTRICTED),
    of("", "pod securityContext runAsNonRoot", Value, RESTRICTED),
    of("", "pod securityContext runAsUser", Value, RESTRICTED),
    of("", "pod securityContext runAsGroup", Value, RESTRICTED),
    of("", "pod securityContext seccompProfile", Value, RESTRICTED),
    of("", "pod containers @ securityContext capabilities add", Nothing, RESTRICTED),
    of("", "pod containers @ securityContext capabilities drop", Value, RESTRICTED),
    of("", "pod containers @ securityContext allowPrivilegeEscalation", Value, RESTRICTED),
    of("", "pod containers @ securityContext readOnlyRootFilesystem", Value, RESTRICTED),
    of("", "pod containers @ securityContext", Nothing, RESTRICTED),
    of("", "pod containers @ startupProbe", Value, PROBES),
    of("", "pod containers @ readinessProbe", Value, PROBES),
    of("", "pod containers @ livenessProbe", Value, PROBES),
    of(
        "",
        "pod containers @ lifecycle",
        Nothing,
        ("it answers for 5 s after it was told to go", "until then nodes still send requests to it"),
    ),
    of(
        "",
        "pod containers @ resources limits cpu",
        Presence,
        ("no CPU limit", "it throttles the program while the node is idle"),
    ),
    of("", "pod containers @ resources requests memory", Value, RESOURCES),
    of("", "pod containers @ resources", Nothing, RESOURCES),
    of("", "pod automountServiceAccountToken", Nothing, ACCOUNT),
    of("ServiceAccount", "automountServiceAccountToken", Value, ACCOUNT),
    of("ServiceAccount", "", Nothing, ACCOUNT),
    of("", "pod serviceAccountName", Nothing, ACCOUNT),
    of(
        "",
        "pod enableServiceLinks",
        Nothing,
        ("no variables for every Service of the namespace", "nobody reads them, and one may have the name of yours"),
    ),
    of(
        "",
        "pod topologySpreadConstraints",
        Nothing,
        ("pods are spread over nodes and zones where that is possible", "losing one of them takes not all copies"),
    ),
    of("", "pod volumes tmp", Nothing, TMP),
    of("", "pod containers @ volumeMounts /tmp", Nothing, TMP),
    of(
        "",
        "pod volumes * emptyDir",
        Nothing,
        ("an empty volume has 1Gi", "a full one ends its pod, and not its node's"),
    ),
    of("", "pod volumes config", Nothing, CONFIG),
    of("", "pod volumes * configMap", Nothing, CONFIG),
    of("", "pod volumes", Nothing, VOLUMES),
    of("", "pod containers @ volumeMounts", Nothing, VOLUMES),
    of("", "pod containers @ envFrom", Nothing, CONFIG),
    of("ConfigMap", "", Nothing, CONFIG),
    of("", "pod containers @ env PORT", Nothing, ("the variable PORT", "most programs read from it where to listen")),
    of("", "pod containers @ env", Nothing, CONFIG),
    of("", "pod containers @ ports", Nothing, PORT),
    of("Service", "spec ports * targetPort", Value, PORT),
    of("Service", "spec ports", Nothing, PORT),
    of("Ingress", "spec", Nothing, PORT),
    of("", "pod restartPolicy", Value, RUNS),
    of(
        "Deployment",
        "spec strategy rollingUpdate",
        Presence,
        ("no pod goes before its successor is ready", "a rollout then takes nothing away from who calls"),
    ),
    of(
        "Deployment",
        "spec strategy type",
        Nothing,
        (
            "the old pod goes before the new one comes",
            "its volume can be on one node at a time, and it would wait for it for ever",
        ),
    ),
    of(
        "Deployment",
        "spec progressDeadlineSeconds",
        Nothing,
        ("a rollout fails after 5m without progress", "as long as plat waits; another time is `deadline.rollout`"),
    ),
    of(
        "CronJob",
        "spec timeZone",
        Nothing,
        ("the schedule is in UTC", "else it is in the time zone of the machine that the controller runs on"),
    ),
    of("CronJob", "spec", Nothing, RUNS),
    of("Job", "spec", Nothing, RUNS),
    of(
        "PodDisruptionBudget",
        "",
        Value,
        (
            "a PodDisruptionBudget: one pod at a time",
            "a node is drained without an outage, and pods that crash anyway do not block it",
        ),
    ),
    of(
        "NetworkPolicy",
        "",
        Nothing,
        ("a NetworkPolicy: its port is open to anybody, no other is", "what nobody declared is not reached"),
    ),
];

/// What a default without a line of its own is called.
pub(super) const OTHER: Reason = ("other defaults of plat", "docs/manifests.md gives the reason of each");

/// The default that is meant by a path, whose steps are as the patterns have them.
pub(super) fn find(kind: &str, path: &[&str]) -> Option<&'static Default> {
    DEFAULTS.iter().find(|default| {
        let mut steps = default.pattern.split(' ').filter(|step| !step.is_empty()).enumerate();
        (default.kind.is_empty() || default.kind == kind)
            && steps.all(|(at, step)| path.get(at).is_some_and(|there| step == "*" || step == *there))
    })
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
