//! What the watches of one set saw so far: workloads and what belongs to them, found by their owners, and no more.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use k8s_openapi::api::core::v1::{Event, PersistentVolumeClaim, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::ResourceExt;
use serde_json::Value;

use crate::rollout::{Snapshot, Workload};

/// Events that are kept of one object; the newest tell, and a flapping probe sends thousands.
const EVENTS_OF_ONE: usize = 40;
/// Events that are kept of objects that nobody has seen yet: an event may come before its pod does.
const EVENTS_OF_STRANGERS: usize = 500;

/// Objects by UID, and who owns whom.
#[derive(Default)]
pub(in crate::cluster) struct Store {
    objects: BTreeMap<String, Workload>,
    owners: BTreeMap<String, String>,
    owned: BTreeMap<String, BTreeSet<String>>,
    /// By the UID of what they are about, then by their own.
    events: BTreeMap<String, BTreeMap<String, Event>>,
    claims: BTreeMap<String, PersistentVolumeClaim>,
    /// Objects of other kinds, whose status alone counts, by UID.
    others: BTreeMap<String, Value>,
    deleted: HashSet<String>,
    versions: BTreeMap<String, u64>,
    /// Counts what may concern every workload.
    common: u64,
}

/// As what an object is kept. A claim may be two things: what pods wait for, and an object of the set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::cluster) enum Role {
    Workload,
    Claim,
    Event,
    Other,
}

impl Store {
    /// Keeps an object as the API server has it; none when it is not what its kind says.
    pub fn keep(&mut self, role: Role, object: Value) -> Option<()> {
        match role {
            Role::Workload => self.put(Workload::read(&object)?),
            Role::Claim => self.put_claim(serde_json::from_value(object).ok()?),
            Role::Event => self.put_event(serde_json::from_value(object).ok()?),
            Role::Other => self.put_other(object["metadata"]["uid"].as_str()?.to_owned(), object),
        }
        Some(())
    }

    pub fn put(&mut self, mut object: Workload) {
        trim(object.metadata_mut());
        let uid = object.uid().to_owned();
        let owners = object.metadata().owner_references.iter().flatten();
        if let Some(owner) = owners.filter(|owner| owner.controller == Some(true)).map(|owner| owner.uid.clone()).next()
        {
            self.owned.entry(owner.clone()).or_default().insert(uid.clone());
            self.owners.insert(uid.clone(), owner);
        }
        self.touch(&uid);
        self.objects.insert(uid, object);
    }

    /// It is gone, whatever it was.
    pub fn remove(&mut self, uid: &str) {
        self.touch(uid);
        self.deleted.insert(uid.to_owned());
        if self.is_result(uid) {
            return;
        }
        self.objects.remove(uid);
        self.others.remove(uid);
        self.claims.remove(uid);
        self.events.remove(uid);
        if let Some(owner) = self.owners.remove(uid)
            && let Some(owned) = self.owned.get_mut(&owner)
        {
            owned.remove(uid);
        }
    }

    /// Whether it has run to its end and is kept for that: a Job, its pods, or a pod of its own may be removed at once
    /// (`ttlSecondsAfterFinished`), and how it ended still counts. Pods that a controller replaces are not. A Job that
    /// nobody made but the user may have ended unseen, and what is left of it tells how.
    fn is_result(&self, uid: &str) -> bool {
        if !self.owners.contains_key(uid) && matches!(self.objects.get(uid), Some(Workload::Job(_))) {
            return true;
        }
        let owner = self.owners.get(uid).and_then(|owner| self.objects.get(owner));
        let replaced = self.owners.contains_key(uid) && !matches!(owner, Some(Workload::Job(_)));
        !replaced && self.objects.get(uid).is_some_and(Workload::has_run)
    }

    fn put_other(&mut self, uid: String, object: Value) {
        self.touch(&uid);
        self.others.insert(uid, object);
    }

    fn put_claim(&mut self, mut claim: PersistentVolumeClaim) {
        trim(&mut claim.metadata);
        self.common += 1;
        self.claims.insert(claim.uid().unwrap_or_default(), claim);
    }

    fn put_event(&mut self, mut event: Event) {
        trim(&mut event.metadata);
        let Some(about) = event.involved_object.uid.clone() else { return };
        let is_claim = event.involved_object.kind.as_deref() == Some("PersistentVolumeClaim");
        if is_claim {
            self.common += 1;
        }
        self.touch(&about);
        let known = self.is_known(&about);
        let of_one = self.events.entry(about.clone()).or_default();
        of_one.insert(event.uid().unwrap_or_default(), event);
        if of_one.len() > EVENTS_OF_ONE {
            let oldest = of_one.iter().min_by_key(|(_, event)| seen(event)).map(|(uid, _)| uid.clone());
            oldest.map(|uid| of_one.remove(&uid));
        }
        if !known && self.events.len() > EVENTS_OF_STRANGERS + self.objects.len() + self.claims.len() {
            let stranger = self.events.keys().find(|uid| !self.is_known(uid) && **uid != about).cloned();
            stranger.map(|uid| self.events.remove(&uid));
        }
    }

