//! Objects of a set that run no pods but have a status: custom resources, load balancers, claims, definitions.

use serde_json::Value;

use crate::cluster::apply::Applied;
use crate::cluster::connect::Cluster;
use crate::cluster::inspect;
use crate::cluster::watch::Watch;
use crate::event::Row;
use crate::manifests::WorkloadKind;
use crate::rollout::{Status, has_status, kstatus};
use crate::text::foreign_line;

/// What leads to a program from outside, or is there for the API server: no program waits for it.
const WAYS_IN: [&str; 7] = [
    "services",
    "ingresses",
    "gateways",
    "httproutes",
    "persistentvolumeclaims",
    "customresourcedefinitions",
    "apiservices",
];

pub struct NonWorkloads {
    others: Vec<NonWorkload>,
}

struct NonWorkload {
    uid: String,
    /// `Certificate shop/edge`
    object: String,
    resource: String,
    status: Status,
    missing: Option<String>,
    version: u64,
}

impl NonWorkloads {
    /// Those that are not ready by the apply's own answers.
    pub async fn of(applied: &[Applied], cluster: &Cluster) -> Self {
        let mut others = Vec::new();
        for Applied { manifest, object } in applied {
            if WorkloadKind::of(&manifest.api_version, &manifest.kind).is_some() || !has_status(object) {
                continue;
            }
            let (status, missing) = kstatus(object);
            if status == Status::Current
                || (manifest.kind == "PersistentVolumeClaim" && waits_for_a_pod(cluster, object).await)
            {
                continue;
            }
            others.push(NonWorkload {
                uid: object["metadata"]["uid"].as_str().unwrap_or_default().to_owned(),
                object: manifest.describe(),
                resource: manifest.resource.clone(),
                status,
                missing,
                version: 0,
            });
        }
        Self { others }
    }

    pub fn look(&mut self, watch: &Watch) {
        for other in &mut self.others {
            let version = watch.version(&other.uid);
            if version == other.version {
                continue;
            }
            other.version = version;
            if let Some((object, events)) = watch.other(&other.uid) {
                (other.status, other.missing) = kstatus(&object);
                let last = events.iter().max_by_key(|event| event.last_timestamp.as_ref().map(|time| time.0));
                if let (Some(missing), Some(event)) = (&mut other.missing, last) {
                    let said = foreign_line(event.message.as_deref().unwrap_or_default(), 300);
                    *missing =
                        format!("{missing}; {}: {said}", foreign_line(&event.reason.clone().unwrap_or_default(), 60));
                }
            }
            if watch.is_deleted(&other.uid) {
                (other.status, other.missing) = (Status::Failed, Some("it was deleted meanwhile".to_owned()));
            }
        }
    }

    pub fn are_ready(&self) -> bool {
        self.others.iter().all(|other| other.status == Status::Current)
    }

    /// The first that failed, and why.
    pub fn failed(&self) -> Option<(&str, &str)> {
        let failed = self.others.iter().find(|other| other.status == Status::Failed)?;
        Some((&failed.object, failed.missing.as_deref().unwrap_or_default()))
    }

    /// The first that is not ready, and what it lacks.
    pub fn open(&self) -> Option<(&str, &str)> {
        let open = self.others.iter().find(|other| other.status != Status::Current)?;
        Some((&open.object, open.missing.as_deref().unwrap_or_default()))
    }

    pub fn rows(&self) -> impl Iterator<Item = Row> {
        self.others.iter().map(|other| Row::of_object(other.object.clone(), other.status, other.missing.as_deref()))
    }

    /// Those that are on their way and that a program may need to start, such as a database that an operator makes.
    pub fn needed(&self) -> impl Iterator<Item = &str> {
        let open = self.others.iter().filter(|other| other.status == Status::InProgress);
        open.filter(|other| !WAYS_IN.contains(&other.resource.as_str())).map(|other| other.object.as_str())
    }

    /// The plurals that have to be seen.
    pub fn resources(&self) -> impl Iterator<Item = &str> {
        self.others.iter().filter(|other| other.status != Status::Current).map(|other| other.resource.as_str())
    }
}

/// A claim of a class that binds late is bound when a pod needs it, which then says so itself.
async fn waits_for_a_pod(cluster: &Cluster, claim: &Value) -> bool {
    match claim["spec"]["storageClassName"].as_str() {
        // Without a class (none was given, and the API server found no default) it waits for a volume.
        Some("") | None => false,
        Some(class) => inspect::binds_late(cluster, class).await,
    }
}
