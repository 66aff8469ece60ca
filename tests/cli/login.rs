//! Programs and files that log in to a cluster: run as kubectl runs them, ended when they do not end.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use predicates::prelude::*;
use predicates::str::contains;
use rstest::rstest;
use serde_json::{Value, json};

use crate::server::{Does, Server};
use crate::support::Home;

/// Far more than any of these takes, and less than the time that a program is given.
const SOON: Duration = Duration::from_secs(30);

/// An API server that knows no object.
fn empty_cluster() -> Server {
    let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404, "reason": "NotFound"});
    Server::start(move |_| Does::Answers(404, Vec::new(), status.to_string()))
}

fn kubeconfig(home: &Home, server: &str, user: &Value) -> String {
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "dev",
        "clusters": [{"name": "dev", "cluster": {"server": server, "certificate-authority-data": "Y2E="}}],
        "users": [{"name": "me", "user": user}],
        "contexts": [{"name": "dev", "context": {"cluster": "dev", "user": "me"}}],
    });
    let file = home.dir.path().join("kubeconfig");
    fs::write(&file, config.to_string()).expect("a kubeconfig");
    config.to_string()
}

fn exec(script: &str, more: Value) -> Value {
    let mut exec = json!({
        "apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", script],
        "interactiveMode": "IfAvailable",
    });
    if let Value::Object(more) = more {
        exec.as_object_mut().expect("an object").extend(more);
    }
    json!({ "exec": exec })
}

fn status(home: &Home) -> assert_cmd::assert::Assert {
    fs::create_dir_all(home.dir.path().join("work")).expect("a folder");
    home.plat().args(["status", "cart"]).timeout(SOON).assert()
}

fn bearers(server: &Server) -> Vec<String> {
    let mut seen: Vec<String> =
        server.asked().iter().filter_map(|line| Some(line.split_once(" Bearer ")?.1.to_owned())).collect();
    seen.dedup();
    seen
}

const TOKEN: &str =
    r#"echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t0k3n"}}'"#;

#[test]
fn a_slow_program_logs_in() {
    let (home, server) = (Home::new(), empty_cluster());
    kubeconfig(&home, &format!("http://{}", server.host()), &exec(&format!("sleep 3; {TOKEN}"), json!({})));
    status(&home).code(1).stderr(contains("cart"));
    assert_eq!(bearers(&server), ["t0k3n"]);
}

#[rstest]
#[case::on_stdout("yes", "printed more than 1 MiB and was stopped")]
#[case::on_stderr("yes >&2", "printed more than 1 MiB and was stopped")]
#[case::nothing("true", "gave no credential")]
#[case::something_else("echo hello", "gave no credential")]
fn a_program_that_gives_nothing_is_named(#[case] script: &str, #[case] said: &str) {
    let home = Home::new();
    kubeconfig(&home, "http://127.0.0.1:1", &exec(script, json!({})));
    let named = contains("sh, which logs in to context \"dev\",").and(contains(said));
    status(&home).code(1).stderr(named);
}

