//! `plat deploy -f … --set NAME` on a real Kubernetes: one at a time, recorded, rolled back whole, pruned after success.

use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::tests;
use crate::support::manifests::config_map;
use crate::support::{CRASH, Namespace, Plat, Shop, busybox, read_kubeconfig};

tests![
    SHARED:
    a_failed_deploy_restores_the_set_before_whole,
    what_failed_stays_when_asked_for_and_goes_back_by_name,
    the_first_set_has_nothing_to_go_back_to_and_says_so,
    objects_without_a_name_are_followed_and_no_more,
    two_at_once_write_one_after_the_other,
    a_set_that_makes_its_own_namespace_and_spans_another,
    the_evidence_of_a_set_has_both_of_two_objects_of_one_name,
    a_set_and_a_service_of_one_name_do_not_prune_each_other,
    a_set_has_a_status_logs_and_all_that_a_service_has;
    LARGE:
    a_large_set_is_recorded_in_several_secrets_and_restored_from_them,
];

/// Ready at once, ready after a while; what crashes is never ready.
const READY: &str = "touch /tmp/ready; sleep 3600";
const SLOW: &str = "sleep 5; touch /tmp/ready; sleep 3600";

/// `plat deploy -f` of the set `shop`.
fn deploy(namespace: &Namespace, manifests: &str) -> Plat {
    namespace.deploy_manifests(manifests, &["--set", "shop", "--bake", "0"])
}

/// A workload that reads its ConfigMap of a name that does not change, and nothing else.
fn workload(namespace: &Namespace, program: &str, greeting: &str) -> String {
    let image = busybox(namespace);
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
        readinessProbe: {{exec: {{command: [cat, /tmp/ready]}}, periodSeconds: 1}}
        securityContext: {{allowPrivilegeEscalation: false, capabilities: {{drop: [ALL]}}}}
{}",
        config_map("shop", greeting)
    )
}

/// What the ConfigMap says; empty where it is not there.
fn text(namespace: &Namespace, name: &str) -> String {
    namespace.field(&format!("configmap/{name}"), ".data.text")
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
    let namespace = Namespace::new("set");
    let group = format!("{}.example.com", namespace.name);
    let crd = format!("crd/widgets.{group}");
    let good = workload(&namespace, READY, "first") + &config_map("old", "old") + &definition(&group, "wa");
    deploy(&namespace, &good).succeeds();
    let bad = workload(&namespace, CRASH, "second") + &config_map("new", "new") + &definition(&group, "wb") + CLAIM;
    let failed = deploy(&namespace, &bad).run();
    let short = namespace.field(&crd, ".spec.names.shortNames[0]");
    namespace.kubectl(&["delete", &crd]);
    let failed = failed
        .fails(3)
        .in_order(&["finding", "evidence", "rollback", "restored"])
        .reason("CrashLoopBackOff")
        .hint("revision 1")
        .never_says("hunter2");

    // Its configuration is as it was, what was to go is there, what came is gone; but what holds data of others.
    let texts = ["shop", "old", "new"].map(|name| text(&namespace, name));
    assert_eq!(texts, ["first", "old", ""]);
    assert_eq!(namespace.field("deployment/shop", ".status.readyReplicas} {.status.replicas"), "1 1");
    assert_eq!(short, "wb", "a definition is never rolled back");
    assert!(namespace.is_there("pvc/data"));
    assert_eq!(namespace.history(), ["3 deployed", "2 rolled-back", "1 deployed"]);
    assert_eq!(namespace.holder(), "");

    // The bundle has the log of what is gone by now.
    let folder = failed.event("evidence")["folder"].as_str().expect("a folder").to_owned();
    let entries =
        |folder: PathBuf| fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let logs: Vec<String> = entries(Path::new(&folder).join("logs").join(&namespace.name))
        .flat_map(entries)
        .map(|log| fs::read_to_string(log).expect("a log"))
        .collect();
    assert!(logs.iter().any(|log| log.contains("password=")) && logs.iter().all(|log| !log.contains("hunter2")));
}

