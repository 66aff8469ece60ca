//! `plat time` around commands that touch no cluster: it must not be felt.

use rstest::rstest;
use serde_json::Value;

use crate::support::Home;

/// The newest run that was recorded.
fn recorded(home: &Home) -> Value {
    let output =
        home.plat().args(["telemetry", "show", "--last", "1", "--output", "json"]).output().expect("plat runs");
    let event: Value = serde_json::from_slice(&output.stdout).expect("one event");
    event["data"]["customData"]["run"].clone()
}

#[rstest]
#[case::well("exit 0", 0, "success")]
#[case::badly("exit 7", 7, "failure")]
#[cfg_attr(unix, case::by_a_signal("kill -9 $$", 137, "failure"))]
fn the_exit_code_is_the_commands_own(#[case] script: &str, #[case] code: i32, #[case] outcome: &str) {
    let home = Home::new();
    home.plat().args(["time", "--", "sh", "-c", script]).assert().code(code);
    let run = recorded(&home);
    assert_eq!((&run["outcome"], &run["facts"]["arm"]), (&outcome.into(), &"sh".into()));
    assert_eq!(run["facts"]["changed"], Value::Null, "nothing was observed, so nothing is claimed");
    assert!(run["prompt_ms"].is_f64() && run["prompt_ms"] == run["duration_ms"], "it ended with the command: {run}");
}

#[test]
fn input_and_output_are_the_commands_own() {
    let home = Home::new();
    let assert = home.plat().args(["time", "--", "cat", "-"]).write_stdin("two\nlines\n").assert().success();
    assert.stdout("two\nlines\n");
}

#[test]
fn without_a_cluster_it_says_once_that_nothing_is_observed() {
    let output = Home::new().plat().args(["time", "--", "true"]).output().expect("plat runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(stderr.matches("its workloads cannot be observed").count(), 1, "{stderr}");
}

#[rstest]
#[case::no_program(&["no-such-program"], 1, "there is no program no-such-program")]
#[case::plat_itself(&["plat", "deploy"], 2, "plat records its own runs")]
fn what_cannot_be_timed_is_said(#[case] command: &[&str], #[case] code: i32, #[case] said: &str) {
    let output = Home::new().plat().args(["time", "--"]).args(command).output().expect("plat runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert!(stderr.contains(said), "{stderr}");
}

/// The command gets the signal, and the time to stop as it wants.
#[cfg(unix)]
#[rstest]
#[case("INT", "interrupted")]
#[case("TERM", "terminated")]
fn a_signal_reaches_the_command_first(#[case] signal: &str, #[case] said: &str) {
    use std::io::{BufRead, BufReader, Read};
    use std::process::{Command, Stdio};

    let home = Home::new();
    // `wait` is interrupted by the trap; a plain sleep would delay it.
    let script = format!("trap 'echo stopping; kill $!; exit 3' {signal}; sleep 60 & echo started; wait");
    let mut plat = Command::new(env!("CARGO_BIN_EXE_plat"))
        .args(["time", "--", "sh", "-c", &script])
        .env("PLAT_HOME", home.dir.path().join("plat"))
        .env("KUBECONFIG", home.dir.path().join("kubeconfig"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("plat starts");
    let mut stdout = BufReader::new(plat.stdout.take().expect("a pipe"));
    let mut line = String::new();
    stdout.read_line(&mut line).expect("the command's output");
    assert_eq!(line, "started\n");

    let pid = plat.id().to_string();
    assert!(Command::new("kill").args([&format!("-{signal}"), &pid]).status().expect("kill runs").success());

    let mut rest = String::new();
    stdout.read_line(&mut rest).expect("the command's output");
    assert_eq!(rest, "stopping\n");
    let status = plat.wait().expect("plat ends");
    let mut stderr = String::new();
    plat.stderr.take().expect("a pipe").read_to_string(&mut stderr).expect("text");
    assert_eq!(status.code(), Some(130), "{stderr}");
    assert!(stderr.contains(&format!("{said}: sh ended with exit code 3")), "{stderr}");
    assert_eq!(recorded(&home)["outcome"], "interrupted");
}
