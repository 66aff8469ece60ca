//! `before`: the migration runs first, once for each revision, and its failure leaves the service as it was.

use std::fs;

use assert_cmd::assert::Assert;

use super::shop::{self, Running};
use super::support::{self, Namespace};
use crate::harness::tests;

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

/// A service that needs nothing but the shell's image, and a migration that does `script`.
fn write(namespace: &Namespace, greeting: &str, script: &str, more: &str) {
    let image = support::busybox(namespace);
    let text = format!(
        "name: shop\nport: 8080\nreplicas: 1\nimage: {image}\nenv: {{GREETING: {greeting}}}\n\
         command: [/bin/busybox, httpd, -f, -p, \"8080\"]\n\
         before:\n  command: [/bin/sh, -c]\n  args:\n  - {script:?}\n  timeout: 2m\n{more}"
    );
    fs::write(namespace.work().join("plat.yaml"), text).expect("a plat.yaml can be written");
}

fn deploy(namespace: &Namespace) -> Assert {
    support::plat(namespace).args(["deploy"]).assert()
}

fn stderr(assert: &Assert) -> String {
    String::from_utf8_lossy(&assert.get_output().stderr).into_owned()
}

fn jobs(namespace: &Namespace) -> Vec<String> {
    let names = support::kubectl(namespace, &["get", "jobs", "-o", "jsonpath={.items[*].metadata.name}"]);
    names.split_whitespace().map(str::to_owned).collect()
}

/// Who runs, and which migration it says came before.
fn running(namespace: &Namespace) -> (String, String) {
    let of =
        |path: &str| support::kubectl(namespace, &["get", "deployment", "shop", "-o", &format!("jsonpath={path}")]);
    (of("{.spec.template.spec.containers[0].env}"), of(r"{.metadata.annotations.plat\.dev/before}"))
}

fn a_migration_runs_once_for_each_revision_and_shows_its_log() {
    let namespace = support::namespace("before");
    write(&namespace, "one", "echo migrating $GREETING; test -z \"$PORT\"", "");
    let said = stderr(&deploy(&namespace).success());
    assert!(said.contains("before | migrating one"), "{said}");
    let first = jobs(&namespace);
    assert_eq!(first, [running(&namespace).1]);

    let said = stderr(&deploy(&namespace).success());
    assert!(!said.contains("migrating"), "unchanged, so nothing is run: {said}");
    // Somebody changes the service; the revision that is set back has had its migration.
    support::kubectl(&namespace, &["set", "env", "deployment/shop", "GREETING=theirs"]);
    let said = stderr(&support::plat(&namespace).args(["deploy", "--take"]).assert().success());
    assert!(!said.contains("migrating"), "{said}");

    write(&namespace, "two", "echo migrating $GREETING", "");
    let said = stderr(&deploy(&namespace).success());
    assert!(said.contains("before | migrating two"), "{said}");
    assert_eq!(jobs(&namespace).len(), 2, "the Jobs stay as the record");

    write(&namespace, "one", "echo migrating $GREETING; test -z \"$PORT\"", "");
    let said = stderr(&deploy(&namespace).success());
    assert!(said.contains("has succeeded before: not run again"), "{said}");
    assert_eq!(running(&namespace).1, first[0]);
}

fn a_failed_migration_stops_the_deploy_before_anything_changed() {
    let namespace = support::namespace("before");
    write(&namespace, "one", "true", "");
    deploy(&namespace).success();
    let (before, _) = running(&namespace);
    let versions = || {
        let path = "jsonpath={.items[*].metadata.resourceVersion}";
        support::kubectl(&namespace, &["get", "service/shop", "networkpolicy/shop", "-o", path])
    };
    let generation =
        || support::kubectl(&namespace, &["get", "deploy", "shop", "-o", "jsonpath={.metadata.generation}"]);
    let was = (before, generation(), versions());

    write(&namespace, "two", "echo password=hunter2 no such table; exit 3", "  retries: 0\nhost: shop.example.com\n");
    let failed = deploy(&namespace).code(3);
    let said = stderr(&failed);
    assert!(said.contains("the migration failed"), "{said}");
    assert!(said.contains("no such table") && !said.contains("hunter2"), "{said}");
    assert!(said.contains("nothing of shop was changed"), "{said}");
    assert_eq!((running(&namespace).0, generation(), versions()), was);
    // It is a failed revision, which the cluster does not have, with its log as evidence.
    assert_eq!(shop::history(&namespace), ["2 migration-failed", "1 deployed"]);
    let (_, revisions) = shop::run(&namespace, ".", &["history", "shop"]);
    let facts = (&revisions[0]["current"], &revisions[1]["current"], &revisions[0]["reason"]);
    assert_eq!(facts, (&false.into(), &true.into(), &"Error".into()));
    let folder = said.lines().find_map(|line| line.split_once("evidence: ")).expect("its path is printed").1;
    let logs = fs::read_dir(format!("{folder}/logs")).expect("logs").filter_map(Result::ok);
    let logs: Vec<String> = logs.map(|log| fs::read_to_string(log.path()).expect("a log")).collect();
    assert!(logs.iter().any(|log| log.contains("no such table")) && !logs.concat().contains("hunter2"), "{logs:?}");
    assert!(fs::read_to_string(format!("{folder}/manifests.yaml")).expect("manifests").contains("kind: Job"));
    let ingresses = support::kubectl(&namespace, &["get", "ingress", "-o", "name"]);
    assert_eq!(ingresses, "", "the Ingress of the new revision is not there");

    // The same revision again: the failed one is run again.
    let said = stderr(&deploy(&namespace).code(3));
    assert!(said.contains("failed before: running it again"), "{said}");
    write(&namespace, "two", "true", "host: shop.example.com\n");
    deploy(&namespace).success();
    assert!(running(&namespace).0.contains("two"));
    assert!(support::kubectl(&namespace, &["get", "ingress", "-o", "name"]).contains("shop"));
}

