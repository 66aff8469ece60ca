//! The `ApplySet` of a service (KEP-3659): how its parent and its members are marked, and what may be pruned. Pure.
//!
//! The names and formulas are those of the KEP and of `k8s.io/kubectl/pkg/cmd/apply/applyset.go`, so that kubectl and
//! other tools of the convention see the set, list it, and refuse to touch it.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::restart::Restart;
use crate::diff::PART_OF;
use crate::manifests::{MANAGED_BY, Manifest, NAME_LABEL};
use crate::text::foreign_line;

/// `plat/v0`: KEP-3659 asks for a tool's name and version.
pub(in crate::cluster) const TOOLING: &str = concat!("plat/v", env!("CARGO_PKG_VERSION_MAJOR"));
pub(in crate::cluster) const ID: &str = "applyset.kubernetes.io/id";
pub(in crate::cluster) const TOOL: &str = "applyset.kubernetes.io/tooling";
const GROUP_KINDS: &str = "applyset.kubernetes.io/contains-group-kinds";
const NAMESPACES: &str = "applyset.kubernetes.io/additional-namespaces";
/// Where the kinds are found, so that pruning needs no discovery: `Deployment=apps/v1/deployments,…`; `!` after the
/// kind when it has no namespace.
const PLACES: &str = "plat.dev/contains-resources";
/// What names the set: `plat.yaml` or `--set`.
const NAMED_BY: &str = "plat.dev/named-by";
/// What names a set of plain manifests.
pub(in crate::cluster) const MANIFESTS: &str = "--set";
/// What becomes of pods that keep older configuration, where somebody said it for the set: [`Restart`].
const RESTART: &str = "plat.dev/restart";
/// The rendering that was applied and pruned as a whole.
const RENDERED: &str = "plat.dev/rendered";

/// Kinds that plat never deletes by itself: with them goes what others keep in them.
const NEVER: [&str; 4] = ["Namespace", "PersistentVolumeClaim", "PersistentVolume", "CustomResourceDefinition"];

/// Where the objects of a kind are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::cluster) struct Place {
    pub kind: String,
    pub api_version: String,
    /// The plural of the URL.
    pub resource: String,
    pub namespaced: bool,
}

impl Place {
    fn of(manifest: &Manifest) -> Self {
        Self {
            kind: manifest.kind.clone(),
            api_version: manifest.api_version.clone(),
            resource: manifest.resource.clone(),
            namespaced: manifest.namespace.is_some(),
        }
    }

    pub fn group(&self) -> &str {
        self.api_version.rsplit_once('/').map_or("", |(group, _)| group)
    }

    /// `Deployment.apps`, `Service`
    fn group_kind(&self) -> String {
        if self.group().is_empty() { self.kind.clone() } else { format!("{}.{}", self.kind, self.group()) }
    }

    fn written(&self) -> String {
        let mark = if self.namespaced { "" } else { "!" };
        format!("{}{mark}={}/{}", self.kind, self.api_version, self.resource)
    }

    fn read(text: &str) -> Option<Self> {
        let (kind, path) = text.split_once('=')?;
        let (api_version, resource) = path.rsplit_once('/')?;
        let name = kind.trim_end_matches('!');
        let is_word = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '/'));
        (is_word(name) && is_word(path)).then(|| Self {
            kind: name.to_owned(),
            api_version: api_version.to_owned(),
            resource: resource.to_owned(),
            namespaced: name == kind,
        })
    }
}

/// The name of the parent: a Secret, because a developer with the role `edit` may write one.
pub(in crate::cluster) fn parent_name(set: &str) -> String {
    format!("plat-{set}")
}

/// `applyset-<base64url(sha256("<name>.<namespace>.<kind>.<group>"))>-v1`
pub(in crate::cluster) fn id(parent: &str, namespace: &str) -> String {
    let hash = Sha256::digest(format!("{parent}.{namespace}.Secret."));
    format!("applyset-{}-v1", URL_SAFE_NO_PAD.encode(hash))
}

/// What a set contains, as its parent says it: at least what there is, perhaps more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::cluster) struct Contents {
    pub places: BTreeSet<Place>,
    /// Kinds (`Deployment.apps`) that another tool noted, without their place.
    pub unknown: BTreeSet<String>,
    /// Beside the parent's own.
    pub namespaces: BTreeSet<String>,
    /// `plat.yaml` or `--set`.
    pub named_by: Option<String>,
    pub rendered: Option<String>,
    pub restart: Option<Restart>,
}

