//! A scaffolded service, untouched: its tests pass, it deploys under Pod Security "restricted", and it answers through
//! its Service inside the cluster. And the registry between them: pushed by difference, refused with a reason.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use crate::harness::tests;
use crate::support::{Namespace, busybox, eventually};

tests![BUILDS:
    a_new_service_is_tested_deployed_and_called_through_its_service,
    only_what_the_registry_lacks_is_pushed_and_the_same_source_is_the_same_image_anywhere,
    a_registry_without_a_login_is_named_and_nothing_is_applied,
    a_registry_that_refuses_the_password_is_named_and_nothing_is_applied,
    a_registry_that_is_not_there_is_named_and_nothing_is_applied,
    a_registry_that_is_written_as_a_url_is_named_and_nothing_is_applied,
    a_registry_without_a_host_is_named_and_nothing_is_applied,
    a_namespace_that_is_not_there_is_named_before_anything_is_pushed,
    a_credential_helper_is_asked_as_docker_would_ask_it,
];

/// `plat new`; returns its folder.
fn scaffold(ns: &Namespace, name: &str) -> PathBuf {
    ns.plat(&["new", name, "--yes", "--set", "owner=@acme/greetings"]).succeeds();
    ns.work().join(name)
}

fn a_new_service_is_tested_deployed_and_called_through_its_service() {
    let ns = Namespace::new("new");
    let project = scaffold(&ns, "greeter");
    let tests = Command::new("go").args(["test", "./..."]).current_dir(&project).output().expect("go runs");
    assert!(tests.status.success(), "{}", String::from_utf8_lossy(&tests.stdout));
    ns.plat(&["deploy"]).folder("greeter").succeeds();

    // From another pod and by name, as every other service would call it.
    ns.apply(caller(&busybox(&ns)));
    let said = || {
        let logs = ns.kubectl_command().args(["logs", "caller"]).output().expect("kubectl runs");
        String::from_utf8_lossy(&logs.stdout).into_owned()
    };
    eventually("an answer of the Service", || said().contains("ANSWERED"));
    let answer = said();
    assert!(answer.contains("HTTP/1.1 200 OK") && answer.contains(r#"{"message":"Hello, cluster!"}"#), "{answer}");
}

/// A pod that asks the Service until it answers, and prints head and body. "restricted" is enforced on it too.
fn caller(image: &str) -> String {
    format!(
        r#"
apiVersion: v1
kind: Pod
metadata: {{name: caller}}
spec:
  restartPolicy: Never
  automountServiceAccountToken: false
  securityContext: {{runAsNonRoot: true, seccompProfile: {{type: RuntimeDefault}}}}
  containers:
  - name: caller
    image: {image}
    args: [-c, "until timeout 5 wget -S -qO- http://greeter/hello/cluster 2>&1; do sleep 0.2; done; echo ANSWERED"]
    securityContext: {{allowPrivilegeEscalation: false, capabilities: {{drop: [ALL]}}}}
"#
    )
}

fn only_what_the_registry_lacks_is_pushed_and_the_same_source_is_the_same_image_anywhere() {
    let ns = Namespace::new("push");
    // A name of its own in the registry that all tests share.
    let project = scaffold(&ns, &ns.name);
    ns.plat(&["deploy"]).folder(&ns.name).succeeds().says("uploaded");

    for entry in fs::read_dir(&project).expect("the project").flatten().filter(|entry| entry.path().is_file()) {
        let name = entry.file_name().into_string().expect("a plain name");
        ns.write(&format!("elsewhere/{name}"), fs::read(entry.path()).expect("a file of the project"));
    }
    ns.plat(&["deploy"]).folder("elsewhere").succeeds().says("already there").says("unchanged");
}

fn a_registry_without_a_login_is_named_and_nothing_is_applied() {
    refused(None, None, "asks for a login", "docker login");
}

fn a_registry_that_refuses_the_password_is_named_and_nothing_is_applied() {
    refused(Some("plat:wrong"), None, "refuses the credentials", "docker login");
}

fn a_registry_that_is_not_there_is_named_and_nothing_is_applied() {
    refused(None, Some("127.0.0.1:1"), "127.0.0.1:1 is not reachable", "--registry");
}

fn a_registry_that_is_written_as_a_url_is_named_and_nothing_is_applied() {
    refused(None, Some("https://ghcr.io/acme"), "written as a URL", "ghcr.io/acme");
}

fn a_registry_without_a_host_is_named_and_nothing_is_applied() {
    refused(None, Some("acme"), "does not start with a host", "docker.io/acme");
}

fn refused(login: Option<&str>, registry: Option<&str>, what: &str, next: &str) {
    let ns = Namespace::new("registry");
    scaffold(&ns, "shop");
    let auths = match login {
        Some(login) => json!({ "auths": { &ns.sandbox.registry: { "auth": BASE64.encode(login) } } }),
        None => json!({}),
    };
    ns.write("docker/config.json", auths.to_string());
    let mut deploy = ns.plat(&["deploy"]).folder("shop").env("DOCKER_CONFIG", ns.work().join("docker"));
    if let Some(registry) = registry {
        deploy = deploy.args(&["--registry", registry]);
    }
    // Before anything is sent anywhere.
    deploy.fails(1).says(what).says(next).never_says("push ");
    assert!(ns.names("deployments,services").is_empty());
}

fn a_namespace_that_is_not_there_is_named_before_anything_is_pushed() {
    let ns = Namespace::new("nowhere");
    scaffold(&ns, "shop");
    let typo = format!("{}x", ns.name);
    let deploy = ns.plat(&["deploy", "-n", &typo]).folder("shop");
    deploy.fails(1).says("does not exist; nothing was written").says("--create-namespace").never_says("push ");
    let created = ns.plat(&["deploy", "-n", &typo, "--create-namespace"]).folder("shop").run();
    ns.kubectl(&["delete", "namespace", &typo, "--ignore-not-found"]);
    created.succeeds();
}

fn a_credential_helper_is_asked_as_docker_would_ask_it() {
    use std::os::unix::fs::PermissionsExt;
    let ns = Namespace::new("helper");
    let project = scaffold(&ns, "shop");
    let kept = fs::read(ns.sandbox.docker_config.join("config.json")).expect("the sandbox's config.json");
    let kept: Value = serde_json::from_slice(&kept).expect("JSON");
    let login = BASE64.decode(kept["auths"][&ns.sandbox.registry]["auth"].as_str().expect("a login"));
    let login = String::from_utf8(login.expect("base64")).expect("text");
    let (user, password) = login.split_once(':').expect("user:password");

    let answer = json!({ "ServerURL": ns.sandbox.registry, "Username": user, "Secret": password });
    let script = format!("#!/bin/sh\ntest \"$1\" = get && cat > asked && echo '{answer}'\n");
    let helper = ns.write("bin/docker-credential-test", script);
    fs::set_permissions(&helper, fs::Permissions::from_mode(0o755)).expect("a program");
    ns.write("bin/config.json", r#"{"credsStore":"test"}"#);

    let bin = ns.work().join("bin");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").expect("a PATH"));
    ns.plat(&["deploy"]).folder("shop").env("DOCKER_CONFIG", &bin).env("PATH", path).succeeds();
    assert_eq!(fs::read_to_string(project.join("asked")).expect("the helper was asked").trim(), ns.sandbox.registry);
}
