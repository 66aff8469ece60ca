//! An environment is pinned to its cluster: by plat.yaml for everybody, else by the first use on this machine.

use crate::harness::tests;
use crate::support::Shop;

tests![SHARED:
    another_cluster_than_the_pinned_one_is_refused_with_both_identities,
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
