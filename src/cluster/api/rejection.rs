//! What the API server's refusal of an object means: who may not what, which admission rule, which field.

use kube::core::Status;

use crate::cluster::connect::Cluster;
use crate::error::Error;
use crate::reason::Reason;
use crate::refusal;
use crate::rollout;
use crate::text::foreign_line;

/// Longest text of the API server that is shown.
const LINE: usize = 600;
/// Longest name of a user or an object inside a sentence.
const WORD: usize = 120;

/// `doing` completes "cannot …": `apply Deployment shop/payments-api`.
pub(in crate::cluster) fn explain(cluster: &Cluster, status: &Status, doing: &str) -> Error {
    let said = foreign_line(&status.message, LINE);
    let namespace = &cluster.namespace;
    let refused = |why: &str| Error::user(format!("cannot {doing}: {why}"));
    if is_terminating(status) {
        return namespace_ends(namespace, doing).detail(said);
    }
    let word = if status.reason.is_empty() { format!("Http{}", status.code) } else { status.reason.clone() };
    let reason = Reason::from(word);
    if let Some(refusal) = rollout::admission_refusal(&status.message, "it", namespace) {
        let error = refused(&refusal.what);
        return refusal.evidence.iter().fold(error, Error::detail).hint(refusal.hint()).reason(reason);
    }
    let error = match status.code {
        401 => refused("the API server does not know who you are").hint(format!(
            "log in to context {} again: its token or certificate has expired or is wrong",
            cluster.context
        )),
        403 => match Denied::read(&status.message) {
            Some(denied) => denied.error(&refused, namespace).detail(said),
            None => refused("the cluster's rules refuse it").detail(said),
        },
        404 => refused("it is not there").detail(said),
        429 | 503 | 504 => refused("the API server is too busy").detail(said).hint("try again in a minute"),
        422 => invalid(status, &refused, namespace, said),
        _ => refused("the API server refuses it").detail(said),
    };
    error.reason(reason)
}

/// `doing` completes "cannot …".
#[must_use]
pub fn namespace_ends(namespace: &str, doing: &str) -> Error {
    Error::user(format!("cannot {doing}: namespace {namespace} is being deleted"))
        .hint(format!(
            "deploy again once it is gone; what keeps it: \
             kubectl get namespace {namespace} -o jsonpath='{{.status.conditions[*].message}}'"
        ))
        .reason(Reason::NamespaceTerminating)
}

/// Whether the namespace of an object is being deleted, so that nothing new can be in it (`k8s.io/apiserver`,
/// `NamespaceLifecycle`).
pub(in crate::cluster) fn is_terminating(status: &Status) -> bool {
    status.code == 403 && status.message.contains("because it is being terminated")
}

/// A spec that is wrong, or that differs in a field which cannot be changed.
fn invalid(status: &Status, refused: &dyn Fn(&str) -> Error, namespace: &str, said: String) -> Error {
    let Some(details) = status.details.as_ref().filter(|details| !details.causes.is_empty()) else {
        return refused("the API server finds it invalid").detail(said);
    };
    let lines = details.causes.iter().map(|cause| foreign_line(&format!("{}: {}", cause.field, cause.message), LINE));
    let fixed: Vec<&str> = details
        .causes
        .iter()
        .filter(|cause| refusal::is_fixed(&cause.message))
        .map(|cause| cause.field.as_str())
        .collect();
    if fixed.is_empty() {
        let error = lines.fold(refused("the API server finds it invalid"), Error::detail);
        return error.hint("correct the fields that are named");
    }
    let fields = foreign_line(&fixed.join(", "), WORD);
    let error = lines.fold(refused(&format!("{fields} cannot be changed once the object is made")), Error::detail);
    refusal::anew(&details.kind, &details.name, Some(namespace)).into_iter().fold(error, Error::hint)
}

/// What RBAC refused, out of its one sentence (`k8s.io/apiserver`, `ForbiddenStatusError`): `User "x" cannot patch
/// resource "deployments" in API group "apps" in the namespace "shop"`.
struct Denied<'m> {
    user: &'m str,
    verb: &'m str,
    resource: &'m str,
}

impl<'m> Denied<'m> {
    fn read(message: &'m str) -> Option<Self> {
        let (_, rest) = message.split_once("User \"")?;
        let (user, rest) = rest.split_once("\" cannot ")?;
        let (verb, rest) = rest.split_once(" resource \"")?;
        let (resource, _) = rest.split_once('"')?;
        Some(Self { user, verb, resource })
    }

    fn error(&self, refused: &dyn Fn(&str) -> Error, namespace: &str) -> Error {
        let word = |text| foreign_line(text, WORD);
        let (user, verb, resource) = (word(self.user), word(self.verb), word(self.resource));
        let (who, subject) = match user.strip_prefix("system:serviceaccount:") {
            Some(account) => {
                (format!("ServiceAccount {}", account.replace(':', "/")), format!("--serviceaccount={account}"))
            }
            None => (user.clone(), format!("--user={user}")),
        };
        refused(&format!("you have no permission: {who} is not allowed to {verb} {resource}"))
            .hint(format!(
                "whoever administers namespace {namespace} can give it: \
                 kubectl -n {namespace} create rolebinding plat-deploy --clusterrole=edit {subject}"
            ))
            .hint(format!("see what you have: kubectl auth can-i --list -n {namespace}"))
    }
}