/// Why a Secret is not the parent of a set of plat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cluster) enum NotOurs {
    /// A Secret that someone uses for something else.
    NoParent,
    /// Another tool's set.
    Tool(String),
    /// A set of plat that something else names: `plat.yaml` or `--set`.
    Named(String),
}

impl Contents {
    pub fn of<'m>(manifests: impl IntoIterator<Item = &'m Manifest>, namespace: &str) -> Self {
        let mut contents = Self::default();
        for manifest in manifests {
            contents.places.insert(Place::of(manifest));
            contents.namespaces.extend(manifest.namespace.clone().filter(|name| name != namespace));
        }
        contents
    }

    /// Reads a parent. Whose it is comes first: a set of other tooling is not ours to change.
    pub fn read(parent: &Value) -> Result<Self, NotOurs> {
        let metadata = &parent["metadata"];
        let annotation = |key: &str| metadata["annotations"][key].as_str();
        let tool = annotation(TOOL);
        if metadata["labels"][ID].as_str().is_none() && tool.is_none() {
            return Err(NotOurs::NoParent);
        }
        let base = tool.and_then(|tool| tool.rsplit_once('/')).map_or(tool.unwrap_or_default(), |(name, _)| name);
        if base != MANAGED_BY {
            return Err(NotOurs::Tool(foreign_line(tool.unwrap_or("an unnamed tool"), 80)));
        }
        Ok(Self::noted_on(parent))
    }

    /// The same whoever made it, for whom it was decided to take it over.
    pub fn noted_on(parent: &Value) -> Self {
        let annotation = |key: &str| parent["metadata"]["annotations"][key].as_str().unwrap_or_default();
        let list = |key: &str| -> BTreeSet<String> {
            annotation(key).split(',').map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect()
        };
        let text = |key: &str| Some(annotation(key).to_owned()).filter(|text| !text.is_empty());
        let places: BTreeSet<Place> = list(PLACES).iter().filter_map(|text| Place::read(text)).collect();
        let known: BTreeSet<String> = places.iter().map(Place::group_kind).collect();
        Self {
            unknown: list(GROUP_KINDS).difference(&known).cloned().collect(),
            places,
            namespaces: list(NAMESPACES),
            named_by: text(NAMED_BY),
            rendered: text(RENDERED),
            restart: Restart::remembered(annotation(RESTART)),
        }
    }

    /// Whether it is a set of plain manifests, and not a service.
    pub fn is_of_manifests(&self) -> bool {
        self.named_by.as_deref() == Some(MANIFESTS)
    }

    /// Everything that is in either.
    pub fn with(&self, other: &Self) -> Self {
        Self {
            places: self.places.union(&other.places).cloned().collect(),
            unknown: self.unknown.union(&other.unknown).cloned().collect(),
            namespaces: self.namespaces.union(&other.namespaces).cloned().collect(),
            named_by: other.named_by.clone(),
            rendered: None,
            restart: other.restart,
        }
    }

    /// The parent as it is applied.
    pub fn parent(&self, set: &str, namespace: &str) -> Manifest {
        let name = parent_name(set);
        let kinds: BTreeSet<String> = self.places.iter().map(Place::group_kind).chain(self.unknown.clone()).collect();
        let joined = |texts: &BTreeSet<String>| texts.iter().cloned().collect::<Vec<_>>().join(",");
        let places = self.places.iter().map(Place::written).collect();
        let mut annotations =
            BTreeMap::from([(TOOL, TOOLING.to_owned()), (GROUP_KINDS, joined(&kinds)), (PLACES, joined(&places))]);
        if !self.namespaces.is_empty() {
            annotations.insert(NAMESPACES, joined(&self.namespaces));
        }
        annotations.extend(self.named_by.clone().map(|by| (NAMED_BY, by)));
        annotations.extend(self.rendered.clone().map(|rendered| (RENDERED, rendered)));
        annotations.extend(self.restart.map(|restart| (RESTART, restart.word().to_owned())));
        Manifest {
            api_version: "v1".to_owned(),
            kind: "Secret".to_owned(),
            resource: "secrets".to_owned(),
            namespace: Some(namespace.to_owned()),
            body: json!({
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {
                    "name": name,
                    "namespace": namespace,
                    "labels": {
                        ID: id(&name, namespace),
                        NAME_LABEL: set,
                        "app.kubernetes.io/managed-by": MANAGED_BY,
                    },
                    "annotations": annotations,
                },
            }),
            name,
        }
    }
}

