//! An environment is pinned to its cluster: by plat.yaml for everybody, else by the first use on this machine.

use crate::harness::tests;
use crate::support::{Namespace, Shop};

tests![SHARED:
    another_cluster_than_the_pinned_one_is_refused_with_both_identities;
BUILDS:
    an_image_is_not_pushed_before_the_cluster_is_known_to_be_the_right_one,
];

const OTHER: &str = "uid:00000000-0000-4000-8000-000000000000";

fn another_cluster_than_the_pinned_one_is_refused_with_both_identities() {
    let base = Shop::new("identity");
    let uid = base.field("namespace/kube-system", ".metadata.uid");
    let dev = |pin: &str| format!("environments: {{dev: {{namespace: {}{pin}}}}}", base.name);

    let shop = base.with(&dev(&format!(", cluster: \"{OTHER}\"")));
    for command in [&["deploy", "--env", "dev"][..], &["diff", "--env", "dev"], &["delete", "--env", "dev", "--yes"]] {
        shop.run(command).fails(1).says(OTHER).says(&format!("reached:  uid:{uid}"));
    }
    assert!(!shop.is_there("deployment/shop"));

    let shop = base.with(&dev(&format!(", cluster: \"uid:{uid}\"")));
    shop.run(&["deploy", "--env", "dev"]).succeeds();

    // Without a pin the first use counts, and what it saw is remembered.
    let shop = base.with(&dev(""));
    shop.run(&["deploy", "--env", "dev"]).succeeds().says(&format!("environment dev is the cluster uid:{uid}"));
    shop.run(&["deploy", "--env", "dev"]).succeeds().never_says("is the cluster");
    let remembered = shop.home().join("state/clusters/shop.dev");
    std::fs::write(&remembered, OTHER).expect("the file of the first use");
    shop.run(&["deploy", "--env", "dev"]).fails(1).says(&format!("rm {}", remembered.display()));
}

fn an_image_is_not_pushed_before_the_cluster_is_known_to_be_the_right_one() {
    let ns = Namespace::new("identity");
    // A name of its own in the registry that all tests share.
    ns.plat(&["new", &ns.name, "--yes", "--set", "owner=@acme/shop"]).succeeds();
    let spec = ns.work().join(&ns.name).join("plat.yaml");
    let scaffolded = std::fs::read_to_string(&spec).expect("a plat.yaml");
    let deploy = |pin: &str| {
        let text = format!("{scaffolded}\nenvironments: {{dev: {{namespace: {}, cluster: \"{pin}\"}}}}\n", ns.name);
        std::fs::write(&spec, text).expect("a plat.yaml can be written");
        ns.plat(&["deploy", "--env", "dev"]).folder(&ns.name)
    };
    deploy(OTHER).fails(1).says(OTHER).never_says("uploaded");
    // Had the first run pushed it, it would be there already.
    let uid = ns.field("namespace/kube-system", ".metadata.uid");
    deploy(&format!("uid:{uid}")).succeeds().says("uploaded").never_says("already there");
}
