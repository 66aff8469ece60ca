//! The image cannot be pulled.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::json;

use super::deploy::{deploy_pod, deploy_pod_and, wait_until_they_say};
use super::registry::{Door, auth, pull_secret, push, push_index, some_port};
use super::story::{Story, doomed, recovers, stories};
use crate::support::{self, Namespace};

stories![SHARED, super::story::alone];

pub const STORIES: &[Story] = &[
    doomed("tag missing", |ns, image| {
        let (_, tag) = image.rsplit_once(':').expect("a tagged image");
        let missing = format!("{image}-oops");
        deploy_pod(ns, &pod(&missing)).failed(
            "ErrImagePull",
            &format!("{missing} is not in the registry"),
            "not found",
            &format!("the repository has {tag}:"),
        )
    }),
    recovers("tag missing", |ns, image| {
        push(ns, &format!("{}:v1", ns.name));
        late(ns, image, "v2")
    }),
    doomed("repository missing", |ns, image| {
        let missing = image.replace("busybox", "busybx");
        deploy_pod(ns, &pod(&missing)).failed(
            "ErrImagePull",
            &format!("repository {} is not in the registry", missing.rsplit_once(':').expect("a tag").0),
            "not found",
            "the registry has busybox: correct `image`",
        )
    }),
    recovers("repository missing", |ns, image| late(ns, image, "v1")),
    doomed("registry unreachable", |ns, image| {
        let nowhere = image.replace(&ns.sandbox.registry, "127.0.0.1:1");
        deploy_pod(ns, &pod(&nowhere)).failed(
            "ErrImagePull",
            "the node cannot reach registry 127.0.0.1:1",
            "connection refused",
            "check the registry's name and port",
        )
    }),
    recovers("registry unreachable", |ns, image| {
        let (port, door) = (some_port(ns), std::cell::OnceCell::new());
        let host = format!("127.0.0.1:{port}");
        pull_secret(ns, "regcred", &host, &auth(ns));
        let mend = || {
            wait_until_they_say(ns, "pods", "connection refused");
            assert!(door.set(Door::open(ns, port)).is_ok(), "opened once");
        };
        deploy_pod_and(mend, ns, &with_secret(&image.replace(&ns.sandbox.registry, &host))).succeeded()
    }),
    doomed("registry needs a login", |ns, image| {
        let (image, _door) = behind_a_door(ns, image);
        deploy_pod(ns, &pod(&image)).failed(
            "ErrImagePull",
            "does not let the node pull",
            "401 Unauthorized",
            &format!("kubectl -n {} create secret docker-registry", ns.name),
        )
    }),
    doomed("registry needs a login", |ns, image| {
        let (image, _door) = behind_a_door(ns, image);
        deploy_pod(ns, &with_secret(&image)).failed(
            "ErrImagePull",
            "the imagePullSecret regcred does not exist in namespace",
            "401 Unauthorized",
            "create it: kubectl",
        )
    }),
    recovers("registry needs a login", |ns, image| {
        let (image, _door) = behind_a_door(ns, image);
        let host = image.split('/').next().expect("a host").to_owned();
        let mend = || {
            wait_until_they_say(ns, "pods", "401 Unauthorized");
            pull_secret(ns, "regcred", &host, &auth(ns));
        };
        deploy_pod_and(mend, ns, &with_secret(&image)).succeeded()
    }),
    doomed("registry needs a login", |ns, image| {
        let (image, _door) = behind_a_door(ns, image);
        pull_secret(ns, "regcred", "ghcr.io", &auth(ns));
        let end = deploy_pod(ns, &with_secret(&image)).failed(
            "ErrImagePull",
            "holds no login for registry 127.0.0.1",
            "401 Unauthorized",
            "delete secret regcred",
        );
        end.never_says(&auth(ns))
    }),
    doomed("registry refuses the password", |ns, image| {
        let (image, _door) = behind_a_door(ns, image);
        let host = image.split('/').next().expect("a host").to_owned();
        pull_secret(ns, "regcred", &host, &wrong_password());
        deploy_pod(ns, &with_secret(&image))
            .failed("ErrImagePull", "refuses the login in imagePullSecret regcred", "401 Unauthorized", "renew it")
            .never_says("hunter2")
            .never_says(&wrong_password())
    }),
    recovers("registry refuses the password", |ns, image| {
        let (image, _door) = behind_a_door(ns, image);
        let host = image.split('/').next().expect("a host").to_owned();
        pull_secret(ns, "regcred", &host, &wrong_password());
        let mend = || {
            wait_until_they_say(ns, "pods", "401 Unauthorized");
            support::kubectl(ns, &["delete", "secret", "regcred"]);
            pull_secret(ns, "regcred", &host, &auth(ns));
        };
        deploy_pod_and(mend, ns, &with_secret(&image)).succeeded()
    }),
    doomed("wrong architecture", |ns, image| {
        let name = format!("{}:v1", ns.name);
        push_index(ns, &name, &[foreign()]);
        deploy_pod(ns, &pod(&beside(image, &name))).failed(
            "ErrImagePull",
            &format!("is built for linux/{}, not for linux/", foreign()),
            "no match for platform",
            "or as a multi-platform image",
        )
    }),
    recovers("wrong architecture", |ns, image| {
        let name = format!("{}:v1", ns.name);
        push_index(ns, &name, &[foreign()]);
        let mend = || {
            wait_until_they_say(ns, "pods", "no match for platform");
            push_index(ns, &name, &["amd64", "arm64"]);
        };
        deploy_pod_and(mend, ns, &pod(&beside(image, &name))).succeeded()
    }),
    doomed("invalid image name", |ns, _| {
        deploy_pod(ns, &pod("Shop/API:v1")).failed(
            "InvalidImageName",
            "\"Shop/API:v1\" is not an image reference",
            "must be lowercase",
            "such as shop/api:v1",
        )
    }),
    recovers("invalid image name", |ns, image| {
        let _ = deploy_pod(ns, &pod("Shop/API:v1"));
        deploy_pod(ns, &pod(image)).succeeded()
    }),
    doomed("ErrImageNeverPull", |ns, image| {
        deploy_pod(ns, &never(&format!("{image}-never"))).failed(
            "ErrImageNeverPull",
            "is not on the node",
            "not present with pull policy of Never",
            "remove `imagePullPolicy: Never`",
        )
    }),
    recovers("ErrImageNeverPull", |ns, image| {
        let name = format!("{}:v1", ns.name);
        push(ns, &name);
        let image = beside(image, &name);
        let _ = deploy_pod(ns, &never(&image));
        // Whoever needs it without the policy brings it to the node.
        let _ = deploy_pod(ns, &pod(&image));
        deploy_pod(ns, &never(&image)).succeeded()
    }),
];

