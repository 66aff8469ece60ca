//! Registry credentials from where docker keeps them: config.json of `DOCKER_CONFIG` or ~/.docker, credential helpers.

use docker_credential::{CredentialRetrievalError as Failure, DockerCredential};
use oci_client::secrets::RegistryAuth;

use crate::error::{Error, Result};
use crate::reason::Reason;
use crate::text;

/// The key of Docker Hub in config.json; every other registry's key is its host.
const DOCKER_HUB: (&str, &str) = ("index.docker.io", "https://index.docker.io/v1/");

/// What docker would send to `registry`; anonymous where nothing is kept for it.
///
/// # Errors
/// When a credential is kept and cannot be read.
pub async fn find(registry: &str) -> Result<RegistryAuth> {
    let key = if registry == DOCKER_HUB.0 { DOCKER_HUB.1.to_owned() } else { registry.to_owned() };
    // A credential helper is a program, and the call waits for it.
    let found = tokio::task::spawn_blocking(move || docker_credential::get_credential(&key))
        .await
        .map_err(|e| Error::bug("reading the registry's credentials stopped").because(e))?;
    match found {
        Ok(DockerCredential::UsernamePassword(user, password)) => Ok(RegistryAuth::Basic(user, password)),
        Ok(DockerCredential::IdentityToken(_)) => Err(Error::user(format!(
            "config.json keeps an identity token for {registry}, which plat cannot exchange yet"
        ))
        .hint(format!("log in with a user and a password or token: docker login {registry}"))
        .reason(Reason::RegistryUnauthorized)),
        Err(failure) => match describe(&failure) {
            None => Ok(RegistryAuth::Anonymous),
            Some(what) => Err(Error::user(format!("the credentials for {registry} cannot be read: {what}"))
                .at(config_place())
                .hint(format!("log in again: docker login {registry}"))
                .reason(Reason::RegistryUnauthorized)),
        },
    }
}

/// What is wrong; none where there is simply no credential.
fn describe(failure: &Failure) -> Option<String> {
    Some(match failure {
        Failure::NoCredentialConfigured | Failure::ConfigNotFound => return None,
        // The crate says this of a missing file too.
        Failure::ConfigReadError if !config_file().is_some_and(|path| path.exists()) => return None,
        // docker-credential-helpers/credentials/error.go: what every helper says of a server it does not know.
        Failure::HelperFailure { stdout, stderr, .. }
            if [stdout, stderr].iter().any(|said| said.contains("credentials not found in native keychain")) =>
        {
            return None;
        }
        // Its stdout may hold the secret: only what it says on stderr is shown.
        Failure::HelperFailure { helper, stderr, .. } => {
            format!("docker-credential-{} failed: {}", text::foreign_line(helper, 60), text::foreign_line(stderr, 200))
        }
        Failure::HelperCommunicationError => "its credential helper does not start; is it on PATH?".to_owned(),
        Failure::MalformedHelperResponse => "its credential helper answered something else than JSON".to_owned(),
        Failure::CredentialDecodingError => "the auth field is not base64 of user:password".to_owned(),
        Failure::CredentialMismatchError => "the auth field and username/password disagree".to_owned(),
        Failure::ConfigReadError => "the file is not JSON as docker writes it".to_owned(),
    })
}

fn config_file() -> Option<std::path::PathBuf> {
    std::env::var_os("DOCKER_CONFIG")
        .map(std::path::PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| std::path::Path::new(&home).join(".docker")))
        .map(|folder| folder.join("config.json"))
}

pub fn config_place() -> String {
    config_file().map_or_else(|| "config.json of docker".to_owned(), |path| path.display().to_string())
}
