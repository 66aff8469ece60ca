//! Registry credentials from where docker keeps them: config.json of `DOCKER_CONFIG` or ~/.docker, credential helpers.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::process::Command;

use super::docker_config::{self, Kept, Login};
use crate::error::{Error, Result};
use crate::input::{self, Refusal};
use crate::program::{self, Failure, Limits};
use crate::reason::Reason;
use crate::text;

/// config.json holds some lines for each registry; in bytes.
const LARGEST: u64 = 4 << 20;
/// A helper may ask the person to unlock a key.
const HELPER: Limits = Limits { time: Duration::from_mins(1), output: 1 << 20 };
/// docker-credential-helpers/credentials/error.go: what every helper says of a server it does not know.
const UNKNOWN: &str = "credentials not found in native keychain";

/// What is sent to a registry, and what should have been asked for it and is not here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    pub login: Login,
    /// A sentence about a credential helper that is missing. A public image needs none, so it matters when the registry
    /// asks for a login.
    pub missing: Option<String>,
}

/// What docker would send to `registry`; anonymous where nothing is kept for it.
///
/// # Errors
/// When a credential is kept and cannot be read.
pub async fn find(registry: &str) -> Result<Credentials> {
    let refused = |what: String| {
        Error::user(format!("the credentials for {registry} cannot be read: {what}"))
            .at(config_place())
            .hint(format!("log in again: docker login {registry}"))
            .reason(Reason::RegistryUnauthorized)
    };
    let anonymous = Credentials { login: Login::Anonymous, missing: None };
    let Some(file) = config_file() else { return Ok(anonymous) };
    let text = match input::read_or_pipe(&file, LARGEST).await {
        Ok(text) => text,
        Err(Refusal::NotFound(_)) => return Ok(anonymous),
        Err(refusal) => return Err(refused(format!("the file {refusal}"))),
    };
    match docker_config::kept(&text, registry).map_err(|what| refused(what.to_owned()))? {
        Kept::Login(login) => Ok(Credentials { login, missing: None }),
        Kept::Helper { name, is_for_this } => match ask(&name, registry).await {
            Ok(login) => Ok(Credentials { login, missing: None }),
            Err(No::Helper(what)) if !is_for_this => Ok(Credentials { missing: Some(what), ..anonymous }),
            Err(No::Helper(what) | No::Answer(what)) => Err(refused(what)),
        },
    }
}

/// Why a helper gives nothing, in a sentence.
enum No {
    Helper(String),
    Answer(String),
}

async fn ask(name: &str, registry: &str) -> Result<Login, No> {
    let program = format!("docker-credential-{name}");
    let shown = text::foreign_line(&program, 80);
    let missing = format!("the credential helper {shown}, which config.json names, is not on PATH");
    if name.contains(['/', '\\']) {
        return Err(No::Helper(format!("{shown}, which config.json names, is not the name of a credential helper")));
    }
    let mut command = Command::new(&program);
    command.arg("get");
    let ended =
        program::run(command, docker_config::key(registry).as_bytes(), HELPER).await.map_err(
            |failure| match failure {
                Failure::NotFound => No::Helper(missing),
                failure => No::Answer(format!("{shown} {failure}")),
            },
        )?;
    let (stdout, stderr) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    if ended.status.success() {
        return docker_config::from_helper(&ended.stdout).map_err(|what| No::Answer(format!("{shown} {what}")));
    }
    if stdout.contains(UNKNOWN) || stderr.contains(UNKNOWN) {
        return Ok(Login::Anonymous);
    }
    // Its stdout may hold the secret: only what it says on stderr is shown.
    let said = text::foreign_line(stderr.trim(), 200);
    Err(No::Answer(if said.is_empty() { format!("{shown} failed") } else { format!("{shown} failed: {said}") }))
}

/// docker's config.json, where the environment names a place for it.
pub fn config_file() -> Option<PathBuf> {
    let given = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    given("DOCKER_CONFIG")
        .map(PathBuf::from)
        .or_else(|| given("HOME").map(|home| Path::new(&home).join(".docker")))
        .map(|folder| folder.join("config.json"))
}

pub fn config_place() -> String {
    config_file().map_or_else(|| "config.json of docker".to_owned(), |path| path.display().to_string())
}
