//! A developer who holds only the built-in role `edit` in one namespace can do everything; who holds less is told what
//! was not seen.

use crate::harness::tests;
use crate::support::{Shop, eventually};

tests![SHARED:
    the_role_edit_in_one_namespace_is_enough_for_everything,
    who_may_not_list_autoscalers_is_told_that_one_is_assumed,
    who_may_not_list_replica_sets_is_answered_without_them,
];

/// What a deploy needs at least, but for what these tests leave out.
const RESOURCES: &str = "pods,pods/log,services,configmaps,secrets,serviceaccounts,events,deployments.apps,\
                         networkpolicies.networking.k8s.io,leases.coordination.k8s.io";

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

fn who_may_not_list_autoscalers_is_told_that_one_is_assumed() {
    let shop = Shop::new("edit");
    shop.deploy().succeeds();
    let replicas = || shop.get("deployment/shop")["spec"]["replicas"].clone();
    let dev = shop.by(&shop.account_with("dev", &format!("{RESOURCES},replicasets.apps")));
    shop.kubectl(&["autoscale", "deployment/shop", "--min=2", "--max=4"]);
    eventually("the autoscaler scales up to its minimum", || replicas() == 2);
    dev.run(&["deploy"]).succeeds().says(
        "not allowed to list HorizontalPodAutoscalers, so an autoscaler is assumed to keep the number of replicas",
    );
    assert_eq!(replicas(), 2);

    // Who may look sees that there is none.
    shop.kubectl(&["delete", "hpa/shop"]);
    shop.run(&["deploy"]).succeeds().never_says("autoscaler");
    assert_eq!(replicas(), 1);
}

fn who_may_not_list_replica_sets_is_answered_without_them() {
    let shop = Shop::new("edit");
    shop.deploy().succeeds();
    shop.crashes().deploy().args(&["--no-rollback"]).fails(3);
    let dev = shop.by(&shop.account_with("dev", RESOURCES));
    for command in [&["why"][..], &["why", "deployment/shop"], &["status"]] {
        let ended = dev.run(command).run().says("replicasets").says("is left out");
        assert!([0, 3].contains(&ended.code), "{command:?}: {}", ended.err);
        assert!(ended.out.contains("shop") && !ended.err.contains("error:"), "{command:?}: {}{}", ended.out, ended.err);
    }
    // Pods are another matter: without them there is nothing to judge.
    let blind = shop.by(&shop.account_with("blind", "deployments.apps,events"));
    blind.run(&["why"]).fails(1).says("pods").says("list");
}
