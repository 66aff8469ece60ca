//! What the container is configured with is missing, or forbidden.

use serde_json::{Value, json};

use super::registry::{archive, load};
use super::story::{Story, doomed, recovers, stories};
use crate::support::{Ended, Shop};

stories![SHARED, super::story::alone];

pub const STORIES: &[Story] = &[
    doomed("key of a Secret missing (env)", |shop| {
        shop.kubectl(&["create", "secret", "generic", "shop", "--from-literal=DB_URI=hunter2"]);
        shop.with("secrets: [DB_URL]")
            .deploy()
            .fails(3)
            .reason("CreateContainerConfigError")
            .what("Secret shop has no key DB_URL; it has DB_URI")
            .evidence("couldn't find key DB_URL")
            .hint(&format!("kubectl -n {} patch secret shop", shop.name))
            .never_says("hunter2")
    }),
    recovers("key of a Secret missing (env)", |shop| {
        let deploy = shop.with("secrets: [DB_URL]").deploy().start();
        shop.shows("pods", "CreateContainerConfigError");
        shop.kubectl(&["create", "secret", "generic", "shop", "--from-literal=DB_URL=x"]);
        deploy.ends().succeeds()
    }),
    doomed("Secret missing (env)", |shop| {
        shop.kubectl(&["create", "secret", "generic", "database", "--from-literal=URL=x"]);
        shop.deploy_pod(&env(shop.image(), "secretKeyRef", "databse", "URL"))
            .fails(3)
            .reason("CreateContainerConfigError")
            .what("Secret databse does not exist in namespace")
            .evidence("secret \"databse\" not found")
            .hint("create it: kubectl")
    }),
    recovers("Secret missing (env)", |shop| {
        let pod = env(shop.image(), "secretKeyRef", "late", "key");
        created_late(shop, &pod, "CreateContainerConfigError", &["secret", "generic"])
    }),
    doomed("ConfigMap missing (env)", |shop| {
        shop.kubectl(&["create", "configmap", "flags", "--from-literal=mode=x"]);
        shop.deploy_pod(&env(shop.image(), "configMapKeyRef", "flgs", "mode"))
            .fails(3)
            .reason("CreateContainerConfigError")
            .what("ConfigMap flgs does not exist in namespace")
            .evidence("configmap \"flgs\" not found")
            .hint("create it: kubectl")
    }),
    recovers("ConfigMap missing (env)", |shop| {
        let pod = env(shop.image(), "configMapKeyRef", "late", "key");
        created_late(shop, &pod, "CreateContainerConfigError", &["configmap"])
    }),
    doomed("Secret missing (envFrom)", |shop| {
        shop.kubectl(&["create", "secret", "generic", "database", "--from-literal=URL=x"]);
        shop.deploy_pod(&env_from(shop.image(), "secretRef", "databse"))
            .fails(3)
            .reason("CreateContainerConfigError")
            .what("Secret databse does not exist in namespace")
            .evidence("secret \"databse\" not found")
            .hint("create it: kubectl")
    }),
    recovers("Secret missing (envFrom)", |shop| {
        created_late(
            shop,
            &env_from(shop.image(), "secretRef", "late"),
            "CreateContainerConfigError",
            &["secret", "generic"],
        )
    }),
    doomed("ConfigMap missing (envFrom)", |shop| {
        shop.kubectl(&["create", "configmap", "flags", "--from-literal=mode=x"]);
        shop.deploy_pod(&env_from(shop.image(), "configMapRef", "flgs"))
            .fails(3)
            .reason("CreateContainerConfigError")
            .what("ConfigMap flgs does not exist in namespace")
            .evidence("configmap \"flgs\" not found")
            .hint("create it: kubectl")
    }),
    recovers("ConfigMap missing (envFrom)", |shop| {
        created_late(
            shop,
            &env_from(shop.image(), "configMapRef", "late"),
            "CreateContainerConfigError",
            &["configmap"],
        )
    }),
    doomed("key of a ConfigMap missing (env)", |shop| {
        shop.kubectl(&["create", "configmap", "flags", "--from-literal=mode=x"]);
        shop.deploy_pod(&env(shop.image(), "configMapKeyRef", "flags", "mod"))
            .fails(3)
            .reason("CreateContainerConfigError")
            .what("ConfigMap flags has no key mod; it has mode")
            .evidence("couldn't find key mod")
            .hint("patch configmap flags")
    }),
    recovers("key of a ConfigMap missing (env)", |shop| {
        shop.kubectl(&["create", "configmap", "flags", "--from-literal=mode=x"]);
        let patch = ["patch", "configmap", "flags", "--type=merge", "-p", r#"{"data":{"mod":"x"}}"#];
        added_late(shop, &env(shop.image(), "configMapKeyRef", "flags", "mod"), "CreateContainerConfigError", &patch)
    }),
    doomed("Secret missing (volume)", |shop| {
        shop.kubectl(&["create", "secret", "generic", "certs", "--from-literal=tls.crt=x"]);
        shop.deploy_pod(&volume(shop.image(), &json!({ "secret": { "secretName": "cert" } })))
            .fails(3)
            .reason("FailedMount")
            .what("Secret cert does not exist in namespace")
            .evidence("secret \"cert\" not found")
            .hint("create it: kubectl")
    }),
    recovers("Secret missing (volume)", |shop| {
        let pod = volume(shop.image(), &json!({ "secret": { "secretName": "late" } }));
        created_late(shop, &pod, "FailedMount", &["secret", "generic"])
    }),
    doomed("ConfigMap missing (volume)", |shop| {
        shop.kubectl(&["create", "configmap", "flags", "--from-literal=mode=x"]);
        shop.deploy_pod(&volume(shop.image(), &json!({ "configMap": { "name": "flgs" } })))
            .fails(3)
            .reason("FailedMount")
            .what("ConfigMap flgs does not exist in namespace")
            .evidence("configmap \"flgs\" not found")
            .hint("create it: kubectl")
    }),
    recovers("ConfigMap missing (volume)", |shop| {
        let pod = volume(shop.image(), &json!({ "configMap": { "name": "late" } }));
        created_late(shop, &pod, "FailedMount", &["configmap"])
    }),
    doomed("key of a Secret missing (volume)", |shop| {
        shop.kubectl(&["create", "secret", "generic", "certs", "--from-literal=tls.crt=hunter2"]);
        let items = json!([{ "key": "tls.cert", "path": "tls.cert" }]);
        shop.deploy_pod(&volume(shop.image(), &json!({ "secret": { "secretName": "certs", "items": items } })))
            .fails(3)
            .reason("FailedMount")
            .what("Secret certs has no key tls.cert; it has tls.crt")
            .evidence("non-existent secret key: tls.cert")
            .hint("patch secret certs")
            .never_says("hunter2")
    }),
    recovers("key of a Secret missing (volume)", |shop| {
        shop.kubectl(&["create", "secret", "generic", "certs", "--from-literal=tls.crt=x"]);
        let items = json!([{ "key": "tls.key", "path": "tls.key" }]);
        let pod = volume(shop.image(), &json!({ "secret": { "secretName": "certs", "items": items } }));
        let patch = ["patch", "secret", "certs", "--type=merge", "-p", r#"{"stringData":{"tls.key":"x"}}"#];
        added_late(shop, &pod, "FailedMount", &patch)
    }),
    doomed("key of a ConfigMap missing (volume)", |shop| {
        shop.kubectl(&["create", "configmap", "flags", "--from-literal=mode=x"]);
        let items = json!([{ "key": "mod", "path": "mod" }]);
        shop.deploy_pod(&volume(shop.image(), &json!({ "configMap": { "name": "flags", "items": items } })))
            .fails(3)
            .reason("FailedMount")
            .what("ConfigMap flags has no key mod; it has mode")
            .evidence("non-existent config key: mod")
            .hint("patch configmap flags")
    }),
    recovers("key of a ConfigMap missing (volume)", |shop| {
        shop.kubectl(&["create", "configmap", "flags", "--from-literal=mode=x"]);
        let items = json!([{ "key": "mod", "path": "mod" }]);
        let pod = volume(shop.image(), &json!({ "configMap": { "name": "flags", "items": items } }));
        let patch = ["patch", "configmap", "flags", "--type=merge", "-p", r#"{"data":{"mod":"x"}}"#];
        added_late(shop, &pod, "FailedMount", &patch)
    }),
    doomed("runAsNonRoot with a root user", |shop| {
        user(shop, "", None)
            .fails(3)
            .reason("CreateContainerConfigError")
            .what("would run as root, which runAsNonRoot forbids")
            .evidence("image will run as root")
            .hint("USER 10001")
    }),
    recovers("runAsNonRoot with a root user", |shop| user(shop, "", Some("10001")).succeeds()),
    doomed("runAsNonRoot with a named user", |shop| {
        user(shop, "app", None)
            .fails(3)
            .reason("CreateContainerConfigError")
            .what("runs as the user \"app\" of its image")
            .evidence("non-numeric user (app)")
            .hint("instead of `USER app`")
    }),
    recovers("runAsNonRoot with a named user", |shop| user(shop, "app", Some("10001")).succeeds()),
];

fn env(image: &str, kind: &str, name: &str, key: &str) -> Value {
    let from = json!([{ "name": "VALUE", "valueFrom": { kind: { "name": name, "key": key } } }]);
    json!({ "containers": [{ "name": "app", "image": image, "env": from }] })
}

fn env_from(image: &str, kind: &str, name: &str) -> Value {
    json!({ "containers": [{ "name": "app", "image": image, "envFrom": [{ kind: { "name": name } }] }] })
}

fn volume(image: &str, source: &Value) -> Value {
    let mut volume = source.clone();
    volume["name"] = json!("files");
    let mounts = json!([{ "name": "files", "mountPath": "/files" }]);
    json!({ "containers": [{ "name": "app", "image": image, "volumeMounts": mounts }], "volumes": [volume] })
}

/// `kubectl create KIND late --from-literal=key=x`, once the pod has asked for it in vain.
fn created_late(shop: &Shop, pod: &Value, reason: &str, kind: &[&str]) -> Ended {
    added_late(shop, pod, reason, &[&["create"], kind, &["late", "--from-literal=key=x"]].concat())
}

/// This kubectl command, once the pod has asked in vain for what it adds.
fn added_late(shop: &Shop, pod: &Value, reason: &str, command: &[&str]) -> Ended {
    let seen = if reason == "FailedMount" { "events" } else { "pods" };
    let deploy = shop.deploy_pod(pod).start();
    shop.shows(seen, reason);
    shop.kubectl(command);
    deploy.ends().succeeds()
}

/// An image with this user under a tag that moves: to another user, when there is one, once the pod has failed.
fn user(shop: &Shop, user: &str, then: Option<&str>) -> Ended {
    let name = format!("{}:latest", shop.name);
    load(shop, &archive(shop, user), &name);
    // Made beforehand: on a busy machine plat's grace would be over before it is.
    let fixed = then.map(|user| archive(shop, user));
    let image = format!("{}/{name}", shop.image().split('/').next().expect("a registry"));
    let container = json!({ "name": "app", "image": image, "imagePullPolicy": "Always" });
    let deploy = shop.deploy_pod(&json!({ "containers": [container] })).start();
    if let Some(fixed) = &fixed {
        shop.shows("pods", "CreateContainerConfigError");
        load(shop, fixed, &name);
    }
    deploy.ends()
}
