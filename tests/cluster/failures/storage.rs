//! A `PersistentVolumeClaim` is missing or not bound.

use serde_json::{Value, json};

use super::deploy::{End, deploy_objects, deploy_pod, deployment, meanwhile, wait_until_they_say};
use super::story::{Story, doomed, recovers, stories};
use crate::support::{self, Namespace};

stories![SHARED, super::story::alone];

pub const STORIES: &[Story] = &[
    doomed("PVC missing", |ns, image| {
        support::apply(ns, &claim("data", None).to_string());
        deploy_pod(ns, &mounting(image, "dta")).failed(
            "Unschedulable",
            "PersistentVolumeClaim dta does not exist in namespace",
            "persistentvolumeclaim \"dta\" not found",
            "correct claimName",
        )
    }),
    recovers("PVC missing", |ns, image| {
        let mend = || {
            wait_until_they_say(ns, "pods", "not found");
            volume(ns);
            support::apply(ns, &claim("data", Some(&ns.name)).to_string());
        };
        recovers_with_volume(ns, mend, || deploy_pod(ns, &mounting(image, "data")))
    }),
    doomed("PVC unbound", |ns, image| {
        deploy_objects(ns, &[claim("data", None), deployment(&mounting(image, "data"))]).failed(
            "FailedBinding",
            "PersistentVolumeClaim data names no StorageClass and the cluster has no default one",
            "no persistent volumes available for this claim and no storage class is set",
            "set storageClassName in the claim",
        )
    }),
    recovers("PVC unbound", |ns, image| {
        let objects = [claim("data", Some(&ns.name)), deployment(&mounting(image, "data"))];
        let mend = || {
            wait_until_they_say(ns, "pods", "unbound immediate PersistentVolumeClaims");
            volume(ns);
        };
        recovers_with_volume(ns, mend, || deploy_objects(ns, &objects))
    }),
    doomed("PVC unbound", |ns, image| {
        deploy_objects(ns, &[claim("data", Some("fast")), deployment(&mounting(image, "data"))]).failed(
            "ProvisioningFailed",
            "PersistentVolumeClaim data asks for StorageClass fast, which does not exist",
            "storageclass.storage.k8s.io \"fast\" not found",
            "correct storageClassName",
        )
    }),
];

fn mounting(image: &str, claim: &str) -> Value {
    let mounts = json!([{ "name": "data", "mountPath": "/data" }]);
    let volume = json!({ "name": "data", "persistentVolumeClaim": { "claimName": claim } });
    json!({ "containers": [{ "name": "app", "image": image, "volumeMounts": mounts }], "volumes": [volume] })
}

fn claim(name: &str, class: Option<&str>) -> Value {
    let mut claim = json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": { "name": name },
        "spec": { "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": "1Mi" } } },
    });
    if let Some(class) = class {
        claim["spec"]["storageClassName"] = json!(class);
    }
    claim
}

/// A volume on the node for claims of the class that is named as the namespace.
fn volume(ns: &Namespace) {
    let volume = json!({
        "apiVersion": "v1", "kind": "PersistentVolume", "metadata": { "name": ns.name },
        "spec": {
            "accessModes": ["ReadWriteOnce"], "capacity": { "storage": "1Mi" }, "storageClassName": ns.name,
            "persistentVolumeReclaimPolicy": "Retain",
            "hostPath": { "path": format!("/tmp/{}", ns.name), "type": "DirectoryOrCreate" },
        },
    });
    support::apply(ns, &volume.to_string());
}

fn recovers_with_volume(ns: &Namespace, mend: impl FnOnce(), deploy: impl FnOnce() -> End + Send) -> End {
    let end = meanwhile(mend, deploy);
    support::kubectl(ns, &["delete", "persistentvolume", &ns.name, "--wait=false"]);
    end.succeeded()
}