fn what_failed_stays_when_asked_for_and_goes_back_by_name() {
    let namespace = Namespace::new("set");
    deploy(&namespace, &(workload(&namespace, READY, "first") + &config_map("old", "old"))).succeeds();
    deploy(&namespace, &workload(&namespace, CRASH, "second"))
        .args(&["--no-rollback"])
        .fails(3)
        .hint(&format!("plat rollback shop -n {}", namespace.name))
        .never_says("plat status");
    assert_eq!(["shop", "old"].map(|name| text(&namespace, name)), ["second", "old"], "nothing is pruned");
    assert_eq!(namespace.history(), ["2 failed", "1 deployed"]);

    let rollback = namespace.plat(&["rollback", "shop"]).events().succeeds();
    assert_eq!(rollback.event("rollback")["revision"], 1);
    assert_eq!(text(&namespace, "shop"), "first");
    assert_eq!(namespace.history(), ["3 deployed", "2 failed", "1 deployed"]);

    let pruned = deploy(&namespace, &workload(&namespace, READY, "first")).succeeds();
    assert_eq!(pruned.event("plan")["leavers"][0]["name"], "old", "{pruned:#?}");
    assert_eq!(text(&namespace, "old"), "", "pruned after success, although a revision has it");
    namespace.plat(&["rollback", "shop", "--to", "1"]).succeeds();
    assert_eq!(text(&namespace, "old"), "old", "the revision brings it back");
    namespace.plat(&["delete", "shop", "--yes"]).succeeds();
    assert_eq!((text(&namespace, "shop"), namespace.history().len()), (String::new(), 0));
}

fn the_first_set_has_nothing_to_go_back_to_and_says_so() {
    let namespace = Namespace::new("set");
    deploy(&namespace, &workload(&namespace, CRASH, "first"))
        .fails(3)
        .hint("it is the first deploy, so there is nothing to go back to")
        .hint(&format!("plat delete shop -n {}", namespace.name))
        .without("rollback");
    assert_eq!((namespace.history(), namespace.holder()), (vec!["1 failed".to_owned()], String::new()));
    assert_eq!(text(&namespace, "shop"), "first", "what failed is left as it is");
}

fn objects_without_a_name_are_followed_and_no_more() {
    let namespace = Namespace::new("set");
    let deploy = |manifests: &str| namespace.deploy_manifests(manifests, &["--bake", "0"]);
    deploy(&workload(&namespace, READY, "first")).succeeds();
    let failed = deploy(&workload(&namespace, CRASH, "second"))
        .fails(3)
        .hint("with --set NAME the next failure would be rolled back")
        .without("rollback");
    failed.event("evidence");
    assert_eq!((text(&namespace, "shop").as_str(), namespace.history().len()), ("second", 0));
    assert!(namespace.names("leases,secrets").is_empty(), "nothing is noted in the cluster");
}

fn two_at_once_write_one_after_the_other() {
    let namespace = Namespace::new("set");
    let (slow, ready) = (workload(&namespace, SLOW, "first"), workload(&namespace, READY, "second"));
    let mut first = deploy(&namespace, &slow).start();
    first.until("progress");
    let mut same = deploy(&namespace, &slow).start();
    assert_eq!(same.until("locked")["attached"], true);
    let second = deploy(&namespace, &ready).succeeds();
    assert_eq!(second.event("locked")["attached"], false);
    same.ends().succeeds();
    first.ends().succeeds();
    // Whoever followed the first one does not bring it back when the second one was faster.
    assert_eq!(text(&namespace, "shop"), "second");
    assert_eq!(namespace.history(), ["2 deployed", "1 deployed"]);
}

