//! A `PersistentVolumeClaim` is missing or not bound.

use serde_json::{Value, json};

use super::story::{Story, doomed, recovers, stories};
use crate::support::manifests::deployment_of;
use crate::support::{Ended, Running, Shop};

stories![SHARED, super::story::alone];

pub const STORIES: &[Story] = &[
    doomed("PVC missing", |shop| {
        shop.apply(claim("data", None));
        shop.deploy_pod(&mounting(shop.image(), "dta"))
            .fails(3)
            .reason("Unschedulable")
            .what("PersistentVolumeClaim dta does not exist in namespace")
            .evidence("persistentvolumeclaim \"dta\" not found")
            .hint("correct claimName")
    }),
    recovers("PVC missing", |shop| {
        let deploy = shop.deploy_pod(&mounting(shop.image(), "data")).start();
        shop.shows("pods", "not found");
        volume(shop);
        shop.apply(claim("data", Some(&shop.name)));
        succeeds_with_volume(shop, deploy)
    }),
    doomed("PVC unbound", |shop| {
        shop.deploy_objects(&[claim("data", None), deployment_of(&mounting(shop.image(), "data"))])
            .fails(3)
            .reason("FailedBinding")
            .what("PersistentVolumeClaim data names no StorageClass and the cluster has no default one")
            .evidence("no persistent volumes available for this claim and no storage class is set")
            .hint("set storageClassName in the claim")
    }),
    recovers("PVC unbound", |shop| {
        let objects = [claim("data", Some(&shop.name)), deployment_of(&mounting(shop.image(), "data"))];
        let deploy = shop.deploy_objects(&objects).start();
        shop.shows("pods", "unbound immediate PersistentVolumeClaims");
        volume(shop);
        succeeds_with_volume(shop, deploy)
    }),
    doomed("PVC unbound", |shop| {
        shop.deploy_objects(&[claim("data", Some("fast")), deployment_of(&mounting(shop.image(), "data"))])
            .fails(3)
            .reason("ProvisioningFailed")
            .what("PersistentVolumeClaim data asks for StorageClass fast, which does not exist")
            .evidence("storageclass.storage.k8s.io \"fast\" not found")
            .hint("correct storageClassName")
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
fn volume(shop: &Shop) {
    let volume = json!({
        "apiVersion": "v1", "kind": "PersistentVolume", "metadata": { "name": shop.name },
        "spec": {
            "accessModes": ["ReadWriteOnce"], "capacity": { "storage": "1Mi" }, "storageClassName": shop.name,
            "persistentVolumeReclaimPolicy": "Retain",
            "hostPath": { "path": format!("/tmp/{}", shop.name), "type": "DirectoryOrCreate" },
        },
    });
    shop.apply(volume);
}

fn succeeds_with_volume(shop: &Shop, deploy: Running) -> Ended {
    let end = deploy.ends();
    shop.kubectl(&["delete", "persistentvolume", &shop.name, "--wait=false"]);
    end.succeeds()
}
