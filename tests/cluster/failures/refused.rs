//! The API server refuses the pods, or an object itself.

use serde_json::{Value, json};

use super::admission::{policy, webhook, without_server};
use super::story::{Story, doomed, recovers, stories};
use crate::support::manifests::deployment_of;
use crate::support::{Ended, Plat, Shop};

stories![SHARED, super::story::alone];

pub const STORIES: &[Story] = &[
    doomed("quota", |shop| {
        shop.kubectl(&["create", "quota", "small", "--hard=pods=0"]);
        shop.deploy()
            .fails(3)
            .reason("FailedCreate")
            .what("quota small of namespace")
            .evidence("pods: 0 of 0 used, this asks for 1: 1 too much")
            .hint("describe quota small")
    }),
    recovers("quota", |shop| {
        shop.kubectl(&["create", "quota", "small", "--hard=pods=0"]);
        let undo = || drop(shop.kubectl(&["delete", "quota", "small"]));
        fixed(shop, "exceeded quota", undo, &simple(shop.image()))
    }),
    doomed("LimitRange", |shop| {
        shop.apply(limits(shop));
        shop.deploy_pod(&limited(shop.image()))
            .fails(3)
            .reason("FailedCreate")
            .what("the LimitRange of namespace")
            .evidence("memory limit is 64Mi, the maximum for a container is 32Mi")
            .hint("memory at most 32Mi")
    }),
    recovers("LimitRange", |shop| {
        shop.apply(limits(shop));
        let undo = || drop(shop.kubectl(&["delete", "limitrange", "sizes"]));
        fixed(shop, "maximum memory usage per Container", undo, &limited(shop.image()))
    }),
    doomed("Pod Security", |shop| {
        let mut pod = simple(shop.image());
        pod["containers"][0]["securityContext"] = json!({ "privileged": true });
        shop.deploy_pod(&pod)
            .fails(3)
            .reason("FailedCreate")
            .what("enforces Pod Security \"restricted\"")
            .evidence("container \"app\" must not set securityContext.privileged=true")
            .hint("set these fields")
    }),
    recovers("Pod Security", |shop| {
        let mut pod = simple(shop.image());
        pod["containers"][0]["securityContext"] = json!({ "runAsUser": 10001 });
        let allow = ["label", "namespace", &shop.name, "pod-security.kubernetes.io/enforce=privileged"];
        fixed(shop, "violates PodSecurity", || drop(shop.kubectl(&allow)), &pod)
    }),
    doomed("ServiceAccount missing", |shop| {
        shop.kubectl(&["create", "serviceaccount", "robot"]);
        shop.deploy_pod(&running_as(shop.image(), "robt"))
            .fails(3)
            .reason("FailedCreate")
            .what("ServiceAccount robt does not exist in namespace")
            .evidence("serviceaccount \"robt\" not found")
            .hint(&format!("kubectl -n {} create serviceaccount robt", shop.name))
    }),
    recovers("ServiceAccount missing", |shop| {
        let create = || drop(shop.kubectl(&["create", "serviceaccount", "robot"]));
        fixed(shop, "error looking up service account", create, &running_as(shop.image(), "robot"))
    }),
    doomed("PriorityClass missing", |shop| {
        shop.deploy_pod(&important(shop.image(), "system-cluster-critica"))
            .fails(3)
            .reason("FailedCreate")
            .what("PriorityClass system-cluster-critica does not exist; there is system-cluster-critical")
            .evidence("no PriorityClass with name")
            .hint("kubectl get priorityclasses")
    }),
    recovers("PriorityClass missing", |shop| {
        let class = |verb: &[&str]| shop.kubectl(&[verb, &["priorityclass", &shop.name]].concat());
        let end = fixed(
            shop,
            "no PriorityClass",
            || drop(class(&["create", "--value=1"])),
            &important(shop.image(), &shop.name),
        );
        class(&["delete"]);
        end
    }),
    doomed("admission webhook denies", |shop| {
        let _server = webhook(shop);
        shop.deploy_pod(&simple(shop.image()))
            .fails(3)
            .reason("FailedCreate")
            .what(&format!("admission webhook {}.example.com does not allow the pods", shop.name))
            .evidence("every pod needs a label team")
            .hint("fix what its message names")
    }),
    recovers("admission webhook denies", |shop| {
        let server = webhook(shop);
        fixed(shop, "denied the request", move || drop(server), &simple(shop.image()))
    }),
    doomed("admission webhook is down", |shop| {
        let _hook = without_server(shop);
        shop.deploy_pod(&simple(shop.image()))
            .fails(3)
            .reason("FailedCreate")
            .what(&format!("admission webhook {}.example.com does not answer", shop.name))
            .evidence("connection refused")
            .hint("those who run the webhook must fix it")
    }),
    recovers("admission webhook is down", |shop| {
        let hook = without_server(shop);
        fixed(shop, "failed calling webhook", move || drop(hook), &simple(shop.image()))
    }),
    doomed("ValidatingAdmissionPolicy", |shop| {
        let _policy = policy(shop);
        shop.deploy_pod(&simple(shop.image()))
            .fails(3)
            .reason("FailedCreate")
            .what(&format!("ValidatingAdmissionPolicy {} does not allow the pods", shop.name))
            .evidence("every pod needs a label team")
            .hint("kubectl get validatingadmissionpolicy")
    }),
    recovers("ValidatingAdmissionPolicy", |shop| {
        let policy = policy(shop);
        fixed(shop, "ValidatingAdmissionPolicy", move || drop(policy), &simple(shop.image()))
    }),
    doomed("immutable field", |shop| {
        shop.deploy_pod(&simple(shop.image())).run();
        shop.deploy_objects(&[other_selector(shop.image())])
            .fails(1)
            .reason("Invalid")
            .what("`spec.selector` cannot be changed once the object is made")
            .hint("delete deployment shop")
    }),
    recovers("immutable field", |shop| {
        shop.deploy_pod(&simple(shop.image())).run();
        shop.kubectl(&["delete", "deployment", "shop"]);
        shop.deploy_objects(&[other_selector(shop.image())]).succeeds()
    }),
    doomed("namespace terminating", |shop| {
        terminate(shop);
        let end = shop
            .deploy_pod(&simple(shop.image()))
            .fails(1)
            .reason("NamespaceTerminating")
            .what(&format!("namespace {} is being deleted", shop.name))
            .evidence("because it is being terminated")
            .hint("deploy again once it is gone");
        let_go(shop);
        end
    }),
    recovers("namespace terminating", |shop| {
        terminate(shop);
        shop.deploy_pod(&simple(shop.image())).run();
        let_go(shop);
        shop.kubectl(&["wait", "namespace", &shop.name, "--for=delete", "--timeout=60s"]);
        shop.kubectl(&["create", "namespace", &shop.name]);
        shop.deploy_pod(&simple(shop.image())).succeeds()
    }),
    doomed("RBAC forbids", |shop| {
        as_robot(shop)
            .fails(1)
            .reason("Forbidden")
            .what(&format!("ServiceAccount {}/robot ", shop.name))
            .what("patch deployments")
            .evidence("cannot patch resource \"deployments\"")
            .hint(&format!("--clusterrole=edit --serviceaccount={}:robot", shop.name))
    }),
    recovers("RBAC forbids", |shop| {
        as_robot(shop).run();
        let account = format!("--serviceaccount={}:robot", shop.name);
        shop.kubectl(&["create", "rolebinding", "plat-deploy", "--clusterrole=edit", &account]);
        as_robot(shop).succeeds()
    }),
    doomed("kind unknown", |shop| {
        let gadget = json!({ "apiVersion": format!("{}.example.com/v1", shop.name), "kind": "Gadget", "metadata": { "name": "g" } });
        shop.deploy_objects(&[gadget])
            .fails(1)
            .reason("UnknownKind")
            .what("the cluster knows no kind Gadget")
            .hint("a CustomResourceDefinition of group")
    }),
    recovers("kind unknown", |shop| {
        let group = format!("{}.example.com", shop.name);
        let definition = definition(&group);
        let gadget = json!({ "apiVersion": format!("{group}/v1"), "kind": "Gadget", "metadata": { "name": "g" } });
        let end = shop.deploy_objects(&[definition, gadget]).run();
        shop.kubectl(&["delete", "crd", &format!("gadgets.{group}"), "--wait=false"]);
        end.succeeds()
    }),
    doomed("invalid spec", |shop| {
        shop.deploy_objects(&[invalid(shop.image())])
            .fails(1)
            .reason("Invalid")
            .what("`name` of container App is \"App\": a lowercase RFC 1123 label")
            .hint("did you mean `app`?")
    }),
    recovers("invalid spec", |shop| {
        shop.deploy_objects(&[invalid(shop.image())]).run();
        shop.deploy_pod(&simple(shop.image())).succeeds()
    }),
];

