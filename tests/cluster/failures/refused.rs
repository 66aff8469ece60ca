//! The API server refuses the pods, or an object itself.

use serde_json::{Value, json};

use super::admission::{policy, webhook, without_server};
use super::deploy::wait_until_they_say;
use super::deploy::{End, SERVE, deploy, deploy_objects, deploy_pod, deploy_pod_and, deployment, service};
use super::story::{Story, doomed, recovers, together};
use crate::support::{self, Namespace};

pub const STORIES: &[Story] = &[
    doomed("quota", |ns, image| {
        support::kubectl(ns, &["create", "quota", "small", "--hard=pods=0"]);
        deploy(ns, &service(SERVE, ""), image).failed(
            "FailedCreate",
            "quota small of namespace",
            "pods: 0 of 0 used, this asks for 1: 1 too much",
            "describe quota small",
        )
    }),
    recovers("quota", |ns, image| {
        support::kubectl(ns, &["create", "quota", "small", "--hard=pods=0"]);
        let undo = || drop(support::kubectl(ns, &["delete", "quota", "small"]));
        mended(ns, "exceeded quota", undo, &simple(image))
    }),
    doomed("LimitRange", |ns, image| {
        support::apply(ns, &limits(ns).to_string());
        deploy_pod(ns, &limited(image)).failed(
            "FailedCreate",
            "the LimitRange of namespace",
            "memory limit is 64Mi, the maximum for a container is 32Mi",
            "memory at most 32Mi",
        )
    }),
    recovers("LimitRange", |ns, image| {
        support::apply(ns, &limits(ns).to_string());
        let undo = || drop(support::kubectl(ns, &["delete", "limitrange", "sizes"]));
        mended(ns, "maximum memory usage per Container", undo, &limited(image))
    }),
    doomed("Pod Security", |ns, image| {
        let mut pod = simple(image);
        pod["containers"][0]["securityContext"] = json!({ "privileged": true });
        deploy_pod(ns, &pod).failed(
            "FailedCreate",
            "enforces Pod Security \"restricted\"",
            "container \"app\" must not set securityContext.privileged=true",
            "set these fields",
        )
    }),
    recovers("Pod Security", |ns, image| {
        let mut pod = simple(image);
        pod["containers"][0]["securityContext"] = json!({ "runAsUser": 10001 });
        let allow = ["label", "namespace", &ns.name, "pod-security.kubernetes.io/enforce=privileged"];
        mended(ns, "violates PodSecurity", || drop(support::kubectl(ns, &allow)), &pod)
    }),
    doomed("ServiceAccount missing", |ns, image| {
        support::kubectl(ns, &["create", "serviceaccount", "robot"]);
        deploy_pod(ns, &running_as(image, "robt")).failed(
            "FailedCreate",
            "ServiceAccount robt does not exist in namespace",
            "serviceaccount \"robt\" not found",
            &format!("kubectl -n {} create serviceaccount robt", ns.name),
        )
    }),
    recovers("ServiceAccount missing", |ns, image| {
        let create = || drop(support::kubectl(ns, &["create", "serviceaccount", "robot"]));
        mended(ns, "error looking up service account", create, &running_as(image, "robot"))
    }),
    doomed("PriorityClass missing", |ns, image| {
        deploy_pod(ns, &important(image, "system-cluster-critica")).failed(
            "FailedCreate",
            "PriorityClass system-cluster-critica does not exist; there is system-cluster-critical",
            "no PriorityClass with name",
            "kubectl get priorityclasses",
        )
    }),
    recovers("PriorityClass missing", |ns, image| {
        let class = |verb: &[&str]| support::kubectl(ns, &[verb, &["priorityclass", &ns.name]].concat());
        let end = mended(ns, "no PriorityClass", || drop(class(&["create", "--value=1"])), &important(image, &ns.name));
        class(&["delete"]);
        end
    }),
    doomed("admission webhook denies", |ns, image| {
        let _server = webhook(ns);
        deploy_pod(ns, &simple(image)).failed(
            "FailedCreate",
            &format!("admission webhook {}.example.com does not allow the pods", ns.name),
            "every pod needs a label team",
            "fix what its message names",
        )
    }),
    recovers("admission webhook denies", |ns, image| {
        let server = webhook(ns);
        mended(ns, "denied the request", move || drop(server), &simple(image))
    }),
    doomed("admission webhook is down", |ns, image| {
        let _hook = without_server(ns);
        deploy_pod(ns, &simple(image)).failed(
            "FailedCreate",
            &format!("admission webhook {}.example.com does not answer", ns.name),
            "connection refused",
            "those who run the webhook must fix it",
        )
    }),
    recovers("admission webhook is down", |ns, image| {
        let hook = without_server(ns);
        mended(ns, "failed calling webhook", move || drop(hook), &simple(image))
    }),
    doomed("ValidatingAdmissionPolicy", |ns, image| {
        let _policy = policy(ns);
        deploy_pod(ns, &simple(image)).failed(
            "FailedCreate",
            &format!("ValidatingAdmissionPolicy {} does not allow the pods", ns.name),
            "every pod needs a label team",
            "kubectl get validatingadmissionpolicy",
        )
    }),
    recovers("ValidatingAdmissionPolicy", |ns, image| {
        let policy = policy(ns);
        mended(ns, "ValidatingAdmissionPolicy", move || drop(policy), &simple(image))
    }),
    doomed("immutable field", |ns, image| {
        let _ = deploy_pod(ns, &simple(image));
        deploy_objects(ns, &[other_selector(image)]).refused(
            "Invalid",
            "spec.selector cannot be changed once the object is made",
            "field is immutable",
            "delete deployment shop",
        )
    }),
    recovers("immutable field", |ns, image| {
        let _ = deploy_pod(ns, &simple(image));
        support::kubectl(ns, &["delete", "deployment", "shop"]);
        deploy_objects(ns, &[other_selector(image)]).succeeded()
    }),
    doomed("namespace terminating", |ns, image| {
        terminate(ns);
        let end = deploy_pod(ns, &simple(image)).refused(
            "NamespaceTerminating",
            &format!("namespace {} is being deleted", ns.name),
            "because it is being terminated",
            "deploy again once it is gone",
        );
        let_go(ns);
        end
    }),
    recovers("namespace terminating", |ns, image| {
        terminate(ns);
        let _ = deploy_pod(ns, &simple(image));
        let_go(ns);
        support::kubectl(ns, &["wait", "namespace", &ns.name, "--for=delete", "--timeout=60s"]);
        support::kubectl(ns, &["create", "namespace", &ns.name]);
        deploy_pod(ns, &simple(image)).succeeded()
    }),
    doomed("RBAC forbids", |ns, image| {
        as_robot(ns, image).refused(
            "Forbidden",
            &format!("ServiceAccount {}/robot may not patch deployments", ns.name),
            "cannot patch resource \"deployments\"",
            &format!("--clusterrole=edit --serviceaccount={}:robot", ns.name),
        )
    }),
    recovers("RBAC forbids", |ns, image| {
        let _ = as_robot(ns, image);
        let account = format!("--serviceaccount={}:robot", ns.name);
        support::kubectl(ns, &["create", "rolebinding", "plat-deploy", "--clusterrole=edit", &account]);
        as_robot(ns, image).succeeded()
    }),
    doomed("kind unknown", |ns, _| {
        let gadget = json!({ "apiVersion": format!("{}.example.com/v1", ns.name), "kind": "Gadget", "metadata": { "name": "g" } });
        deploy_objects(ns, &[gadget]).refused(
            "UnknownKind",
            "the cluster knows no kind Gadget",
            "",
            "a CustomResourceDefinition of group",
        )
    }),
    recovers("kind unknown", |ns, _| {
        let group = format!("{}.example.com", ns.name);
        let definition = definition(&group);
        let gadget = json!({ "apiVersion": format!("{group}/v1"), "kind": "Gadget", "metadata": { "name": "g" } });
        let end = deploy_objects(ns, &[definition, gadget]);
        support::kubectl(ns, &["delete", "crd", &format!("gadgets.{group}"), "--wait=false"]);
        end.succeeded()
    }),
    doomed("invalid spec", |ns, image| {
        deploy_objects(ns, &[invalid(image)]).refused(
            "Invalid",
            "the API server finds it invalid",
            "spec.template.spec.containers[0].name: Invalid value: \"App\"",
            "correct the fields that are named",
        )
    }),
    recovers("invalid spec", |ns, image| {
        let _ = deploy_objects(ns, &[invalid(image)]);
        deploy_pod(ns, &simple(image)).succeeded()
    }),
];

