//! `plat delete` on a real cluster.

use super::safety::{deployed, is_there, plat};
use super::support;

#[test]
fn everything_that_a_deploy_made_is_gone_when_plat_ends_but_volumes() {
    let Some(namespace) = deployed("delete", "replicas: 1") else { return };
    support::kubectl(&namespace, &["create", "configmap", "theirs"]);
    support::apply(
        &namespace,
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data, labels: {app.kubernetes.io/name: shop}}\n\
         spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}\n",
    );
    // Nobody agreed.
    let refused = plat(&namespace, &["delete"]).ends(2);
    refused.says(&format!("- Deployment {}/shop", namespace.name));
    refused.says("--yes");
    assert!(is_there(&namespace, "deployment/shop"));

    // By name, without its plat.yaml.
    std::fs::remove_file(namespace.work().join("plat.yaml")).expect("plat.yaml was there");
    let said = plat(&namespace, &["delete", "shop", "--yes"]).ends(0);
    said.says(&format!("PersistentVolumeClaim {}/data stays: a volume with its data", namespace.name));
    let left = support::kubectl(
        &namespace,
        &["get", "deploy,rs,pods,svc,sa,netpol,hpa,secret,lease", "-l", "app.kubernetes.io/name=shop", "-o", "name"],
    );
    assert_eq!(left, "", "nothing is left, its pods included");
    assert!(!is_there(&namespace, "secret/plat-shop") && !is_there(&namespace, "lease/plat-shop"));
    let secrets = support::kubectl(&namespace, &["get", "secrets", "-o", "name"]);
    assert!(!secrets.contains("plat-shop"), "no revision is left: {secrets}");
    assert!(is_there(&namespace, "pvc/data") && is_there(&namespace, "configmap/theirs"));

    plat(&namespace, &["delete", "shop", "--yes"]).ends(1).says("there is nothing called shop that plat deployed");
}

#[test]
fn volumes_go_when_told() {
    let Some(namespace) = deployed("delete", "replicas: 1") else { return };
    support::apply(
        &namespace,
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data, labels: {app.kubernetes.io/name: shop}}\n\
         spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}\n",
    );
    plat(&namespace, &["delete", "--yes", "--volumes"]).ends(0);
    assert!(!is_there(&namespace, "pvc/data") && !is_there(&namespace, "deployment/shop"));
}
