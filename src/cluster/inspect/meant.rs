//! What a name means in a cluster: a service, a set, or one workload; and what an object was deployed as part of.

use std::collections::BTreeMap;

use futures::future::join;
use futures::stream::{self, StreamExt};
use kube::ResourceExt;

use super::missing::missing;
use super::target::Target;
use super::workload::{self, Looked};
use crate::cluster::api::objects;
use crate::cluster::applyset::{self, Deployed, Owner};
use crate::cluster::connect::Cluster;
use crate::diff::PART_OF;
use crate::error::{Error, Result};
use crate::manifests::WORKLOADS;
use crate::reason::Reason;

/// Namespaces whose events are read at the same time.
const PLACES: usize = 3;

/// What a name means.
#[derive(Debug)]
pub enum Meant {
    One(Target),
    /// A set of plain manifests: its workloads and Services, each with its kind.
    Set(Vec<Target>),
}

/// What was looked at under a name.
pub enum Seen {
    One(Box<Looked>),
    /// All workloads of a set, or with some labels.
    Set(Vec<Looked>),
}

/// What is meant by a target, for who wants its pods. What may not be read decides nothing.
///
/// # Errors
/// A cluster that does not answer.
pub async fn meant(cluster: &Cluster, target: Target) -> Result<Meant> {
    if target.kind.is_some() || target.labels.is_some() {
        return Ok(Meant::One(target));
    }
    match deployed(cluster, &target).await? {
        Some(Deployed::Set(members)) => Ok(Meant::Set(members_of(&members))),
        Some(Deployed::Service) => Ok(Meant::One(target)),
        None => {
            let found = workload::find(cluster, None, &target.name).await.ok().flatten();
            // The pods of a service have its label, whoever may read what plat noted of it.
            let found = found.filter(|workload| !workload.is_of_plat());
            let found = found.and_then(|workload| Target::object(workload.kind(), &target.name, None));
            Ok(Meant::One(found.map_or(target, Target::guessed)))
        }
    }
}

/// Looks at what is meant: a workload, or all of a set.
///
/// # Errors
/// When it is not there, with what is there instead; when this user may not look.
pub async fn look(cluster: &Cluster, target: &Target) -> Result<Seen> {
    if target.kind.is_some() {
        return Ok(Seen::One(Box::new(workload::look(cluster, target).await?)));
    }
    if let Some(labels) = &target.labels {
        return look_at(cluster, workload::labelled(cluster, labels).await?).await;
    }
    let (deployed, one) = join(deployed(cluster, target), Box::pin(workload::look(cluster, target))).await;
    let Some(Deployed::Set(members)) = deployed? else { return Ok(Seen::One(Box::new(one?))) };
    look_at(cluster, members_of(&members).into_iter().filter(Target::is_workload).collect()).await
}

/// Looks at these; one that has gone meanwhile is left out.
pub async fn look_at_each(cluster: &Cluster, workloads: &[Target]) -> Vec<Looked> {
    by_namespace(cluster, workloads).await.into_iter().flatten().collect()
}

async fn look_at(cluster: &Cluster, workloads: Vec<Target>) -> Result<Seen> {
    Ok(Seen::Set(by_namespace(cluster, &workloads).await.into_iter().collect::<Result<_>>()?))
}

async fn by_namespace(cluster: &Cluster, workloads: &[Target]) -> Vec<Result<Looked>> {
    let mut places: BTreeMap<String, Vec<&Target>> = BTreeMap::new();
    for target in workloads {
        places.entry(target.place(cluster).namespace).or_default().push(target);
    }
    let looks = places.values().map(|targets| async move {
        let place = targets[0].place(cluster);
        workload::look_at_all(&place, targets).await
    });
    stream::iter(looks).buffered(PLACES).flat_map(stream::iter).collect().await
}

/// The service or set that an object was deployed as part of.
///
/// # Errors
/// It is not there, or plat did not deploy it.
pub async fn owner(cluster: &Cluster, target: &Target) -> Result<Owner> {
    let kind = target.kind.unwrap_or(&WORKLOADS[0]);
    let api = objects::objects(&cluster.client, &objects::workloads(kind), Some(&cluster.namespace));
    let read = api.get_metadata_opt(&target.name).await;
    let place = format!("{} {}/{}", kind.kind, cluster.namespace, target.name);
    let object = read.map_err(|e| cluster.explain(e, &format!("read {place}")))?;
    let Some(object) = object else { return Err(missing(cluster, kind, &target.name).await) };
    let owner = match object.labels().get(PART_OF) {
        Some(id) => applyset::owner(cluster, id).await?,
        None => None,
    };
    owner.ok_or_else(|| {
        Error::user(format!("{place} is not part of a service or set that plat deployed to this namespace"))
            .at(cluster.place())
            .hint(format!(
                "its history in Kubernetes: kubectl rollout history {} -n {}",
                target.argument(),
                cluster.namespace
            ))
            .hint("an object of a set in several namespaces: give the set's own with -n")
            .reason(Reason::NotFound)
    })
}

async fn deployed(cluster: &Cluster, target: &Target) -> Result<Option<Deployed>> {
    match applyset::deployed(cluster, &target.name, Target::has_pods).await {
        // Who may not read Secrets may still look at workloads.
        Err(error) if error.reason == Some(Reason::Forbidden) => Ok(None),
        answer => answer,
    }
}

fn members_of(members: &[applyset::Member]) -> Vec<Target> {
    members
        .iter()
        .filter_map(|member| Target::object(&member.kind, &member.name, member.namespace.as_deref()))
        .collect()
}
