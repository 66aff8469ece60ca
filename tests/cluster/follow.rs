//! A whole set is followed, and `plat why` and `plat status` say of what runs what a deploy would have said.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::harness::tests;
use crate::support::{Namespace, busybox, eventually};

tests![SHARED:
    a_set_of_all_kinds_is_followed_until_the_last_is_ready,
    one_doomed_workload_ends_it_and_the_others_are_shown,
    a_stateful_set_that_is_stuck_on_an_old_pod_says_which,
    a_running_crash_loop_is_judged_at_once_whoever_deployed_it,
    an_unknown_kind_and_a_missing_name_are_said,
];

/// A pod that the namespace admits and that runs this in its shell.
fn pod(ns: &Namespace, restart: &str, script: &str) -> String {
    let image = busybox(ns);
    format!(
        "{{restartPolicy: {restart}, terminationGracePeriodSeconds: 1, automountServiceAccountToken: false, \
         securityContext: {{runAsNonRoot: true, runAsUser: 65532, seccompProfile: {{type: RuntimeDefault}}}}, \
         containers: [{{name: app, image: '{image}', command: [/bin/sh, -c, '{script}'], \
         securityContext: {{allowPrivilegeEscalation: false, capabilities: {{drop: [ALL]}}}}}}]}}"
    )
}

/// A Deployment, `StatefulSet` or `DaemonSet`.
fn workload(ns: &Namespace, kind: &str, name: &str, script: &str) -> String {
    let replicas = if kind == "DaemonSet" { "" } else { "replicas: 1, " };
    format!(
        "---\napiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{{replicas}selector: {{matchLabels: {{app: {name}}}}}, \
         template: {{metadata: {{labels: {{app: {name}}}}}, spec: {}}}}}\n",
        pod(ns, "Always", script)
    )
}

fn job(ns: &Namespace, name: &str, script: &str) -> String {
    format!(
        "---\napiVersion: batch/v1\nkind: Job\nmetadata: {{name: {name}}}\nspec: {{backoffLimit: 0, template: {{spec: {}}}}}\n",
        pod(ns, "Never", script)
    )
}

fn a_set_of_all_kinds_is_followed_until_the_last_is_ready() {
    let ns = Namespace::new("follow");
    let workloads = [("Deployment", "web"), ("StatefulSet", "db"), ("DaemonSet", "agent")];
    let set = workloads.map(|(kind, name)| workload(&ns, kind, name, "sleep 600")).concat();
    ns.deploy_manifests(set + &job(&ns, "seed", "sleep 1"), &[]).succeeds();
    assert_eq!(ns.field("job/seed", ".status.succeeded"), "1");
    assert_eq!(ns.field("statefulset/db", ".status.readyReplicas"), "1");
    assert_eq!(ns.field("daemonset/agent", ".status.numberReady"), "1");

    let why = ns.plat(&["why"]).succeeds();
    assert!(why.out.lines().count() == 1 && why.out.starts_with("everything is fine: 4 workloads"), "{}", why.out);
}

fn one_doomed_workload_ends_it_and_the_others_are_shown() {
    let ns = Namespace::new("doomed");
    let set = workload(&ns, "Deployment", "web", "sleep 600") + &job(&ns, "migrate", "echo no such table; exit 4");
    let failed = ns.deploy_manifests(set, &[]).fails(3);
    let finding = failed.event("finding");
    assert_eq!(finding["workload"], "job/migrate");
    assert!(finding["evidence"].to_string().contains("no such table"), "{finding}");
    documented(&failed.events);

    ns.plat(&["why", "job/migrate"]).fails(3).says("no such table").says("exit code 4");
}

/// Each event and each of its fields is in docs/output.md.
fn documented(events: &[Value]) {
    let docs = include_str!("../../docs/output.md");
    let mut kinds = BTreeSet::new();
    for event in events {
        assert_eq!(event["version"], plat::event::VERSION, "{event}");
        let kind = event["event"].as_str().expect("every line names its event");
        kinds.insert(kind.to_owned());
        let row = docs.lines().find(|line| line.starts_with(&format!("| `{kind}`"))).unwrap_or_default();
        for field in
            event.as_object().expect("an object").keys().filter(|field| !matches!(&***field, "event" | "version"))
        {
            assert!(row.contains(&format!("`{field}`")), "docs/output.md: `{kind}` has no `{field}`");
        }
    }
    assert!(["place", "plan", "progress", "finding", "error"].iter().all(|kind| kinds.contains(*kind)), "{kinds:?}");
}

/// A `StatefulSet` never replaces a pod of an older revision that is not ready, though the new revision would fix it.
fn a_stateful_set_that_is_stuck_on_an_old_pod_says_which() {
    let ns = Namespace::new("stuck");
    let image = busybox(&ns);
    let good = workload(&ns, "StatefulSet", "db", "sleep 600");
    ns.apply(good.replace(&image, &format!("{image}-absent")));
    let waits = ".status.containerStatuses[*].state.waiting.reason";
    eventually("the pod waits for its image", || {
        ns.kubectl(&["get", "pods", "-o", &format!("jsonpath={{.items[*]{waits}}}")]).contains("Image")
    });
    ns.deploy_manifests(good, &["--take", "--deadline", "90s"])
        .fails(3)
        .says("the update waits for db-0 of the previous revision")
        .says("delete pod db-0");
}

fn a_running_crash_loop_is_judged_at_once_whoever_deployed_it() {
    let ns = Namespace::new("why");
    ns.apply(workload(&ns, "Deployment", "web", "sleep 600"));
    ns.apply(workload(&ns, "Deployment", "bad", "echo no database; exit 3"));
    eventually("the container ended three times", || {
        ns.plat(&["why", "deploy/bad"]).run().out.contains("keeps crashing")
    });
    ns.plat(&["why"]).fails(3).says("no database").says("and 1 workload fine");
    ns.plat(&["status", "bad"]).run().says("CrashLoopBackOff: container app keeps crashing: exit code 3");
}

fn an_unknown_kind_and_a_missing_name_are_said() {
    let ns = Namespace::new("whynot");
    ns.plat(&["why", "secret/x"]).fails(2);
    ns.plat(&["why", "deploy/absent"]).fails(1).says("there is no Deployment");
    let why = ns.plat(&["why"]).succeeds();
    assert!(why.out.starts_with("nothing runs in namespace"), "{}", why.out);
}
