//! The program that logs in (`users[].user.exec` of a kubeconfig), run as kubectl runs it, but within limits: it may hang,
//! and it may print without end.
//!
//! <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins>

use std::io::IsTerminal;
use std::time::Duration;

use jiff::Timestamp;
use kube::config::{ExecConfig, ExecInteractiveMode};
use serde::Deserialize;
use serde_json::json;
use tokio::process::Command;

use crate::error::Error;
use crate::program::{self, Failure, Limits, Person};
use crate::reason::Reason;
use crate::text::foreign_line;

/// A token has some thousand characters, a certificate and its key little more; in bytes.
const OUTPUT: u64 = 1 << 20;
/// Where nobody can answer a question.
const ALONE: Duration = Duration::from_mins(1);
/// Where a person may be at a browser.
const WITH_A_PERSON: Duration = Duration::from_mins(5);
/// Lines that are worth showing.
const LINES: usize = 5;
/// Longest line that is shown.
const LINE: usize = 600;

/// What the program gives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Credential {
    pub token: Option<String>,
    /// Certificate and key, as PEM.
    pub certificate: Option<(String, String)>,
    pub expires: Option<Timestamp>,
}

/// Why it gives nothing.
#[derive(Debug)]
pub(super) enum No {
    Command,
    /// It needs a person, and there is no terminal.
    Person,
    Ended(Failure),
    Failed {
        status: String,
        said: String,
    },
    /// What it printed is no credential, and why.
    Answer(String),
}

/// Who is there for the program's questions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terminals {
    pub stdin: bool,
    pub stderr: bool,
}

impl Terminals {
    pub fn here() -> Self {
        Self { stdin: std::io::stdin().is_terminal(), stderr: std::io::stderr().is_terminal() }
    }

    fn patience(self, mode: &ExecInteractiveMode) -> Duration {
        let alone = *mode == ExecInteractiveMode::Never || !(self.stdin || self.stderr);
        if alone { ALONE } else { WITH_A_PERSON }
    }
}

/// Runs the program once.
pub(super) async fn run(exec: &ExecConfig, terminals: Terminals) -> Result<Credential, No> {
    let mode = exec.interactive_mode.clone().unwrap_or(ExecInteractiveMode::IfAvailable);
    if mode == ExecInteractiveMode::Always && !terminals.stdin {
        return Err(No::Person);
    }
    let is_interactive = terminals.stdin && mode != ExecInteractiveMode::Never;
    let limits = Limits { time: terminals.patience(&mode), output: OUTPUT };
    let command = command(exec, is_interactive)?;
    let ended = match mode {
        ExecInteractiveMode::Never => program::run(command, &[], limits).await,
        _ if is_interactive => program::run_for(Person::AtTerminal, command, limits).await,
        // Stdin may hold the manifests; what the program says may still be the address to log in at.
        _ => program::run_for(Person::Reading, command, limits).await,
    };
    let ended = ended.map_err(No::Ended)?;
    if !ended.status.success() {
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        return Err(No::Failed { status: ended.status.to_string(), said });
    }
    parse(&ended.stdout).map_err(No::Answer)
}

fn command(exec: &ExecConfig, is_interactive: bool) -> Result<Command, No> {
    let mut command = Command::new(exec.command.as_deref().filter(|name| !name.is_empty()).ok_or(No::Command)?);
    command.args(exec.args.iter().flatten());
    let variables = exec.env.iter().flatten();
    command.envs(variables.filter_map(|variable| Some((variable.get("name")?, variable.get("value")?))));
    let mut spec = json!({ "interactive": is_interactive });
    if exec.provide_cluster_info {
        spec["cluster"] = serde_json::to_value(&exec.cluster).map_err(|error| No::Answer(error.to_string()))?;
    }
    let info = json!({ "kind": "ExecCredential", "apiVersion": exec.api_version, "spec": spec });
    command.env("KUBERNETES_EXEC_INFO", info.to_string());
    for name in exec.drop_env.iter().flatten() {
        command.env_remove(name);
    }
    Ok(command)
}

