//! An image that its registry does not have is asked for again before anything is written: a pipeline may be pushing it.
//! Where the registry cannot be asked, the rollout's verdict is the right one.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures::future::join_all;
use k8s_openapi::api::core::v1::Node;
use kube::api::{Api, ListParams};

use crate::cluster::apply::{Plan, Step};
use crate::cluster::connect::Cluster;
use crate::deploy::release::Deploy;
use crate::error::{Error, Result};
use crate::event::Action;
use crate::image;
use crate::reason::Reason;
use crate::rollout::{Graces, Workload};
use crate::text::{foreign_line, seconds};

/// A registry that does not answer within this is one that cannot be asked.
const PATIENCE: Duration = Duration::from_secs(2);
const AGAIN: Duration = Duration::from_secs(2);
/// Nodes that are asked what they have.
const NODES: u32 = 100;

/// Waits until the images of what is about to change are there, or until `deadline.image` is over.
///
/// # Errors
/// One is not there; nothing was written.
pub async fn wait(deploy: &Deploy<'_>, plan: &Plan) -> Result<()> {
    let new: BTreeSet<String> = plan.steps().iter().flat_map(|step| new_images(plan, step)).collect();
    // What is pinned was found or pushed by this run, and of the service's own it was asked already.
    let is_open = |image: &String| !image.contains('@') && deploy.release.image.as_ref() != Some(image);
    let asked: Vec<String> = new.into_iter().filter(is_open).collect();
    let until = deadline(&deploy.release.graces);
    let looks = asked.iter().map(async |image| {
        let Look::Missing(error) = look(image).await else { return None };
        match arrival(deploy.cluster(), image, error, until).await {
            Arrival::Never(error) => Some(*error),
            Arrival::Pushed(_) | Arrival::NotNeeded(_) => None,
        }
    });
    join_all(looks).await.into_iter().flatten().next().map_or(Ok(()), Err)
}

/// What became of an image that was not there.
pub enum Arrival {
    /// With its digest.
    Pushed(String),
    /// A node has it, or the registry does not answer any more: the rollout decides. What the registry said before.
    NotNeeded(Box<Error>),
    Never(Box<Error>),
}

/// When an image that is not there is given up.
#[must_use]
pub fn deadline(graces: &Graces) -> Instant {
    Instant::now() + Duration::try_from(graces.image).unwrap_or_default()
}

/// Whether the registry was asked, and does not have it.
#[must_use]
pub fn is_missing(error: &Error) -> bool {
    matches!(error.reason, Some(Reason::ImageNotFound | Reason::RepositoryNotFound))
}

/// Waits until an image is there that the registry did not have (`error`).
pub async fn arrival(cluster: &Cluster, image: &str, mut error: Error, until: Instant) -> Arrival {
    if is_on_a_node(cluster, image).await {
        return Arrival::NotNeeded(Box::new(error));
    }
    let began = Instant::now();
    let left = seconds(Duration::from_secs(until.saturating_duration_since(began).as_secs()));
    cluster.events.note(format!("waiting up to {left} for {} to be pushed", foreign_line(image, 200)));
    while Instant::now() + AGAIN <= until {
        tokio::time::sleep(AGAIN).await;
        error = match look(image).await {
            Look::There(pinned) => return Arrival::Pushed(pinned),
            Look::Missing(error) => error,
            Look::Unknown => return Arrival::NotNeeded(Box::new(error)),
        };
    }
    let waited = seconds(Duration::from_secs(began.elapsed().as_secs()));
    Arrival::Never(Box::new(error.detail(format!("asked for {waited} (deadline.image); nothing was written"))))
}

/// One look into the registry.
enum Look {
    There(String),
    Missing(Error),
    Unknown,
}

async fn look(image: &str) -> Look {
    match tokio::time::timeout(PATIENCE, image::resolve(image)).await {
        Ok(Ok(pinned)) => Look::There(pinned),
        Ok(Err(error)) if is_missing(&error) => Look::Missing(error),
        Ok(Err(_)) | Err(_) => Look::Unknown,
    }
}

/// Whether a node has it already, as of `kind load`: the kubelet pulls nothing then. Unknown is no.
async fn is_on_a_node(cluster: &Cluster, image: &str) -> bool {
    let Some(whole) = image::whole_name(image) else { return false };
    let nodes = Api::<Node>::all(cluster.client.clone()).list(&ListParams::default().limit(NODES)).await;
    let nodes = nodes.map(|list| list.items).unwrap_or_default();
    let mut names = nodes.iter().flat_map(|node| {
        let images = node.status.iter().flat_map(|status| status.images.iter().flatten());
        images.flat_map(|image| image.names.iter().flatten())
    });
    names.any(|name| *name == whole)
}

/// Images that a workload did not run before, and that the kubelet will pull.
fn new_images(plan: &Plan, step: &Step) -> Vec<String> {
    let Some(after) = Workload::read(&step.manifest.body).filter(|_| step.change.action != Action::Nothing) else {
        return Vec::new();
    };
    let before = plan.before(&step.manifest).and_then(Workload::read);
    let of_before: BTreeSet<&str> = before.iter().flat_map(images).map(|(image, _)| image).collect();
    let is_pulled = |policy: Option<&str>| policy != Some("Never");
    let new = images(&after).filter(|(image, policy)| !of_before.contains(image) && is_pulled(*policy));
    new.map(|(image, _)| image.to_owned()).collect()
}

/// Each with its `imagePullPolicy`.
fn images(workload: &Workload) -> impl Iterator<Item = (&str, Option<&str>)> {
    workload.containers().filter_map(|one| Some((one.image.as_deref()?, one.image_pull_policy.as_deref())))
}