/// Deploys; what stands in the way goes away once the pods have been refused with these words.
fn fixed(shop: &Shop, words: &str, fix: impl FnOnce(), pod: &Value) -> Ended {
    let deploy = shop.deploy_pod(pod).start();
    shop.shows("replicasets", words);
    fix();
    deploy.ends().succeeds()
}

fn simple(image: &str) -> Value {
    json!({ "containers": [{ "name": "app", "image": image }] })
}

fn invalid(image: &str) -> Value {
    let mut wrong = deployment_of(&simple(image));
    wrong["spec"]["template"]["spec"]["containers"][0]["name"] = json!("App");
    wrong
}

fn running_as(image: &str, account: &str) -> Value {
    json!({ "serviceAccountName": account, "containers": [{ "name": "app", "image": image }] })
}

fn important(image: &str, class: &str) -> Value {
    json!({ "priorityClassName": class, "containers": [{ "name": "app", "image": image }] })
}

fn limits(shop: &Shop) -> Value {
    json!({
        "apiVersion": "v1", "kind": "LimitRange", "metadata": { "name": "sizes", "namespace": shop.name },
        "spec": { "limits": [{ "type": "Container", "max": { "memory": "32Mi" } }] },
    })
}

fn limited(image: &str) -> Value {
    let resources = json!({ "requests": { "memory": "16Mi" }, "limits": { "memory": "64Mi" } });
    json!({ "containers": [{ "name": "app", "image": image, "resources": resources }] })
}

fn other_selector(image: &str) -> Value {
    let mut other = deployment_of(&simple(image));
    let labels = json!({ "app.kubernetes.io/name": "shop", "tier": "web" });
    other["spec"]["selector"]["matchLabels"] = labels.clone();
    other["spec"]["template"]["metadata"]["labels"] = labels;
    other
}

/// A finalizer keeps the namespace in deletion.
fn terminate(shop: &Shop) {
    shop.kubectl(&["create", "configmap", "anchor"]);
    let patch = r#"{"metadata":{"finalizers":["plat.dev/anchor"]}}"#;
    shop.kubectl(&["patch", "configmap", "anchor", "--type=merge", "-p", patch]);
    shop.kubectl(&["delete", "namespace", &shop.name, "--wait=false"]);
}

fn let_go(shop: &Shop) {
    shop.kubectl(&["patch", "configmap", "anchor", "--type=merge", "-p", r#"{"metadata":{"finalizers":null}}"#]);
}

/// `plat deploy -f` with the token of a `ServiceAccount` of the namespace.
fn as_robot(shop: &Shop) -> Plat {
    shop.apply("apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: robot}\n");
    shop.deploy_pod(&simple(shop.image())).env("KUBECONFIG", shop.kubeconfig_of("robot"))
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
