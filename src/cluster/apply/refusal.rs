//! All that the API server refuses of a set as one error, each field where somebody wrote it.

use std::collections::BTreeMap;

use futures::stream::{self, StreamExt};
use kube::core::Status;

use super::answer::{Refused, some_of};
use crate::cluster::api::{MANAGER, describe, request, schema};
use crate::cluster::connect::Cluster;
use crate::diff::{self, adoption, managed};
use crate::error::{self, Error, Place, Spot};
use crate::files::Origins;
use crate::manifests::Manifest;
use crate::reason::Reason;
use crate::refusal::{self, Complaint, Schema};
use crate::text::foreign_line;

/// API versions whose fields are asked for; a set that is wrong in more of them is told where, and not what was meant. So
/// many objects are asked for at once, too.
const ASKED: usize = 8;

/// Why these objects are refused.
pub(super) async fn all(cluster: &Cluster, origins: &Origins, refused: Vec<Refused>) -> Error {
    if refused.iter().all(|no| !is_about_object(&no.error)) {
        return of_all(cluster, origins, refused);
    }
    let complaints = stream::iter(&refused).map(|no| complaints(cluster, no)).buffered(ASKED);
    let complaints: Vec<Vec<Complaint>> = complaints.collect().await;
    let schemas = schemas(cluster, refused.iter().zip(&complaints)).await;
    let (mut spots, mut alone, mut cause) = (Vec::new(), Vec::new(), None);
    for (no, complaints) in refused.into_iter().zip(complaints) {
        let origin = origins.of(&no.manifest);
        if complaints.is_empty() {
            alone.push(whole(cluster, origins, no));
            continue;
        }
        let schema = schemas.get(no.manifest.api_version.as_str()).and_then(Option::as_ref);
        for complaint in &complaints {
            let mut spot = refusal::spot(complaint, &no.manifest, origin, schema);
            if complaint.is_about_another_selector() {
                spot.hints.splice(0..0, kept_selector(cluster, &no.manifest).await);
            }
            if complaint.is_about_two_ways() {
                spot.hints.splice(0..0, the_other_way(cluster, &no.manifest, complaint).await);
            }
            spots.push(spot);
        }
        // It repeats what was sent.
        cause = cause.or_else(|| (no.manifest.kind != "Secret").then_some(no.error));
    }
    if spots.is_empty() && alone.len() == 1 {
        return alone.pop().unwrap_or_else(|| Error::bug("nothing was refused"));
    }
    let reason = match alone.first() {
        Some(first) if spots.is_empty() => first.reason.clone(),
        _ => Some(Reason::from("Invalid")),
    };
    spots.extend(alone.into_iter().map(as_spot));
    let error = Error { reason, ..error::all(spots) };
    match cause {
        Some(cause) => error.because(cause),
        None => error,
    }
}

/// What is no fault of any object, such as a missing right or a busy server, is said once.
fn of_all(cluster: &Cluster, origins: &Origins, refused: Vec<Refused>) -> Error {
    let mut refused = refused.into_iter();
    let Some(first) = refused.next() else { return Error::bug("nothing was refused") };
    let others: Vec<String> = refused.map(|no| describe(&no.manifest)).collect();
    let error = whole(cluster, origins, first);
    if others.is_empty() { error } else { error.detail(format!("also refused: {}", some_of(&others))) }
}

async fn complaints(cluster: &Cluster, refused: &Refused) -> Vec<Complaint> {
    let complaints = match &refused.error {
        kube::Error::Api(status) if !names_no_object(status) => refusal::complaints(&refused.manifest, status),
        _ => return Vec::new(),
    };
    if !complaints.iter().any(Complaint::is_about_what_is_there) {
        return complaints;
    }
    match request::get(cluster, &refused.manifest).await {
        Ok(Some(live)) => refusal::narrowed(complaints, &refused.manifest, &live),
        _ => complaints,
    }
}

/// How to go on with the selector of what is there.
async fn kept_selector(cluster: &Cluster, manifest: &Manifest) -> Option<String> {
    let live = request::get(cluster, manifest).await.ok()??;
    refusal::kept_selector(manifest, &live).map(|hint| foreign_line(&hint, 2000))
}

