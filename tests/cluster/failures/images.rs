//! The image cannot be pulled.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::json;

use super::registry::{Door, auth, pull_secret, push, push_index, some_port};
use super::story::{Story, doomed, recovers, stories};
use crate::support::manifests::deployment_of;
use crate::support::{Ended, Shop};

stories![SHARED, super::story::alone];

pub const STORIES: &[Story] = &[
    doomed("tag missing", |shop| {
        let (_, tag) = shop.image().rsplit_once(':').expect("a tagged image");
        let missing = format!("{}-oops", shop.image());
        unseen(shop, &missing)
            .fails(3)
            .reason("ErrImagePull")
            .what(&format!("{missing} is not in the registry"))
            .evidence("not found")
            .hint(&format!("the repository has {tag}:"))
    }),
    recovers("tag missing", |shop| {
        push(shop, &format!("{}:v1", shop.name));
        late(shop, "v2")
    }),
    doomed("repository missing", |shop| {
        let missing = shop.image().replace("busybox", "busybx");
        unseen(shop, &missing)
            .fails(3)
            .reason("ErrImagePull")
            .what(&format!("repository {} is not in the registry", missing.rsplit_once(':').expect("a tag").0))
            .evidence("not found")
            .hint("the registry has busybox: correct `image`")
    }),
    recovers("repository missing", |shop| late(shop, "v1")),
    doomed("registry unreachable", |shop| {
        let nowhere = shop.image().replace(&shop.sandbox.registry, "127.0.0.1:1");
        shop.deploy_pod(&pod(&nowhere))
            .fails(3)
            .reason("ErrImagePull")
            .what("the node cannot reach registry 127.0.0.1:1")
            .evidence("connection refused")
            .hint("check the registry's name and port")
    }),
    recovers("registry unreachable", |shop| {
        let port = some_port(shop);
        let host = format!("127.0.0.1:{port}");
        pull_secret(shop, "regcred", &host, &auth(shop));
        let deploy = shop.deploy_pod(&with_secret(&shop.image().replace(&shop.sandbox.registry, &host))).start();
        shop.shows("pods", "connection refused");
        let _door = Door::open(shop, port);
        deploy.ends().succeeds()
    }),
    doomed("registry needs a login", |shop| {
        let (image, _door) = behind_a_door(shop);
        shop.deploy_pod(&pod(&image))
            .fails(3)
            .reason("ErrImagePull")
            .what("does not let the node pull")
            .evidence("401 Unauthorized")
            .hint(&format!("kubectl -n {} create secret docker-registry", shop.name))
    }),
    doomed("registry needs a login", |shop| {
        let (image, _door) = behind_a_door(shop);
        shop.deploy_pod(&with_secret(&image))
            .fails(3)
            .reason("ErrImagePull")
            .what("the imagePullSecret regcred does not exist in namespace")
            .evidence("401 Unauthorized")
            .hint("create it: kubectl")
    }),
    recovers("registry needs a login", |shop| {
        let (image, _door) = behind_a_door(shop);
        let host = image.split('/').next().expect("a host").to_owned();
        let deploy = shop.deploy_pod(&with_secret(&image)).start();
        shop.shows("pods", "401 Unauthorized");
        pull_secret(shop, "regcred", &host, &auth(shop));
        deploy.ends().succeeds()
    }),
    doomed("registry needs a login", |shop| {
        let (image, _door) = behind_a_door(shop);
        pull_secret(shop, "regcred", "ghcr.io", &auth(shop));
        shop.deploy_pod(&with_secret(&image))
            .fails(3)
            .reason("ErrImagePull")
            .what("holds no login for registry 127.0.0.1")
            .evidence("401 Unauthorized")
            .hint("name it in imagePullSecrets too")
            .never_says(&auth(shop))
    }),
    doomed("registry refuses the password", |shop| {
        let (image, _door) = behind_a_door(shop);
        let host = image.split('/').next().expect("a host").to_owned();
        pull_secret(shop, "regcred", &host, &wrong_password());
        shop.deploy_pod(&with_secret(&image))
            .fails(3)
            .reason("ErrImagePull")
            .what("refuses the login in imagePullSecret regcred")
            .evidence("401 Unauthorized")
            .hint("renew it")
            .never_says("hunter2")
            .never_says(&wrong_password())
    }),
    recovers("registry refuses the password", |shop| {
        let (image, _door) = behind_a_door(shop);
        let host = image.split('/').next().expect("a host").to_owned();
        pull_secret(shop, "regcred", &host, &wrong_password());
        let deploy = shop.deploy_pod(&with_secret(&image)).start();
        shop.shows("pods", "401 Unauthorized");
        shop.kubectl(&["delete", "secret", "regcred"]);
        pull_secret(shop, "regcred", &host, &auth(shop));
        deploy.ends().succeeds()
    }),
    doomed("wrong architecture", |shop| {
        let name = format!("{}:v1", shop.name);
        push_index(shop, &name, &[foreign()]);
        shop.deploy_pod(&pod(&beside(shop.image(), &name)))
            .fails(3)
            .reason("ErrImagePull")
            .what(&format!("is built for linux/{}, not for linux/", foreign()))
            .evidence("no match for platform")
            .hint("or as a multi-platform image")
    }),
    recovers("wrong architecture", |shop| {
        let name = format!("{}:v1", shop.name);
        push_index(shop, &name, &[foreign()]);
        let deploy = shop.deploy_pod(&pod(&beside(shop.image(), &name))).start();
        shop.shows("pods", "no match for platform");
        push_index(shop, &name, &["amd64", "arm64"]);
        deploy.ends().succeeds()
    }),
    doomed("invalid image name", |shop| {
        shop.deploy_pod(&pod("Shop/API:v1"))
            .fails(3)
            .reason("InvalidImageName")
            .what("\"Shop/API:v1\" is not an image reference")
            .evidence("must be lowercase")
            .hint("such as shop/api:v1")
    }),
    recovers("invalid image name", |shop| {
        shop.deploy_pod(&pod("Shop/API:v1")).run();
        shop.deploy_pod(&pod(shop.image())).succeeds()
    }),
    doomed("ErrImageNeverPull", |shop| {
        shop.deploy_pod(&never(&format!("{}-never", shop.image())))
            .fails(3)
            .reason("ErrImageNeverPull")
            .what("is not on the node")
            .evidence("not present with pull policy of Never")
            .hint("remove `imagePullPolicy: Never`")
    }),
    recovers("ErrImageNeverPull", |shop| {
        let name = format!("{}:v1", shop.name);
        push(shop, &name);
        let image = beside(shop.image(), &name);
        shop.deploy_pod(&never(&image)).run();
        // Whoever needs it without the policy brings it to the node.
        shop.deploy_pod(&pod(&image)).run();
        shop.deploy_pod(&never(&image)).succeeds()
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

fn behind_a_door(shop: &Shop) -> (String, Door) {
    let port = some_port(shop);
    (shop.image().replace(&shop.sandbox.registry, &format!("127.0.0.1:{port}")), Door::open(shop, port))
}

/// Of an image that is new plat itself asks the registry first; here the pods are there already.
fn unseen(shop: &Shop, image: &str) -> Ended {
    shop.apply(deployment_of(&pod(image)));
    shop.deploy_pod(&pod(image)).run()
}

/// Pushed when the pod has already failed to pull it.
fn late(shop: &Shop, tag: &str) -> Ended {
    let name = format!("{}:{tag}", shop.name);
    let image = beside(shop.image(), &name);
    shop.apply(deployment_of(&pod(&image)));
    shop.shows("pods", "ErrImagePull");
    let mut deploy = shop.deploy_pod(&pod(&image)).start();
    deploy.until_event("it is followed", |event| event["findings"].to_string().contains("ErrImagePull"));
    push(shop, &name);
    deploy.ends().succeeds()
}

/// An architecture that this machine is not.
fn foreign() -> &'static str {
    if cfg!(target_arch = "aarch64") { "amd64" } else { "arm64" }
}
