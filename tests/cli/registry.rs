//! A registry is a stranger: its answers end, and what is kept for it goes to no one else.

use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use predicates::prelude::*;
use predicates::str::contains;
use rstest::rstest;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::server::{Does, Server, asks, ok};
use crate::support::Home;

const MANIFEST: &str = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","layers":[]}"#;
/// Far more than any of these exchanges takes, and less than the deadline of one.
const SOON: Duration = Duration::from_secs(20);

/// A registry with one image, `x:1`, for whom `authorized` lets in.
fn registry(challenge: impl Fn() -> String + Send + Sync + 'static, authorized: &str) -> Server {
    let authorized = authorized.to_owned();
    Server::start(move |request| {
        if request.authorization.as_deref() != Some(&authorized) {
            return asks(challenge());
        }
        let digest = format!("sha256:{:x}", Sha256::digest(MANIFEST));
        match request.line.split(' ').nth(1).unwrap_or_default() {
            "/v2/x/manifests/1" => Does::Answers(200, vec![("Docker-Content-Digest", digest)], MANIFEST.to_owned()),
            _ => Does::Answers(404, Vec::new(), String::new()),
        }
    })
}

fn basic(login: &str) -> String {
    format!("Basic {}", BASE64.encode(login))
}

/// A project, and docker's config.json.
fn project(config: &serde_json::Value) -> Home {
    let home = Home::new();
    home.write("plat.yaml", "name: web\nport: 8080\n");
    home.write("../docker/config.json", &config.to_string());
    home
}

fn login(host: &str) -> serde_json::Value {
    json!({ "auths": { host: { "auth": BASE64.encode("ada:s3cret") } } })
}

fn render(home: &Home, server: &Server) -> assert_cmd::assert::Assert {
    let mut plat = home.plat();
    let bin = home.dir.path().join("bin");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    plat.env("DOCKER_CONFIG", home.dir.path().join("docker")).env("PATH", path);
    plat.args(["render", "--image", &format!("{}/x:1", server.host())]).timeout(SOON).assert()
}

fn pinned() -> impl Predicate<str> {
    contains("/x:1@sha256:")
}

