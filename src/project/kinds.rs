//! The kinds of manifests that are neither built in nor defined by the manifests: remembered, or asked of the cluster.

use std::path::Path;

use crate::cluster::Cluster;
use crate::cluster::api;
use crate::error::{Error, Result};
use crate::files::{self, Document, Kinds, Problem};
use crate::reason::Reason;

/// The kinds of all documents: built in, defined by one of them, remembered, or asked for, whichever comes first.
///
/// # Errors
/// A kind that nobody knows; no API server.
pub async fn kinds(cluster: &Cluster, documents: &[Document], cache: &Path) -> Result<Kinds> {
    let mut kinds = Kinds::defined(documents);
    if files::unknown(documents, &kinds).is_none() {
        return Ok(kinds);
    }
    kinds.add(api::remembered(cluster, cache).unwrap_or_default());
    if files::unknown(documents, &kinds).is_none() {
        return Ok(kinds);
    }
    let mut kinds = Kinds::defined(documents);
    kinds.add(api::discover(cluster, cache).await?);
    let Some(unknown) = files::unknown(documents, &kinds) else { return Ok(kinds) };
    let word = |text: &str| crate::text::foreign_line(text, 100);
    let (api_version, kind) = (word(&unknown.api_version), word(&unknown.kind));
    let error = Error::user(format!("the cluster knows no kind {kind} in {api_version}"))
        .at(unknown.place)
        .reason(Reason::UnknownKind)
        .detail(cluster.place());
    let error = match kinds.nearest(&unknown.api_version, &unknown.kind) {
        Some(near) => error.hint(format!("the nearest that it knows is {}", word(&near))),
        None => error,
    };
    Err(match unknown.api_version.split_once('/') {
        Some((group, _)) if group.contains('.') => {
            let group = word(group);
            error.hint(format!(
                "a CustomResourceDefinition of group {group} brings it: install it, or add it to the manifests"
            ))
        }
        _ => error.hint("check the spelling of apiVersion and kind: kubectl api-resources"),
    })
}

#[must_use]
pub fn unusable(problem: Problem) -> Error {
    let error = Error::user(problem.what).at(problem.place).reason(problem.reason);
    match problem.hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}
