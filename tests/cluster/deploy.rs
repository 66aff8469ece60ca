//! `plat deploy` on a real Kubernetes: what it writes, what it never writes, and what it says.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use serde_json::Value;

use super::support::{self, Namespace};
use crate::harness::tests;

tests![SHARED:
    the_first_deploy_creates_and_the_next_changes_nothing,
    an_update_replaces_the_pods_and_says_which_field_changed,
    a_scale_by_kubectl_is_shown_and_kept,
    after_a_rollout_undo_only_what_differs_is_a_conflict,
    a_conflict_in_one_object_keeps_all_others_from_being_written,
    a_field_that_was_removed_with_kubectl_is_shown_and_not_put_back,
    the_number_of_replicas_is_handed_over_to_an_autoscaler_as_it_is,
    a_field_that_plat_does_not_set_stays_as_kubectl_made_it,
    an_object_that_was_deleted_with_kubectl_comes_back_and_is_named,
    render_into_kubectl_apply_changes_no_field_and_starts_no_rollout,
    a_missing_namespace_is_created,
    without_permission_nothing_is_written_and_the_missing_right_is_named,
    status_and_logs_say_what_runs,
    a_real_api_server_is_spoken_to_in_http2,
    a_deadline_ends_with_what_it_waits_for_and_code_4,
    a_worker_that_ends_a_moment_after_it_started_is_not_ready,
    #[cfg(target_os = "linux")] ctrl_c_in_a_rollout_names_the_state_of_the_cluster,
];

/// A web server that needs nothing but the shell's image.
fn spec(namespace: &Namespace, more: &str) {
    let image = support::busybox(namespace);
    let text = format!(
        "name: shop
port: 8080
health: /
image: {image}
replicas: 1
command: [sh, -c, 'mkdir -p /tmp/www && echo hello > /tmp/www/index.html && exec httpd -f -p 8080 -h /tmp/www']
{more}\n"
    );
    fs::write(namespace.work().join("plat.yaml"), text).expect("plat.yaml can be written");
}

/// Runs `plat deploy --output json`; returns its exit code and events.
fn deploy(namespace: &Namespace, args: &[&str]) -> (i32, Vec<Value>) {
    let output = support::plat(namespace).args(["deploy", "--output", "json"]).args(args).output().expect("plat runs");
    let events = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("one JSON value a line"))
        .collect();
    (output.status.code().expect("plat ends by itself"), events)
}

fn deployed(namespace: &Namespace, args: &[&str]) -> Vec<Value> {
    let (code, events) = deploy(namespace, args);
    assert_eq!(code, 0, "{events:#?}");
    events
}

fn event<'e>(events: &'e [Value], name: &str) -> &'e Value {
    events.iter().find(|event| event["event"] == name).unwrap_or_else(|| panic!("no event {name}: {events:#?}"))
}

/// `Deployment create`, for all objects that are written.
fn writes(events: &[Value]) -> Vec<String> {
    let objects = event(events, "plan")["objects"].as_array().expect("objects").clone();
    let written = objects.iter().filter(|object| object["action"] != "nothing");
    written.map(|object| format!("{} {}", object["kind"], object["action"]).replace('"', "")).collect()
}

fn get(namespace: &Namespace, object: &str) -> Value {
    serde_json::from_str(&support::kubectl(namespace, &["get", object, "-o", "json"])).expect("JSON of kubectl")
}

/// UIDs of what a rollout would replace. The generation tells nothing: a Deployment's rises with its annotations too.
fn running(namespace: &Namespace) -> (Vec<Value>, Vec<Value>) {
    let uids = |kind: &str| -> Vec<Value> {
        let list = get(namespace, kind);
        list["items"].as_array().expect("a list").iter().map(|item| item["metadata"]["uid"].clone()).collect()
    };
    (uids("replicasets"), uids("pods"))
}

