//! A developer who holds only the built-in role `edit` in one namespace can do everything.

use crate::harness::tests;
use crate::support::Shop;

tests![SHARED:
    the_role_edit_in_one_namespace_is_enough_for_everything,
];

fn the_role_edit_in_one_namespace_is_enough_for_everything() {
    let base = Shop::new("edit");
    let base = base.by(&base.account("developer", "--clusterrole=edit"));
    let base = base.with(&format!("environments: {{dev: {{namespace: {}}}}}", base.name));
    let shop = base.with("replicas: {min: 1, max: 2}\nenv: {GREETING: hello}");
    shop.run(&["diff", "--exit-code"]).fails(5);
    // kube-system is not theirs to read, so the cluster is known by its certificate authority.
    shop.run(&["deploy", "--env", "dev"]).succeeds().says("environment dev is the cluster ca:");
    shop.run(&["deploy", "--env", "dev"]).succeeds().says("unchanged");
    let shop = base.with("env: {GREETING: goodbye}");
    shop.run(&["diff"]).succeeds().says("- HorizontalPodAutoscaler");
    shop.run(&["deploy"]).succeeds();
    assert!(!shop.is_there("hpa/shop"));
    for read in ["status", "why", "logs", "history"] {
        shop.run(&[read]).succeeds();
    }
    shop.run(&["rollback"]).succeeds();
    shop.kubectl(&["set", "env", "deployment/shop", "GREETING=theirs"]);
    shop.run(&["deploy", "--take", "all"]).succeeds();
    shop.run(&["deploy", "--adopt"]).succeeds();
    shop.run(&["delete", "--yes"]).succeeds();
    assert!(!shop.is_there("deployment/shop") && !shop.is_there("secret/plat-shop"));

    // A namespace of their own making is beyond the role: one plain line, and nothing written.
    let refused = shop.run(&["deploy", "-n", "no-such-namespace-of-theirs"]).fails(1);
    assert!(refused.err.lines().filter(|line| line.starts_with("error:")).count() == 1, "{}", refused.err);
}
