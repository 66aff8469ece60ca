//! What is applied together: the objects of a service, or plain manifests with or without a name.

use std::sync::Arc;

use serde_json::{Value, json};

use super::labels;
use crate::files::Origins;
use crate::manifests::order::{self, is_workload};
use crate::manifests::{self, Manifest};

/// On the workload of a service: which rendering was applied last, as a whole.
pub(in crate::cluster) const RENDERED: &str = "plat.dev/rendered";
/// Workloads that are read beside the first round, so that an update of a small set needs no round more. Larger sets
/// read only what changes: an unchanged one stays within its budget of requests (docs/benchmarks.md).
const AHEAD: usize = 2;

/// What is applied together.
#[derive(Debug, Clone)]
pub struct Set {
    /// By which the next deploy knows the set again; none for objects that are applied and no more.
    pub name: Option<String>,
    /// In the order in which they are written.
    pub manifests: Vec<Arc<Manifest>>,
    /// Which of them carries the note of what was rendered.
    noted: Option<usize>,
    rendered: String,
    /// It was there before and is brought back.
    restored: bool,
    origins: Arc<Origins>,
}

impl Set {
    /// The objects of a service. Its workload, which bears its name, notes what was applied as a whole.
    #[must_use]
    pub fn of_service(name: &str, mut manifests: Vec<Manifest>) -> Self {
        let rendered = manifests::hash(&manifests);
        manifests.sort_by_key(order::of);
        let noted = manifests.iter().position(|manifest| is_workload(&manifest.kind) && manifest.name == name);
        if let Some(manifest) = noted.and_then(|at| manifests.get_mut(at)) {
            manifest.body["metadata"]["annotations"][RENDERED] = json!(rendered);
        }
        let manifests = manifests.into_iter().map(Arc::new).collect();
        Self { name: Some(name.to_owned()), manifests, noted, rendered, restored: false, origins: Arc::default() }
    }

    /// Objects as someone wrote them: nothing is added to them.
    #[must_use]
    pub fn of_files(name: Option<String>, mut manifests: Vec<Manifest>) -> Self {
        let rendered = manifests::hash(&manifests);
        manifests.sort_by_key(order::of);
        let manifests = manifests.into_iter().map(Arc::new).collect();
        Self { name, manifests, noted: None, rendered, restored: false, origins: Arc::default() }
    }

    /// The same as something that is brought back: what is never deleted is made where it is missing and left alone
    /// where it is there. A volume cannot shrink, and a definition that loses a version loses what is kept in it.
    #[must_use]
    pub fn restored(self) -> Self {
        Self { restored: true, ..self }
    }

    /// The same with where its objects were written.
    #[must_use]
    pub fn written(self, origins: Origins) -> Self {
        Self { origins: Arc::new(origins), ..self }
    }

    pub(in crate::cluster) fn origins(&self) -> &Arc<Origins> {
        &self.origins
    }

    /// Whether it is a service of a plat.yaml, which its workload says.
    #[must_use]
    pub fn is_service(&self) -> bool {
        self.noted.is_some()
    }

    /// The object that carries the note of what was rendered; none where none does.
    pub(in crate::cluster) fn noted(&self) -> Option<&Arc<Manifest>> {
        self.noted.and_then(|at| self.manifests.get(at))
    }

    /// Its place among the manifests.
    pub(in crate::cluster) fn noted_at(&self) -> Option<usize> {
        self.noted
    }

    /// A hash of everything in it, provenance left out: see [`manifests::hash`].
    #[must_use]
    pub fn rendered(&self) -> &str {
        &self.rendered
    }

    /// Whether a rollback leaves this object as it is.
    pub(in crate::cluster) fn spares(&self, manifest: &Manifest) -> bool {
        self.restored && labels::is_never_deleted(&manifest.kind)
    }

    /// Whether the namespace is one of its objects.
    pub(in crate::cluster) fn makes_namespace(&self, name: &str) -> bool {
        self.manifests.iter().any(|manifest| manifest.kind == "Namespace" && manifest.name == name)
    }

    /// Where its objects go, in their order; the one that plat is pointed at for a service, and where no object is in any.
    #[must_use]
    pub fn namespaces<'a>(&'a self, pointed_at: &'a str) -> Vec<&'a str> {
        let of_objects = self.manifests.iter().filter_map(|manifest| manifest.namespace.as_deref());
        let mut found: Vec<&str> = Vec::new();
        for namespace in self.is_service().then_some(pointed_at).into_iter().chain(of_objects) {
            if !found.contains(&namespace) {
                found.push(namespace);
            }
        }
        if found.is_empty() { vec![pointed_at] } else { found }
    }

    /// Which objects are read beside the first round.
    pub(in crate::cluster) fn is_read_ahead(&self, at: usize) -> bool {
        if self.noted.is_some() {
            return self.noted == Some(at);
        }
        let manifest = &self.manifests[at];
        if self.name.is_none() && is_bare(manifest) {
            return true;
        }
        let workloads = self.manifests.iter().filter(|manifest| is_workload(&manifest.kind)).count();
        workloads <= AHEAD && is_workload(&manifest.kind)
    }
}

/// Whether it names an object and no field of it, as the manifest of a Namespace often does. The answer to its dry run
/// does not tell whether it gives up fields that it had.
fn is_bare(manifest: &Manifest) -> bool {
    let keys = |value: &Value, known: &[&str]| {
        value.as_object().is_some_and(|fields| fields.keys().all(|key| known.contains(&key.as_str())))
    };
    keys(&manifest.body, &["apiVersion", "kind", "metadata"])
        && keys(&manifest.body["metadata"], &["name", "namespace"])
}

/// Takes the note of what was rendered off an object that was applied before; whether there was one.
pub fn forget_rendered(manifest: &mut Manifest) -> bool {
    let Some(metadata) = manifest.body["metadata"].as_object_mut() else { return false };
    let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) else { return false };
    let noted = annotations.shift_remove(RENDERED).is_some();
    // As it was rendered: the hash counts an empty map too.
    if noted && annotations.is_empty() {
        metadata.shift_remove("annotations");
    }
    noted
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn object(kind: &str, namespace: &str) -> Manifest {
        Manifest {
            api_version: "v1".to_owned(),
            kind: kind.to_owned(),
            resource: String::new(),
            name: "a".to_owned(),
            namespace: (!namespace.is_empty()).then(|| namespace.to_owned()),
            body: json!({"metadata": {"name": "a"}}),
        }
    }

    #[rstest]
    #[case(&["shop", "shop"], &["shop"])]
    #[case(&["shop", "", "billing", "shop"], &["shop", "billing"])]
    #[case(&[""], &["default"])]
    #[case(&[], &["default"])]
    fn where_it_goes_is_where_its_objects_go(#[case] objects: &[&str], #[case] expected: &[&str]) {
        let set = Set::of_files(None, objects.iter().map(|namespace| object("ConfigMap", namespace)).collect());
        assert_eq!(set.namespaces("default"), expected);
    }

    #[test]
    fn a_service_goes_where_plat_is_pointed_at() {
        let set = Set::of_service("a", vec![object("Deployment", "shop"), object("ConfigMap", "billing")]);
        assert_eq!(set.namespaces("shop"), ["shop", "billing"]);
    }
}