/// Everything in the namespace that plat could have written to.
fn versions(namespace: &Namespace) -> Vec<(Value, Value)> {
    let kinds = "serviceaccounts,services,configmaps,networkpolicies,deployments";
    let list = get(namespace, kinds);
    let items = list["items"].as_array().expect("a list").iter();
    items.map(|item| (item["metadata"]["name"].clone(), item["metadata"]["resourceVersion"].clone())).collect()
}

/// The service runs, and the Deployment controller is done with it.
fn settled(more: &str, prefix: &str) -> Namespace {
    let namespace = support::namespace(prefix);
    spec(&namespace, more);
    deployed(&namespace, &[]);
    namespace
}

fn the_first_deploy_creates_and_the_next_changes_nothing() {
    let namespace = support::namespace("deploy");
    spec(&namespace, "");
    let first = deployed(&namespace, &[]);
    assert!(writes(&first).contains(&"Deployment create".to_owned()), "{first:#?}");
    let done = event(&first, "done");
    assert_eq!((&done["first"], &done["changed"], &done["replicas"]), (&true.into(), &true.into(), &1.into()));
    let before = running(&namespace);

    let second = deployed(&namespace, &[]);
    assert_eq!(writes(&second), Vec::<String>::new());
    let done = event(&second, "done");
    assert_eq!((&done["first"], &done["changed"]), (&false.into(), &false.into()));
    assert_eq!(running(&namespace), before);
}

