//! `before`: the migration runs first, once for each revision, and its failure leaves the service as it was.

use std::fs;

use crate::harness::tests;
use crate::support::{Namespace, Plat, Shop, eventually};

tests![SHARED:
    a_migration_runs_once_for_each_revision_and_shows_its_log,
    a_failed_migration_stops_the_deploy_before_anything_changed,
    a_first_migration_that_failed_leaves_nothing_that_delete_does_not_find,
    a_rollback_says_that_the_migration_stays_and_runs_none,
    ctrl_c_during_a_migration_names_the_state_and_the_next_deploy_follows_it,
    a_migration_that_recovers_is_no_failure,
    a_migration_whose_image_is_missing_names_it,
    what_runs_before_has_its_own_identity_and_config,
];

fn service() -> Shop {
    Shop::new("before").without("health").runs("exec httpd -f -p 8080")
}

/// `plat deploy` of the service with this greeting and a migration that does `script`.
fn deploy(shop: &Shop, greeting: &str, script: &str) -> Plat {
    deploy_with(shop, greeting, script, "")
}

/// The same with more of `before`.
fn deploy_with(shop: &Shop, greeting: &str, script: &str, more: &str) -> Plat {
    let before = format!("before:\n  command: [/bin/sh, -c]\n  args:\n  - {script:?}\n  timeout: 2m\n{more}");
    shop.with(&format!("env: {{GREETING: {greeting}}}")).with(&before).run(&["deploy"])
}

fn jobs(namespace: &Namespace) -> Vec<String> {
    let names = namespace.kubectl(&["get", "jobs", "-o", "jsonpath={.items[*].metadata.name}"]);
    names.split_whitespace().map(str::to_owned).collect()
}

/// Who runs, and which migration it says came before.
fn running(namespace: &Namespace) -> (String, String) {
    let of = |path: &str| namespace.field("deployment/shop", path);
    (of(".spec.template.spec.containers[0].env"), of(r".metadata.annotations.plat\.dev/before"))
}

fn a_migration_runs_once_for_each_revision_and_shows_its_log() {
    let shop = service();
    let script = "echo migrating $GREETING; test -z \"$PORT\"";
    deploy(&shop, "one", script).succeeds().says("before | migrating one");
    let first = jobs(&shop);
    assert_eq!(first, [running(&shop).1]);

    // Unchanged, so nothing is run.
    deploy(&shop, "one", script).succeeds().never_says("migrating");
    // Someone changes the service; the revision that is set back has had its migration.
    shop.kubectl(&["set", "env", "deployment/shop", "GREETING=theirs"]);
    deploy(&shop, "one", script).args(&["--take"]).succeeds().never_says("migrating");

    // A secret and its name are lines of their own.
    let leaks = "echo migrating $GREETING; echo name: DB_PASSWORD; printf 'value: %s%s\\n' hun ter2";
    deploy(&shop, "two", leaks).succeeds().says("before | migrating two").says("DB_PASSWORD").never_says("hunter2");
    assert_eq!(jobs(&shop).len(), 2, "the Jobs stay as the record");

    deploy(&shop, "one", script).succeeds().says("has succeeded before: not run again");
    assert_eq!(running(&shop).1, first[0]);
}

fn a_failed_migration_stops_the_deploy_before_anything_changed() {
    let shop = service();
    deploy(&shop, "one", "true").succeeds();
    let state = || {
        let path = "jsonpath={.items[*].metadata.resourceVersion}";
        let versions = shop.kubectl(&["get", "service/shop", "networkpolicy/shop", "-o", path]);
        (running(&shop).0, shop.field("deployment/shop", ".metadata.generation"), versions)
    };
    let was = state();

    let routed = shop.with("host: shop.example.com");
    let script = "echo password=hunter2 no such table; exit 3";
    let failed = deploy_with(&routed, "two", script, "  retries: 0\n")
        .fails(3)
        .says("the migration failed")
        .says("no such table")
        .never_says("hunter2")
        .says("nothing of shop was changed");
    assert_eq!(state(), was);
    // It is a failed revision, which the cluster does not have, with its log as evidence.
    assert_eq!(shop.history(), ["2 migration-failed", "1 deployed"]);
    let revisions = shop.plat(&["history", "shop"]).events().succeeds().events;
    let facts = (&revisions[0]["current"], &revisions[1]["current"], &revisions[0]["reason"]);
    assert_eq!(facts, (&false.into(), &true.into(), &"Error".into()));
    let folder = failed.err.lines().find_map(|line| line.split_once("evidence: ")).expect("its path is printed").1;
    let files = ignore::WalkBuilder::new(format!("{folder}/logs")).standard_filters(false).build();
    let files = files.filter_map(Result::ok).filter(|entry| entry.path().is_file());
    let logs: Vec<String> = files.map(|log| fs::read_to_string(log.path()).expect("a log")).collect();
    assert!(logs.iter().any(|log| log.contains("no such table")) && !logs.concat().contains("hunter2"), "{logs:?}");
    assert!(fs::read_to_string(format!("{folder}/manifests.yaml")).expect("manifests").contains("kind: Job"));
    assert!(shop.names("ingress").is_empty(), "the Ingress of the new revision is not there");

    // The same revision again: the failed one is run again.
    deploy_with(&routed, "two", script, "  retries: 0\n").fails(3).says("failed before: running it again");
    deploy(&routed, "two", "true").succeeds();
    assert!(running(&shop).0.contains("two"));
    assert!(shop.is_there("ingress/shop"));
}