/// JSON; YAML is understood too, as kubectl does.
fn parse(printed: &[u8]) -> Result<Credential, String> {
    #[derive(Deserialize)]
    struct Answer {
        status: Option<Status>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Status {
        expiration_timestamp: Option<String>,
        token: Option<String>,
        client_certificate_data: Option<String>,
        client_key_data: Option<String>,
    }
    // The parser's own words may quote a token.
    let text = std::str::from_utf8(printed).map_err(|_| "it printed something else than text".to_owned())?;
    let answer: Answer =
        serde_yaml::from_str(text).map_err(|_| "it printed something else than an ExecCredential".to_owned())?;
    let status = answer.status.ok_or("its ExecCredential has no status")?;
    let given = |value: Option<String>| value.filter(|value| !value.is_empty());
    let expires = match given(status.expiration_timestamp) {
        Some(time) => Some(time.parse().map_err(|_| "its expirationTimestamp is not a time".to_owned())?),
        None => None,
    };
    let certificate = given(status.client_certificate_data).zip(given(status.client_key_data));
    let token = given(status.token);
    if token.is_none() && certificate.is_none() {
        return Err("its ExecCredential has neither a token nor a certificate and its key".to_owned());
    }
    Ok(Credential { token, certificate, expires })
}

/// In words, with what its packager says where it is missing.
pub(super) fn explain(no: No, exec: &ExecConfig, context: &str) -> Error {
    let program = foreign_line(exec.command.as_deref().unwrap_or("the login program"), 100);
    let logs_in = format!("{program}, which logs in to context \"{context}\",");
    let alone = format!("run it alone to see what it waits for: {program}");
    let lines = |text: &str, error: Error| {
        let said: Vec<&str> = text.lines().collect();
        let last = said.len().saturating_sub(LINES);
        said[last..].iter().fold(error, |error, line| error.detail(foreign_line(line, LINE)))
    };
    let error = match no {
        No::Command => Error::user(format!("the kubeconfig names no program to log in to context \"{context}\"")),
        No::Person => Error::user(format!("{logs_in} asks questions, and there is no terminal to answer at"))
            .hint("run plat at a terminal, with no pipe on stdin")
            .hint("or log in before, so that it has nothing to ask"),
        No::Ended(Failure::NotFound) => {
            let error = Error::user(format!("{logs_in} is not on PATH"));
            let install = exec.install_hint.iter().flat_map(|hint| hint.lines()).take(LINES);
            install
                .fold(error, |error, line| error.detail(foreign_line(line, LINE)))
                .hint(format!("install {program}; it is named by users[].user.exec of the kubeconfig"))
        }
        No::Ended(failure @ Failure::NotStarted(_)) => Error::user(format!("{logs_in} {failure}"))
            .hint(format!("install {program}; it is named by users[].user.exec of the kubeconfig")),
        No::Ended(failure) => Error::user(format!("{logs_in} {failure}")).hint(alone),
        No::Failed { status, said } => {
            lines(&said, Error::user(format!("{program} could not log in to context \"{context}\" ({status})")))
                .hint("log in again as your platform team describes it")
        }
        No::Answer(what) => Error::user(format!("{logs_in} gave no credential: {what}")).hint(alone),
    };
    error.reason(Reason::Login)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::token(r#"{"status":{"token":"t"}}"#, Some("t"), None)]
    #[case::yaml("status:\n  token: t\n  expirationTimestamp: 2026-11-29T10:00:00Z\n", Some("t"), Some(1_795_946_400))]
    #[case::certificate(r#"{"status":{"clientCertificateData":"c","clientKeyData":"k"}}"#, None, None)]
    fn a_credential_is_read(#[case] printed: &str, #[case] token: Option<&str>, #[case] expires: Option<i64>) {
        let credential = parse(printed.as_bytes()).unwrap();
        assert_eq!(credential.token.as_deref(), token);
        assert_eq!(credential.certificate.is_some(), token.is_none());
        assert_eq!(credential.expires.map(Timestamp::as_second), expires);
    }

    #[rstest]
    #[case::nothing("", "status")]
    #[case::no_status("{}", "has no status")]
    #[case::empty(r#"{"status":{"token":""}}"#, "neither a token nor")]
    #[case::half(r#"{"status":{"clientCertificateData":"c"}}"#, "neither a token nor")]
    #[case::no_time(r#"{"status":{"token":"s3cr3t","expirationTimestamp":"soon"}}"#, "not a time")]
    #[case::no_json("s3cr3t: [", "something else than an ExecCredential")]
    fn what_is_no_credential_is_said_without_its_text(#[case] printed: &str, #[case] expected: &str) {
        let what = parse(printed.as_bytes()).unwrap_err();
        assert!(what.contains(expected) || printed.is_empty(), "{what}");
        assert!(!what.contains("s3cr3t"), "{what}");
    }

    #[rstest]
    #[case(ExecInteractiveMode::Never, Terminals { stdin: true, stderr: true }, ALONE)]
    #[case(ExecInteractiveMode::IfAvailable, Terminals { stdin: false, stderr: false }, ALONE)]
    #[case(ExecInteractiveMode::IfAvailable, Terminals { stdin: false, stderr: true }, WITH_A_PERSON)]
    #[case(ExecInteractiveMode::Always, Terminals { stdin: true, stderr: true }, WITH_A_PERSON)]
    fn a_person_is_given_time(
        #[case] mode: ExecInteractiveMode,
        #[case] terminals: Terminals,
        #[case] expected: Duration,
    ) {
        assert_eq!(terminals.patience(&mode), expected);
    }
}
