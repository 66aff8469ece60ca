//! `plat delete` on a real cluster.

use crate::harness::tests;
use crate::support::{Shop, eventually};

tests![SHARED:
    everything_that_a_deploy_made_is_gone_when_plat_ends_but_volumes,
    a_delete_waits_for_a_deploy_and_is_waited_for,
    volumes_go_when_told,
];

fn everything_that_a_deploy_made_is_gone_when_plat_ends_but_volumes() {
    let shop = Shop::new("delete");
    shop.deploy().succeeds();
    shop.kubectl(&["create", "configmap", "theirs"]);
    shop.apply(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data, labels: {app.kubernetes.io/name: shop}}\n\
         spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}\n",
    );
    // Nobody agreed.
    shop.run(&["delete"]).fails(2).says(&format!("- Deployment {}/shop", shop.name)).says("--yes");
    assert!(shop.is_there("deployment/shop"));

    // By name, without its plat.yaml.
    std::fs::remove_file(shop.work().join("plat.yaml")).expect("plat.yaml was there");
    shop.plat(&["delete", "shop", "--yes"])
        .succeeds()
        .says(&format!("PersistentVolumeClaim {}/data stays: a volume with its data", shop.name));
    let left = shop.kubectl(&[
        "get",
        "deploy,rs,pods,svc,sa,netpol,hpa,secret,lease",
        "-l",
        "app.kubernetes.io/name=shop",
        "-o",
        "name",
    ]);
    assert_eq!(left, "", "nothing is left, its pods included");
    assert!(!shop.is_there("secret/plat-shop") && !shop.is_there("lease/plat-shop"));
    let secrets = shop.kubectl(&["get", "secrets", "-o", "name"]);
    assert!(!secrets.contains("plat-shop"), "no revision is left: {secrets}");
    assert!(shop.is_there("pvc/data") && shop.is_there("configmap/theirs"));

    shop.plat(&["delete", "shop", "--yes"]).fails(1).says("there is no service or set shop of plat");
}

/// The deploy wrote first; what is deleted afterwards is all of it.
fn a_delete_waits_for_a_deploy_and_is_waited_for() {
    let shop = Shop::new("delete").serves("first").slowly();
    let mut first = shop.deploy().start();
    first.until("progress");
    shop.run(&["delete", "--yes", "--lock-timeout", "1s"]).events().fails(4).reason("Locked");
    let delete = shop.run(&["delete", "--yes"]).events().succeeds();
    assert_eq!(delete.event("locked")["doing"], "deploy");
    // It ended before anything was deleted.
    first.ends().succeeds();
    assert!(!shop.is_there("deployment/shop") && !shop.is_there("lease/plat-shop"));

    // The other way round: a finalizer keeps the deletion up until the test takes it off.
    shop.deploy().succeeds();
    let finalizer = |list: &str| {
        let patch = format!(r#"{{"metadata":{{"finalizers":{list}}}}}"#);
        shop.kubectl(&["patch", "service/shop", "--type=merge", "-p", &patch]);
    };
    finalizer(r#"["example.com/test"]"#);
    let delete = shop.plat(&["delete", "shop", "--yes"]).start();
    eventually("the deletion holds the lock", || !shop.holder().is_empty());
    let mut deploy = shop.deploy().start();
    assert_eq!(deploy.until("locked")["doing"], "delete");
    eventually("all but one is gone", || !shop.is_there("deployment/shop"));
    assert!(shop.is_there("secret/plat-shop"), "what is not gone can be found again");
    finalizer("[]");
    delete
        .ends()
        .succeeds()
        .says("finalizer example.com/test: until the controller of example.com takes it off")
        .says("may take 30 s to end");
    deploy.ends().succeeds();
    assert_eq!(shop.history(), ["1 deployed"]);
}

fn volumes_go_when_told() {
    let shop = Shop::new("delete");
    shop.deploy().succeeds();
    shop.apply(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data, labels: {app.kubernetes.io/name: shop}}\n\
         spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}\n",
    );
    shop.run(&["delete", "--yes", "--volumes"]).succeeds();
    assert!(!shop.is_there("pvc/data") && !shop.is_there("deployment/shop"));
}
