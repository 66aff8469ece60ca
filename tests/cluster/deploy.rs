//! `plat deploy` on a real Kubernetes: what it writes, what it never writes, and what it says.

use serde_json::Value;

use crate::harness::tests;
use crate::support::{Namespace, Shop};

tests![SHARED:
    the_first_deploy_creates_and_the_next_changes_nothing,
    what_was_deployed_from_here_is_read_and_from_elsewhere_asked_about,
    an_update_replaces_the_pods_and_says_which_field_changed,
    a_scale_by_kubectl_is_shown_and_kept,
    after_a_rollout_undo_only_what_differs_is_a_conflict,
    a_conflict_in_one_object_keeps_all_others_from_being_written,
    a_field_that_was_removed_with_kubectl_is_shown_and_not_put_back,
    the_number_of_replicas_is_handed_over_to_an_autoscaler_as_it_is,
    a_field_that_plat_does_not_set_stays_as_kubectl_made_it,
    an_object_that_was_deleted_with_kubectl_comes_back_and_is_named,
    render_into_kubectl_apply_changes_no_field_and_starts_no_rollout,
    a_missing_namespace_is_created_where_somebody_says_so,
    without_permission_nothing_is_written_and_the_missing_right_is_named,
    status_and_logs_say_what_runs,
    a_real_api_server_is_spoken_to_in_http2,
    a_deadline_ends_with_what_it_waits_for_and_code_4,
    a_worker_that_ends_a_moment_after_it_started_is_not_ready,
    #[cfg(target_os = "linux")] ctrl_c_in_a_rollout_names_the_state_of_the_cluster,
];

/// UIDs of what a rollout would replace. The generation tells nothing: a Deployment's rises with its annotations too.
fn running(namespace: &Namespace) -> (Vec<Value>, Vec<Value>) {
    let uids = |kind: &str| -> Vec<Value> {
        let list = namespace.get(kind);
        list["items"].as_array().expect("a list").iter().map(|item| item["metadata"]["uid"].clone()).collect()
    };
    (uids("replicasets"), uids("pods"))
}

/// Everything in the namespace that plat could have written to.
fn versions(namespace: &Namespace) -> Vec<(Value, Value)> {
    let list = namespace.get("serviceaccounts,services,configmaps,networkpolicies,deployments");
    let items = list["items"].as_array().expect("a list").iter();
    items.map(|item| (item["metadata"]["name"].clone(), item["metadata"]["resourceVersion"].clone())).collect()
}

fn what_was_deployed_from_here_is_read_and_from_elsewhere_asked_about() {
    let shop = Shop::new("deploy").with(HELLO);
    shop.run(&["deploy"]).succeeds();
    let sent = shop.requests(&["patch"]);
    shop.run(&["deploy"]).succeeds();
    assert_eq!(shop.requests(&["patch"]), sent, "neither a dry run nor a write");
    let elsewhere = shop.work().join("another-machine");
    shop.run(&["deploy"]).env("PLAT_HOME", &elsewhere).succeeds();
    assert!(shop.requests(&["patch"]) > sent, "nothing is known there");

    shop.kubectl(&["set", "env", "deployment/shop", "GREETING=theirs"]);
    shop.run(&["deploy"]).fails(1).says("GREETING").says("theirs");
}

const HELLO: &str = "env: {GREETING: hello}";
const GOODBYE: &str = "env: {GREETING: goodbye}";

/// The service, deployed and ready.
fn deployed(spec: &str) -> Shop {
    let shop = Shop::new("deploy").with(spec);
    shop.deploy().succeeds();
    shop
}

fn the_first_deploy_creates_and_the_next_changes_nothing() {
    let shop = Shop::new("deploy");
    let first = shop.deploy().succeeds();
    assert!(first.writes().contains(&"Deployment create".to_owned()), "{first:#?}");
    let done = first.event("done");
    assert_eq!((&done["first"], &done["changed"], &done["replicas"]), (&true.into(), &true.into(), &1.into()));
    let before = running(&shop);

    let second = shop.deploy().succeeds();
    assert_eq!(second.writes(), Vec::<String>::new());
    let done = second.event("done");
    assert_eq!((&done["first"], &done["changed"]), (&false.into(), &false.into()));
    assert_eq!(running(&shop), before);
}

