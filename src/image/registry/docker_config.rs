//! docker's config.json: what is kept for a registry. Pure.

use std::collections::BTreeMap;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use serde_json::{Map, Value};

/// The host of Docker Hub; config.json has it under the address of its old interface.
pub const DOCKER_HUB: &str = "index.docker.io";
const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";
/// Its other names.
const DOCKER_HUBS: [&str; 3] = [DOCKER_HUB, "docker.io", "registry-1.docker.io"];
/// What a helper gives as the user of an identity token.
const TOKEN_USER: &str = "<token>";

/// How a registry is told who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    Anonymous,
    Password(String, String),
    /// Exchanged for a token at the place that the registry names.
    Identity(String),
    /// Sent as it is.
    Token(String),
}

/// What config.json says of one registry.
#[derive(Debug, PartialEq, Eq)]
pub enum Kept {
    Login(Login),
    /// A program that knows it, and whether it is there for this registry alone.
    Helper {
        name: String,
        is_for_this: bool,
    },
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Config {
    auths: Option<BTreeMap<String, Option<Entry>>>,
    creds_store: Option<String>,
    cred_helpers: Option<BTreeMap<String, String>>,
}

/// An empty value is none: programs copy the whole answer of a login.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Entry {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
    registrytoken: Option<String>,
}

/// What is kept for a registry; what is wrong with the file as the end of a sentence.
pub fn kept(text: &[u8], registry: &str) -> Result<Kept, &'static str> {
    // A list would be read as the fields in their order.
    let object = serde_json::from_slice::<Map<String, Value>>(text);
    let config: Config = object
        .and_then(|object| serde_json::from_value(Value::Object(object)))
        .map_err(|_| "the file is not JSON as docker writes it")?;
    let helpers = config.cred_helpers.unwrap_or_default();
    if let Some(name) = of(&helpers, registry).map(|(_, name)| name).find(|name| !name.is_empty()) {
        return Ok(Kept::Helper { name: name.clone(), is_for_this: true });
    }
    let auths = config.auths.unwrap_or_default();
    for (_, auth) in of(&auths, registry) {
        let Some(auth) = auth else { continue };
        let login = login(auth)?;
        if login != Login::Anonymous {
            return Ok(Kept::Login(login));
        }
    }
    Ok(match config.creds_store.filter(|name| !name.is_empty()) {
        Some(name) => Kept::Helper { name, is_for_this: false },
        None => Kept::Login(Login::Anonymous),
    })
}

/// How a helper is asked for a registry.
pub fn key(registry: &str) -> &str {
    if registry == DOCKER_HUB { DOCKER_HUB_KEY } else { registry }
}

/// What a helper knows: the user may say that the secret is an identity token.
pub fn from_helper(answer: &[u8]) -> Result<Login, &'static str> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer {
        #[serde(default)]
        username: String,
        #[serde(default)]
        secret: String,
    }
    let answer: Answer = serde_json::from_slice(answer).map_err(|_| "answered something else than JSON")?;
    Ok(match (answer.username, answer.secret) {
        (_, secret) if secret.is_empty() => Login::Anonymous,
        (user, secret) if user == TOKEN_USER => Login::Identity(secret),
        (user, secret) => Login::Password(user, secret),
    })
}

fn login(auth: &Entry) -> Result<Login, &'static str> {
    let given = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
    if let Some(token) = given(&auth.identitytoken) {
        return Ok(Login::Identity(token));
    }
    if let Some(token) = given(&auth.registrytoken) {
        return Ok(Login::Token(token));
    }
    if let Some(auth) = given(&auth.auth).filter(|auth| !auth.trim().is_empty()) {
        let (user, password) = decoded(auth.trim()).ok_or("the auth field is not base64 of user:password")?;
        return Ok(Login::Password(user, password));
    }
    Ok(match (given(&auth.username), given(&auth.password)) {
        (Some(user), Some(password)) => Login::Password(user, password),
        _ => Login::Anonymous,
    })
}

fn decoded(auth: &str) -> Option<(String, String)> {
    let any_padding = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let bytes = GeneralPurpose::new(&STANDARD, any_padding).decode(auth).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (user, password) = text.split_once(':')?;
    // docker trims what C programs left behind.
    (!user.is_empty()).then(|| (user.to_owned(), password.trim_matches('\0').to_owned()))
}

/// The entries for a registry, the one with its exact name first. Keys may be URLs, as old docker wrote them.
fn of<'a, T>(entries: &'a BTreeMap<String, T>, registry: &'a str) -> impl Iterator<Item = (&'a str, &'a T)> {
    let exact = entries.get_key_value(key(registry)).into_iter();
    let others = entries.iter().filter(move |(name, _)| *name != key(registry) && is_same(host(name), registry));
    exact.chain(others).map(|(name, value)| (name.as_str(), value))
}

fn host(key: &str) -> &str {
    let rest = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    rest.split('/').next().unwrap_or(rest)
}

