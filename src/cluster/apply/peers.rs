//! Refusals that may end once the rest of the set is there: what admission looks up can come with the same files.

use std::sync::Arc;

use kube::core::Status;

use super::answer::Missing;
use crate::manifests::{Manifest, order};

/// What the words of a refusal tell of the object that it was looked up in: of which kind, and what else the refusal
/// says, in lower case. Sources: `k8s.io/kubernetes/plugin/pkg/admission` and `pkg/registry/rbac/escalation_check.go`.
const LOOKED_UP: [(&str, &[&str]); 5] = [
    ("LimitRange", &[" per container is ", " per pod is ", " per persistentvolumeclaim is ", "to request ratio per "]),
    ("Namespace", &["violates podsecurity"]),
    ("StorageClass", &["storageclass that provisions the pvc"]),
    ("Role", &["attempting to grant rbac permissions not currently held"]),
    ("ClusterRole", &["attempting to grant rbac permissions not currently held"]),
];
/// A policy whose parameters are not there refuses everything, and does not say which they are.
const NO_PARAMETERS: &str = "no params found for policy binding";

/// What the refused object waits for, where one of these others, which are made or changed in the same run, may change
/// the server's mind.
pub(in crate::cluster) fn waits_for(others: &[Arc<Manifest>], refused: &Manifest, status: &Status) -> Option<Missing> {
    if order::of(refused) == order::GROUND {
        return None;
    }
    if is_about_schema(status) && order::definition(others, refused).is_some() {
        return Some(Missing::Kind);
    }
    let message = status.message.to_lowercase();
    let is_admission = matches!(status.code, 403 | 404 | 422 | 500);
    (is_admission && others.iter().any(|other| is_looked_up(other, refused, &message))).then_some(Missing::Others)
}

/// Unknown kind or version, unknown or invalid field. An apply that knows no such field is answered with a 500.
fn is_about_schema(status: &Status) -> bool {
    matches!(status.code, 400 | 404 | 422)
        || status.code == 500 && status.message.contains("field not declared in schema")
}

fn is_looked_up(other: &Manifest, refused: &Manifest, message: &str) -> bool {
    let is_itself = (&other.kind, &other.name) == (&refused.kind, &refused.name);
    let is_here = match (other.kind.as_str(), &refused.namespace) {
        ("Namespace", Some(namespace)) => other.name == *namespace,
        _ => other.namespace.is_none() || other.namespace == refused.namespace,
    };
    if is_itself || !is_here || order::of(other) > order::AMID {
        return false;
    }
    let says = |(kind, words): &(&str, &[&str])| other.kind == *kind && words.iter().any(|word| message.contains(word));
    message.contains(NO_PARAMETERS) || LOOKED_UP.iter().any(says) || names(message, &other.kind, &other.name)
}

