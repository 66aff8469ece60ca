//! The set of a service in the cluster: its parent Secret, its members, and what is pruned (KEP-3659).
//!
//! The parent lists at least what the set contains: it is widened before anything is written and shrunk after what is
//! no longer wanted was deleted. So a deploy that is killed in between leaves nothing that the next one cannot find.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, StreamExt};
use kube::core::GroupVersionKind;
use kube::discovery::{self, Scope};
use serde_json::Value;

use super::desired;
use super::labels::{self, Contents, MANIFESTS, NotOurs, Place, parent_name};
use super::member::{Member, address};
use super::prune::{Pruned, delete_all};
use super::restart::Restart;
use crate::cluster::api::{MANAGER, Mode, PARALLEL, describe, request};
use crate::cluster::connect::Cluster;
use crate::cluster::records::{WriteGuard, revisions};
use crate::diff::PART_OF;
use crate::error::{Error, Result};
use crate::reason::Reason;
use crate::text::foreign_line;

/// What the parent of a set says, and what has to become of it.
#[derive(Debug)]
pub struct Membership {
    set: String,
    namespace: String,
    id: String,
    /// As noted; none before the first deploy.
    noted: Option<Contents>,
    wanted: Contents,
    rendered: String,
    /// Members that are no longer wanted.
    pub leavers: Vec<Member>,
    /// The tool whose set is taken over.
    pub taken_from: Option<String>,
}

/// The label that makes an object a member of this set.
#[must_use]
pub fn id(set: &str, namespace: &str) -> String {
    labels::id(&parent_name(set), namespace)
}

/// Reads the parent of a set; none before its first deploy.
pub(in crate::cluster) async fn parent(cluster: &Cluster, set: &str) -> Result<Option<Value>> {
    let manifest = Contents::default().parent(set, &cluster.namespace);
    let read = request::get(cluster, &manifest).await;
    read.map_err(|e| cluster.explain(e, &format!("read {}", describe(&manifest))))
}

/// What the parent says about the set, and who leaves it.
pub(in crate::cluster) async fn membership(
    cluster: &Cluster,
    set: &desired::Set,
    parent: Option<&Value>,
    (adopt, restart): (bool, Option<Restart>),
) -> Result<Option<Membership>> {
    let Some(name) = &set.name else { return Ok(None) };
    let mut membership = Membership::open(cluster, name, set, parent, adopt)?;
    if let Some(restart) = restart.filter(|restart| restart.is_remembered()) {
        membership.wanted.restart = Some(restart);
    }
    membership.find_leavers(cluster, set).await?;
    Ok(Some(membership))
}

impl Membership {
    /// # Errors
    /// The parent is another tool's, or a service's instead of a set's, and nobody said `--adopt`; or it is not a parent at all.
    pub(in crate::cluster) fn open(
        cluster: &Cluster,
        name: &str,
        set: &desired::Set,
        parent: Option<&Value>,
        adopt: bool,
    ) -> Result<Self> {
        let named_by = if set.is_service() { "plat.yaml" } else { MANIFESTS };
        let manifests = set.manifests.iter().map(AsRef::as_ref);
        let wanted = Contents { named_by: Some(named_by.to_owned()), ..Contents::of(manifests, &cluster.namespace) };
        let mut taken_from = None;
        let noted = match parent.map(|parent| (parent, Contents::read(parent))) {
            None => None,
            Some((_, Ok(Contents { named_by: Some(by), .. }))) if !adopt && Some(&by) != wanted.named_by.as_ref() => {
                return Err(refused(cluster, name, &NotOurs::Named(by)));
            }
            Some((_, Ok(contents))) => Some(contents),
            Some((parent, Err(NotOurs::Tool(tool)))) if adopt => {
                taken_from = Some(tool);
                Some(Contents { rendered: None, ..Contents::noted_on(parent) })
            }
            Some((_, Err(not))) => return Err(refused(cluster, name, &not)),
        };
        let restart = noted.as_ref().and_then(|noted: &Contents| noted.restart);
        let wanted = Contents { restart, ..wanted };
        Ok(Self {
            set: name.to_owned(),
            namespace: cluster.namespace.clone(),
            id: id(name, &cluster.namespace),
            noted,
            wanted,
            rendered: set.rendered().to_owned(),
            leavers: Vec::new(),
            taken_from,
        })
    }