fn an_update_replaces_the_pods_and_says_which_field_changed() {
    let namespace = settled("env: {GREETING: hello}", "deploy");
    let (sets, _) = running(&namespace);

    spec(&namespace, "env: {GREETING: goodbye}");
    let events = deployed(&namespace, &[]);
    assert_eq!(writes(&events), ["Deployment change"]);
    let plan = event(&events, "plan").to_string();
    assert!(plan.contains(r#"env[name=\"GREETING\"].value: hello -> goodbye"#), "{plan}");
    let (now, _) = running(&namespace);
    assert_eq!(now.len(), sets.len() + 1, "a new ReplicaSet beside that of before");
    assert_eq!(event(&events, "done")["changed"], true);
}

fn a_scale_by_kubectl_is_shown_and_kept() {
    let namespace = settled("", "deploy");
    support::kubectl(&namespace, &["scale", "deployment/shop", "--replicas=2"]);
    support::kubectl(&namespace, &["rollout", "status", "deployment/shop", "--timeout=60s"]);
    let before = versions(&namespace);

    let (code, events) = deploy(&namespace, &[]);
    let error = event(&events, "error");
    assert_eq!((code, error["reason"].as_str()), (1, Some("Conflict")), "{error:#}");
    assert_eq!(error["place"], format!("Deployment {}/shop", namespace.name));
    assert_eq!(error["details"][0], ".spec.replicas is 2, set by kubectl; you ask for 1");
    assert_eq!(versions(&namespace), before);

    let events = deployed(&namespace, &["--take"]);
    let taken = &event(&events, "plan")["taken"];
    assert_eq!(taken[0], ".spec.replicas is 2, set by kubectl; you ask for 1");
    assert_eq!(get(&namespace, "deployment/shop")["spec"]["replicas"], 1);
}

/// What plat itself advises after a failed update. kubectl then claims plat's own notes too: nobody edited those.
fn after_a_rollout_undo_only_what_differs_is_a_conflict() {
    let namespace = settled("env: {GREETING: hello}", "deploy");
    spec(&namespace, "env: {GREETING: goodbye}");
    deployed(&namespace, &[]);
    support::kubectl(&namespace, &["rollout", "undo", "deployment/shop"]);
    support::kubectl(&namespace, &["rollout", "status", "deployment/shop", "--timeout=60s"]);

    let (code, events) = deploy(&namespace, &[]);
    let details = event(&events, "error")["details"].to_string();
    assert_eq!(code, 1);
    assert!(details.contains("GREETING") && !details.contains("plat.dev/"), "{details}");

    spec(&namespace, "env: {GREETING: hello}");
    deployed(&namespace, &[]);
    spec(&namespace, "env: {GREETING: hello}\nresources: {cpu: 60m}");
    assert_eq!(writes(&deployed(&namespace, &[])), ["Deployment change"]);
}

fn a_conflict_in_one_object_keeps_all_others_from_being_written() {
    let namespace = settled("env: {GREETING: hello}", "deploy");
    support::kubectl(&namespace, &["set", "env", "deployment/shop", "GREETING=by hand"]);
    support::kubectl(&namespace, &["rollout", "status", "deployment/shop", "--timeout=60s"]);
    let before = versions(&namespace);

    fs::write(namespace.work().join("shop.conf"), "colour = blue\n").expect("a config file");
    spec(&namespace, "env: {GREETING: goodbye}\nconfig: [shop.conf]");
    let (code, events) = deploy(&namespace, &[]);
    let error = event(&events, "error");
    assert_eq!((code, error["reason"].as_str()), (1, Some("Conflict")), "{error:#}");
    let shown = error["details"].to_string();
    assert!(shown.contains("is by hand, set by kubectl-set at "), "{shown}");
    assert!(shown.contains("; you ask for goodbye"), "{shown}");
    assert_eq!(versions(&namespace), before, "the new ConfigMap must not be there either");
}

fn a_field_that_was_removed_with_kubectl_is_shown_and_not_put_back() {
    let namespace = settled("env: {GREETING: hello}", "deploy");
    support::kubectl(&namespace, &["set", "env", "deployment/shop", "GREETING-"]);
    support::kubectl(&namespace, &["label", "service/shop", "app.kubernetes.io/managed-by-"]);
    support::kubectl(&namespace, &["rollout", "status", "deployment/shop", "--timeout=60s"]);
    let before = versions(&namespace);

    let (code, events) = deploy(&namespace, &[]);
    let error = event(&events, "error");
    assert_eq!((code, error["reason"].as_str()), (1, Some("Conflict")), "{error:#}");
    let shown = error["details"].to_string();
    assert!(shown.contains("managed-by was removed without plat; you ask for plat"), "{shown}");
    assert!(shown.contains("GREETING"), "{shown}");
    assert_eq!(versions(&namespace), before);
}

fn the_number_of_replicas_is_handed_over_to_an_autoscaler_as_it_is() {
    let namespace = settled("", "deploy");
    let text = fs::read_to_string(namespace.work().join("plat.yaml")).expect("plat.yaml");
    let with = |replicas: &str| {
        fs::write(namespace.work().join("plat.yaml"), text.replace("replicas: 1", &format!("replicas: {replicas}")))
            .expect("plat.yaml can be written");
        deployed(&namespace, &[])
    };
    with("2");
    let events = with("{min: 1, max: 4}");
    assert_eq!(writes(&events), ["HorizontalPodAutoscaler create", "Deployment change"]);
    assert!(!event(&events, "plan").to_string().contains(".spec.replicas"), "{events:#?}");
    assert_eq!(get(&namespace, "deployment/shop")["spec"]["replicas"], 2);
    assert_eq!(writes(&deployed(&namespace, &[])), Vec::<String>::new());
}

fn a_field_that_plat_does_not_set_stays_as_kubectl_made_it() {
    let namespace = settled("", "deploy");
    support::kubectl(&namespace, &["annotate", "deployment/shop", "team=checkout"]);
    support::kubectl(&namespace, &["set", "env", "deployment/shop", "DEBUG=1"]);

    spec(&namespace, "env: {GREETING: hello}");
    deployed(&namespace, &[]);
    let deployment = get(&namespace, "deployment/shop");
    assert_eq!(deployment["metadata"]["annotations"]["team"], "checkout");
    let env = deployment["spec"]["template"]["spec"]["containers"][0]["env"].to_string();
    assert!(env.contains("DEBUG") && env.contains("GREETING"), "{env}");
}

fn an_object_that_was_deleted_with_kubectl_comes_back_and_is_named() {
    let namespace = settled("", "deploy");
    let before = running(&namespace);
    support::kubectl(&namespace, &["delete", "service/shop"]);

    let events = deployed(&namespace, &[]);
    assert_eq!(writes(&events), ["Service create"]);
    assert_eq!(running(&namespace), before);
}

fn render_into_kubectl_apply_changes_no_field_and_starts_no_rollout() {
    let namespace = settled("env: {GREETING: hello}", "deploy");
    let before = running(&namespace);
    let spec_of = |object: &str| get(&namespace, object)["spec"].clone();
    let specs = ["deployment/shop", "service/shop", "networkpolicy/shop"].map(spec_of);

    let manifests = support::plat(&namespace).arg("render").assert().success();
    let yaml = String::from_utf8(manifests.get_output().stdout.clone()).expect("YAML is text");
    support::apply(&namespace, &yaml);

    assert_eq!(["deployment/shop", "service/shop", "networkpolicy/shop"].map(spec_of), specs);
    assert_eq!(running(&namespace), before);
    let events = deployed(&namespace, &[]);
    assert_eq!(event(&events, "done")["changed"], false);
    assert_eq!(running(&namespace), before);
}

fn a_missing_namespace_is_created() {
    let namespace = support::namespace("deploy");
    let other = format!("{}-new", namespace.name);
    spec(&namespace, "");
    let events = deployed(&namespace, &["-n", &other]);
    let label = support::kubectl(
        &namespace,
        &["get", "namespace", &other, "-o", r"jsonpath={.metadata.labels.app\.kubernetes\.io/managed-by}"],
    );
    support::kubectl(&namespace, &["delete", "namespace", &other, "--wait=false"]);
    assert_eq!((label.as_str(), &event(&events, "done")["namespace"]), ("plat", &other.into()));
}

fn without_permission_nothing_is_written_and_the_missing_right_is_named() {
    let namespace = support::namespace("deploy");
    spec(&namespace, "");
    support::kubectl(&namespace, &["create", "serviceaccount", "viewer"]);
    let account = format!("{}:viewer", namespace.name);
    support::kubectl(
        &namespace,
        &["create", "rolebinding", "viewer", "--clusterrole=view", &format!("--serviceaccount={account}")],
    );
    let token = support::kubectl(&namespace, &["create", "token", "viewer"]);
    let text = fs::read_to_string(&namespace.kubeconfig).expect("the test's kubeconfig");
    let mut kubeconfig: Value = serde_json::from_str(&text).expect("JSON");
    kubeconfig["users"][0]["user"] = serde_json::json!({ "token": token.trim() });
    let viewer = namespace.work().join("viewer.kubeconfig");
    fs::write(&viewer, kubeconfig.to_string()).expect("a kubeconfig can be written");
    let before = versions(&namespace);

    let output = support::plat(&namespace).env("KUBECONFIG", &viewer).arg("deploy").output().expect("plat runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("you have no permission"), "{said}");
    assert!(said.contains("cannot patch resource"), "{said}");
    assert!(said.contains("nothing was written"), "{said}");
    assert_eq!(versions(&namespace), before);
}

fn status_and_logs_say_what_runs() {
    let namespace = support::namespace("deploy");
    let image = support::busybox(&namespace);
    let program = "echo \"token=abcdefgh12345\"; exec sleep 3600";
    let text = format!("name: shop\nkind: worker\nimage: {image}\nreplicas: 2\ncommand: [sh, -c, '{program}']\n");
    fs::write(namespace.work().join("plat.yaml"), text).expect("plat.yaml can be written");
    deployed(&namespace, &[]);

    let status = support::plat(&namespace).args(["status", "--output", "json"]).assert().success();
    let status: Value = serde_json::from_slice(&status.get_output().stdout).expect("JSON");
    assert_eq!((&status["status"], &status["ready"], &status["wanted"]), (&"Current".into(), &2.into(), &2.into()));

    let logs = support::plat(&namespace).arg("logs").assert().success();
    let logs = String::from_utf8_lossy(&logs.get_output().stdout).into_owned();
    let lines: Vec<&str> = logs.lines().collect();
    assert_eq!(lines.len(), 2, "one line of each replica: {logs}");
    assert!(lines.iter().all(|line| line.starts_with("shop-") && line.ends_with(" | token=abcdefgh12345")), "{logs}");

    let (mut child, followed) = start(&namespace, &["logs", "--follow"]);
    let followed: Vec<String> = followed.take(2).collect();
    child.kill().and_then(|()| child.wait()).expect("plat ends");
    assert!(
        followed.iter().all(|line| line.ends_with(" | token=abcdefgh12345")) && followed[0] != followed[1],
        "{followed:?}"
    );

    let missing = support::plat(&namespace).args(["status", "shpo"]).assert().failure();
    let said = String::from_utf8_lossy(&missing.get_output().stderr).into_owned();
    assert!(said.contains("the nearest is shop"), "{said}");
}

/// Starts plat in the background; returns it and the lines that it prints.
fn start(namespace: &Namespace, args: &[&str]) -> (Child, impl Iterator<Item = String> + use<>) {
    let plat = support::plat(namespace);
    let mut command = std::process::Command::new(plat.get_program());
    command.env_clear().current_dir(namespace.work()).args(args);
    command.envs(plat.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut child = command.stdout(Stdio::piped()).spawn().expect("plat runs");
    let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
    (child, lines)
}

fn a_real_api_server_is_spoken_to_in_http2() {
    let namespace = support::namespace("deploy");
    let output = support::plat(&namespace).args(["-v", "status", "shop"]).output().expect("plat runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("protocol=Http2"), "{said}");
}

/// It starts, and nothing ever answers on its port.
fn never_ready(namespace: &Namespace) {
    let image = support::busybox(namespace);
    let text = format!("name: shop\nport: 8080\nhealth: /\nimage: {image}\ncommand: [sleep, '3600']\n");
    fs::write(namespace.work().join("plat.yaml"), text).expect("plat.yaml can be written");
}

fn a_deadline_ends_with_what_it_waits_for_and_code_4() {
    let namespace = support::namespace("deploy");
    never_ready(&namespace);
    let (code, events) = deploy(&namespace, &["--deadline", "4s"]);
    let error = event(&events, "error");
    assert_eq!(code, 4, "{error:#}");
    let said = error.to_string();
    assert!(said.contains("shop was not ready within 4.0s"), "{said}");
    assert!(said.contains("plat status") && said.contains("--deadline"), "{said}");
}

fn a_worker_that_ends_a_moment_after_it_started_is_not_ready() {
    let namespace = support::namespace("deploy");
    let image = support::busybox(&namespace);
    let text =
        format!("name: shop\nkind: worker\nimage: {image}\ncommand: [sh, -c, 'sleep 1; echo no queue; exit 1']\n");
    fs::write(namespace.work().join("plat.yaml"), text).expect("plat.yaml can be written");
    let (code, events) = deploy(&namespace, &[]);
    let error = event(&events, "error");
    assert_eq!((code, error["reason"].as_str()), (3, Some("CrashLoopBackOff")), "{error:#}");
    assert!(error["details"].to_string().contains("no queue"), "{error:#}");
}

#[cfg(target_os = "linux")]
fn ctrl_c_in_a_rollout_names_the_state_of_the_cluster() {
    let namespace = support::namespace("deploy");
    never_ready(&namespace);
    let (mut child, mut lines) = start(&namespace, &["deploy", "--output", "json"]);
    assert!(lines.any(|line| line.contains(r#""event":"progress""#)), "no progress before it ended");

    let pid = i32::try_from(child.id()).expect("a process id");
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGINT).expect("a signal");
    let last: Value = serde_json::from_str(&lines.last().expect("an error event")).expect("JSON");
    assert_eq!(child.wait().expect("plat ends").code(), Some(130));
    let said = last["error"].as_str().unwrap_or_default();
    assert!(said.starts_with("interrupted: shop was applied (or a part of it), and its rollout goes on"), "{said}");
    assert!(said.contains(&format!("plat delete shop -n {}", namespace.name)), "{said}");
    assert_eq!(get(&namespace, "deployment/shop")["spec"]["replicas"], 2);
}