/// Whether plat never deletes objects of this kind by itself.
pub(in crate::cluster) fn is_never_deleted(kind: &str) -> bool {
    NEVER.contains(&kind)
}

/// Makes the object a member.
pub(in crate::cluster) fn enrol(manifest: &mut Manifest, id: &str) {
    manifest.body["metadata"]["labels"][PART_OF] = json!(id);
}

/// Why a member that is no longer wanted stays; none when it may go.
pub(in crate::cluster) fn stays(object: &Value, kind: &str) -> Option<&'static str> {
    if is_never_deleted(kind) {
        return Some("plat never deletes this kind by itself");
    }
    let foreign = crate::diff::managed::entries(object).any(|entry| entry["manager"] != MANAGED_BY);
    (kind == "Secret" && foreign).then_some("plat did not create this Secret")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn manifest(kind: &str, api_version: &str, resource: &str, namespace: Option<&str>) -> Manifest {
        Manifest {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            resource: resource.to_owned(),
            name: "shop".to_owned(),
            namespace: namespace.map(str::to_owned),
            body: json!({"metadata": {"name": "shop"}}),
        }
    }

    /// printf 'plat-shop.demo.Secret.' | openssl dgst -sha256 -binary | basenc --base64url, without `=`
    #[test]
    fn the_id_is_that_of_the_kep() {
        assert_eq!(id("plat-shop", "demo"), "applyset-b962mbMGM75FEoGfN_axKQg6z2ejcXSqZhZA_CFqVXw-v1");
    }

    #[test]
    fn a_parent_is_read_as_it_was_written() {
        let manifests = [
            manifest("Deployment", "apps/v1", "deployments", Some("demo")),
            manifest("Service", "v1", "services", Some("other")),
            manifest("ClusterRole", "rbac.authorization.k8s.io/v1", "clusterroles", None),
        ];
        let contents = Contents {
            named_by: Some("--set".to_owned()),
            rendered: Some("abc".to_owned()),
            restart: Some(Restart::Always),
            ..Contents::of(&manifests, "demo")
        };
        let parent = contents.parent("shop", "demo");
        assert_eq!(parent.name, "plat-shop");
        let annotations = &parent.body["metadata"]["annotations"];
        assert_eq!(annotations[GROUP_KINDS], "ClusterRole.rbac.authorization.k8s.io,Deployment.apps,Service");
        assert_eq!(annotations[NAMESPACES], "other");
        assert_eq!(Contents::read(&parent.body), Ok(contents));
    }

    #[rstest]
    #[case::plain_secret(json!({"metadata": {"name": "plat-shop"}}), NotOurs::NoParent)]
    #[case::kubectl(
        json!({"metadata": {"labels": {ID: "x"}, "annotations": {TOOL: "kubectl/v1.36"}}}),
        NotOurs::Tool("kubectl/v1.36".to_owned())
    )]
    #[case::unnamed(json!({"metadata": {"labels": {ID: "x"}}}), NotOurs::Tool("an unnamed tool".to_owned()))]
    fn a_set_of_other_tooling_is_known_by_name(#[case] parent: Value, #[case] expected: NotOurs) {
        assert_eq!(Contents::read(&parent), Err(expected));
    }

    #[rstest]
    #[case("Deployment", "kubectl", false)]
    #[case("Namespace", "plat", true)]
    #[case("PersistentVolumeClaim", "plat", true)]
    #[case("CustomResourceDefinition", "plat", true)]
    #[case("Secret", "plat", false)]
    #[case("Secret", "kubectl-create", true)]
    fn what_holds_what_others_keep_is_never_pruned(#[case] kind: &str, #[case] manager: &str, #[case] expected: bool) {
        let object = json!({"metadata": {"name": "shop-1", "managedFields": [{"manager": manager}]}});
        assert_eq!(stays(&object, kind).is_some(), expected);
    }
}
