//! A whole set is followed, and `plat why` and `plat status` say of what runs what a deploy would have said.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

use crate::support::{self, Namespace};

/// A pod that the namespace admits and that runs this in its shell.
fn pod(ns: &Namespace, restart: &str, script: &str) -> String {
    let image = support::busybox(ns);
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

/// Runs plat with these manifests; its exit code, stdout and stderr.
fn deploy(ns: &Namespace, manifests: &str, more: &[&str]) -> (Option<i32>, String, String) {
    std::fs::write(ns.work().join("set.yaml"), manifests).expect("the manifests");
    run(ns, &[&["deploy", "-f", "set.yaml"], more].concat())
}

fn run(ns: &Namespace, args: &[&str]) -> (Option<i32>, String, String) {
    let output = support::plat(ns).args(args).output().expect("plat runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_set_of_all_kinds_is_followed_until_the_last_is_ready() {
    let Some(ns) = support::namespace("follow") else { return };
    let mut set = workload(&ns, "Deployment", "web", "sleep 600");
    let _ = write!(
        set,
        "{}{}",
        workload(&ns, "StatefulSet", "db", "sleep 600"),
        workload(&ns, "DaemonSet", "agent", "sleep 600")
    );
    set += &job(&ns, "seed", "sleep 1");
    let (code, _, said) = deploy(&ns, &set, &[]);
    assert_eq!(code, Some(0), "{said}");
    let of = |what: &str, path: &str| support::kubectl(&ns, &["get", what, "-o", &format!("jsonpath={path}")]);
    assert_eq!(of("job/seed", "{.status.succeeded}"), "1", "{said}");
    assert_eq!(of("statefulset/db", "{.status.readyReplicas}"), "1", "{said}");
    assert_eq!(of("daemonset/agent", "{.status.numberReady}"), "1", "{said}");

    let (code, said, _) = run(&ns, &["why"]);
    assert_eq!((code, said.lines().count()), (Some(0), 1), "{said}");
    assert!(said.starts_with("everything is fine: 4 workloads"), "{said}");
}

#[test]
fn one_doomed_workload_ends_it_and_the_others_are_shown() {
    let Some(ns) = support::namespace("doomed") else { return };
    let mut set = workload(&ns, "Deployment", "web", "sleep 600");
    set += &job(&ns, "migrate", "echo no such table; exit 4");
    let (code, events, said) = deploy(&ns, &set, &["--output", "json"]);
    assert_eq!(code, Some(3), "{events}{said}");
    let events: Vec<Value> =
        events.lines().map(|line| serde_json::from_str(line).expect("one JSON value a line")).collect();
    let finding = events.iter().find(|event| event["event"] == "finding").expect("a finding");
    assert_eq!(finding["workload"], "job/migrate");
    assert!(finding["evidence"].to_string().contains("no such table"), "{finding}");
    documented(&events);

    let (code, said, _) = run(&ns, &["why", "job/migrate"]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("no such table") && said.contains("exit code 4"), "{said}");
}

/// Each event and each of its fields is in docs/output.md.
fn documented(events: &[Value]) {
    let docs = include_str!("../../docs/output.md");
    let mut kinds = BTreeSet::new();
    for event in events {
        assert_eq!(event["version"], 1, "{event}");
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

/// A `StatefulSet` never replaces a pod of an older revision that is not ready, though the new revision would mend it.
#[test]
fn a_stateful_set_that_is_stuck_on_an_old_pod_says_which() {
    let Some(ns) = support::namespace("stuck") else { return };
    let image = support::busybox(&ns);
    let good = workload(&ns, "StatefulSet", "db", "sleep 600");
    support::apply(&ns, &good.replace(&image, &format!("{image}-absent")));
    support::eventually("the pod waits for its image", || {
        let reason = "jsonpath={.items[*].status.containerStatuses[*].state.waiting.reason}";
        support::kubectl(&ns, &["get", "pods", "-o", reason]).contains("Image")
    });
    let (code, _, said) = deploy(&ns, &good, &["--take", "--deadline", "90s"]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("the update waits for db-0 of the previous revision"), "{said}");
    assert!(said.contains("delete pod db-0"), "{said}");
}

#[test]
fn a_running_crash_loop_is_judged_at_once_whoever_deployed_it() {
    let Some(ns) = support::namespace("why") else { return };
    support::apply(&ns, &workload(&ns, "Deployment", "web", "sleep 600"));
    support::apply(&ns, &workload(&ns, "Deployment", "bad", "echo no database; exit 3"));
    support::eventually("the container ended three times", || {
        let (_, said, _) = run(&ns, &["why", "deploy/bad"]);
        said.contains("keeps crashing")
    });
    let (code, said, _) = run(&ns, &["why"]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("no database") && said.contains("and 1 workload fine"), "{said}");
    let (_, status, _) = run(&ns, &["status", "bad"]);
    assert!(status.contains("CrashLoopBackOff: container app keeps crashing: exit code 3"), "{status}");
}

#[test]
fn an_unknown_kind_and_a_missing_name_are_said() {
    let Some(ns) = support::namespace("whynot") else { return };
    let (code, _, said) = run(&ns, &["why", "secret/x"]);
    assert_eq!(code, Some(2), "{said}");
    let (code, _, said) = run(&ns, &["why", "deploy/absent"]);
    assert!(code == Some(1) && said.contains("there is no Deployment"), "{said}");
    let (code, said, _) = run(&ns, &["why"]);
    assert!(code == Some(0) && said.starts_with("nothing runs in namespace"), "{said}");
}
