//! What an admission rule of the API server says, taken apart: which rule, which field, by how much. The same words
//! reach a ReplicaSet's condition when a pod is refused, and plat itself when an object is.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::admission_refusal::{AdmissionRefusal, LINES, pattern, shortened};
use super::limits::{is_of_limits, limits};
use crate::rollout::model::Remedy;
use crate::rollout::text::quantity::{parse, show};
use crate::rollout::text::{escape, escape_line};

// k8s.io/apiserver, pkg/admission/plugin/resourcequota/controller.go
pattern!(QUOTA, r"exceeded quota: ([^,]+), requested: (.+), used: (.+), limited: (.+)$");
pattern!(QUOTA_WANTS, r"failed quota: ([^:]+): must specify (.+)$");
// k8s.io/pod-security-admission: `violates PodSecurity "restricted:latest": reason (detail), reason (detail)`
pattern!(POD_SECURITY, r#"violates PodSecurity "([^":]+)[^"]*": (.+)$"#);
pattern!(VIOLATION, r"([A-Za-z][^,()]*?) \(([^()]*(?:\([^()]*\)[^()]*)*)\)");
// k8s.io/apiserver, pkg/admission/plugin/webhook/errors
pattern!(WEBHOOK_DENIES, r#"admission webhook "([^"]+)" denied the request(?: without explanation|: (.*))?$"#);
pattern!(WEBHOOK_DOWN, r#"failed calling webhook "([^"]+)": (?:failed to call webhook: )?(.*)$"#);
// k8s.io/apiserver, pkg/admission/plugin/policy/validating
pattern!(POLICY, r"ValidatingAdmissionPolicy '([^']+)' with binding '([^']+)' denied request: (.*)$");
pattern!(SERVICE_ACCOUNT, r#"serviceaccount "([^"]+)" not found"#);
pattern!(PRIORITY_CLASS, r"no PriorityClass with name (\S+) was found");

/// The `ServiceAccount` that is missing, by this message.
pub(in crate::rollout) fn missing_service_account(message: &str) -> Option<String> {
    SERVICE_ACCOUNT.captures(message).map(|found| found[1].to_owned())
}

/// The `PriorityClass` that is missing, by this message.
pub(in crate::rollout) fn missing_priority_class(message: &str) -> Option<String> {
    PRIORITY_CLASS.captures(message).map(|found| found[1].to_owned())
}

/// Whether a rule forbids what is asked for: then time does not help, as it may for room in a quota, an object that is
/// not there yet or a webhook that starts.
pub(in crate::rollout) fn is_against_a_rule(message: &str) -> bool {
    let rules = [&QUOTA_WANTS, &POD_SECURITY, &WEBHOOK_DENIES, &POLICY];
    let is_too_much = |found: Captures| {
        // What is freed is no room for what is larger than the quota.
        amounts(&found[2])
            .any(|(name, asked)| parse(asked).zip(amount(&found, 4, name)).is_some_and(|(asked, limit)| asked > limit))
    };
    rules.iter().any(|rule| rule.is_match(message))
        || is_of_limits(message)
        || QUOTA.captures(message).is_some_and(is_too_much)
}

/// What this message of the API server means; none when no admission rule speaks. `what` is refused: `the pods`.
#[must_use]
pub fn admission_refusal(message: &str, refused: &str, namespace: &str) -> Option<AdmissionRefusal> {
    let namespace = escape(namespace);
    let on = |pattern: &LazyLock<Regex>, explain: &dyn Fn(&Captures) -> AdmissionRefusal| {
        pattern.captures(message).map(|found| explain(&found))
    };
    on(&QUOTA, &|found| quota(found, &namespace))
        .or_else(|| on(&QUOTA_WANTS, &|found| quota_wants(found)))
        .or_else(|| on(&POD_SECURITY, &|found| pod_security(found, &namespace)))
        .or_else(|| on(&WEBHOOK_DENIES, &|found| webhook_denies(found, refused)))
        .or_else(|| on(&WEBHOOK_DOWN, &|found| webhook_down(found, refused)))
        .or_else(|| on(&POLICY, &|found| policy(found, refused)))
        .or_else(|| limits(message, &namespace))
        .or_else(|| on(&SERVICE_ACCOUNT, &|found| service_account(found, message, &namespace)))
        .or_else(|| on(&PRIORITY_CLASS, &|found| priority_class(found, message)))
}

/// `a=1,b=2` of a quota's message.
fn amounts(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split(',').filter_map(|part| part.trim().split_once('='))
}

/// Of a list of a quota's message, the amount of this resource.
fn amount(found: &Captures, list: usize, name: &str) -> Option<f64> {
    amounts(&found[list]).find(|(key, _)| *key == name).and_then(|(_, value)| parse(value))
}

fn quota(found: &Captures, namespace: &str) -> AdmissionRefusal {
    let of = |list: usize, name: &str| amount(found, list, name);
    let over = amounts(&found[2]).filter_map(|(name, requested)| {
        let (requested, used, limit) = (parse(requested)?, of(3, name)?, of(4, name)?);
        let too_much = used + requested - limit;
        (too_much > 0.0).then(|| {
            let show = |value| show(name, value);
            let (limit, used, requested, too_much) = (show(limit), show(used), show(requested), show(too_much));
            format!("{}: {used} of {limit} used, this asks for {requested}: {too_much} too much", escape(name))
        })
    });
    let mut evidence: Vec<String> = over.take(LINES).collect();
    let is_of_claims =
        |line: &String| ["requests.storage", "persistentvolumeclaims"].iter().any(|name| line.contains(name));
    let less = match evidence.as_slice() {
        [_, ..] if evidence.iter().all(is_of_claims) => "`storage` of the volume claims, `replicas`",
        _ => "`resources`, `replicas`",
    };
    if evidence.is_empty() {
        evidence.push(escape_line(&found[0]));
    }
    AdmissionRefusal {
        what: format!("quota {} of namespace {namespace} has no room for it", escape(&found[1])),
        evidence,
        hint: Remedy::given(
            found,
            format!(
                "ask for less ({less}), free something, or have it raised; see what is used: \
                 kubectl -n {namespace} describe quota {}",
                escape(&found[1])
            ),
        ),
    }
}

fn quota_wants(found: &Captures) -> AdmissionRefusal {
    AdmissionRefusal {
        what: format!("quota {} wants every container to say what it asks for", escape(&found[1])),
        evidence: vec![escape_line(&found[0])],
        hint: Remedy::given(
            found,
            format!("set {} in `resources` of every container, sidecars too", escape(&found[2])),
        ),
    }
}

const TAKE_OUT: &str = "set these fields in the pod's template; a container that needs what is forbidden, often an init container for chown or \
                        sysctl, has to be left out (fsGroup, a setting of the node), or whoever runs the namespace lowers its label \
                        pod-security.kubernetes.io/enforce";

/// Whether the pod asks for a right, rather than leaves out what takes one away.
fn asks_for_more(violations: &str) -> bool {
    ["must not ", "host namespaces", "hostPath", "hostPort"].iter().any(|words| violations.contains(words))
}

fn pod_security(found: &Captures, namespace: &str) -> AdmissionRefusal {
    // The detail names the field: `container "app" must set securityContext.runAsNonRoot=true`.
    let broken: Vec<String> = VIOLATION
        .captures_iter(&found[2])
        .map(|violation| {
            let names_field = violation[2].contains("must");
            if names_field {
                escape_line(&violation[2])
            } else {
                escape_line(&format!("{}: {}", &violation[1], &violation[2]))
            }
        })
        .collect();
    AdmissionRefusal {
        what: format!("namespace {namespace} enforces Pod Security \"{}\", which the pod breaks", escape(&found[1])),
        evidence: if broken.is_empty() { vec![escape_line(&found[2])] } else { shortened(broken) },
        hint: Remedy::given(
            found,
            if asks_for_more(&found[2]) { TAKE_OUT } else { "set these fields in the pod's template" },
        ),
    }
}

fn webhook_denies(found: &Captures, refused: &str) -> AdmissionRefusal {
    let said = found.get(2).map(|said| said.as_str());
    AdmissionRefusal {
        what: format!("admission webhook {} does not allow {refused}", escape(&found[1])),
        evidence: vec![escape_line(said.unwrap_or("it gives no reason"))],
        hint: match said {
            Some(_) => Remedy::given(found, "fix what its message names, or ask those who run the webhook"),
            None => Remedy::look("ask those who run the webhook"),
        },
    }
}

fn webhook_down(found: &Captures, refused: &str) -> AdmissionRefusal {
    let name = escape(&found[1]);
    AdmissionRefusal {
        what: format!("admission webhook {name} does not answer, and without it {refused} cannot be made"),
        evidence: vec![escape_line(&found[2])],
        hint: Remedy::look(format!(
            "nothing in your manifests is wrong: those who run the webhook must fix it; find it: \
             kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations -o yaml | grep -B20 {name}"
        )),
    }
}

fn policy(found: &Captures, refused: &str) -> AdmissionRefusal {
    AdmissionRefusal {
        what: format!("ValidatingAdmissionPolicy {} does not allow {refused}", escape(&found[1])),
        evidence: vec![escape_line(&found[3])],
        hint: Remedy::given(
            found,
            format!(
                "fix what its message names; see the rule: kubectl get validatingadmissionpolicy {} -o yaml (bound by {})",
                escape(&found[1]),
                escape(&found[2])
            ),
        ),
    }
}

fn service_account(found: &Captures, message: &str, namespace: &str) -> AdmissionRefusal {
    let name = escape(&found[1]);
    AdmissionRefusal {
        what: format!("ServiceAccount {name} does not exist in namespace {namespace}"),
        evidence: vec![escape_line(message)],
        hint: Remedy::given(found, format!("create it: kubectl -n {namespace} create serviceaccount {name}")),
    }
}

fn priority_class(found: &Captures, message: &str) -> AdmissionRefusal {
    let name = escape(&found[1]);
    AdmissionRefusal {
        what: format!("PriorityClass {name} does not exist"),
        evidence: vec![escape_line(message)],
        hint: Remedy::given(found, "correct priorityClassName; see which there are: kubectl get priorityclasses"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::model::orders;
    use rstest::rstest;

    /// Each message as a cluster said it (Kubernetes 1.36.4).
    #[rstest]
    #[case::quota(
        r#"pods "quo-6d4fd6595c-nwptb" is forbidden: exceeded quota: small, requested: requests.cpu=80m,pods=1, used: requests.cpu=0,pods=0, limited: requests.cpu=50m,pods=4"#,
        "quota small of namespace shop has no room for it",
        "requests.cpu: 0 of 0.05 used, this asks for 0.08: 0.03 too much",
        "describe quota small"
    )]
    #[case::quota_of_pods(
        r#"pods "a-1" is forbidden: exceeded quota: small, requested: pods=1, used: pods=3, limited: pods=3"#,
        "quota small",
        "pods: 3 of 3 used, this asks for 1: 1 too much",
        "ask for less"
    )]
    #[case::quota_of_claims(
        r#"create Claim data-minio-0 for Pod minio-0 in StatefulSet minio failed error: persistentvolumeclaims "data-minio-0" is forbidden: exceeded quota: team-storage, requested: requests.storage=10Gi, used: requests.storage=0, limited: requests.storage=5Gi"#,
        "quota team-storage",
        "requests.storage: 0 of 5Gi used, this asks for 10Gi: 5Gi too much",
        "`storage` of the volume claims"
    )]
    #[case::quota_wants(
        r#"pods "a-1" is forbidden: failed quota: small: must specify limits.cpu for: app; requests.cpu for: app"#,
        "quota small wants every container to say what it asks for",
        "must specify limits.cpu for: app",
        "set limits.cpu for: app"
    )]
    #[case::limit_range(
        r#"pods "lim-6b46898858-l7mr9" is forbidden: [minimum memory usage per Container is 8Mi, but request is 4Mi, maximum cpu usage per Container is 100m, but limit is 1]"#,
        "the LimitRange of namespace shop forbids",
        "memory request is 4Mi, the minimum for a container is 8Mi\ncpu limit is 1, the maximum for a container is 100m",
        "memory at least 8Mi, cpu at most 100m"
    )]
    #[case::limit_range_wants(
        r#"pods "a-1" is forbidden: maximum memory usage per Pod is 1Gi.  No limit is specified"#,
        "the LimitRange",
        "memory is not set, the maximum for a pod is 1Gi",
        "memory at most 1Gi"
    )]
    #[case::pod_security(
        r#"pods "d-1" is forbidden: violates PodSecurity "restricted:latest": host namespaces (hostNetwork=true), allowPrivilegeEscalation != false (container "x" must set securityContext.allowPrivilegeEscalation=false), seccompProfile (pod or container "x" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")"#,
        "namespace shop enforces Pod Security \"restricted\"",
        "host namespaces: hostNetwork=true\ncontainer \"x\" must set securityContext.allowPrivilegeEscalation=false\npod or container \"x\" must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"",
        "set these fields"
    )]
    #[case::pod_security_of_an_init_container(
        r#"pods "d-1" is forbidden: violates PodSecurity "baseline:latest": privileged (container "sysctl" must not set securityContext.privileged=true)"#,
        "enforces Pod Security \"baseline\"",
        "container \"sysctl\" must not set securityContext.privileged=true",
        "has to be left out"
    )]
    #[case::webhook_denies(
        r#"admission webhook "policy.example.com" denied the request: images must come from ghcr.io/acme"#,
        "admission webhook policy.example.com does not allow the pods",
        "images must come from ghcr.io/acme",
        "fix what its message names"
    )]
    #[case::webhook_denies_silently(
        r#"admission webhook "policy.example.com" denied the request without explanation"#,
        "does not allow",
        "it gives no reason",
        "ask those who run the webhook"
    )]
    #[case::webhook_down(
        r#"Internal error occurred: failed calling webhook "policy.rules.example.com": failed to call webhook: Post "https://127.0.0.1:9/validate?timeout=2s": dial tcp 127.0.0.1:9: connect: connection refused"#,
        "admission webhook policy.rules.example.com does not answer",
        "connect: connection refused",
        "those who run the webhook must fix it"
    )]
    #[case::policy(
        r#"pods "e-7dcf7d5dc7-czjzt" is forbidden: ValidatingAdmissionPolicy 'no-latest' with binding 'everywhere' denied request: every pod needs a label team"#,
        "ValidatingAdmissionPolicy no-latest does not allow the pods",
        "every pod needs a label team",
        "kubectl get validatingadmissionpolicy no-latest -o yaml (bound by everywhere)"
    )]
    #[case::service_account(
        r#"pods "sa-1" is forbidden: error looking up service account shop/defalt: serviceaccount "defalt" not found"#,
        "ServiceAccount defalt does not exist in namespace shop",
        "error looking up service account",
        "kubectl -n shop create serviceaccount defalt"
    )]
    #[case::priority_class(
        r#"pods "prio-1" is forbidden: no PriorityClass with name high was found"#,
        "PriorityClass high does not exist",
        "no PriorityClass with name high",
        "kubectl get priorityclasses"
    )]
    fn a_refusal_says_which_rule_and_what_it_wants(
        #[case] message: &str,
        #[case] what: &str,
        #[case] evidence: &str,
        #[case] hint: &str,
    ) {
        let said = admission_refusal(message, "the pods", "shop").expect("a known rule");
        assert!(said.what.contains(what), "{}", said.what);
        assert!(said.evidence.join("\n").contains(evidence), "{:?}", said.evidence);
        assert!(said.hint().contains(hint), "{}", said.hint());
        assert_eq!(orders::wrong([&said.hint]), "");
    }

    #[test]
    fn what_no_rule_says_is_not_explained() {
        assert_eq!(admission_refusal("connection refused", "the pods", "shop"), None);
    }
}
