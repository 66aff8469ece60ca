//! What the container is configured with is missing, or forbidden.

use serde_json::{Value, json};

use super::deploy::{End, SERVE, deploy, deploy_and, deploy_pod, deploy_pod_and, service, wait_until_they_say};
use super::registry::{archive, load};
use super::story::{Story, doomed, recovers, stories};
use crate::support::{self, Namespace};

stories![SHARED, super::story::alone];

pub const STORIES: &[Story] = &[
    doomed("key of a Secret missing (env)", |ns, image| {
        support::kubectl(ns, &["create", "secret", "generic", "shop", "--from-literal=DB_URI=hunter2"]);
        let end = deploy(ns, &service(SERVE, "secrets: [DB_URL]"), image);
        end.never_says("hunter2").failed(
            "CreateContainerConfigError",
            "Secret shop has no key DB_URL; it has DB_URI",
            "couldn't find key DB_URL",
            &format!("kubectl -n {} patch secret shop", ns.name),
        )
    }),
    recovers("key of a Secret missing (env)", |ns, image| {
        let mend = || {
            wait_until_they_say(ns, "pods", "CreateContainerConfigError");
            support::kubectl(ns, &["create", "secret", "generic", "shop", "--from-literal=DB_URL=x"]);
        };
        deploy_and(mend, ns, &service(SERVE, "secrets: [DB_URL]"), image).succeeded()
    }),
    doomed("Secret missing (env)", |ns, image| {
        support::kubectl(ns, &["create", "secret", "generic", "database", "--from-literal=URL=x"]);
        deploy_pod(ns, &env(image, "secretKeyRef", "databse", "URL")).failed(
            "CreateContainerConfigError",
            "Secret databse does not exist in namespace",
            "secret \"databse\" not found",
            "create it: kubectl",
        )
    }),
    recovers("Secret missing (env)", |ns, image| {
        let pod = env(image, "secretKeyRef", "late", "key");
        created_late(ns, &pod, "CreateContainerConfigError", &["secret", "generic"])
    }),
    doomed("ConfigMap missing (env)", |ns, image| {
        support::kubectl(ns, &["create", "configmap", "flags", "--from-literal=mode=x"]);
        deploy_pod(ns, &env(image, "configMapKeyRef", "flgs", "mode")).failed(
            "CreateContainerConfigError",
            "ConfigMap flgs does not exist in namespace",
            "configmap \"flgs\" not found",
            "create it: kubectl",
        )
    }),
    recovers("ConfigMap missing (env)", |ns, image| {
        let pod = env(image, "configMapKeyRef", "late", "key");
        created_late(ns, &pod, "CreateContainerConfigError", &["configmap"])
    }),
    doomed("Secret missing (envFrom)", |ns, image| {
        support::kubectl(ns, &["create", "secret", "generic", "database", "--from-literal=URL=x"]);
        deploy_pod(ns, &env_from(image, "secretRef", "databse")).failed(
            "CreateContainerConfigError",
            "Secret databse does not exist in namespace",
            "secret \"databse\" not found",
            "create it: kubectl",
        )
    }),
    recovers("Secret missing (envFrom)", |ns, image| {
        created_late(ns, &env_from(image, "secretRef", "late"), "CreateContainerConfigError", &["secret", "generic"])
    }),
    doomed("ConfigMap missing (envFrom)", |ns, image| {
        support::kubectl(ns, &["create", "configmap", "flags", "--from-literal=mode=x"]);
        deploy_pod(ns, &env_from(image, "configMapRef", "flgs")).failed(
            "CreateContainerConfigError",
            "ConfigMap flgs does not exist in namespace",
            "configmap \"flgs\" not found",
            "create it: kubectl",
        )
    }),
    recovers("ConfigMap missing (envFrom)", |ns, image| {
        created_late(ns, &env_from(image, "configMapRef", "late"), "CreateContainerConfigError", &["configmap"])
    }),
    doomed("key of a ConfigMap missing (env)", |ns, image| {
        support::kubectl(ns, &["create", "configmap", "flags", "--from-literal=mode=x"]);
        deploy_pod(ns, &env(image, "configMapKeyRef", "flags", "mod")).failed(
            "CreateContainerConfigError",
            "ConfigMap flags has no key mod; it has mode",
            "couldn't find key mod",
            "patch configmap flags",
        )
    }),
    recovers("key of a ConfigMap missing (env)", |ns, image| {
        support::kubectl(ns, &["create", "configmap", "flags", "--from-literal=mode=x"]);
        let patch = ["patch", "configmap", "flags", "--type=merge", "-p", r#"{"data":{"mod":"x"}}"#];
        added_late(ns, &env(image, "configMapKeyRef", "flags", "mod"), "CreateContainerConfigError", &patch)
    }),
    doomed("Secret missing (volume)", |ns, image| {
        support::kubectl(ns, &["create", "secret", "generic", "certs", "--from-literal=tls.crt=x"]);
        deploy_pod(ns, &volume(image, &json!({ "secret": { "secretName": "cert" } }))).failed(
            "FailedMount",
            "Secret cert does not exist in namespace",
            "secret \"cert\" not found",
            "create it: kubectl",
        )
    }),
    recovers("Secret missing (volume)", |ns, image| {
        let pod = volume(image, &json!({ "secret": { "secretName": "late" } }));
        created_late(ns, &pod, "FailedMount", &["secret", "generic"])
    }),
    doomed("ConfigMap missing (volume)", |ns, image| {
        support::kubectl(ns, &["create", "configmap", "flags", "--from-literal=mode=x"]);
        deploy_pod(ns, &volume(image, &json!({ "configMap": { "name": "flgs" } }))).failed(
            "FailedMount",
            "ConfigMap flgs does not exist in namespace",
            "configmap \"flgs\" not found",
            "create it: kubectl",
        )
    }),
    recovers("ConfigMap missing (volume)", |ns, image| {
        let pod = volume(image, &json!({ "configMap": { "name": "late" } }));
        created_late(ns, &pod, "FailedMount", &["configmap"])
    }),
    doomed("key of a Secret missing (volume)", |ns, image| {
        support::kubectl(ns, &["create", "secret", "generic", "certs", "--from-literal=tls.crt=hunter2"]);
        let items = json!([{ "key": "tls.cert", "path": "tls.cert" }]);
        let end = deploy_pod(ns, &volume(image, &json!({ "secret": { "secretName": "certs", "items": items } })));
        end.never_says("hunter2").failed(
            "FailedMount",
            "Secret certs has no key tls.cert; it has tls.crt",
            "non-existent secret key: tls.cert",
            "patch secret certs",
        )
    }),
    recovers("key of a Secret missing (volume)", |ns, image| {
        support::kubectl(ns, &["create", "secret", "generic", "certs", "--from-literal=tls.crt=x"]);
        let items = json!([{ "key": "tls.key", "path": "tls.key" }]);
        let pod = volume(image, &json!({ "secret": { "secretName": "certs", "items": items } }));
        let patch = ["patch", "secret", "certs", "--type=merge", "-p", r#"{"stringData":{"tls.key":"x"}}"#];
        added_late(ns, &pod, "FailedMount", &patch)
    }),
    doomed("key of a ConfigMap missing (volume)", |ns, image| {
        support::kubectl(ns, &["create", "configmap", "flags", "--from-literal=mode=x"]);
        let items = json!([{ "key": "mod", "path": "mod" }]);
        deploy_pod(ns, &volume(image, &json!({ "configMap": { "name": "flags", "items": items } }))).failed(
            "FailedMount",
            "ConfigMap flags has no key mod; it has mode",
            "non-existent config key: mod",
            "patch configmap flags",
        )
    }),
    recovers("key of a ConfigMap missing (volume)", |ns, image| {
        support::kubectl(ns, &["create", "configmap", "flags", "--from-literal=mode=x"]);
        let items = json!([{ "key": "mod", "path": "mod" }]);
        let pod = volume(image, &json!({ "configMap": { "name": "flags", "items": items } }));
        let patch = ["patch", "configmap", "flags", "--type=merge", "-p", r#"{"data":{"mod":"x"}}"#];
        added_late(ns, &pod, "FailedMount", &patch)
    }),
    doomed("runAsNonRoot with a root user", |ns, image| {
        user(ns, image, "", None).failed(
            "CreateContainerConfigError",
            "would run as root, which runAsNonRoot forbids",
            "image will run as root",
            "USER 10001",
        )
    }),
    recovers("runAsNonRoot with a root user", |ns, image| user(ns, image, "", Some("10001")).succeeded()),
    doomed("runAsNonRoot with a named user", |ns, image| {
        user(ns, image, "app", None).failed(
            "CreateContainerConfigError",
            "runs as the user \"app\" of its image",
            "non-numeric user (app)",
            "instead of `USER app`",
        )
    }),
    recovers("runAsNonRoot with a named user", |ns, image| user(ns, image, "app", Some("10001")).succeeded()),
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
fn created_late(ns: &Namespace, pod: &Value, reason: &str, kind: &[&str]) -> End {
    added_late(ns, pod, reason, &[&["create"], kind, &["late", "--from-literal=key=x"]].concat())
}

/// This kubectl command, once the pod has asked in vain for what it adds.
fn added_late(ns: &Namespace, pod: &Value, reason: &str, command: &[&str]) -> End {
    let seen = if reason == "FailedMount" { "events" } else { "pods" };
    let mend = || {
        wait_until_they_say(ns, seen, reason);
        support::kubectl(ns, command);
    };
    deploy_pod_and(mend, ns, pod).succeeded()
}

/// An image with this user under a tag that moves: to another user, when there is one, once the pod has failed.
fn user(ns: &Namespace, image: &str, user: &str, then: Option<&str>) -> End {
    let name = format!("{}:latest", ns.name);
    load(ns, &archive(ns, user), &name);
    // Made beforehand: on a busy machine plat's grace would be over before it is.
    let mended = then.map(|user| archive(ns, user));
    let image = format!("{}/{name}", image.split('/').next().expect("a registry"));
    let mend = || {
        if let Some(mended) = &mended {
            wait_until_they_say(ns, "pods", "CreateContainerConfigError");
            load(ns, mended, &name);
        }
    };
    let container = json!({ "name": "app", "image": image, "imagePullPolicy": "Always" });
    deploy_pod_and(mend, ns, &json!({ "containers": [container] }))
}
