//! A scaffolded service, untouched: its tests pass, it deploys under Pod Security "restricted", and it answers through
//! its Service inside the cluster. And the registry between them: pushed by difference, refused with a reason.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::tests;
use crate::support::{self, Namespace};
use assert_cmd::assert::Assert;

tests![BUILDS:
    a_new_service_is_tested_deployed_and_called_through_its_service,
    only_what_the_registry_lacks_is_pushed_and_the_same_source_is_the_same_image_anywhere,
    a_registry_without_a_login_is_named_and_nothing_is_applied,
    a_registry_that_refuses_the_password_is_named_and_nothing_is_applied,
    a_registry_that_is_not_there_is_named_and_nothing_is_applied,
    a_registry_that_is_written_as_a_url_is_named_and_nothing_is_applied,
    a_registry_without_a_host_is_named_and_nothing_is_applied,
    a_credential_helper_is_asked_as_docker_would_ask_it,
];

fn scaffold(ns: &Namespace, name: &str) -> PathBuf {
    support::plat(ns).args(["new", name, "--yes", "--set", "owner=@acme/greetings"]).assert().success();
    ns.work().join(name)
}

fn deploy(ns: &Namespace, project: &Path) -> Assert {
    support::plat(ns).current_dir(project).arg("deploy").assert()
}

fn stderr(assert: &Assert) -> String {
    String::from_utf8_lossy(&assert.get_output().stderr).into_owned()
}

fn a_new_service_is_tested_deployed_and_called_through_its_service() {
    let ns = support::namespace("new");
    let project = scaffold(&ns, "greeter");
    let tests = Command::new("go").args(["test", "./..."]).current_dir(&project).output().expect("go runs");
    assert!(tests.status.success(), "{}", String::from_utf8_lossy(&tests.stdout));
    deploy(&ns, &project).success();

    // From another pod and by name, as every other service would call it.
    support::apply(&ns, &caller(&support::busybox(&ns)));
    let said = || {
        let logs = support::kubectl_command(&ns).args(["logs", "caller"]).output().expect("kubectl runs");
        String::from_utf8_lossy(&logs.stdout).into_owned()
    };
    support::eventually("an answer of the Service", || said().contains("ANSWERED"));
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
    let ns = support::namespace("push");
    // A name of its own in the registry that all tests share.
    let project = scaffold(&ns, &ns.name);
    let first = stderr(&deploy(&ns, &project).success());
    assert!(first.contains("uploaded"), "{first}");

    let elsewhere = ns.work().join("elsewhere");
    fs::create_dir(&elsewhere).expect("a folder");
    for file in ["go.mod", "main.go", "requestlog.go", "service.go", "plat.yaml"] {
        fs::copy(project.join(file), elsewhere.join(file)).expect("a copy");
    }
    let again = stderr(&deploy(&ns, &elsewhere).success());
    assert!(again.contains("already there") && again.contains("unchanged"), "{again}");
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
    let ns = support::namespace("registry");
    let project = scaffold(&ns, "shop");
    let docker = ns.work().join("docker");
    fs::create_dir(&docker).expect("a folder");
    if let Some(login) = login {
        fs::write(docker.join("config.json"), config_json(&ns.sandbox.registry, login)).expect("a config.json");
    }
    let mut command = support::plat(&ns);
    command.current_dir(&project).arg("deploy").env("DOCKER_CONFIG", docker);
    if let Some(registry) = registry {
        command.args(["--registry", registry]);
    }
    let said = stderr(&command.assert().code(1));
    assert!(said.contains(what) && said.contains(next), "{said}");
    assert_eq!(support::kubectl(&ns, &["get", "deployments,services", "-o", "name"]), "");
}

fn config_json(registry: &str, login: &str) -> String {
    use base64::Engine;
    let auth = base64::engine::general_purpose::STANDARD.encode(login);
    serde_json::json!({ "auths": { registry: { "auth": auth } } }).to_string()
}

fn a_credential_helper_is_asked_as_docker_would_ask_it() {
    use std::os::unix::fs::PermissionsExt;
    let ns = support::namespace("helper");
    let project = scaffold(&ns, "shop");
    let kept: serde_json::Value = serde_json::from_slice(
        &fs::read(Path::new(&ns.sandbox.docker_config).join("config.json")).expect("the sandbox's config.json"),
    )
    .expect("JSON");
    let login = decode(kept["auths"][&ns.sandbox.registry]["auth"].as_str().expect("a login"));
    let (user, password) = login.split_once(':').expect("user:password");

    let bin = ns.work().join("bin");
    fs::create_dir(&bin).expect("a folder");
    let helper = bin.join("docker-credential-test");
    let answer = serde_json::json!({ "ServerURL": ns.sandbox.registry, "Username": user, "Secret": password });
    fs::write(&helper, format!("#!/bin/sh\ntest \"$1\" = get && cat > asked && echo '{answer}'\n")).expect("a helper");
    fs::set_permissions(&helper, fs::Permissions::from_mode(0o755)).expect("a program");
    fs::write(bin.join("config.json"), r#"{"credsStore":"test"}"#).expect("a config.json");

    let path = format!("{}:{}", bin.display(), std::env::var("PATH").expect("a PATH"));
    let mut command = support::plat(&ns);
    command.current_dir(&project).arg("deploy").env("DOCKER_CONFIG", &bin).env("PATH", path).assert().success();
    assert_eq!(fs::read_to_string(project.join("asked")).expect("the helper was asked").trim(), ns.sandbox.registry);
}

fn decode(auth: &str) -> String {
    use base64::Engine;
    let bytes = base64::engine::general_purpose::STANDARD.decode(auth).expect("base64");
    String::from_utf8(bytes).expect("text")
}