/// Objects in two namespaces, one of which the set makes itself: what is noted about the set is in that of `-n`.
fn a_set_that_makes_its_own_namespace_and_spans_another() {
    let namespace = Namespace::new("set");
    let own = format!("{}-own", namespace.name);
    let set = |program: &str, text: &str| {
        let there = workload(&namespace, program, text)
            .replace("metadata: {name: shop}", &format!("metadata: {{name: shop, namespace: {}}}", namespace.name));
        let made = format!("---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {own}, labels: {{team: shop}}}}\n");
        there + &made + &config_map("here", text).replace("name: here", &format!("name: here, namespace: {own}"))
    };
    let read = |what: &str, path: &str| {
        namespace.kubectl(&["get", what, "-n", &own, "--ignore-not-found", "-o", &format!("jsonpath={path}")])
    };
    // The kubeconfig's namespace is where the set is noted.
    let mut kubeconfig = read_kubeconfig(&namespace.kubeconfig);
    kubeconfig["contexts"][0]["context"]["namespace"] = own.clone().into();
    let kubeconfig = namespace.write("own.kubeconfig", kubeconfig.to_string());
    let first = deploy(&namespace, &set(READY, "first")).env("KUBECONFIG", &kubeconfig).run();
    let label = read(&format!("namespace/{own}"), "{.metadata.labels.team}");
    let second = deploy(&namespace, &set(CRASH, "second")).env("KUBECONFIG", &kubeconfig).run();
    let (here, lease) = (read("configmap/here", "{.data.text}"), read("lease/plat-shop", "{.metadata.name}"));
    namespace.kubectl(&["delete", "namespace", &own, "--wait=false"]);
    first.succeeds();
    let second = second.fails(3);
    assert_eq!((label.as_str(), here.as_str(), lease.as_str()), ("shop", "first", "plat-shop"), "{second:#?}");
    assert_eq!(text(&namespace, "shop"), "first", "restored in the other namespace too");
    second.event("restored");
}

/// More than one Secret holds, and 500 objects: the revision is kept in several, and brought back from them.
fn a_large_set_is_recorded_in_several_secrets_and_restored_from_them() {
    const OBJECTS: usize = 500;
    let namespace = Namespace::new("set");
    let noise = || uuid::Uuid::new_v4().simple().to_string();
    let texts: Vec<String> =
        (0..OBJECTS).map(|_| std::iter::repeat_with(noise).take(110).collect::<String>()).collect();
    let all = |texts: &[String]| -> String {
        texts.iter().enumerate().map(|(n, text)| config_map(&format!("many-{n}"), &format!("x{text}"))).collect()
    };
    deploy(&namespace, &all(&texts)).succeeds();
    let secrets = namespace.kubectl(&["get", "secrets", "-l", "plat.dev/revision-of=shop", "-o", "name"]);
    assert!(secrets.lines().count() > 1, "it fits into one Secret");
    deploy(&namespace, &all(&vec!["other".to_owned(); OBJECTS - 1])).succeeds();
    assert_eq!(text(&namespace, &format!("many-{}", OBJECTS - 1)), "", "what left is pruned");
    namespace.plat(&["rollback", "shop"]).succeeds();
    for n in [0, OBJECTS - 1] {
        assert_eq!(text(&namespace, &format!("many-{n}")), format!("x{}", texts[n]));
    }
}

/// Both namespaces have a stateful set `shop`, so a pod `shop-0` with a container `shop`.
fn the_evidence_of_a_set_has_both_of_two_objects_of_one_name() {
    let [one, other] = [Namespace::new("set"), Namespace::new("set")];
    let pod = |namespace: &Namespace| {
        workload(namespace, CRASH, "here")
            .replace("metadata: {name: shop}", &format!("metadata: {{name: shop, namespace: {}}}", namespace.name))
            .replace("kind: Deployment", "kind: StatefulSet")
    };
    let failed = deploy(&one, &(pod(&one) + "---\n" + &pod(&other))).fails(3).never_says("could not be saved");
    let run = failed.event("evidence")["run"].as_str().expect("a run").to_owned();
    let shown = one.plat(&["evidence", &run]).events().succeeds().events;
    let files: Vec<String> = serde_json::from_value(shown[0]["files"].clone()).expect("names");
    for Namespace { name, .. } in [&one, &other] {
        let expected = [
            format!("objects/{name}/statefulset/shop.json"),
            format!("objects/{name}/pod/shop-0.json"),
            format!("logs/{name}/shop-0/shop.log"),
        ];
        assert!(expected.iter().all(|file| files.contains(file)), "{expected:?} in {files:?}");
    }
}