fn a_first_migration_that_failed_leaves_nothing_that_delete_does_not_find() {
    let shop = service();
    deploy_with(&shop, "one", "exit 3", "  retries: 0\n").fails(3);
    assert_eq!(shop.history(), ["1 migration-failed"]);
    shop.plat(&["delete", "shop", "--yes"]).succeeds();
    eventually("the Job goes with its account", || jobs(&shop).is_empty());
    assert!(shop.names("secrets,leases,netpol").is_empty());
}

fn a_rollback_says_that_the_migration_stays_and_runs_none() {
    let shop = service();
    for greeting in ["one", "two"] {
        deploy(&shop, greeting, "true").succeeds();
    }
    let migrated = (jobs(&shop), running(&shop).1);
    let back = shop.plat(&["rollback"]);
    back.succeeds().says(&format!("the migration {} stays: a rollback undoes none, and runs none", migrated.1));
    let (greeting, before) = running(&shop);
    assert!(greeting.contains("one") && before != migrated.1, "{greeting} {before}");
    // Forward again, to the revision that has one.
    shop.plat(&["rollback", "2"]).succeeds().says(&format!("the migration {before} stays"));
    assert_eq!((jobs(&shop), running(&shop).1), migrated, "no Job was made, and none was removed");

    // After a failure that comes after a migration.
    deploy(&shop.with("health: /none\ndeadline: {rollout: 10}"), "three", "true")
        .fails(4)
        .says("stays: a rollback undoes none")
        .says("was restored and is ready")
        .says("what `before` did (a migration) is not undone");
    assert_eq!(jobs(&shop).len(), 3);
}

fn ctrl_c_during_a_migration_names_the_state_and_the_next_deploy_follows_it() {
    let shop = service();
    let script = "echo begun; until [ -e /tmp/go ]; do sleep 0.2; done; echo ended";
    let mut first = deploy(&shop, "one", script).events().start();
    first.until("progress");
    first
        .interrupt()
        .fails(130)
        .what("may continue in the cluster, and nothing of shop was changed")
        .what("continue with: plat deploy")
        .what("stop it with: kubectl delete job/");
    assert_eq!((shop.holder(), shop.history()), (String::new(), vec!["1 in-progress".to_owned()]));
    let second = deploy(&shop, "one", script).start();
    second.until_said("runs already: following it");
    second.until_said("before | begun");
    shop.kubectl(&["exec", &format!("job/{}", jobs(&shop)[0]), "--", "touch", "/tmp/go"]);
    second.ends().succeeds().says("before | ended");
    assert_eq!((jobs(&shop).len(), shop.history()), (1, vec!["1 deployed".to_owned()]));
}

fn a_migration_that_recovers_is_no_failure() {
    let shop = service();
    // Ready only after a while, as a database that still starts. Each attempt is another pod.
    let script = "test -n \"$READY\" || { echo not yet; exit 1; }; echo done";
    let from = "configMapKeyRef: {name: database, key: ready, optional: true}";
    let env = format!("env: [{{name: READY, valueFrom: {{{from}}}}}]");
    let patch = format!("patch: {{Job: {{spec: {{template: {{spec: {{containers: [{{name: before, {env}}}]}}}}}}}}}}");
    let deploy = deploy_with(&shop, "one", script, &format!("  {patch}\n")).start();
    deploy.until_said("before | not yet");
    shop.kubectl(&["create", "configmap", "database", "--from-literal=ready=yes"]);
    deploy.ends().succeeds().says("before | done");
}

fn a_migration_whose_image_is_missing_names_it() {
    let shop = service().with("deadline: {image: 2}");
    let image = shop.image().replace("busybox:", "busybox:none-");
    deploy_with(&shop, "one", "true", &format!("  image: {image}\n"))
        .fails(3)
        .says("the migration failed")
        .says("none-");
    assert!(!shop.is_there("deployment/shop"), "the service was not made");
}

fn what_runs_before_has_its_own_identity_and_config() {
    let shop = service();
    shop.write("seed.sql", "insert\n");
    deploy_with(&shop, "one", "cat /etc/shop/seed.sql; id -u", "  config: [seed.sql]\n")
        .succeeds()
        .says("before | insert")
        // As its image says, which is the service's.
        .says("before | 65532");
    let list = |kind: &str, path: &str| {
        shop.kubectl(&["get", kind, "-l", "app.kubernetes.io/name=shop-before", "-o", &format!("jsonpath={{{path}}}")])
    };
    assert_eq!(list("pods", ".items[*].spec.serviceAccountName"), "shop-before");
    // What it left goes with its identity.
    shop.kubectl(&["delete", "serviceaccount", "shop-before"]);
    eventually("the Job and its config are gone", || {
        jobs(&shop).is_empty() && list("configmaps", ".items[*].metadata.name").is_empty()
    });
}