    /// Whether the set was applied and pruned as it is wanted now.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        let is_same = |noted: &Contents| {
            noted.rendered.as_deref() == Some(&self.rendered) && noted.restart == self.wanted.restart
        };
        self.taken_from.is_none() && self.noted.as_ref().is_some_and(is_same)
    }

    /// What somebody said for this set, now or earlier.
    #[must_use]
    pub fn restart(&self) -> Option<Restart> {
        self.wanted.restart
    }

    /// Finds the members that none of the manifests asks for. The configuration of a service is named by its content,
    /// and what an earlier revision needs of it stays; that of plain manifests comes back with the revision itself.
    pub(in crate::cluster) async fn find_leavers(&mut self, cluster: &Cluster, set: &desired::Set) -> Result<()> {
        let Some(noted) = self.noted.as_ref().filter(|_| !self.is_settled()) else { return Ok(()) };
        let wanted: BTreeSet<(&str, Option<&str>, &str)> =
            set.manifests.iter().map(|m| (m.kind.as_str(), m.namespace.as_deref(), m.name.as_str())).collect();
        let mut members = members(cluster, &self.id, noted).await?;
        members.retain(|member| {
            !wanted.contains(&(member.kind.as_str(), member.namespace.as_deref(), member.name.as_str()))
        });
        if set.is_service() && members.iter().any(|member| member.kind == "ConfigMap") {
            let retained = revisions::retained_config_maps(cluster, &self.set).await?;
            for member in members.iter_mut().filter(|member| member.kind == "ConfigMap") {
                let name = format!("{}/{}", member.namespace.as_deref().unwrap_or_default(), member.name);
                member.stays = retained.contains(&name).then_some("a revision that can be restored needs it");
            }
        }
        self.leavers = members;
        Ok(())
    }

    /// Whether the parent lists all kinds and namespaces that are about to be written.
    pub(in crate::cluster) fn is_wide(&self) -> bool {
        self.noted.as_ref().is_some_and(|noted| {
            noted.places.is_superset(&self.wanted.places) && noted.namespaces.is_superset(&self.wanted.namespaces)
        })
    }

    /// Makes the parent list what is about to be written, beside what it lists already, and say that it is being
    /// written: a deploy that is killed then is not a settled set.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(in crate::cluster) async fn widen(&self, cluster: &Cluster, guard: &WriteGuard) -> Result<()> {
        let all = match &self.noted {
            Some(noted) => noted.with(&self.wanted),
            None => self.wanted.clone(),
        };
        self.write(cluster, guard, &all).await
    }

    /// Deletes those that leave, and notes that the set is as it is wanted.
    ///
    /// # Errors
    /// When something cannot be deleted; the next deploy finds it again.
    pub async fn settle(&self, cluster: &Cluster, guard: &WriteGuard) -> Result<Pruned> {
        if self.is_settled() {
            return Ok(Pruned::default());
        }
        let leaving: Vec<&Member> = self.leavers.iter().filter(|member| member.stays.is_none()).collect();
        let pruned = delete_all(cluster, guard, &leaving).await?;
        let staying = self.leavers.iter().filter(|member| member.stays.is_some());
        let mut now = self.wanted.clone();
        for member in staying {
            now.places.insert(member.place.clone());
            now.namespaces.extend(member.namespace.clone().filter(|name| *name != self.namespace));
        }
        now.rendered = Some(self.rendered.clone());
        self.write(cluster, guard, &now).await?;
        Ok(pruned)
    }

    /// Deletes autoscalers that leave before the number of replicas is set: one that still runs would set it back.
    pub(in crate::cluster) async fn stop_autoscalers(&self, cluster: &Cluster, guard: &WriteGuard) -> Result<()> {
        let going = |member: &&Member| member.stays.is_none() && member.kind == "HorizontalPodAutoscaler";
        let autoscalers: Vec<&Member> = self.leavers.iter().filter(going).collect();
        delete_all(cluster, guard, &autoscalers).await.map(drop)
    }

    async fn write(&self, cluster: &Cluster, guard: &WriteGuard, contents: &Contents) -> Result<()> {
        guard.check().await?;
        let parent = contents.parent(&self.set, &self.namespace);
        // Whose set it is was decided when it was opened.
        let mode = Mode { manager: MANAGER, dry_run: false, take: true };
        let written = request::apply(cluster, &parent, mode).await;
        written.map(drop).map_err(|e| cluster.explain(e, &format!("apply {}", describe(&parent))))
    }
}