fn is_same(host: &str, registry: &str) -> bool {
    host == registry || (DOCKER_HUBS.contains(&host) && DOCKER_HUBS.contains(&registry))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn password() -> Login {
        Login::Password("ada".to_owned(), "s3:cret".to_owned())
    }

    #[rstest]
    #[case::plain(r#"{"auths":{"r.example":{"auth":"YWRhOnMzOmNyZXQ="}}}"#, password())]
    #[case::without_padding(r#"{"auths":{"r.example":{"auth":"YWRhOnMzOmNyZXQ"}}}"#, password())]
    #[case::with_a_line_end(r#"{"auths":{"r.example":{"auth":"YWRhOnMzOmNyZXQ=\n"}}}"#, password())]
    #[case::the_key_is_a_url(r#"{"auths":{"https://r.example/v2/":{"auth":"YWRhOnMzOmNyZXQ="}}}"#, password())]
    #[case::a_plain_url(r#"{"auths":{"http://r.example":{"auth":"YWRhOnMzOmNyZXQ="}}}"#, password())]
    #[case::empty_tokens(
        r#"{"auths":{"r.example":{"auth":"YWRhOnMzOmNyZXQ=","identitytoken":"","registrytoken":""}}}"#,
        password()
    )]
    #[case::an_empty_entry_hides_none(
        r#"{"auths":{"r.example":{},"https://r.example":{"auth":"YWRhOnMzOmNyZXQ="}}}"#,
        password()
    )]
    #[case::user_and_password(
        r#"{"auths":{"r.example":{"username":"ada","password":"s3:cret","auth":""}}}"#,
        password()
    )]
    #[case::identity(r#"{"auths":{"r.example":{"auth":"YWRhOg==","identitytoken":"t"}}}"#, Login::Identity("t".into()))]
    #[case::token(r#"{"auths":{"r.example":{"registrytoken":"t"}}}"#, Login::Token("t".into()))]
    #[case::nothing_for_it(r#"{"auths":{"s.example":{"auth":"YWRhOnMzOmNyZXQ="}}}"#, Login::Anonymous)]
    #[case::empty(r#"{"auths":{"r.example":{"auth":""}},"credsStore":""}"#, Login::Anonymous)]
    #[case::nulls(r#"{"auths":{"r.example":null},"credsStore":null,"credHelpers":null}"#, Login::Anonymous)]
    fn a_login_is_found_as_docker_finds_it(#[case] config: &str, #[case] expected: Login) {
        assert_eq!(kept(config.as_bytes(), "r.example"), Ok(Kept::Login(expected)));
    }

    #[rstest]
    #[case(r#"{"credsStore":"desktop"}"#, "desktop", false)]
    #[case(r#"{"credsStore":"desktop","auths":{"r.example":{}}}"#, "desktop", false)]
    #[case(r#"{"credsStore":"desktop","credHelpers":{"r.example":"ecr-login"}}"#, "ecr-login", true)]
    #[case(r#"{"credHelpers":{"https://r.example":"ecr-login"}}"#, "ecr-login", true)]
    fn a_helper_is_found(#[case] config: &str, #[case] name: &str, #[case] is_for_this: bool) {
        let expected = Kept::Helper { name: name.to_owned(), is_for_this };
        assert_eq!(kept(config.as_bytes(), "r.example"), Ok(expected));
    }

    #[rstest]
    #[case("https://index.docker.io/v1/")]
    #[case("docker.io")]
    #[case("registry-1.docker.io")]
    fn docker_hub_has_several_names(#[case] name: &str) {
        let config = format!(r#"{{"auths":{{"{name}":{{"auth":"YWRhOnMzOmNyZXQ="}}}}}}"#);
        assert_eq!(kept(config.as_bytes(), DOCKER_HUB), Ok(Kept::Login(password())));
    }

    #[rstest]
    #[case(r#"{"auths":{"r.example":{"auth":"YWRh"}}}"#, "base64 of user:password")]
    #[case(r#"{"auths":{"r.example":{"auth":"%"}}}"#, "base64 of user:password")]
    #[case("[]", "not JSON as docker")]
    #[case("", "not JSON as docker")]
    fn what_is_wrong_is_said(#[case] config: &str, #[case] expected: &str) {
        assert!(kept(config.as_bytes(), "r.example").is_err_and(|what| what.contains(expected)));
    }

    #[rstest]
    #[case(r#"{"ServerURL":"r","Username":"ada","Secret":"s3:cret"}"#, password())]
    #[case(r#"{"Username":"<token>","Secret":"t"}"#, Login::Identity("t".into()))]
    #[case(r#"{"Username":"","Secret":""}"#, Login::Anonymous)]
    fn a_helper_may_give_a_token(#[case] answer: &str, #[case] expected: Login) {
        assert_eq!(from_helper(answer.as_bytes()), Ok(expected));
    }
}