fn helper(home: &Home, name: &str, script: &str) {
    let program = home.dir.path().join("bin").join(format!("docker-credential-{name}"));
    home.write(&format!("../bin/docker-credential-{name}"), &format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(program, std::fs::Permissions::from_mode(0o755)).expect("a program");
}

#[rstest]
#[case::version("/v2/")]
#[case::token("/token")]
#[case::manifest("/v2/x/manifests/1")]
#[case::tags("/v2/x/tags/list")]
fn an_answer_without_end_is_cut_off(#[case] endless: &'static str, #[values(200, 400, 500)] status: u16) {
    let server = Server::start(move |request| {
        let path = request.line.split([' ', '?']).nth(1).unwrap_or_default();
        match path {
            _ if path == endless => Does::Pours(status),
            "/token" => ok(r#"{"token":"t"}"#),
            "/v2/" => asks(format!("Bearer realm=\"http://{}/token\"", request.host)),
            _ => Does::Answers(404, Vec::new(), String::new()),
        }
    });
    let began = Instant::now();
    render(&project(&json!({})), &server).success().stderr(contains("warning: the image"));
    assert!(began.elapsed() < SOON);
}

#[test]
fn a_password_goes_to_no_other_host_and_the_host_is_named() {
    let other = Server::start(|_| ok(r#"{"token":"t"}"#));
    let realm = format!("http://localhost:{}/token", other.port);
    let challenge = format!("Bearer realm=\"{realm}\",service=\"r\"");
    let server = registry(move || challenge.clone(), "Bearer t");
    let named = format!("asks for the login at http://localhost:{}", other.port);
    render(&project(&login(&server.host())), &server).success().stderr(contains(named));
    assert_eq!(other.asked(), [""; 0]);
}

#[test]
fn who_has_no_password_may_ask_any_host() {
    let other = Server::start(|_| ok(r#"{"access_token":"t"}"#));
    let challenge = format!("Bearer realm=\"http://localhost:{}/token\"", other.port);
    let server = registry(move || challenge.clone(), "Bearer t");
    render(&project(&json!({})), &server).success().stdout(pinned());
    assert_eq!(other.asked(), ["GET /token?scope=repository%3Ax%3Apull -"]);
}

#[test]
fn a_password_goes_to_the_registrys_own_host() {
    let tokens = Server::start(|_| ok(r#"{"token":"t"}"#));
    let challenge = format!("Bearer realm=\"http://{}/token\",service=\"r\"", tokens.host());
    let server = registry(move || challenge.clone(), "Bearer t");
    render(&project(&login(&server.host())), &server).success().stdout(pinned());
    let expected = format!("GET /token?scope=repository%3Ax%3Apull&service=r {}", basic("ada:s3cret"));
    assert_eq!(tokens.asked(), [expected]);
}

#[test]
fn a_redirect_takes_no_password_along() {
    let other = Server::start(|_| ok(r#"{"token":"t"}"#));
    let target = format!("http://localhost:{}/", other.port);
    let tokens = Server::start(move |_| Does::Answers(307, vec![("Location", target.clone())], String::new()));
    let challenge = format!("Bearer realm=\"http://{}/token\"", tokens.host());
    let server = registry(move || challenge.clone(), "Bearer t");
    render(&project(&login(&server.host())), &server).success();
    assert_eq!(other.asked(), ["GET / -"]);
}

#[test]
fn an_identity_token_is_exchanged_and_follows_no_redirect() {
    let other = Server::start(|_| ok(r#"{"access_token":"t"}"#));
    let target = format!("http://localhost:{}/", other.port);
    let tokens = Server::start(move |request| match request.body.as_str() {
        "grant_type=refresh_token&client_id=plat&refresh_token=good&scope=repository%3Ax%3Apull&service=r" => {
            ok(r#"{"access_token":"t"}"#)
        }
        _ => Does::Answers(307, vec![("Location", target.clone())], String::new()),
    });
    let challenge = format!("Bearer realm=\"http://{}/token\",service=\"r\"", tokens.host());
    let server = registry(move || challenge.clone(), "Bearer t");
    let config = |token: &str| json!({ "auths": { server.host(): { "auth": "", "identitytoken": token } } });
    render(&project(&config("good")), &server).success().stdout(pinned());
    let home = project(&json!({ "credHelpers": { server.host(): "tokens" } }));
    helper(&home, "tokens", r#"echo '{"Username":"<token>","Secret":"good"}'"#);
    render(&home, &server).success().stdout(pinned());
    render(&project(&config("bad")), &server).success().stdout(pinned().not());
    assert_eq!(other.asked(), [""; 0]);
}

#[rstest]
#[case::plain("auth")]
#[case::url("https://HOST/v2/")]
fn an_empty_token_hides_no_password(#[case] key: &str) {
    let server = registry(|| "Basic realm=\"r\"".to_owned(), &basic("ada:s3cret"));
    let key = if key == "auth" { server.host() } else { key.replace("HOST", &server.host()) };
    let auth = BASE64.encode("ada:s3cret");
    let config = json!({ "auths": { key: { "auth": auth, "identitytoken": "" } } });
    render(&project(&config), &server).success().stdout(pinned());
}

#[test]
fn a_helper_that_is_missing_is_named_when_the_registry_wants_a_login() {
    let server = registry(|| "Basic realm=\"r\"".to_owned(), &basic("ada:s3cret"));
    let named = || contains("docker-credential-elsewhere").and(contains("config.json"));
    render(&project(&json!({ "credsStore": "elsewhere" })), &server).success().stderr(named());
    let for_it = json!({ "credHelpers": { server.host(): "elsewhere" } });
    render(&project(&for_it), &server).success().stderr(named());
    let public = Server::start(|_| {
        let digest = format!("sha256:{:x}", Sha256::digest(MANIFEST));
        Does::Answers(200, vec![("Docker-Content-Digest", digest)], MANIFEST.to_owned())
    });
    render(&project(&json!({ "credsStore": "elsewhere" })), &public).success().stdout(pinned());
}

#[rstest]
#[case::prints_without_end("yes", "printed more than 1 MiB")]
#[case::fails("echo 'no keyring' >&2; exit 1", "failed: no keyring")]
#[case::fails_silently("exit 1", "docker-credential-x failed")]
#[case::answers_oddly("echo hello", "answered something else than JSON")]
fn a_helper_that_gives_nothing_is_named(#[case] script: &str, #[case] said: &str) {
    let server = registry(|| "Basic realm=\"r\"".to_owned(), &basic("ada:s3cret"));
    let home = project(&json!({ "credHelpers": { server.host(): "x" } }));
    helper(&home, "x", script);
    render(&home, &server).success().stderr(contains("docker-credential-x").and(contains(said)));
}