#[test]
fn what_the_api_server_refuses() {
    together(STORIES);
}

/// Deploys; what stands in the way goes away once the pods have been refused with these words.
fn mended(ns: &Namespace, words: &str, mend: impl FnOnce(), pod: &Value) -> End {
    let mend = || {
        wait_until_they_say(ns, "replicasets", words);
        mend();
    };
    deploy_pod_and(mend, ns, pod).succeeded()
}

fn simple(image: &str) -> Value {
    json!({ "containers": [{ "name": "app", "image": image }] })
}

fn invalid(image: &str) -> Value {
    let mut wrong = deployment(&simple(image));
    wrong["spec"]["template"]["spec"]["containers"][0]["name"] = json!("App");
    wrong
}

fn running_as(image: &str, account: &str) -> Value {
    json!({ "serviceAccountName": account, "containers": [{ "name": "app", "image": image }] })
}

fn important(image: &str, class: &str) -> Value {
    json!({ "priorityClassName": class, "containers": [{ "name": "app", "image": image }] })
}

fn limits(ns: &Namespace) -> Value {
    json!({
        "apiVersion": "v1", "kind": "LimitRange", "metadata": { "name": "sizes", "namespace": ns.name },
        "spec": { "limits": [{ "type": "Container", "max": { "memory": "32Mi" } }] },
    })
}

