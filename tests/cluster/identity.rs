//! An environment is pinned to its cluster: by plat.yaml for everybody, else by the first use on this machine.

use super::safety::{is_there, plat, spec};
use super::support;
use crate::harness::tests;

tests![SHARED:
    another_cluster_than_the_pinned_one_is_refused_with_both_identities,
];

const OTHER: &str = "uid:00000000-0000-4000-8000-000000000000";

fn another_cluster_than_the_pinned_one_is_refused_with_both_identities() {
    let namespace = support::namespace("identity");
    let uid = support::kubectl(&namespace, &["get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}"]);
    let dev = |pin: &str| format!("replicas: 1\nenvironments: {{dev: {{namespace: {}{pin}}}}}", namespace.name);

    spec(&namespace, &dev(&format!(", cluster: \"{OTHER}\"")));
    for command in [&["deploy", "--env", "dev"][..], &["diff", "--env", "dev"], &["delete", "--env", "dev", "--yes"]] {
        let refused = plat(&namespace, command).ends(1);
        refused.says(OTHER);
        refused.says(&format!("reached:  uid:{uid}"));
    }
    assert!(!is_there(&namespace, "deployment/shop"));

    spec(&namespace, &dev(&format!(", cluster: \"uid:{uid}\"")));
    plat(&namespace, &["deploy", "--env", "dev"]).ends(0);

    // Without a pin the first use counts, and what it saw is remembered.
    spec(&namespace, &dev(""));
    plat(&namespace, &["deploy", "--env", "dev"]).ends(0).says(&format!("environment dev is the cluster uid:{uid}"));
    let again = plat(&namespace, &["deploy", "--env", "dev"]).ends(0);
    assert!(!again.err.contains("is the cluster"), "{}", again.err);
    let home = namespace.work().parent().expect("the test's folder").join("plat");
    let remembered = home.join("state/clusters/shop.dev");
    std::fs::write(&remembered, OTHER).expect("the file of the first use");
    plat(&namespace, &["deploy", "--env", "dev"]).ends(1).says(&format!("rm {}", remembered.display()));
}