#[test]
fn a_program_is_told_what_it_asks_for() {
    let (home, server) = (Home::new(), empty_cluster());
    let told = home.dir.path().join("told");
    let script = format!("echo \"$KUBERNETES_EXEC_INFO $REGION $HOME\" >{}; cat >&2; {TOKEN}", told.display());
    let more = json!({ "provideClusterInfo": true, "env": [{"name": "REGION", "value": "eu"}] });
    let address = format!("http://{}", server.host());
    kubeconfig(&home, &address, &exec(&script, more));
    home.write("set.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
    // Stdin is the manifests', not the program's.
    let mut deploy = home.plat();
    deploy.args(["diff", "-f", "-"]).write_stdin("kind: manifests\n").timeout(SOON);
    deploy.assert().stderr(contains("kind: manifests").not());
    let told = fs::read_to_string(told).expect("the program was run");
    let info: Value = serde_json::Deserializer::from_str(&told).into_iter().next().expect("JSON").expect("JSON");
    assert_eq!(info["spec"]["cluster"]["server"], address.as_str());
    assert_eq!(info["spec"]["interactive"], false);
    assert_eq!(info["apiVersion"], "client.authentication.k8s.io/v1");
    assert!(told.trim_end().ends_with(&format!("eu {}", home.dir.path().display())), "{told}");
}

#[test]
fn a_program_that_needs_a_person_is_not_run_without_one() {
    let home = Home::new();
    kubeconfig(&home, "http://127.0.0.1:1", &exec(TOKEN, json!({ "interactiveMode": "Always" })));
    status(&home).code(1).stderr(contains("there is no terminal to answer at"));
}

#[test]
fn a_login_is_renewed_before_it_ends() {
    let (home, server) = (Home::new(), empty_cluster());
    let count = home.dir.path().join("count");
    let soon = jiff::Timestamp::now() + Duration::from_secs(30);
    let script = format!(
        "echo >>{0}; echo '{{\"status\":{{\"expirationTimestamp\":\"{soon}\",\"token\":\"'$(wc -l <{0})'\"}}}}'",
        count.display()
    );
    kubeconfig(&home, &format!("http://{}", server.host()), &exec(&script, json!({})));
    status(&home).code(1);
    let seen = bearers(&server);
    assert!(seen.len() > 1 && seen.iter().all(|token| token.parse::<u32>().is_ok()), "{seen:?}");
}

#[test]
fn a_token_may_lie_in_a_file() {
    let (home, server) = (Home::new(), empty_cluster());
    home.write("../token", "t0k3n\n");
    kubeconfig(&home, &format!("http://{}", server.host()), &json!({ "tokenFile": "token" }));
    status(&home).code(1);
    assert_eq!(bearers(&server), ["t0k3n"]);
}

#[rstest]
#[case::token("tokenFile")]
#[case::certificate("client-certificate")]
#[case::key("client-key")]
fn a_file_that_never_ends_is_refused(#[case] field: &str, #[values("pipe", "zero", "folder", "large")] kind: &str) {
    let home = Home::new();
    let path = home.dir.path().join(kind);
    match kind {
        "pipe" => assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo runs").success()),
        "zero" => std::os::unix::fs::symlink("/dev/zero", &path).expect("a link"),
        "folder" => fs::create_dir(&path).expect("a folder"),
        _ => fs::File::create(&path).and_then(|file| file.set_len(1 << 40)).expect("a file"),
    }
    kubeconfig(&home, "https://127.0.0.1:1", &json!({ field: path }));
    let said = match kind {
        "pipe" => "is a named pipe, not a file",
        "zero" => "is a device, not a file",
        "folder" => "is a folder, not a file",
        _ => "is larger than 1 MiB",
    };
    status(&home).code(1).stderr(contains(path.display().to_string()).and(contains(said)));
}

#[test]
fn a_kubeconfig_may_come_from_a_shell() {
    let (home, server) = (Home::new(), empty_cluster());
    let config = kubeconfig(&home, &format!("http://{}", server.host()), &json!({ "token": "t0k3n" }));
    home.write("../given", &config);
    let plain = home.plat();
    let mut bash = Command::new("bash");
    bash.env_clear().envs(plain.get_envs().filter_map(|(key, value)| Some((key, value?))));
    let script = format!("KUBECONFIG=<(cat ../given) {} status cart", env!("CARGO_BIN_EXE_plat"));
    let output = bash.current_dir(home.dir.path().join("work")).args(["-c", &script]).output().expect("bash runs");
    assert_eq!(bearers(&server), ["t0k3n"], "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_file_that_is_no_kubeconfig_is_named() {
    let home = Home::new();
    let path = home.dir.path().join("kubeconfig");
    assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo runs").success());
    let began = Instant::now();
    status(&home).code(1).stderr(contains("the kubeconfig is a named pipe, not a file"));
    assert!(began.elapsed() < SOON);
}
