//! `plat deploy -f … --set NAME` on a real Kubernetes: one at a time, recorded, rolled back whole, pruned after success.

use std::fs;

use serde_json::Value;

use super::shop::{self, Running, event, find};
use super::support::{self, Namespace};
use crate::harness::tests;

tests![SHARED:
    a_failed_deploy_restores_the_set_before_whole,
    what_failed_stays_when_asked_for_and_goes_back_by_name,
    the_first_set_has_nothing_to_go_back_to_and_says_so,
    objects_without_a_name_are_followed_and_no_more,
    two_at_once_write_one_after_the_other,
    a_set_that_makes_its_own_namespace_and_spans_another,
    a_large_set_is_recorded_in_several_secrets_and_restored_from_them,
    a_set_and_a_service_of_one_name_do_not_prune_each_other,
];

const DEPLOY: &[&str] = &["deploy", "-f", "all.yaml", "--set", "shop", "--bake", "0"];

/// Ready at once, ready after a while, never ready.
const READY: &str = "sleep 3600";
const SLOW: &str = "sleep 5; touch /tmp/ready; sleep 3600";
const CRASH: &str = "echo password=hunter2; exit 3";

fn config_map(name: &str, text: &str) -> String {
    format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{text: {text}}}\n")
}

/// A workload that reads its ConfigMap of a name that does not change, and nothing else.
fn workload(namespace: &Namespace, program: &str, greeting: &str) -> String {
    let image = support::busybox(namespace);
    let ready = if program == SLOW { "cat, /tmp/ready" } else { "'true'" };
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata: {{name: shop}}
spec:
  replicas: 1
  selector: {{matchLabels: {{app: shop}}}}
  template:
    metadata: {{labels: {{app: shop}}, annotations: {{greeting: {greeting}}}}}
    spec:
      terminationGracePeriodSeconds: 1
      securityContext: {{runAsNonRoot: true, seccompProfile: {{type: RuntimeDefault}}}}
      containers:
      - name: shop
        image: {image}
        args: [-c, '{program}']
        envFrom: [{{configMapRef: {{name: shop}}}}]
        readinessProbe: {{exec: {{command: [{ready}]}}, periodSeconds: 1}}
        securityContext: {{allowPrivilegeEscalation: false, capabilities: {{drop: [ALL]}}}}
{}",
        config_map("shop", greeting)
    )
}

/// Writes the manifests to a folder of this name.
fn write(namespace: &Namespace, folder: &str, text: &str) {
    let dir = namespace.work().join(folder);
    fs::create_dir_all(&dir).expect("a folder");
    fs::write(dir.join("all.yaml"), text).expect("manifests");
}

fn deployed(namespace: &Namespace, folder: &str) -> Vec<Value> {
    let (code, events) = shop::run(namespace, folder, DEPLOY);
    assert_eq!(code, 0, "{events:#?}");
    events
}

/// What the ConfigMap says; empty where it is not there.
fn text(namespace: &Namespace, name: &str) -> String {
    let path = "jsonpath={.data.text}";
    support::kubectl(namespace, &["get", "configmap", name, "--ignore-not-found", "-o", path])
}

fn definition(group: &str, short: &str) -> String {
    format!(
        "---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: widgets.{group}}}
spec:
  group: {group}
  scope: Namespaced
  names: {{kind: Widget, plural: widgets, singular: widget, shortNames: [{short}]}}
  versions: [{{name: v1, served: true, storage: true, schema: {{openAPIV3Schema: {{type: object}}}}}}]
"
    )
}

const CLAIM: &str = "---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec: {accessModes: \
                     [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}\n";

