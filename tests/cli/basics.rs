//! What every command shares: usage errors, settings, colour, JSON errors, pipes.

use std::process::{Command, Stdio};

use predicates::prelude::*;
use predicates::str::{contains, is_empty, starts_with};
use rstest::rstest;

use crate::support::Home;

#[test]
fn version_is_one_line_of_data() {
    let home = Home::new();
    let expected = format!("plat {}\n", env!("CARGO_PKG_VERSION"));
    home.plat().arg("--version").assert().success().stdout(expected).stderr(is_empty());
}

#[test]
fn no_arguments_show_the_commands_and_count_as_wrong_usage() {
    let home = Home::new();
    home.plat().assert().code(2).stdout(is_empty()).stderr(contains("Usage: plat").and(contains("deploy")));
}

#[rstest]
#[case::command(&["depoly"], "'deploy'")]
#[case::flag(&["schema", "--ouput", "json"], "'--output'")]
#[case::value(&["schema", "--output", "jsn"], "json")]
fn a_typing_mistake_is_answered_with_what_was_meant(#[case] arguments: &[&str], #[case] meant: &str) {
    let home = Home::new();
    home.plat().args(arguments).assert().code(2).stdout(is_empty()).stderr(starts_with("error:").and(contains(meant)));
}

#[test]
fn quiet_and_verbose_exclude_each_other() {
    let home = Home::new();
    home.plat().args(["schema", "-q", "-v"]).assert().code(2).stderr(contains("cannot be used with"));
}

#[test]
fn a_settings_file_with_an_unknown_key_is_named_with_its_line() {
    let home = Home::new();
    let path = home.settings("telemetry:\n  mod: local\n");
    home.plat()
        .arg("schema")
        .assert()
        .code(1)
        .stdout(is_empty())
        .stderr(contains(path).and(contains("mod")).and(contains("line 2")).and(contains("hint:")));
}

#[rstest]
#[case("PLAT_TELEMETRY", "bogus", "on, local or off")]
fn a_bad_variable_is_wrong_usage_that_names_it(#[case] name: &str, #[case] value: &str, #[case] hint: &str) {
    let home = Home::new();
    let error = contains(name).and(contains(value)).and(contains(hint));
    home.plat().env(name, value).arg("schema").assert().code(2).stdout(is_empty()).stderr(error);
}

#[rstest]
#[case::not_a_terminal(&[], &[], false)]
#[case::always(&["--color", "always"], &[], true)]
#[case::a_flag_wins_over_no_color(&["--color", "always"], &[("NO_COLOR", "1")], true)]
#[case::no_color(&[], &[("NO_COLOR", "1")], false)]
#[case::never(&["--color", "never"], &[], false)]
fn colour_is_where_it_was_asked_for(
    #[case] arguments: &[&str],
    #[case] variables: &[(&str, &str)],
    #[case] coloured: bool,
) {
    let home = Home::new();
    home.settings("no-such-key: 1\n");
    let mut plat = home.plat();
    plat.arg("schema").args(arguments).envs(variables.iter().copied());
    let error = plat.assert().code(1).get_output().stderr.clone();
    assert_eq!(error.contains(&0x1b), coloured, "{}", String::from_utf8_lossy(&error));
}

#[test]
fn an_error_as_json_is_one_object_on_stdout() {
    let home = Home::new();
    home.settings("no-such-key: 1\n");
    let output =
        home.plat().args(["schema", "--output", "json"]).assert().code(1).stderr(is_empty()).get_output().clone();
    let error: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one JSON value");
    assert_eq!(error["event"], "error");
    assert_eq!(error["exit_code"], 1);
    assert!(error["place"].as_str().is_some_and(|place| place.ends_with("settings.yaml")), "{error}");
    assert!(error["hints"].as_array().is_some_and(|hints| !hints.is_empty()), "{error}");
}

/// `plat schema | head -c1`: the reader goes away while there is more to write.
#[test]
fn a_closed_pipe_ends_quietly() {
    let home = Home::new();
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output = Command::new(env!("CARGO_BIN_EXE_plat"))
        .args(["completions", "bash"])
        .env("PLAT_HOME", home.dir.path())
        .stdout(Stdio::from(writer))
        .stderr(Stdio::piped())
        .output()
        .expect("plat starts");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success(), "{}", output.status);
}

#[test]
fn without_a_home_folder_plat_home_is_enough() {
    let home = Home::new();
    home.plat().env_remove("HOME").arg("schema").assert().success().stdout(contains("\"properties\""));
}

#[test]
fn the_schema_is_json_that_knows_the_two_lines_of_the_readme() {
    let home = Home::new();
    let output = home.plat().arg("schema").assert().success().stderr(is_empty()).get_output().clone();
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).expect("the schema is JSON");
    assert_eq!(schema["required"], serde_json::json!(["name"]));
    assert!(schema["properties"]["port"].is_object(), "{schema}");
}
