//! What the shell is told at a TAB: the names that are there, at once, and nothing else.

use std::net::TcpListener;
use std::time::Duration;

use predicates::str::{contains, is_empty};
use rstest::rstest;
use serde_json::json;

use crate::support::Home;

/// No bound of plat's own: what hangs fails the test instead of holding it up.
const HANGS: Duration = Duration::from_secs(30);

/// A kubeconfig of two contexts; `server` is the API server of both.
fn kubeconfig(home: &Home, server: &str) {
    let context = |name: &str| json!({"name": name, "context": {"cluster": "c", "user": "me", "namespace": "web"}});
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "prod-eu",
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "me", "user": {"token": "t"}}],
        "contexts": [context("prod-eu"), context("prod-us"), context("staging")],
    });
    std::fs::write(home.dir.path().join("kubeconfig"), config.to_string()).expect("a kubeconfig");
}

/// The candidates for the last of these words.
fn candidates(home: &Home, words: &[&str]) -> Vec<String> {
    let mut plat = home.plat();
    plat.env("PLAT_COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", words.len().to_string()).env("_CLAP_IFS", "\n");
    let assert = plat.args(["--", "plat"]).args(words).timeout(HANGS).assert().success().stderr(is_empty());
    let text = String::from_utf8(assert.get_output().stdout.clone()).expect("text");
    text.lines().map(|line| line.trim_end().to_owned()).collect()
}

#[rstest]
#[case::commands(&["his"], &["history"])]
#[case::contexts(&["status", "--context", "prod"], &["prod-eu", "prod-us"])]
#[case::environments(&["deploy", "--env", ""], &["dev", "prod"])]
#[case::environments_of_a_file(&["deploy", "--file", "cart/plat.yaml", "--env", ""], &["test"])]
#[case::formats(&["status", "-o", ""], &["text", "wide", "json", "yaml"])]
#[case::no_cluster(&["status", ""], &[])]
fn what_follows_is_known(#[case] words: &[&str], #[case] expected: &[&str]) {
    let home = Home::new();
    kubeconfig(&home, "https://127.0.0.1:1");
    home.write("plat.yaml", "name: shop\nport: 8080\nenvironments: {dev: {}, prod: {}}\n");
    home.write("cart/plat.yaml", "name: cart\nport: 8080\nenvironments: {test: {}}\n");
    let found = candidates(&home, words);
    let found: Vec<&str> = found.iter().map(String::as_str).filter(|name| !name.starts_with('-')).collect();
    assert_eq!(found, expected);
}

/// It takes connections and never answers.
#[rstest]
#[case(&["status", ""])]
#[case(&["rollback", "shop", "--to", ""])]
#[case(&["status", "-n", ""])]
fn a_cluster_that_is_silent_has_no_names(#[case] words: &[&str]) {
    let silent = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let home = Home::new();
    kubeconfig(&home, &format!("http://{}", silent.local_addr().expect("its address")));
    let found = candidates(&home, words);
    assert!(found.iter().all(|name| name.starts_with('-')), "{found:?}");
}

/// Nothing but candidates reaches the line that is being typed, and nothing asks there.
#[cfg(unix)]
#[test]
fn a_login_program_neither_asks_nor_prints() {
    let home = Home::new();
    kubeconfig(&home, "https://127.0.0.1:1");
    let file = home.dir.path().join("kubeconfig");
    let config = std::fs::read_to_string(&file).expect("it was written");
    let login = json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "IfAvailable",
        "command": "sh", "args": ["-c", "echo who are you >&2; read name; echo $name > asked; exit 1"]}});
    std::fs::write(&file, config.replace(r#"{"token":"t"}"#, &login.to_string())).expect("a kubeconfig");
    let mut plat = home.plat();
    plat.env("PLAT_COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", "2");
    plat.args(["--", "plat", "status", ""]).write_stdin("ada\n").timeout(HANGS).assert().success().stderr(is_empty());
    let asked = std::fs::read_to_string(home.dir.path().join("work/asked")).unwrap_or_default();
    assert_eq!(asked.trim(), "");
}

#[test]
fn the_script_makes_the_shell_ask() {
    let home = Home::new();
    home.plat().args(["completions", "bash"]).assert().success().stdout(contains("PLAT_COMPLETE=\"bash\""));
    // A shell of another name gets nothing, and no error.
    home.plat().env("PLAT_COMPLETE", "nosuch").args(["--", "plat", ""]).assert().success().stderr(is_empty());
}