fn a_failed_deploy_restores_the_set_before_whole() {
    let namespace = support::namespace("set");
    let group = format!("{}.example.com", namespace.name);
    let short = || {
        let name = format!("crd/widgets.{group}");
        support::kubectl(&namespace, &["get", &name, "-o", "jsonpath={.spec.names.shortNames[0]}"])
    };
    let good = workload(&namespace, READY, "first") + &config_map("old", "old") + &definition(&group, "wa");
    write(&namespace, "a", &good);
    deployed(&namespace, "a");
    let bad = workload(&namespace, CRASH, "second") + &config_map("new", "new") + &definition(&group, "wb") + CLAIM;
    write(&namespace, "a", &bad);
    let (code, events) = shop::run(&namespace, "a", DEPLOY);
    let short = (short(), support::kubectl(&namespace, &["delete", "crd", &format!("widgets.{group}")])).0;
    let error = event(&events, "error");
    assert_eq!((code, &error["reason"]), (3, &"CrashLoopBackOff".into()), "{error:#}");
    assert!(error["hints"].to_string().contains("revision 1") && !error.to_string().contains("hunter2"), "{error:#}");
    let order: Vec<&str> = events.iter().filter_map(|event| event["event"].as_str()).collect();
    let at = |name: &str| order.iter().position(|event| *event == name).unwrap_or_else(|| panic!("{name}: {order:?}"));
    assert!(at("finding") < at("evidence") && at("evidence") < at("rollback") && at("rollback") < at("restored"));

    // Its configuration is as it was, what was to go is there, what came is gone; but what holds data of others.
    let texts = ["shop", "old", "new"].map(|name| text(&namespace, name));
    assert_eq!(texts, ["first", "old", ""]);
    let ready = ["get", "deployment/shop", "-o", "jsonpath={.status.readyReplicas} {.status.replicas}"];
    assert_eq!(support::kubectl(&namespace, &ready), "1 1");
    assert_eq!(short, "wb", "a definition is never rolled back");
    assert!(!support::kubectl(&namespace, &["get", "pvc/data", "-o", "name"]).is_empty());
    assert_eq!(shop::history(&namespace), ["3 deployed", "2 rolled-back", "1 deployed"]);
    assert_eq!(shop::holder(&namespace), "");

    // The bundle has the log of what is gone by now.
    let folder = event(&events, "evidence")["folder"].as_str().expect("a folder").to_owned();
    let logs = fs::read_dir(format!("{folder}/logs")).expect("logs").filter_map(Result::ok);
    let logs: Vec<String> = logs.map(|log| fs::read_to_string(log.path()).expect("a log")).collect();
    assert!(logs.iter().any(|log| log.contains("password=")) && logs.iter().all(|log| !log.contains("hunter2")));
}

fn what_failed_stays_when_asked_for_and_goes_back_by_name() {
    let namespace = support::namespace("set");
    write(&namespace, "a", &(workload(&namespace, READY, "first") + &config_map("old", "old")));
    deployed(&namespace, "a");
    write(&namespace, "a", &workload(&namespace, CRASH, "second"));
    let (code, events) = shop::run(&namespace, "a", &[DEPLOY, &["--no-rollback"]].concat());
    let hints = event(&events, "error")["hints"].to_string();
    let back = format!("plat rollback --set shop -n {}", namespace.name);
    assert!(code == 3 && hints.contains(&back) && !hints.contains("plat status"), "{hints}");
    assert_eq!(["shop", "old"].map(|name| text(&namespace, name)), ["second", "old"], "nothing is pruned");
    assert_eq!(shop::history(&namespace), ["2 failed", "1 deployed"]);

    let (code, events) = shop::run(&namespace, "a", &["rollback", "--set", "shop"]);
    assert_eq!((code, &event(&events, "rollback")["revision"]), (0, &1.into()), "{events:#?}");
    assert_eq!(text(&namespace, "shop"), "first");
    assert_eq!(shop::history(&namespace), ["3 deployed", "2 failed", "1 deployed"]);

    write(&namespace, "a", &workload(&namespace, READY, "first"));
    let events = deployed(&namespace, "a");
    assert_eq!(event(&events, "plan")["leavers"][0]["name"], "old", "{events:#?}");
    assert_eq!(text(&namespace, "old"), "", "pruned after success, although a revision has it");
    let (code, _) = shop::run(&namespace, "a", &["rollback", "--set", "shop", "1"]);
    assert_eq!((code, text(&namespace, "old").as_str()), (0, "old"), "the revision brings it back");
    assert_eq!(shop::run(&namespace, "a", &["delete", "shop", "--yes"]).0, 0);
    assert_eq!((text(&namespace, "shop"), shop::history(&namespace).len()), (String::new(), 0));
}