fn an_update_replaces_the_pods_and_says_which_field_changed() {
    let shop = deployed(HELLO);
    let (sets, _) = running(&shop);

    let update = shop.with(GOODBYE).deploy().succeeds();
    assert_eq!(update.writes(), ["Deployment change"]);
    let plan = update.event("plan").to_string();
    assert!(plan.contains(r#"env[name=\"GREETING\"].value: hello -> goodbye"#), "{plan}");
    let (now, _) = running(&shop);
    assert_eq!(now.len(), sets.len() + 1, "a new ReplicaSet beside the previous one");
    assert_eq!(update.event("done")["changed"], true);
}

fn a_scale_by_kubectl_is_shown_and_kept() {
    let shop = deployed("");
    shop.kubectl(&["scale", "deployment/shop", "--replicas=2"]);
    shop.rolled_out("deployment/shop");
    let before = versions(&shop);

    let refused = shop.deploy().fails(1).reason("Conflict");
    let error = refused.error();
    assert_eq!(error["place"], format!("Deployment {}/shop", shop.name));
    let said = format!("Deployment {}/shop: .spec.replicas is 2, set by kubectl; you ask for 1", shop.name);
    assert_eq!(error["details"][0], said);
    assert_eq!(versions(&shop), before);

    let taken = shop.deploy().args(&["--take"]).succeeds();
    assert_eq!(taken.event("plan")["taken"][0], said);
    assert_eq!(shop.get("deployment/shop")["spec"]["replicas"], 1);
}

/// What plat itself advises after a failed update. kubectl then claims plat's own notes too: nobody edited those.
fn after_a_rollout_undo_only_what_differs_is_a_conflict() {
    let shop = deployed(HELLO);
    shop.with(GOODBYE).deploy().succeeds();
    shop.kubectl(&["rollout", "undo", "deployment/shop"]);
    shop.rolled_out("deployment/shop");

    let refused = shop.with(GOODBYE).deploy().fails(1).evidence("GREETING");
    let details = refused.error()["details"].to_string();
    assert!(!details.contains("plat.dev/"), "{details}");

    shop.deploy().succeeds();
    assert_eq!(shop.with("resources: {cpu: 60m}").deploy().succeeds().writes(), ["Deployment change"]);
}

fn a_conflict_in_one_object_keeps_all_others_from_being_written() {
    let shop = deployed(HELLO);
    shop.kubectl(&["set", "env", "deployment/shop", "GREETING=by hand"]);
    shop.rolled_out("deployment/shop");
    let before = versions(&shop);

    shop.write("shop.conf", "colour = blue\n");
    let shop = shop.with(GOODBYE).with("config: [shop.conf]");
    shop.deploy()
        .fails(1)
        .reason("Conflict")
        .evidence("is by hand, set by kubectl-set at ")
        .evidence("; you ask for goodbye");
    assert_eq!(versions(&shop), before, "the new ConfigMap must not be there either");
}

fn a_field_that_was_removed_with_kubectl_is_shown_and_not_put_back() {
    let shop = deployed(HELLO);
    shop.kubectl(&["set", "env", "deployment/shop", "GREETING-"]);
    shop.kubectl(&["label", "service/shop", "app.kubernetes.io/managed-by-"]);
    shop.rolled_out("deployment/shop");
    let before = versions(&shop);

    shop.deploy()
        .fails(1)
        .reason("Conflict")
        .evidence("managed-by was removed without plat; you ask for plat")
        .evidence("GREETING");
    assert_eq!(versions(&shop), before);
}

fn the_number_of_replicas_is_handed_over_to_an_autoscaler_as_it_is() {
    let shop = deployed("");
    shop.with("replicas: 2").deploy().succeeds();
    let scaled = shop.with("replicas: {min: 1, max: 4}");
    let handed_over = scaled.deploy().succeeds();
    assert_eq!(handed_over.writes(), ["HorizontalPodAutoscaler create", "Deployment change"]);
    assert!(!handed_over.event("plan").to_string().contains(".spec.replicas"), "{handed_over:#?}");
    assert_eq!(shop.get("deployment/shop")["spec"]["replicas"], 2);
    assert_eq!(scaled.deploy().succeeds().writes(), Vec::<String>::new());
}

fn a_field_that_plat_does_not_set_stays_as_kubectl_made_it() {
    let shop = deployed("");
    shop.kubectl(&["annotate", "deployment/shop", "team=checkout"]);
    shop.kubectl(&["set", "env", "deployment/shop", "DEBUG=1"]);

    shop.with(HELLO).deploy().succeeds();
    let deployment = shop.get("deployment/shop");
    assert_eq!(deployment["metadata"]["annotations"]["team"], "checkout");
    let env = deployment["spec"]["template"]["spec"]["containers"][0]["env"].to_string();
    assert!(env.contains("DEBUG") && env.contains("GREETING"), "{env}");
}

fn an_object_that_was_deleted_with_kubectl_comes_back_and_is_named() {
    let shop = deployed("");
    let before = running(&shop);
    shop.kubectl(&["delete", "service/shop"]);

    assert_eq!(shop.deploy().succeeds().writes(), ["Service create"]);
    assert_eq!(running(&shop), before);
}

fn render_into_kubectl_apply_changes_no_field_and_starts_no_rollout() {
    let shop = deployed(HELLO);
    let before = running(&shop);
    let spec_of = |object: &str| shop.get(object)["spec"].clone();
    let specs = ["deployment/shop", "service/shop", "networkpolicy/shop"].map(spec_of);

    shop.apply(shop.run(&["render"]).succeeds().out);

    assert_eq!(["deployment/shop", "service/shop", "networkpolicy/shop"].map(spec_of), specs);
    assert_eq!(running(&shop), before);
    assert_eq!(shop.deploy().succeeds().event("done")["changed"], false);
    assert_eq!(running(&shop), before);
}

fn a_missing_namespace_is_created_where_somebody_says_so() {
    let shop = Shop::new("deploy");
    let typo = format!("{}x", shop.name);
    let namespace = format!("namespace/{typo}");
    shop.deploy()
        .args(&["-n", &typo])
        .fails(1)
        .reason("NamespaceMissing")
        .what("does not exist; nothing was written")
        .hint(&format!("did you mean {}?", shop.name))
        .hint("--create-namespace");
    let mut asked = shop.run(&["deploy", "-n", &typo]).on_terminal();
    asked.wait_for(&format!("namespace {typo} does not exist in context"));
    asked.press("a");
    assert_eq!(asked.end(), 130);
    assert!(!shop.is_there(&namespace));

    let deploy = shop.deploy().args(&["-n", &typo, "--create-namespace"]).run();
    let label = shop.field(&namespace, r".metadata.labels.app\.kubernetes\.io/managed-by");
    shop.kubectl(&["delete", "namespace", &typo, "--ignore-not-found"]);
    let deploy = deploy.succeeds();
    assert_eq!((label.as_str(), &deploy.event("done")["namespace"]), ("plat", &typo.clone().into()));

    // An environment of plat.yaml wrote it down.
    let written = shop.with(&format!("environments: {{dev: {{namespace: {typo}}}}}"));
    let deploy = written.deploy().args(&["--env", "dev"]).run();
    shop.kubectl(&["delete", "namespace", &typo, "--ignore-not-found", "--wait=false"]);
    deploy.succeeds();
}

fn without_permission_nothing_is_written_and_the_missing_right_is_named() {
    let shop = Shop::new("deploy");
    let viewer = shop.by(&shop.account("viewer", "--clusterrole=view"));
    let before = versions(&shop);
    viewer
        .run(&["deploy"])
        .fails(1)
        .says("you have no permission")
        .says("cannot patch resource")
        .says("nothing was written");
    assert_eq!(versions(&shop), before);
}

fn status_and_logs_say_what_runs() {
    let worker = Shop::new("deploy").without("port").without("health").with("kind: worker\nreplicas: 2");
    let worker = worker.runs("echo \"token=abcdefgh12345\"; exec sleep 3600");
    worker.deploy().succeeds();

    let status = worker.run(&["status"]).events().succeeds().events.remove(0);
    assert_eq!((&status["status"], &status["ready"], &status["wanted"]), (&"Current".into(), &2.into(), &2.into()));

    let is_one = |line: &str| line.starts_with("shop-") && line.ends_with(" | token=abcdefgh12345");
    let logs = worker.run(&["logs"]).succeeds().out;
    let lines: Vec<&str> = logs.lines().collect();
    assert!(lines.len() == 2 && lines.iter().all(|line| is_one(line)), "one line of each replica: {logs}");

    let mut follow = worker.run(&["logs", "--follow"]).start();
    let followed = [(); 2].map(|()| follow.until_line("a line", |_| true).remove(0));
    follow.kill();
    assert!(followed.iter().all(|line| is_one(line)) && followed[0] != followed[1], "{followed:?}");

    worker.run(&["status", "shpo"]).fails(1).says("the nearest is shop");
}

fn a_real_api_server_is_spoken_to_in_http2() {
    Namespace::new("deploy").plat(&["-v", "status", "shop"]).run().says("protocol=Http2");
}

/// It starts, and nothing ever answers on its port.
fn never_ready() -> Shop {
    Shop::new("deploy").without("replicas").runs("exec sleep 3600")
}

fn a_deadline_ends_with_what_it_waits_for_and_code_4() {
    never_ready()
        .deploy()
        .args(&["--deadline", "4s"])
        .fails(4)
        .says("shop was not ready within 4.0s")
        .says("plat status")
        .says("--deadline");
}

fn a_worker_that_ends_a_moment_after_it_started_is_not_ready() {
    let worker = Shop::new("deploy").without("port").without("health").without("bake").with("kind: worker");
    worker.runs("sleep 1; echo no queue; exit 1").deploy().fails(3).reason("CrashLoopBackOff").evidence("no queue");
}

#[cfg(target_os = "linux")]
fn ctrl_c_in_a_rollout_names_the_state_of_the_cluster() {
    let shop = never_ready();
    let mut deploy = shop.deploy().start();
    deploy.until("progress");
    let said = deploy.interrupt().fails(130).what(&format!("plat delete shop -n {}", shop.name));
    let text = said.error()["error"].as_str().unwrap_or_default();
    assert!(text.starts_with("interrupted: shop may have been applied, in part or in whole"), "{text}");
    assert_eq!(shop.get("deployment/shop")["spec"]["replicas"], 2);
}
