//! What the API server writes into an object that does not say it (`k8s.io/kubernetes/pkg/apis/*/v1/defaults.go`): the
//! same whether it is there or not.

use serde_json::Value;

/// Of which kinds (empty: of each that runs pods), the path, and the value as JSON. `pod` is the pod's specification; `*`
/// is each item; `?` a container of any sort; `!` a probe.
pub(super) const DEFAULTS: &[(&str, &str, &str)] = &[
    ("Deployment", "spec/strategy/type", r#""RollingUpdate""#),
    ("Deployment", "spec/strategy/rollingUpdate/maxSurge", r#""25%""#),
    ("Deployment", "spec/strategy/rollingUpdate/maxUnavailable", r#""25%""#),
    ("Deployment", "spec/revisionHistoryLimit", "10"),
    ("Deployment", "spec/progressDeadlineSeconds", "600"),
    ("Deployment", "spec/minReadySeconds", "0"),
    ("Deployment", "spec/paused", "false"),
    ("Deployment", "pod/restartPolicy", r#""Always""#),
    ("CronJob", "spec/concurrencyPolicy", r#""Allow""#),
    ("CronJob", "spec/suspend", "false"),
    ("CronJob", "spec/successfulJobsHistoryLimit", "3"),
    ("CronJob", "spec/failedJobsHistoryLimit", "1"),
    ("CronJob", "spec/jobTemplate/spec/backoffLimit", "6"),
    ("CronJob", "spec/jobTemplate/spec/completions", "1"),
    ("CronJob", "spec/jobTemplate/spec/parallelism", "1"),
    ("CronJob", "spec/jobTemplate/spec/completionMode", r#""NonIndexed""#),
    ("CronJob", "spec/jobTemplate/spec/suspend", "false"),
    ("CronJob", "spec/jobTemplate/spec/manualSelector", "false"),
    ("Job", "spec/backoffLimit", "6"),
    ("Job", "spec/completions", "1"),
    ("Job", "spec/parallelism", "1"),
    ("Job", "spec/completionMode", r#""NonIndexed""#),
    ("Job", "spec/suspend", "false"),
    ("Job", "spec/manualSelector", "false"),
    ("Job", "spec/podReplacementPolicy", r#""TerminatingOrFailed""#),
    ("Service", "spec/type", r#""ClusterIP""#),
    ("Service", "spec/sessionAffinity", r#""None""#),
    ("Service", "spec/internalTrafficPolicy", r#""Cluster""#),
    ("Service", "spec/externalTrafficPolicy", r#""Cluster""#),
    ("Service", "spec/ipFamilyPolicy", r#""SingleStack""#),
    ("Service", "spec/allocateLoadBalancerNodePorts", "true"),
    ("Service", "spec/publishNotReadyAddresses", "false"),
    ("Service", "spec/ports/*/protocol", r#""TCP""#),
    ("HTTPRoute", "spec/parentRefs/*/group", r#""gateway.networking.k8s.io""#),
    ("HTTPRoute", "spec/parentRefs/*/kind", r#""Gateway""#),
    ("HTTPRoute", "spec/rules/*/matches/*/path/type", r#""PathPrefix""#),
    ("HTTPRoute", "spec/rules/*/backendRefs/*/group", r#""""#),
    ("HTTPRoute", "spec/rules/*/backendRefs/*/kind", r#""Service""#),
    ("HTTPRoute", "spec/rules/*/backendRefs/*/weight", "1"),
    ("PersistentVolumeClaim", "spec/volumeMode", r#""Filesystem""#),
    ("NetworkPolicy", "spec/ingress/*/ports/*/protocol", r#""TCP""#),
    ("NetworkPolicy", "spec/egress/*/ports/*/protocol", r#""TCP""#),
    ("", "pod/dnsPolicy", r#""ClusterFirst""#),
    ("", "pod/schedulerName", r#""default-scheduler""#),
    ("", "pod/terminationGracePeriodSeconds", "30"),
    ("", "pod/enableServiceLinks", "true"),
    ("", "pod/serviceAccountName", r#""default""#),
    ("", "pod/hostNetwork", "false"),
    ("", "pod/hostPID", "false"),
    ("", "pod/hostIPC", "false"),
    ("", "pod/shareProcessNamespace", "false"),
    ("", "pod/?/*/terminationMessagePath", r#""/dev/termination-log""#),
    ("", "pod/?/*/terminationMessagePolicy", r#""File""#),
    ("", "pod/?/*/stdin", "false"),
    ("", "pod/?/*/tty", "false"),
    ("", "pod/?/*/ports/*/protocol", r#""TCP""#),
    ("", "pod/?/*/ports/*/hostPort", "0"),
    ("", "pod/?/*/env/*/value", r#""""#),
    ("", "pod/?/*/env/*/valueFrom/fieldRef/apiVersion", r#""v1""#),
    ("", "pod/?/*/env/*/valueFrom/resourceFieldRef/divisor", r#""0""#),
    ("", "pod/?/*/volumeMounts/*/readOnly", "false"),
    ("", "pod/?/*/securityContext/privileged", "false"),
    ("", "pod/?/*/lifecycle/preStop/httpGet/scheme", r#""HTTP""#),
    ("", "pod/?/*/lifecycle/postStart/httpGet/scheme", r#""HTTP""#),
    ("", "pod/?/*/!/timeoutSeconds", "1"),
    ("", "pod/?/*/!/periodSeconds", "10"),
    ("", "pod/?/*/!/successThreshold", "1"),
    ("", "pod/?/*/!/failureThreshold", "3"),
    ("", "pod/?/*/!/initialDelaySeconds", "0"),
    ("", "pod/?/*/!/httpGet/path", r#""/""#),
    ("", "pod/?/*/!/httpGet/scheme", r#""HTTP""#),
    ("", "pod/?/*/!/grpc/service", r#""""#),
    ("", "pod/volumes/*/secret/defaultMode", "420"),
    ("", "pod/volumes/*/configMap/defaultMode", "420"),
    ("", "pod/volumes/*/projected/defaultMode", "420"),
    ("", "pod/volumes/*/downwardAPI/defaultMode", "420"),
    ("", "pod/volumes/*/hostPath/type", r#""""#),
    ("", "pod/volumes/*/downwardAPI/items/*/fieldRef/apiVersion", r#""v1""#),
    ("", "pod/volumes/*/projected/sources/*/downwardAPI/items/*/fieldRef/apiVersion", r#""v1""#),
    ("", "pod/volumes/*/projected/sources/*/serviceAccountToken/expirationSeconds", "3600"),
    ("", "pod/volumes/*/ephemeral/volumeClaimTemplate/spec/volumeMode", r#""Filesystem""#),
];

/// Maps that say nothing when they are empty; elsewhere an empty one means something (`emptyDir: {}`).
pub(super) const SILENT: &[&str] = &[
    "metadata/labels",
    "metadata/annotations",
    "spec/strategy/rollingUpdate",
    "spec/strategy",
    "template/metadata/labels",
    "template/metadata/annotations",
    "template/metadata",
    "spec/jobTemplate/metadata/labels",
    "spec/jobTemplate/metadata",
    "pod/securityContext",
    "pod/affinity",
    "pod/nodeSelector",
    "pod/?/*/resources/requests",
    "pod/?/*/resources/limits",
    "pod/?/*/resources",
    "pod/?/*/securityContext/capabilities",
    "pod/?/*/securityContext",
    "pod/?/*/lifecycle",
];

/// Calls `change` for each place of the object that the pattern leads to, with the map that has it and its key there.
pub(super) fn each(
    body: &mut Value,
    template: Option<&str>,
    pattern: &str,
    change: &mut dyn FnMut(&mut serde_json::Map<String, Value>, &str),
) {
    let (start, rest) = match (pattern.split_once('/'), template) {
        (Some(("pod", rest)), Some(template)) => (format!("{template}/spec"), rest),
        (Some(("template", rest)), Some(template)) => (template.to_owned(), rest),
        (Some(("pod" | "template", _)), None) => return,
        _ => (String::new(), pattern),
    };
    if let Some(start) = body.pointer_mut(&start) {
        follow(start, &rest.split('/').collect::<Vec<_>>(), change);
    }
}

fn follow(value: &mut Value, pattern: &[&str], change: &mut dyn FnMut(&mut serde_json::Map<String, Value>, &str)) {
    const CONTAINERS: [&str; 2] = ["containers", "initContainers"];
    const PROBES: [&str; 3] = ["startupProbe", "readinessProbe", "livenessProbe"];
    let Some((step, rest)) = pattern.split_first() else { return };
    match *step {
        "*" => {
            for item in value.as_array_mut().into_iter().flatten() {
                follow(item, rest, change);
            }
        }
        "?" | "!" => {
            let names: &[&str] = if *step == "?" { &CONTAINERS } else { &PROBES };
            for name in names {
                if let Some(value) = value.get_mut(*name) {
                    follow(value, rest, change);
                }
            }
        }
        key if rest.is_empty() => {
            if let Some(fields) = value.as_object_mut() {
                change(fields, key);
            }
        }
        key => {
            if let Some(value) = value.get_mut(key) {
                follow(value, rest, change);
            }
        }
    }
}