fn the_first_set_has_nothing_to_go_back_to_and_says_so() {
    let namespace = support::namespace("set");
    write(&namespace, "a", &workload(&namespace, CRASH, "first"));
    let (code, events) = shop::run(&namespace, "a", DEPLOY);
    let hints = event(&events, "error")["hints"].to_string();
    assert!(code == 3 && hints.contains("it is the first deploy, so there is nothing to go back to"), "{hints}");
    assert!(hints.contains(&format!("plat delete shop -n {}", namespace.name)), "{hints}");
    assert!(find(&events, "rollback").is_none());
    assert_eq!((shop::history(&namespace), shop::holder(&namespace)), (vec!["1 failed".to_owned()], String::new()));
    assert_eq!(text(&namespace, "shop"), "first", "what failed is left as it is");
}

fn objects_without_a_name_are_followed_and_no_more() {
    let namespace = support::namespace("set");
    let nameless = ["deploy", "-f", "all.yaml", "--bake", "0"];
    write(&namespace, "a", &workload(&namespace, READY, "first"));
    assert_eq!(shop::run(&namespace, "a", &nameless).0, 0);
    write(&namespace, "a", &workload(&namespace, CRASH, "second"));
    let (code, events) = shop::run(&namespace, "a", &nameless);
    let hints = event(&events, "error")["hints"].to_string();
    assert!(code == 3 && hints.contains("with --set NAME the next failure would be rolled back"), "{hints}");
    assert!(find(&events, "evidence").is_some() && find(&events, "rollback").is_none(), "{events:#?}");
    assert_eq!((text(&namespace, "shop").as_str(), shop::history(&namespace).len()), ("second", 0));
    let noted = support::kubectl(&namespace, &["get", "leases,secrets", "-o", "name"]);
    assert_eq!(noted, "", "nothing is noted in the cluster");
}

fn two_at_once_write_one_after_the_other() {
    let namespace = support::namespace("set");
    write(&namespace, "a", &workload(&namespace, SLOW, "first"));
    write(&namespace, "b", &workload(&namespace, READY, "second"));
    let mut first = Running::start(&namespace, "a", DEPLOY);
    first.until("progress");
    let mut same = Running::start(&namespace, "a", DEPLOY);
    assert_eq!(same.until("locked")["attached"], true);
    let (code, events) = shop::run(&namespace, "b", DEPLOY);
    assert_eq!((code, &event(&events, "locked")["attached"]), (0, &false.into()), "{events:#?}");
    let same = same.end();
    assert_eq!((first.end().0, same.0), (0, 0), "{:#?}", same.1);
    // Whoever followed the first one does not bring it back when the second one was faster.
    assert_eq!(text(&namespace, "shop"), "second");
    assert_eq!(shop::history(&namespace), ["2 deployed", "1 deployed"]);
}