/// Whether it names this object: its kind, and its name soon after.
fn names(message: &str, kind: &str, name: &str) -> bool {
    let kind = match kind {
        // "exceeded quota: NAME", "status unknown for quota: NAME"
        "ResourceQuota" => "quota: ".to_owned(),
        // "ValidatingAdmissionPolicy 'POLICY' with binding 'NAME' denied request"
        "ValidatingAdmissionPolicyBinding" | "MutatingAdmissionPolicyBinding" => "binding ".to_owned(),
        kind => kind.to_lowercase(),
    };
    let is_letter = |c: char| c.is_ascii_alphanumeric();
    let is_name = |c: char| is_letter(c) || matches!(c, '-' | '.' | ':' | '_');
    message.match_indices(&kind).any(|(at, _)| {
        let rest = &message[at + kind.len()..];
        let rest = rest.strip_prefix('s').unwrap_or(rest);
        // A whole word: a Service is not meant by `serviceaccount`.
        if message[..at].ends_with(is_letter) || kind.ends_with(is_letter) && rest.starts_with(is_letter) {
            return false;
        }
        // The group of the kind and words such as "with name" stand between them.
        rest.split(|c: char| !is_name(c)).filter(|word| !word.is_empty()).take(4).any(|word| word == name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn object(text: &str) -> Manifest {
        let [kind, namespace, name] = text.split('/').collect::<Vec<_>>()[..] else { panic!("{text}") };
        let namespace = (!namespace.is_empty()).then(|| namespace.to_owned());
        let body = json!({"spec": {"group": "x.example.com", "names": {"kind": "Gadget"}}});
        let api_version = if kind == "Gadget" { "x.example.com/v1" } else { "v1" };
        Manifest {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            resource: String::new(),
            namespace,
            name: name.to_owned(),
            body,
        }
    }

    #[rstest]
    #[case::service_account(
        "ServiceAccount/shop/web",
        403,
        r#"pods "web" is forbidden: error looking up service account shop/web: serviceaccount "web" not found"#
    )]
    #[case::priority_class(
        "PriorityClass//high",
        403,
        r#"pods "web" is forbidden: no PriorityClass with name high was found"#
    )]
    #[case::runtime_class(
        "RuntimeClass//gvisor",
        403,
        r#"pods "web" is forbidden: pod rejected: RuntimeClass "gvisor" not found"#
    )]
    #[case::quota(
        "ResourceQuota/shop/all",
        403,
        r#"pods "web" is forbidden: exceeded quota: all, requested: pods=1, used: pods=1, limited: pods=1"#
    )]
    #[case::quota_of_this_moment(
        "ResourceQuota/shop/all",
        403,
        r#"pods "web" is forbidden: status unknown for quota: all, resources: pods"#
    )]
    #[case::limits(
        "LimitRange/shop/limits",
        403,
        r#"pods "web" is forbidden: maximum cpu usage per Container is 1, but limit is 2"#
    )]
    #[case::pod_security(
        "Namespace//shop",
        403,
        r#"pods "web" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false"#
    )]
    #[case::policy("ValidatingAdmissionPolicy//no-latest", 422, r#"pods "web" is forbidden: ValidatingAdmissionPolicy 'no-latest' with binding 'everywhere' denied request: no"#)]
    #[case::binding("ValidatingAdmissionPolicyBinding//everywhere", 422, r#"pods "web" is forbidden: ValidatingAdmissionPolicy 'no-latest' with binding 'everywhere' denied request: no"#)]
    #[case::parameters("ConfigMap/shop/params", 422, r#"pods "web" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction"#)]
    #[case::role("Role/shop/reader", 404, r#"roles.rbac.authorization.k8s.io "reader" not found"#)]
    #[case::escalation("Role/shop/reader", 403, r#"rolebindings.rbac.authorization.k8s.io "web" is forbidden: user "me" is attempting to grant RBAC permissions not currently held"#)]
    fn what_comes_with_the_set_may_be_what_is_missing(#[case] other: &str, #[case] code: u16, #[case] message: &str) {
        let status = Status::failure(message, "").with_code(code);
        let waits = |other: &str| waits_for(&[Arc::new(object(other))], &object("Pod/shop/web"), &status);
        assert_eq!(waits(other), Some(Missing::Others));
        // Another name or another namespace is not the one that was looked up.
        for stranger in ["Service/shop/web", "ServiceAccount/other/web", "ResourceQuota/shop/al", "Namespace//else"] {
            assert_eq!(waits(stranger).filter(|_| !message.contains("no params")), None, "{stranger}");
        }
    }

    #[rstest]
    #[case::unknown_field(500, ".spec.colour: field not declared in schema", Some(Missing::Kind))]
    #[case::invalid(422, "Gadget.x.example.com \"g\" is invalid", Some(Missing::Kind))]
    #[case::unknown_kind(404, "the server could not find the requested resource", Some(Missing::Kind))]
    #[case::not_allowed(403, "gadgets.x.example.com \"g\" is forbidden: User \"me\" cannot patch", None)]
    #[case::broken(500, "etcdserver: request timed out", None)]
    fn a_definition_of_the_set_may_know_better(
        #[case] code: u16,
        #[case] message: &str,
        #[case] expected: Option<Missing>,
    ) {
        let status = Status::failure(message, "").with_code(code);
        let definition = [Arc::new(object("CustomResourceDefinition//gadgets.x.example.com"))];
        assert_eq!(waits_for(&definition, &object("Gadget/shop/g"), &status), expected);
        assert_eq!(waits_for(&definition, &object("Pod/shop/web"), &status), None);
        assert_eq!(waits_for(&[], &object("Gadget/shop/g"), &status), None);
    }
}