/// Who else asks for the same in another way, and how to go on: the manifest alone names one.
async fn the_other_way(cluster: &Cluster, manifest: &Manifest, complaint: &Complaint) -> Option<String> {
    let parent = complaint.parent()?;
    let live = request::get(cluster, manifest).await.ok()??;
    let is_of_parent = |field: &&String| {
        [format!(".{parent}."), format!(".{parent}[")].iter().any(|within| field.contains(within))
            && diff::at(&manifest.body, field).is_none()
    };
    let (manager, field) = managed::held(&live, MANAGER).into_iter().find_map(|held| {
        let field = held.fields.iter().find(is_of_parent)?.clone();
        Some((held.manager, field))
    })?;
    Some(if adoption::is_tool(&manager) {
        format!("{manager} has set {field} there, which you do not ask for: give the object to plat for good: --adopt")
    } else {
        format!(
            "{manager} has set {field} there, which you do not ask for: remove it: kubectl edit {}",
            manifest.argument()
        )
    })
}

/// The fields of the kinds in which someone took a name for a field.
async fn schemas<'r>(
    cluster: &Cluster,
    refused: impl Iterator<Item = (&'r Refused, &'r Vec<Complaint>)>,
) -> BTreeMap<String, Option<Schema>> {
    let mut versions: Vec<String> = refused
        .filter(|(_, complaints)| complaints.iter().any(Complaint::is_about_names))
        .map(|(no, _)| no.manifest.api_version.clone())
        .collect();
    versions.sort();
    versions.dedup();
    versions.truncate(ASKED);
    let asked = versions.into_iter().map(async |version| {
        let schema = schema(cluster, &version).await;
        (version, schema)
    });
    stream::iter(asked).buffer_unordered(ASKED).collect().await
}

/// An object that is refused as a whole: by an admission rule, say.
fn whole(cluster: &Cluster, origins: &Origins, refused: Refused) -> Error {
    let Refused { manifest, doing, error } = refused;
    let place = is_about_object(&error).then(|| refusal::place(&manifest, origins.of(&manifest))).flatten();
    let explained = match &error {
        kube::Error::Api(status) if names_no_object(status) => unserved(cluster, &manifest),
        _ => cluster.explain(masked(&manifest, error), &format!("{doing} {}", describe(&manifest))),
    };
    let Some(place) = place else { return explained };
    let spot = Spot {
        place: place.clone(),
        object: Some(describe(&manifest)),
        error: explained.what.clone(),
        hints: explained.hints.clone(),
        excerpt: Vec::new(),
    };
    let cluster = explained.place.clone().map(|cluster| format!("in {cluster}"));
    let explained = cluster.into_iter().fold(explained, Error::detail);
    Error { spots: vec![spot], ..explained.at(place) }
}

/// What the server says may repeat what it was sent.
fn masked(manifest: &Manifest, error: kube::Error) -> kube::Error {
    match error {
        kube::Error::Api(mut status) => {
            status.message = refusal::without_secrets(manifest, &status.message);
            kube::Error::Api(status)
        }
        other => other,
    }
}

/// Among others, as one of them.
fn as_spot(error: Error) -> Spot {
    let Error { what, details, hints, spots, place, .. } = error;
    let (place, object) = match spots.into_iter().next() {
        Some(spot) => (spot.place, spot.object),
        None => (Place::default(), place),
    };
    Spot { place, object, error: what, hints, excerpt: details }
}

/// Whether it is the object that is refused, not whoever asks or all at the moment.
fn is_about_object(error: &kube::Error) -> bool {
    let kube::Error::Api(status) = error else { return false };
    match status.code {
        400 | 404 | 409 | 413 | 422 | 500 => true,
        403 => !status.message.contains("\" cannot "),
        _ => false,
    }
}

/// A 404 about the path: the answer about an object would name it, and that about a group is plain text.
fn names_no_object(status: &Status) -> bool {
    status.code == 404 && status.details.as_ref().is_none_or(|details| details.name.is_empty())
}

fn unserved(cluster: &Cluster, manifest: &Manifest) -> Error {
    let (kind, api_version) = (foreign_line(&manifest.kind, 80), foreign_line(&manifest.api_version, 80));
    Error::user(format!("the API server does not serve {kind} of {api_version}"))
        .at(describe(manifest))
        .detail(cluster.place())
        .hint("was its CustomResourceDefinition removed, or is the server older? kubectl api-resources")
        .reason(Reason::UnknownKind)
}