/// Objects in two namespaces, one of which the set makes itself: what is noted about the set is in that of `-n`.
fn a_set_that_makes_its_own_namespace_and_spans_another() {
    let namespace = support::namespace("set");
    let own = format!("{}-own", namespace.name);
    let set = |program: &str, text: &str| {
        let there = workload(&namespace, program, text)
            .replace("metadata: {name: shop}", &format!("metadata: {{name: shop, namespace: {}}}", namespace.name));
        let made = format!("---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {own}, labels: {{team: shop}}}}\n");
        there + &made + &config_map("here", text).replace("name: here", &format!("name: here, namespace: {own}"))
    };
    let read = |what: &str, path: &str| {
        support::kubectl(
            &namespace,
            &["get", what, "-n", &own, "--ignore-not-found", "-o", &format!("jsonpath={path}")],
        )
    };
    // The kubeconfig's namespace is where the set is noted.
    let text_of = fs::read_to_string(&namespace.kubeconfig).expect("a kubeconfig");
    let mut kubeconfig: Value = serde_json::from_str(&text_of).expect("JSON");
    kubeconfig["contexts"][0]["context"]["namespace"] = own.clone().into();
    let place = namespace.work().join("own.kubeconfig");
    fs::write(&place, kubeconfig.to_string()).expect("a kubeconfig");
    let deploy = || {
        let output = shop::command(&namespace, "a", DEPLOY).env("KUBECONFIG", &place).output().expect("plat runs");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    write(&namespace, "a", &set(READY, "first"));
    let first = deploy();
    let label = read(&format!("namespace/{own}"), "{.metadata.labels.team}");
    write(&namespace, "a", &set(CRASH, "second"));
    let second = deploy();
    let (here, lease) = (read("configmap/here", "{.data.text}"), read("lease/plat-shop", "{.metadata.name}"));
    support::kubectl(&namespace, &["delete", "namespace", &own, "--wait=false"]);
    assert_eq!((first.0, label.as_str()), (Some(0), "shop"), "{}", first.1);
    assert_eq!((second.0, here.as_str(), lease.as_str()), (Some(3), "first", "plat-shop"), "{}", second.1);
    assert_eq!(text(&namespace, "shop"), "first", "restored in the other namespace too");
    assert!(second.1.contains("\"event\":\"restored\""), "{}", second.1);
}

/// More than one Secret holds, and 500 objects: the revision is kept in several, and brought back from them.
fn a_large_set_is_recorded_in_several_secrets_and_restored_from_them() {
    const OBJECTS: usize = 500;
    let namespace = support::namespace("set");
    let noise = || uuid::Uuid::new_v4().simple().to_string();
    let texts: Vec<String> =
        (0..OBJECTS).map(|_| std::iter::repeat_with(noise).take(110).collect::<String>()).collect();
    let all = |texts: &[String]| -> String {
        texts.iter().enumerate().map(|(n, text)| config_map(&format!("many-{n}"), &format!("x{text}"))).collect()
    };
    write(&namespace, "a", &all(&texts));
    deployed(&namespace, "a");
    let secrets = shop::get(&namespace, &["secrets", "-l", "plat.dev/revision-of=shop"])["items"].clone();
    assert!(secrets.as_array().is_some_and(|secrets| secrets.len() > 1), "it fits into one Secret");
    write(&namespace, "a", &all(&vec!["other".to_owned(); OBJECTS - 1]));
    deployed(&namespace, "a");
    assert_eq!(text(&namespace, &format!("many-{}", OBJECTS - 1)), "", "what left is pruned");
    let (code, events) = shop::run(&namespace, "a", &["rollback", "--set", "shop"]);
    assert_eq!(code, 0, "{:#?}", find(&events, "error"));
    for n in [0, OBJECTS - 1] {
        assert_eq!(text(&namespace, &format!("many-{n}")), format!("x{}", texts[n]));
    }
}

fn a_set_and_a_service_of_one_name_do_not_prune_each_other() {
    let namespace = support::namespace("set");
    shop::project(&namespace, "service", "first", shop::SERVE, "bake: 0");
    shop::deployed(&namespace, "service", &[]);
    let objects = || support::kubectl(&namespace, &["get", "deployments,configmaps,services", "-o", "name"]);
    let before = objects();
    write(&namespace, "a", &config_map("other", "set"));
    let (code, events) = shop::run(&namespace, "a", DEPLOY);
    let error = event(&events, "error");
    assert_eq!((code, &error["reason"]), (1, &"NameTaken".into()), "{error}");
    assert!(error["error"].as_str().is_some_and(|text| text.contains("a service of a plat.yaml")), "{error}");
    assert_eq!(objects(), before, "nothing was written");

    assert_eq!(shop::run(&namespace, "a", &[DEPLOY, &["--adopt"]].concat()).0, 0);
    let after = objects();
    assert!(after.contains("configmap/other") && !after.contains("deployment.apps/shop"), "{after}");
    let (code, events) = shop::run(&namespace, "service", &["deploy"]);
    let error = event(&events, "error");
    assert!(code == 1 && error.to_string().contains("--set shop"), "{error}");
    // Without the name they are somebody else's, whose name is said.
    let (code, events) = shop::run(&namespace, "a", &["deploy", "-f", "all.yaml"]);
    let error = event(&events, "error");
    assert!(code == 1 && error.to_string().contains("did you mean its plat.yaml, or --set shop?"), "{error}");
}
