//! `plat time` around kubectl on a real Kubernetes: what it changed is found and waited for, without its arguments.

use serde_json::{Value, json};

use crate::harness::tests;
use crate::support::{Ended, Namespace, Plat, busybox, eventually};

tests![SHARED:
    a_first_deploy_an_update_and_none_are_told_apart,
    plat_and_kubectl_record_when_it_was_ready_and_the_prompt_was_back,
    an_annotation_alone_is_no_update,
    what_was_replaced_by_another_object_is_no_first_deploy,
    what_nobody_is_going_to_do_is_not_waited_for,
    a_namespace_that_the_command_does_not_write_to_is_not_unchanged,
    every_kind_that_runs_pods_is_waited_for,
    a_workload_that_is_never_ready_ends_at_the_deadline,
    a_command_that_fails_keeps_its_exit_code,
    a_workload_of_another_namespace_is_seen_with_all_namespaces,
];

/// A workload of any kind that Pod Security "restricted" admits.
fn workload(ns: &Namespace, kind: &str, name: &str, spec: &str, script: &str) -> String {
    let image = busybox(ns);
    format!(
        "apiVersion: apps/v1
kind: {kind}
metadata: {{name: {name}}}
spec:
  {spec}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      automountServiceAccountToken: false
      terminationGracePeriodSeconds: 0
      securityContext: {{runAsNonRoot: true, runAsUser: 65532, seccompProfile: {{type: RuntimeDefault}}}}
      containers:
        - name: main
          image: {image}
          command: [sh, -c, {script:?}]
          securityContext: {{allowPrivilegeEscalation: false, capabilities: {{drop: [ALL]}}}}
"
    )
}

/// `plat time … -- kubectl …`, with the manifest on stdin: plat cannot know what is in it.
fn time(ns: &Namespace, flags: &[&str], kubectl: &[&str], manifest: &str) -> Plat {
    let program = ns.sandbox.kubectl.to_str().expect("a path of text");
    let plat = ns.plat(&["time", "--output", "json"]).args(flags).args(&["--", program]).args(kubectl);
    plat.input(manifest)
}