fn a_first_migration_that_failed_leaves_nothing_that_delete_does_not_find() {
    let namespace = support::namespace("before");
    write(&namespace, "one", "exit 3", "  retries: 0\n");
    deploy(&namespace).code(3);
    assert_eq!(shop::history(&namespace), ["1 migration-failed"]);
    support::plat(&namespace).args(["delete", "shop", "--yes"]).assert().success();
    support::eventually("the Job goes with its account", || jobs(&namespace).is_empty());
    let left = support::kubectl(&namespace, &["get", "secrets,leases,netpol", "-o", "name"]);
    assert_eq!(left, "");
}

fn a_rollback_says_that_the_migration_stays_and_runs_none() {
    let namespace = support::namespace("before");
    for greeting in ["one", "two"] {
        write(&namespace, greeting, "true", "bake: 0\n");
        deploy(&namespace).success();
    }
    let migrated = (jobs(&namespace), running(&namespace).1);
    let said = stderr(&support::plat(&namespace).arg("rollback").assert().success());
    assert!(
        said.contains(&format!("the migration {} stays: a rollback undoes none, and runs none", migrated.1)),
        "{said}"
    );
    let (greeting, before) = running(&namespace);
    assert!(greeting.contains("one") && before != migrated.1, "{greeting} {before}");
    // Forward again, to the revision that has one.
    let said = stderr(&support::plat(&namespace).args(["rollback", "2"]).assert().success());
    assert!(said.contains(&format!("the migration {before} stays")), "{said}");
    assert_eq!((jobs(&namespace), running(&namespace).1), migrated, "no Job was made, and none was removed");

    // After a failure that comes after a migration.
    write(&namespace, "three", "true", "bake: 0\nhealth: /none\ndeadline: {rollout: 10}\n");
    let said = stderr(&deploy(&namespace).code(4));
    assert!(said.contains("stays: a rollback undoes none") && said.contains("was restored and is ready"), "{said}");
    assert!(said.contains("what `before` did (a migration) is not undone"), "{said}");
    assert_eq!(jobs(&namespace).len(), 3);
}

fn ctrl_c_during_a_migration_names_the_state_and_the_next_deploy_follows_it() {
    let namespace = support::namespace("before");
    write(&namespace, "one", "echo begun; sleep 8; echo ended", "bake: 0\n");
    let mut first = Running::start(&namespace, ".", &["deploy"]);
    first.until("progress");
    let (code, events) = first.interrupt();
    let said = shop::event(&events, "error")["error"].as_str().expect("a sentence").to_owned();
    assert!(code == 130 && said.contains("may run on in the cluster, and nothing of shop was changed"), "{said}");
    assert!(said.contains("go on with: plat deploy") && said.contains("stop it with: kubectl delete job/"), "{said}");
    assert_eq!(
        (shop::holder(&namespace), shop::history(&namespace)),
        (String::new(), vec!["1 in-progress".to_owned()])
    );
    let said = stderr(&deploy(&namespace).success());
    assert!(said.contains("runs already: following it") && said.contains("before | ended"), "{said}");
    assert_eq!((jobs(&namespace).len(), shop::history(&namespace)), (1, vec!["1 deployed".to_owned()]));
}

fn a_migration_that_recovers_is_no_failure() {
    let namespace = support::namespace("before");
    // Ready only after a while, as a database that still starts: two attempts fail, the third succeeds.
    let script = "test $(date +%s) -ge $READY_AT || { echo not yet; exit 1; }; echo done";
    let ready_at = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock").as_secs() + 15;
    write(&namespace, "one", script, &format!("  env: {{READY_AT: \"{ready_at}\"}}\n"));
    let said = stderr(&deploy(&namespace).success());
    assert!(said.contains("before | not yet") && said.contains("before | done"), "{said}");
}

fn a_migration_whose_image_is_missing_names_it() {
    let namespace = support::namespace("before");
    let image = support::busybox(&namespace).replace("busybox:", "busybox:none-");
    write(&namespace, "one", "true", &format!("  image: {image}\ndeadline: {{image: 2}}\n"));
    let said = stderr(&deploy(&namespace).code(3));
    assert!(said.contains("the migration failed") && said.contains("none-"), "{said}");
    let there =
        support::kubectl_command(&namespace).args(["get", "deployment", "shop"]).output().expect("kubectl runs");
    assert!(!there.status.success(), "the service was not made");
}

fn what_runs_before_has_its_own_identity_and_config() {
    let namespace = support::namespace("before");
    fs::write(namespace.work().join("seed.sql"), "insert\n").expect("a file can be written");
    write(&namespace, "one", "cat /etc/shop/seed.sql; id -u", "  config: [seed.sql]\n");
    let said = stderr(&deploy(&namespace).success());
    assert!(said.contains("before | insert") && said.contains("before | 10001"), "{said}");
    let pod = support::kubectl(
        &namespace,
        &[
            "get",
            "pods",
            "-l",
            "app.kubernetes.io/name=shop-before",
            "-o",
            "jsonpath={.items[*].spec.serviceAccountName}",
        ],
    );
    assert_eq!(pod, "shop-before");
    // What it left goes with its identity.
    support::kubectl(&namespace, &["delete", "serviceaccount", "shop-before"]);
    support::eventually("the Job and its config are gone", || {
        jobs(&namespace).is_empty()
            && support::kubectl(
                &namespace,
                &["get", "configmaps", "-l", "app.kubernetes.io/name=shop-before", "-o", "name"],
            )
            .is_empty()
    });
}