fn a_set_and_a_service_of_one_name_do_not_prune_each_other() {
    let shop = Shop::new("set").folder("service").serves("first");
    shop.deploy().succeeds();
    let before = shop.names("deployments,configmaps,services");
    let other = config_map("other", "set");
    deploy(&shop, &other).fails(1).reason("NameTaken").what("a service of a plat.yaml");
    assert_eq!(shop.names("deployments,configmaps,services"), before, "nothing was written");

    deploy(&shop, &other).args(&["--adopt"]).succeeds();
    assert!(shop.is_there("configmap/other") && !shop.is_there("deployment/shop"));
    shop.deploy().fails(1).says("--set shop");
    // Without the name they are someone else's, whose name is said.
    shop.deploy_manifests(other, &[]).fails(1).says("deploy it as that: --set shop");
}

/// Two workloads, `shop` and `worker`, neither of which has a label of plat.
fn a_set_has_a_status_logs_and_all_that_a_service_has() {
    let namespace = Namespace::new("set");
    let program = "echo hello from $HOSTNAME; touch /tmp/ready; exec sleep 3600";
    let one = workload(&namespace, program, "first");
    let other = one.split("---").next().expect("a Deployment");
    let other =
        other.replace("kind: Deployment\nmetadata: {name: shop}", "kind: StatefulSet\nmetadata: {name: worker}");
    deploy(&namespace, &format!("{one}---\n{}", other.replace("app: shop", "app: worker"))).succeeds();

    // Its name is that of one of its workloads too: all of it is meant.
    namespace
        .plat(&["status", "shop"])
        .succeeds()
        .says("a set in")
        .says("2 of 2 workloads fine")
        .says("statefulset/worker");
    let status = namespace.plat(&["status", "shop"]).events().succeeds().events;
    let seen: Vec<_> = status.iter().map(|line| (line["set"].clone(), line["workload"].clone())).collect();
    assert_eq!(seen, [("shop".into(), "deployment/shop".into()), ("shop".into(), "statefulset/worker".into())]);
    let mut watch = namespace.plat(&["status", "shop", "-w"]).start();
    watch.until_line("the status", |line| line.contains("statefulset/worker"));
    namespace.kubectl(&["scale", "sts/worker", "--replicas=0"]);
    watch.until_line("a change", |line| line.contains("statefulset/worker") && line.contains("0 of 0"));
    namespace.kubectl(&["scale", "sts/worker", "--replicas=1"]);
    watch.until_line("another change", |line| line.contains("statefulset/worker") && line.contains("Current: 1 of 1"));
    watch.interrupt().succeeds();
    namespace.plat(&["status", "sts/worker"]).succeeds().says("Current: 1 of 1").never_says("a set in");
    namespace.plat(&["why", "shop"]).succeeds().says("2 workloads of shop");

    let logs = namespace.plat(&["logs", "shop"]).succeeds().out;
    assert!(logs.contains("hello from shop-") && logs.contains("worker-0 | hello from worker-0"), "{logs}");
    let mut follow = namespace.plat(&["logs", "shop", "--follow", "--tail", "all"]).start();
    let mut hello = || follow.until_line("both", |line| line.contains("hello from")).concat();
    let both = hello() + &hello();
    assert!(both.contains("from shop-") && both.contains("from worker-0"), "{both}");
    follow.interrupt().succeeds();
    namespace.plat(&["open", "shop"]).fails(2).says("plat open deployment/shop");
    namespace.plat(&["whoowns", "deploy/shop", "-n", &namespace.name]).run().says("Deployment");

    // One object of it is enough to look, and not to change the others.
    assert_eq!(namespace.plat(&["history", "sts/worker"]).events().succeeds().events.len(), 1);
    for (command, all) in [("rollback", "plat rollback shop"), ("delete", "plat delete shop")] {
        namespace.plat(&[command, "sts/worker"]).fails(2).says("one object of the set shop").says(all);
    }
    assert!(namespace.is_there("statefulset/worker"));
    namespace.kubectl(&["label", "sts/worker", "team=a"]);
    for command in ["status", "why"] {
        namespace.plat(&[command, "-l", "team=a"]).succeeds().says("worker").never_says("shop");
    }
    assert!(namespace.plat(&["logs", "-l", "app=worker"]).succeeds().out.contains("worker-0"));
    namespace.plat(&["logs", "-l", "app=nobody"]).fails(1).says("no pod in namespace");
    // Without a label of plat it is found by its own selector.
    assert!(namespace.plat(&["logs", "worker"]).succeeds().out.contains("hello from worker-0"));
}