pub(super) fn refused(cluster: &Cluster, set: &str, not: &NotOurs) -> Error {
    let name = parent_name(set);
    let error = match not {
        NotOurs::Tool(tool) => Error::user(format!(
            "the set {set} belongs to {tool}: Secret {name} is the parent of its ApplySet; nothing was written"
        ))
        .hint(format!("continue with {tool}, or take the set over for good: --adopt"))
        .hint("after that the other tool refuses it by name")
        .reason(Reason::ForeignApplySet),
        NotOurs::Named(by) => {
            let (whose, other) = if by == MANIFESTS {
                (format!("a set of manifests (plat deploy -f … --set {set})"), "service")
            } else {
                ("a service of a plat.yaml".to_owned(), "set")
            };
            Error::user(format!("{set} is {whose} in namespace {}; nothing was written", cluster.namespace))
                .hint(format!("give the {other} another name, or another namespace: -n"))
                .hint("or let it take over what is there, and prune what it does not ask for: --adopt")
                .reason(Reason::NameTaken)
        }
        NotOurs::NoParent => {
            Error::user(format!("Secret {name}, where plat notes what {set} consists of, is used for something else"))
                .hint(format!("rename or delete that Secret: kubectl get secret {name} -n {}", cluster.namespace))
                .reason(Reason::NameTaken)
        }
    };
    error.at(format!("Secret {}/{name}", cluster.namespace))
}

/// Objects of one kind in the cluster's namespace that a selector fits.
pub(in crate::cluster) async fn labelled(cluster: &Cluster, place: &Place, selector: &str) -> Result<Vec<Member>> {
    let objects = list(cluster, place, Some(&cluster.namespace), selector).await?;
    Ok(objects.iter().flatten().map(|object| Member::of(place, object)).collect())
}

/// All objects that bear the label of the set, of all kinds and namespaces that the parent lists.
pub(super) async fn members(cluster: &Cluster, id: &str, contents: &Contents) -> Result<Vec<Member>> {
    let mut places = contents.places.clone();
    places.extend(discover(cluster, &contents.unknown).await);
    let namespaces: Vec<&str> =
        std::iter::once(cluster.namespace.as_str()).chain(contents.namespaces.iter().map(String::as_str)).collect();
    let lists = places.iter().flat_map(|place| {
        let within: Vec<Option<&str>> =
            if place.namespaced { namespaces.iter().copied().map(Some).collect() } else { vec![None] };
        within.into_iter().map(move |namespace| (place, namespace))
    });
    let selector = format!("{PART_OF}={id}");
    let lists = lists.map(|(place, namespace)| {
        let selector = &selector;
        async move { (place, list(cluster, place, namespace, selector).await) }
    });
    let answers: Vec<_> = stream::iter(lists).buffered(PARALLEL).collect().await;
    let mut found = BTreeMap::new();
    let mut gone = BTreeSet::new();
    for (place, answer) in answers {
        let Some(objects) = answer? else {
            gone.insert(format!("{} of {}", foreign_line(&place.kind, 80), foreign_line(&place.api_version, 80)));
            continue;
        };
        for object in objects {
            let member = Member::of(place, &object);
            // The same object may be served in several groups.
            found.entry(member.uid.clone()).or_insert(member);
        }
    }
    for kind in gone {
        cluster
            .events
            .warn(format!("the set lists {kind}, a kind that is gone from this cluster, and its objects with it"));
    }
    let mut members: Vec<Member> = found.into_values().collect();
    members.sort_by(|a, b| (&a.kind, &a.namespace, &a.name).cmp(&(&b.kind, &b.namespace, &b.name)));
    Ok(members)
}

/// None where the kind is gone.
async fn list(cluster: &Cluster, place: &Place, namespace: Option<&str>, selector: &str) -> Result<Option<Vec<Value>>> {
    let manifest = address(place, namespace, "");
    match request::list(cluster, &manifest, selector).await {
        Ok(objects) => Ok(Some(objects)),
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(None),
        Err(error) => Err(cluster.explain(error, &format!("list the {} of the set", place.resource))),
    }
}

/// Finds kinds that another tool noted by name only (`Deployment.apps`).
async fn discover(cluster: &Cluster, kinds: &BTreeSet<String>) -> Vec<Place> {
    let mut places = Vec::new();
    for group_kind in kinds {
        let (kind, group) = group_kind.split_once('.').unwrap_or((group_kind, ""));
        let found = if group.is_empty() {
            let kind = GroupVersionKind { group: String::new(), version: "v1".to_owned(), kind: kind.to_owned() };
            discovery::pinned_kind(&cluster.client, &kind).await.ok()
        } else {
            let group = discovery::group(&cluster.client, group).await.ok();
            group.and_then(|group| group.recommended_kind(kind))
        };
        match found {
            Some((resource, capabilities)) => places.push(Place {
                kind: resource.kind,
                api_version: resource.api_version,
                resource: resource.plural,
                namespaced: capabilities.scope == Scope::Namespaced,
            }),
            None => cluster.events.warn(format!(
                "the set lists {}, a kind that this cluster does not serve to you",
                foreign_line(group_kind, 80)
            )),
        }
    }
    places
}
