//! The kinds of manifests that are neither built in nor defined by the manifests: remembered, or asked of the cluster.

use std::path::Path;

use crate::cluster::Cluster;
use crate::cluster::api;
use crate::error::{self, Error, Place, Result, Spot};
use crate::files::{self, Document, Kinds, Problem, Unknown};
use crate::reason::Reason;
use crate::text::foreign_line;

/// The kinds of all documents: built in, defined by one of them, remembered, or asked for, whichever comes first.
///
/// # Errors
/// A kind that nobody knows; no API server.
pub async fn kinds(cluster: &Cluster, documents: &[Document], cache: &Path) -> Result<Kinds> {
    let mut kinds = Kinds::defined(documents);
    if files::unknown(documents, &kinds).is_empty() {
        return Ok(kinds);
    }
    kinds.add(api::remembered(cluster, cache).unwrap_or_default());
    if files::unknown(documents, &kinds).is_empty() {
        return Ok(kinds);
    }
    let mut kinds = Kinds::defined(documents);
    kinds.add(api::discover(cluster, cache).await?);
    let unknown = files::unknown(documents, &kinds);
    if unknown.is_empty() {
        return Ok(kinds);
    }
    let spots = unknown.iter().map(|unknown| nobody_knows(unknown, &kinds)).collect();
    Err(error::all(spots).reason(Reason::UnknownKind).detail(cluster.place()))
}

fn nobody_knows(unknown: &Unknown, kinds: &Kinds) -> Spot {
    let word = |text: &str| foreign_line(text, 100);
    let (api_version, kind) = (word(&unknown.api_version), word(&unknown.kind));
    let near = kinds.nearest(&unknown.api_version, &unknown.kind);
    let near = near.map(|near| format!("the nearest that it knows is {}", word(&near)));
    let next = match unknown.api_version.split_once('/') {
        Some((group, _)) if group.contains('.') => format!(
            "a CustomResourceDefinition of group {} brings it: install it, or add it to the manifests",
            word(group)
        ),
        _ => "check the spelling of apiVersion and kind: kubectl api-resources".to_owned(),
    };
    Spot {
        place: written(&unknown.place),
        object: None,
        error: format!("the cluster knows no kind {kind} in {api_version}"),
        hints: near.into_iter().chain([next]).collect(),
        excerpt: Vec::new(),
    }
}

fn written(place: &files::Place) -> Place {
    Place { file: Some(foreign_line(&place.file, 200)), line: Some(place.line), column: None }
}

/// All that keeps documents from being used.
#[must_use]
pub fn unusable(problems: Vec<Problem>) -> Error {
    let reason = problems.first().map(|problem| problem.reason.clone());
    let spot = |problem: Problem| Spot {
        place: written(&problem.place),
        object: None,
        error: problem.what,
        hints: problem.hint.into_iter().collect(),
        excerpt: Vec::new(),
    };
    let error = error::all(problems.into_iter().map(spot).collect());
    match reason {
        Some(reason) => error.reason(reason),
        None => error,
    }
}
