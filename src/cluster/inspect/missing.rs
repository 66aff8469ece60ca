//! What was asked for is not there.

use super::names;
use crate::cluster::connect::Cluster;
use crate::error::Error;
use crate::manifests::WorkloadKind;
use crate::reason::Reason;
use crate::text::{foreign_line, nearest};

/// Names that are listed where one is not there.
const NAMES: usize = 12;

/// That there is no such namespace, where this user may see all of them.
async fn absent_namespace(cluster: &Cluster) -> Option<String> {
    let namespace = &cluster.namespace;
    let known = names::namespaces(cluster).await;
    if known.is_empty() || known.contains(namespace) {
        return None;
    }
    let near = nearest(namespace, known.iter().map(String::as_str));
    let near = near.map(|near| format!("; did you mean {}?", foreign_line(near, 80))).unwrap_or_default();
    Some(format!("namespace {namespace} does not exist{near}"))
}

/// The error that says so, with the nearest name and those that are there.
pub(super) async fn missing(cluster: &Cluster, kind: &WorkloadKind, name: &str) -> Error {
    let names = names::workloads(cluster, kind).await;
    let kind = kind.kind;
    let error = Error::user(format!("there is no {kind} {}/{name}", cluster.namespace))
        .at(cluster.place())
        .reason(Reason::NotFound);
    let error = match nearest(name, names.iter().map(String::as_str)) {
        Some(near) => error.hint(format!("the nearest is {}", foreign_line(near, 80))),
        None => error,
    };
    if names.is_empty() {
        if let Some(absent) = absent_namespace(cluster).await {
            return error.hint(absent);
        }
        return error
            .hint("this namespace has none; is it the right one? Choose with -n, --context or --env")
            .hint("or deploy it: plat deploy");
    }
    let more = if names.len() > NAMES { format!(" and {} more", names.len() - NAMES) } else { String::new() };
    let shown = names.iter().take(NAMES).map(|name| foreign_line(name, 60)).collect::<Vec<_>>().join(", ");
    error.hint(format!("{kind}s there: {shown}{more}")).hint("choose another namespace with -n, --context or --env")
}
