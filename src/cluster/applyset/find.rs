//! A set by its name or by one of its members, for who wants to know of it.

use serde_json::Value;

use super::labels::{Contents, ID, NotOurs};
use super::member::Member;
use super::membership::{id, members, parent, refused};
use crate::cluster::api::request;
use crate::cluster::connect::Cluster;
use crate::error::Result;
use crate::manifests::{MANAGED_BY, MANAGED_BY_LABEL, Manifest, NAME_LABEL};

/// A set by its parent, for who wants to know all of it.
#[derive(Debug)]
pub struct Found {
    pub members: Vec<Member>,
    pub(in crate::cluster) parent: Manifest,
    pub(in crate::cluster) uid: String,
}

/// All that belongs to a set; none when there is no such set.
///
/// # Errors
/// Another tool's set; no right to read it.
pub async fn find(cluster: &Cluster, set: &str) -> Result<Option<Found>> {
    let Some(parent) = parent(cluster, set).await? else { return Ok(None) };
    let contents = Contents::read(&parent).map_err(|not| refused(cluster, set, &not))?;
    let id = id(set, &cluster.namespace);
    let members = members(cluster, &id, &contents).await?;
    let uid = parent["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
    Ok(Some(Found { members, parent: contents.parent(set, &cluster.namespace), uid }))
}

/// What plat deployed under a name.
#[derive(Debug)]
pub enum Deployed {
    /// The service of a plat.yaml.
    Service,
    /// A set of plain manifests: those of its objects that were asked for.
    Set(Vec<Member>),
}

/// What plat deployed under this name; of a set the objects of the kinds that are wanted. None where it deployed nothing.
///
/// # Errors
/// No right to read it.
pub async fn deployed(cluster: &Cluster, name: &str, wanted: impl Fn(&str) -> bool) -> Result<Option<Deployed>> {
    let Some(parent) = parent(cluster, name).await? else { return Ok(None) };
    let mut contents = match Contents::read(&parent) {
        Ok(contents) if contents.is_of_manifests() => contents,
        Ok(_) => return Ok(Some(Deployed::Service)),
        // Someone else's Secret or set.
        Err(NotOurs::NoParent | NotOurs::Tool(_) | NotOurs::Named(_)) => return Ok(None),
    };
    contents.places.retain(|place| wanted(&place.kind));
    contents.unknown.retain(|kind| wanted(kind.split('.').next().unwrap_or(kind)));
    Ok(Some(Deployed::Set(members(cluster, &id(name, &cluster.namespace), &contents).await?)))
}

/// The service or set that an object was deployed as part of.
#[derive(Debug, PartialEq, Eq)]
pub struct Owner {
    pub name: String,
    /// A set of plain manifests, and not a service.
    pub is_set: bool,
}

/// Whose member bears this id; none where plat does not know it in the cluster's namespace.
///
/// # Errors
/// No right to list Secrets.
pub(in crate::cluster) async fn owner(cluster: &Cluster, id: &str) -> Result<Option<Owner>> {
    let secret = Contents::default().parent("", &cluster.namespace);
    let listed = request::list(cluster, &secret, &format!("{ID}={id}")).await;
    let listed =
        listed.map_err(|e| cluster.explain(e, &format!("list the Secrets of namespace {}", cluster.namespace)))?;
    Ok(listed.iter().find_map(owner_of))
}

/// The services and sets of the namespace; none where Secrets may not be listed.
pub(in crate::cluster) async fn names(cluster: &Cluster) -> Vec<String> {
    let secret = Contents::default().parent("", &cluster.namespace);
    let listed = request::list(cluster, &secret, &format!("{ID},{MANAGED_BY_LABEL}={MANAGED_BY}")).await;
    listed.unwrap_or_default().iter().filter_map(owner_of).map(|owner| owner.name).collect()
}

fn owner_of(parent: &Value) -> Option<Owner> {
    let name = parent["metadata"]["labels"][NAME_LABEL].as_str()?.to_owned();
    Some(Owner { name, is_set: Contents::read(parent).ok()?.is_of_manifests() })
}