    /// Raised by everything that may change what there is to say about the object with this UID.
    pub fn version(&self, uid: &str) -> u64 {
        self.common + self.versions.get(uid).copied().unwrap_or(0)
    }

    pub fn is_deleted(&self, uid: &str) -> bool {
        self.deleted.contains(uid)
    }

    pub fn other(&self, uid: &str) -> Option<&Value> {
        self.others.get(uid)
    }

    /// Everything about one workload. `applied` stands in for it until the watch has caught up: a status from before the
    /// apply must not be judged.
    pub fn snapshot(&self, applied: &Workload) -> Snapshot {
        let seen = self.objects.get(applied.uid());
        let current = seen.filter(|seen| seen.metadata().generation >= applied.metadata().generation);
        let mut snapshot = Snapshot { workload: current.unwrap_or(applied).clone(), ..Snapshot::default() };
        let mut involved: BTreeSet<&str> = [applied.uid()].into();
        let mut open = vec![applied.uid()];
        while let Some(owner) = open.pop() {
            for uid in self.owned.get(owner).into_iter().flatten() {
                involved.insert(uid);
                open.push(uid);
                match self.objects.get(uid) {
                    Some(Workload::ReplicaSet(set)) => snapshot.replica_sets.push((**set).clone()),
                    Some(Workload::Pod(pod)) => snapshot.pods.push((**pod).clone()),
                    _ => {}
                }
            }
        }
        let names: BTreeSet<String> = snapshot.pods.iter().chain(pod_of(&snapshot.workload)).flat_map(claims).collect();
        for (uid, claim) in &self.claims {
            let same_namespace = claim.metadata.namespace.as_deref() == Some(applied.namespace());
            if same_namespace && claim.metadata.name.as_ref().is_some_and(|name| names.contains(name)) {
                involved.insert(uid);
            }
        }
        snapshot.events =
            involved.iter().filter_map(|uid| self.events.get(*uid)).flat_map(BTreeMap::values).cloned().collect();
        if self.is_deleted(applied.uid()) {
            snapshot.workload = snapshot.workload.with_end(&snapshot.events, &snapshot.pods);
        }
        snapshot
    }

    /// The events about the object with this UID.
    pub fn events(&self, uid: &str) -> impl Iterator<Item = &Event> {
        self.events.get(uid).into_iter().flat_map(BTreeMap::values)
    }

    fn is_known(&self, uid: &str) -> bool {
        self.objects.contains_key(uid) || self.claims.contains_key(uid) || self.others.contains_key(uid)
    }

    /// Something happened to this object, and so to all that own it.
    fn touch(&mut self, uid: &str) {
        let mut next = Some(uid.to_owned());
        // Owners cannot form a ring; a cluster that says so must not hang plat.
        for _ in 0..4 {
            let Some(uid) = next else { break };
            next = self.owners.get(&uid).cloned();
            *self.versions.entry(uid).or_default() += 1;
        }
    }
}

fn pod_of(workload: &Workload) -> Option<&Pod> {
    match workload {
        Workload::Pod(pod) => Some(pod),
        _ => None,
    }
}

/// The claims that a pod names, or that are made for it (`<pod>-<volume>`, KEP-1698).
fn claims(pod: &Pod) -> impl Iterator<Item = String> {
    let name = pod.name_any();
    pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten()).filter_map(move |volume| {
        let named = volume.persistent_volume_claim.as_ref().map(|claim| claim.claim_name.clone());
        named.or_else(|| volume.ephemeral.as_ref().map(|_| format!("{name}-{}", volume.name)))
    })
}

fn seen(event: &Event) -> Option<jiff::Timestamp> {
    let last = event.last_timestamp.as_ref().map(|time| time.0);
    last.max(event.event_time.as_ref().map(|time| time.0))
}

/// Nobody reads this here, and it is half of what an object weighs.
fn trim(metadata: &mut ObjectMeta) {
    if let Some(annotations) = &mut metadata.annotations {
        annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::Status;
    use serde_json::json;

    fn job() -> Value {
        json!({
            "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "a", "uid": "j", "generation": 1},
            "spec": {"ttlSecondsAfterFinished": 0, "template": {"spec": {"containers": []}}},
            "status": {"startTime": "2026-11-23T10:00:00Z"},
        })
    }

    #[test]
    fn a_job_whose_end_was_not_seen_is_judged_by_what_is_left() {
        let mut store = Store::default();
        let applied = Workload::read(&job()).expect("a Job");
        store.keep(Role::Workload, job()).expect("a Job");
        store.remove("j");
        assert_eq!(store.snapshot(&applied).workload.status(), Status::InProgress, "it may have been deleted");
        // The watch of events may be behind that of Jobs.
        let completed = json!({
            "metadata": {"uid": "e"}, "involvedObject": {"kind": "Job", "uid": "j"}, "reason": "Completed",
        });
        store.keep(Role::Event, completed).expect("an event");
        assert_eq!(store.snapshot(&applied).workload.status(), Status::Current);
    }
}