fn limited(image: &str) -> Value {
    let resources = json!({ "requests": { "memory": "16Mi" }, "limits": { "memory": "64Mi" } });
    json!({ "containers": [{ "name": "app", "image": image, "resources": resources }] })
}

fn other_selector(image: &str) -> Value {
    let mut other = deployment(&simple(image));
    let labels = json!({ "app.kubernetes.io/name": "shop", "tier": "web" });
    other["spec"]["selector"]["matchLabels"] = labels.clone();
    other["spec"]["template"]["metadata"]["labels"] = labels;
    other
}

/// A finalizer keeps the namespace in deletion.
fn terminate(ns: &Namespace) {
    support::kubectl(ns, &["create", "configmap", "anchor"]);
    let patch = r#"{"metadata":{"finalizers":["plat.dev/anchor"]}}"#;
    support::kubectl(ns, &["patch", "configmap", "anchor", "--type=merge", "-p", patch]);
    support::kubectl(ns, &["delete", "namespace", &ns.name, "--wait=false"]);
}

fn let_go(ns: &Namespace) {
    support::kubectl(
        ns,
        &["patch", "configmap", "anchor", "--type=merge", "-p", r#"{"metadata":{"finalizers":null}}"#],
    );
}

/// `plat deploy -f` with the token of a `ServiceAccount` of the namespace.
fn as_robot(ns: &Namespace, image: &str) -> End {
    let account = json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": "robot" } });
    support::apply(ns, &account.to_string());
    let token = support::kubectl(ns, &["create", "token", "robot"]);
    let text = std::fs::read_to_string(&ns.kubeconfig).expect("the test's kubeconfig");
    let mut config: Value = serde_json::from_str(&text).expect("a kubeconfig");
    config["users"][0]["user"] = json!({ "token": token.trim() });
    std::fs::write(ns.work().join("robot.json"), config.to_string()).expect("a kubeconfig");
    let list = json!({ "apiVersion": "v1", "kind": "List", "items": [deployment(&simple(image))] });
    std::fs::write(ns.work().join("objects.json"), list.to_string()).expect("a manifest");
    super::deploy::run_with(ns, &["deploy", "-f", "objects.json", "--output", "json"], &[("KUBECONFIG", "robot.json")])
}

fn definition(group: &str) -> Value {
    let schema = json!({ "openAPIV3Schema": { "type": "object", "x-kubernetes-preserve-unknown-fields": true } });
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": { "name": format!("gadgets.{group}") },
        "spec": {
            "group": group, "scope": "Namespaced", "names": { "kind": "Gadget", "plural": "gadgets", "singular": "gadget" },
            "versions": [{ "name": "v1", "served": true, "storage": true, "schema": schema }],
        },
    })
}
