//! One object of a set.

use serde_json::Value;

use super::labels::{self, Place};
use crate::cluster::api::describe;
use crate::event::Leaver;
use crate::manifests::Manifest;

/// One object of a set, as it is in the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub kind: String,
    pub name: String,
    pub namespace: Option<String>,
    /// Why it is not deleted, although nothing asks for it any more.
    pub stays: Option<&'static str>,
    pub(in crate::cluster) place: Place,
    pub(in crate::cluster) uid: String,
}

impl Member {
    pub(super) fn of(place: &Place, object: &Value) -> Self {
        let text = |key: &str| object["metadata"][key].as_str();
        Self {
            kind: place.kind.clone(),
            name: text("name").unwrap_or_default().to_owned(),
            namespace: text("namespace").map(str::to_owned),
            stays: labels::stays(object, &place.kind),
            uid: text("uid").unwrap_or_default().to_owned(),
            place: place.clone(),
        }
    }

    /// `Deployment shop/payments-api`
    #[must_use]
    pub fn describe(&self) -> String {
        describe(&self.manifest())
    }

    /// For a reader.
    #[must_use]
    pub fn leaver(&self) -> Leaver {
        let Self { kind, name, namespace, stays, .. } = self;
        Leaver { kind: kind.clone(), name: name.clone(), namespace: namespace.clone(), stays: *stays }
    }

    /// The same, with another reason to stay or none.
    #[must_use]
    pub fn staying(self, stays: Option<&'static str>) -> Self {
        Self { stays, ..self }
    }

    pub(in crate::cluster) fn manifest(&self) -> Manifest {
        address(&self.place, self.namespace.as_deref(), &self.name)
    }
}

pub(super) fn address(place: &Place, namespace: Option<&str>, name: &str) -> Manifest {
    Manifest {
        api_version: place.api_version.clone(),
        kind: place.kind.clone(),
        resource: place.resource.clone(),
        name: name.to_owned(),
        namespace: namespace.map(str::to_owned),
        body: Value::Null,
    }
}