fn pod(image: &str) -> serde_json::Value {
    json!({ "containers": [{ "name": "app", "image": image }] })
}

fn never(image: &str) -> serde_json::Value {
    json!({ "containers": [{ "name": "app", "image": image, "imagePullPolicy": "Never" }] })
}

fn with_secret(image: &str) -> serde_json::Value {
    json!({
        "imagePullSecrets": [{ "name": "regcred" }],
        "containers": [{ "name": "app", "image": image, "imagePullPolicy": "Always" }],
    })
}

/// Another image of the same registry.
fn beside(image: &str, name: &str) -> String {
    format!("{}/{name}", image.split('/').next().expect("a registry"))
}

/// As docker writes a login: `plat:hunter2`.
fn wrong_password() -> String {
    BASE64.encode("plat:hunter2")
}

fn behind_a_door(ns: &Namespace, image: &str) -> (String, Door) {
    let port = some_port(ns);
    (image.replace(&ns.sandbox.registry, &format!("127.0.0.1:{port}")), Door::open(ns, port))
}

/// Pushed when the pod has already failed to pull it.
fn late(ns: &Namespace, image: &str, tag: &str) -> super::deploy::End {
    let name = format!("{}:{tag}", ns.name);
    let mend = || {
        wait_until_they_say(ns, "pods", "ErrImagePull");
        push(ns, &name);
    };
    deploy_pod_and(mend, ns, &pod(&beside(image, &name))).succeeded()
}

/// An architecture that this machine is not.
fn foreign() -> &'static str {
    if cfg!(target_arch = "aarch64") { "amd64" } else { "arm64" }
}