/// The JSON line that ends the output; kubectl's own lines are before it.
fn last_line(ended: &Ended) -> Value {
    let line = ended.out.lines().last().unwrap_or_default();
    serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {ended:#?}"))
}

/// The newest run that was recorded.
fn recorded(ns: &Namespace) -> Value {
    let shown = ns.plat(&["telemetry", "show", "--last", "1", "--output", "json"]).run().out;
    let events = shown.lines().map(|line| serde_json::from_str::<Value>(line).expect("an event"));
    let mut runs = events.map(|event| event["data"]["customData"]["run"].clone()).filter(|run| !run.is_null());
    runs.next().expect("a run")
}

/// When the phase of a run ended, in milliseconds.
fn end_of(run: &Value, phase: &str) -> f64 {
    let phases = run["phases"].as_array().expect("a list");
    let phase = phases.iter().find(|found| found["name"] == phase).unwrap_or_else(|| panic!("no {phase}: {run}"));
    phase["start_ms"].as_f64().expect("a number") + phase["duration_ms"].as_f64().expect("a number")
}

fn changed(kind: &str, ns: &Namespace, name: &str, new: bool) -> Value {
    json!([{ "kind": kind, "namespace": ns.name, "name": name, "new": new }])
}

fn a_first_deploy_an_update_and_none_are_told_apart() {
    let ns = Namespace::new("time");
    let apply = ["apply", "-f", "-"];
    let first = workload(&ns, "Deployment", "shop", "replicas: 2", "sleep 3600");

    let timed = last_line(&time(&ns, &[], &apply, &first).run());
    assert_eq!(timed["changed"], changed("Deployment", &ns, "shop", true));
    let ready = ns.kubectl(&["get", "deployment", "shop", "-o", "jsonpath={.status.availableReplicas}"]);
    assert_eq!(ready, "2", "it waited until both were available");
    let run = recorded(&ns);
    assert_eq!(run["outcome"], "success");
    assert_eq!(
        run["facts"],
        json!({ "arm": "kubectl", "service": "shop", "namespace": ns.name, "first": true, "changed": true })
    );
    assert!(run["duration_ms"].as_f64() > timed["applied_ms"].as_f64(), "ready is later than applied");
    assert_eq!(run["prompt_ms"], timed["applied_ms"], "its prompt was back when kubectl ended");

    // What other tests write at the same moment may be taken for this command's.
    eventually("an unchanged deploy", || {
        let timed = last_line(&time(&ns, &[], &apply, &first).run());
        assert_eq!(timed["changed"], json!([]));
        recorded(&ns)["facts"] == json!({ "arm": "kubectl", "changed": false })
    });

    let update = first.replace("sleep 3600", "sleep 7200");
    let timed = last_line(&time(&ns, &[], &apply, &update).run());
    assert_eq!(timed["changed"], changed("Deployment", &ns, "shop", false));
    assert_eq!(recorded(&ns)["facts"]["first"], false);
    let old = ns.kubectl(&["get", "pods", "-o", "jsonpath={.items[*].spec.containers[0].command}"]);
    assert!(!old.contains("3600"), "it waited until no old pod was left: {old}");
}

fn plat_and_kubectl_record_when_it_was_ready_and_the_prompt_was_back() {
    let ns = Namespace::new("time");
    let first = workload(&ns, "Deployment", "shop", "replicas: 1", "sleep 3600");

    ns.deploy_manifests(first.as_str(), &["--bake", "1s"]).succeeds();
    let by_plat = recorded(&ns);
    let prompt = by_plat["prompt_ms"].as_f64().expect("the time until the prompt");
    assert!(end_of(&by_plat, "ready") < end_of(&by_plat, "bake"), "{by_plat}");
    assert!(end_of(&by_plat, "bake") < prompt, "the prompt is back after the bake: {by_plat}");

    let update = first.replace("sleep 3600", "sleep 7200");
    time(&ns, &[], &["apply", "--server-side", "--force-conflicts", "-f", "-"], &update).succeeds();
    let by_kubectl = recorded(&ns);
    let prompt = by_kubectl["prompt_ms"].as_f64().expect("the time until the prompt");
    assert!(prompt < end_of(&by_kubectl, "ready"), "kubectl leaves before it is ready: {by_kubectl}");

    let report = last_line(&ns.plat(&["report", "--output", "json"]).run());
    for (row, tool) in report["rows"].as_array().expect("a list").iter().zip(["plat", "kubectl"]) {
        assert_eq!((&row["arm"], &row["ready"], &row["prompted"]), (&tool.into(), &1.into(), &1.into()), "{report}");
        let [ready, prompt] = [&row["median_ms"], &row["until_prompt"]["median_ms"]].map(Value::as_f64);
        assert!(ready.is_some() && ready <= prompt, "{report}");
    }
}

fn what_was_replaced_by_another_object_is_no_first_deploy() {
    let ns = Namespace::new("time");
    let one = workload(&ns, "Deployment", "shop", "replicas: 1", "sleep 3600");
    ns.apply(&one);
    ns.kubectl(&["rollout", "status", "deployment/shop", "--timeout=60s"]);
    let timed = last_line(&time(&ns, &[], &["replace", "--force", "-f", "-"], &one).run());
    assert_eq!(timed["changed"], changed("Deployment", &ns, "shop", false));
    assert_eq!(recorded(&ns)["facts"]["first"], false);

    // As another kind, too.
    ns.kubectl(&["delete", "deployment", "shop"]);
    let other = workload(&ns, "StatefulSet", "other", "replicas: 1", "sleep 3600");
    time(&ns, &[], &["apply", "-f", "-"], &other).succeeds();
    assert_eq!(recorded(&ns)["facts"]["first"], true);
}

fn what_nobody_is_going_to_do_is_not_waited_for() {
    let ns = Namespace::new("time");
    let set = |command: &str| {
        workload(
            &ns,
            "StatefulSet",
            "db",
            "replicas: 1\n  serviceName: db\n  updateStrategy: {type: OnDelete}",
            command,
        )
    };
    ns.apply(set("sleep 3600"));
    ns.apply(workload(&ns, "Deployment", "web", "replicas: 1", "sleep 3600"));
    ns.kubectl(&["rollout", "status", "deployment/web", "--timeout=60s"]);
    eventually("the pod is ready", || ns.field("statefulset/db", ".status.readyReplicas") == "1");
    time(&ns, &["--deadline", "20s"], &["apply", "-f", "-"], &set("sleep 7200")).succeeds();
    assert_eq!(recorded(&ns)["facts"]["changed"], false, "its pod is the one of before");
    time(&ns, &["--deadline", "20s"], &["rollout", "pause", "deployment/web"], "").succeeds();
    assert_eq!(recorded(&ns)["outcome"], "success");
    assert_eq!(recorded(&ns)["facts"]["changed"], false);
}

fn a_namespace_that_the_command_does_not_write_to_is_not_unchanged() {
    let (ns, other) = (Namespace::new("time"), Namespace::new("time"));
    let shop = workload(&ns, "Deployment", "shop", "replicas: 1", "sleep 3600");
    let elsewhere = ["apply", "-n", &other.name, "-f", "-"];
    let said = time(&ns, &[], &elsewhere, &shop).run().says("there is no workload in namespace");
    assert_eq!(said.code, 0);
    assert_eq!(recorded(&ns)["facts"]["changed"], Value::Null);

    ns.apply(&shop);
    ns.kubectl(&["rollout", "status", "deployment/shop", "--timeout=60s"]);
    let update = shop.replace("sleep 3600", "sleep 7200");
    time(&ns, &[], &elsewhere, &update).run().says("is not in namespace").says("not counted as an unchanged deploy");
    assert_eq!(recorded(&ns)["facts"]["changed"], Value::Null);
}

fn an_annotation_alone_is_no_update() {
    let ns = Namespace::new("time-note");
    ns.apply(workload(&ns, "Deployment", "shop", "replicas: 1", "sleep 3600"));
    ns.kubectl(&["rollout", "status", "deployment/shop", "--timeout=60s"]);

    time(&ns, &[], &["annotate", "deployment/shop", "note=1"], "").succeeds();

    let facts = recorded(&ns)["facts"].clone();
    assert_eq!((&facts["first"], &facts["changed"]), (&false.into(), &false.into()));
}

fn every_kind_that_runs_pods_is_waited_for() {
    let ns = Namespace::new("time-kinds");
    let set = workload(&ns, "StatefulSet", "db", "replicas: 2\n  serviceName: db", "sleep 3600");
    let daemon = workload(&ns, "DaemonSet", "agent", "minReadySeconds: 0", "sleep 3600");

    let timed = last_line(&time(&ns, &[], &["apply", "-f", "-"], &format!("{set}---\n{daemon}")).run());

    let mut names: Vec<_> = timed["changed"].as_array().expect("a list").iter().map(|one| &one["name"]).collect();
    names.sort_by_key(ToString::to_string);
    assert_eq!(names, ["agent", "db"]);
    let ready = |kind: &str, path: &str| ns.kubectl(&["get", kind, "-o", &format!("jsonpath={path}")]);
    assert_eq!(ready("statefulset", "{.items[0].status.readyReplicas}"), "2");
    assert_eq!(ready("daemonset", "{.items[0].status.numberAvailable}"), "1");
}

fn a_workload_that_is_never_ready_ends_at_the_deadline() {
    let ns = Namespace::new("time-late");
    let slow = workload(&ns, "Deployment", "shop", "minReadySeconds: 300", "sleep 3600");

    let error = last_line(&time(&ns, &["--deadline", "3s"], &["apply", "-f", "-"], &slow).run());

    assert_eq!((&error["exit_code"], &error["reason"]), (&4.into(), &"DeadlineExceeded".into()));
    assert_eq!(recorded(&ns)["outcome"], "timed_out");
    assert_eq!(recorded(&ns)["facts"]["first"], true);
}

fn a_command_that_fails_keeps_its_exit_code() {
    let ns = Namespace::new("time-fail");
    time(&ns, &[], &["apply", "-f", "no-such-file.yaml"], "").fails(1);
    let run = recorded(&ns);
    assert_eq!((&run["outcome"], &run["facts"]["changed"]), (&"failure".into(), &Value::Null));
}

fn a_workload_of_another_namespace_is_seen_with_all_namespaces() {
    let (here, there) = (Namespace::new("time-here"), Namespace::new("time-there"));
    let manifest = workload(&there, "Deployment", "shop", "replicas: 1", "sleep 3600");
    let apply = ["apply", "-n", &there.name, "-f", "-"];

    let timed = last_line(&time(&here, &[], &apply, &manifest).run());
    assert_eq!(timed["changed"], json!([]), "plat looks where it is pointed at");

    there.kubectl(&["delete", "deployment", "shop", "--wait"]);
    let timed = last_line(&time(&here, &["--all-namespaces"], &apply, &manifest).run());
    let changed = timed["changed"].as_array().expect("a list");
    assert!(changed.iter().any(|one| one["namespace"] == there.name.as_str() && one["new"] == true), "{timed}");
}
