//! How each request says who asks: what the kubeconfig gives once is kube's own affair, and what ends is renewed here.
//!
//! kube runs login programs and reads files of tokens by itself, but without limits, and in a way that no signal ends.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use http::header::AUTHORIZATION;
use http::{HeaderValue, Request};
use jiff::{SignedDuration, Timestamp};
use kube::client::Body;
use kube::config::ExecConfig;
use kube::{Client, Config};
use tokio::sync::Mutex;
use tower::BoxError;

use super::exec_plugin::{self, Credential, No, Terminals};
use crate::error::{Error, Result};
use crate::input;
use crate::reason::Reason;
use crate::text::foreign_line;

/// Before it ends, so that no request meets its end on the way.
const EARLY: SignedDuration = SignedDuration::from_secs(60);
/// A file of a token is written anew by others, some time before the token ends.
const REREAD: SignedDuration = SignedDuration::from_secs(60);
/// A token has some thousand characters; in bytes.
const LARGEST_TOKEN: u64 = 1 << 20;

/// A login that may end, and how it begins anew.
#[derive(Clone)]
pub struct Login {
    from: From,
    context: String,
    current: Arc<Mutex<Current>>,
}

#[derive(Clone)]
enum From {
    Program(Box<ExecConfig>),
    File(PathBuf),
}

struct Current {
    header: HeaderValue,
    renew: Option<Timestamp>,
}

/// Logs in where the kubeconfig names a program or a file of a token for it, and takes both out of `config`: from here on
/// it holds what stays.
///
/// # Errors
/// A program that gives no credential, a file that is none.
pub(super) async fn log_in(config: &mut Config, context: &str) -> Result<Option<Login>> {
    let user = &mut config.auth_info;
    if user.auth_provider.as_ref().is_some_and(|provider| provider.config.contains_key("cmd-path")) {
        let name = user.auth_provider.as_ref().map(|provider| foreign_line(&provider.name, 60)).unwrap_or_default();
        return Err(Error::user(format!("context \"{context}\" logs in by the auth-provider \"{name}\", which Kubernetes removed in 1.26"))
            .hint("fetch the kubeconfig again with a current version of your cloud's tool: it then names a program (users[].user.exec)")
            .reason(Reason::Login));
    }
    // The order is kube's and kubectl's: what stands in the kubeconfig goes before what it names.
    let is_decided =
        user.auth_provider.is_some() || user.token.is_some() || (user.username.is_some() && user.password.is_some());
    let (file, exec) = (user.token_file.take(), user.exec.take());
    if is_decided {
        return Ok(None);
    }
    if let Some(file) = file {
        let file = PathBuf::from(file);
        let header = read_token(&file)?;
        let current = Current { header, renew: Some(Timestamp::now() + REREAD) };
        return Ok(Some(Login::new(From::File(file), context, current)));
    }
    let Some(exec) = exec else { return Ok(None) };
    let refused = |no: No| exec_plugin::explain(no, &exec, context);
    let credential = exec_plugin::run(&exec, Terminals::here()).await.map_err(refused)?;
    if let Some((certificate, key)) = &credential.certificate {
        user.client_certificate_data = Some(BASE64.encode(certificate));
        user.client_key_data = Some(BASE64.encode(key).into());
        user.client_certificate = None;
        user.client_key = None;
    }
    match current(&credential).map_err(refused)? {
        Some(current) => Ok(Some(Login::new(From::Program(Box::new(exec)), context, current))),
        None => Ok(None),
    }
}

impl Login {
    fn new(from: From, context: &str, current: Current) -> Self {
        Self { from, context: context.to_owned(), current: Arc::new(Mutex::new(current)) }
    }

    /// Says in a request who asks.
    ///
    /// # Errors
    /// When the login has ended and cannot be renewed.
    pub(super) async fn sign(self, mut request: Request<Body>) -> Result<Request<Body>, BoxError> {
        let header = self.header().await.map_err(|error| BoxError::from(Ended(error.what)))?;
        request.headers_mut().insert(AUTHORIZATION, header);
        Ok(request)
    }

    async fn header(&self) -> Result<HeaderValue> {
        let mut current = self.current.lock().await;
        let now = Timestamp::now();
        if current.renew.is_some_and(|renew| now >= renew) {
            match &self.from {
                // Who cannot read it any more goes on with what was read last (kubernetes/kubernetes#68164).
                From::File(file) => {
                    current.renew = Some(now + REREAD);
                    if let Ok(header) = read_token(file) {
                        current.header = header;
                    }
                }
                From::Program(exec) => {
                    let refused = |no: No| exec_plugin::explain(no, exec, &self.context);
                    let credential = exec_plugin::run(exec, Terminals::here()).await.map_err(refused)?;
                    let nothing = || refused(No::Answer("it gave no token when asked again".to_owned()));
                    *current = self::current(&credential).map_err(refused)?.ok_or_else(nothing)?;
                }
            }
        }
        Ok(current.header.clone())
    }
}

/// A client whose every request says who asks.
pub(super) fn around(client: Client, login: Option<Login>) -> Client {
    let Some(login) = login else { return client };
    let namespace = client.default_namespace().to_owned();
    let service = tower::service_fn(move |request: Request<Body>| {
        let (client, login) = (client.clone(), login.clone());
        async move { client.send(login.sign(request).await.map_err(kube::Error::Service)?).await }
    });
    Client::new(service, namespace)
}

/// A login that ended and could not be renewed.
#[derive(Debug)]
pub(in crate::cluster) struct Ended(String);

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Ended {}

fn current(credential: &Credential) -> std::result::Result<Option<Current>, No> {
    let Some(token) = &credential.token else { return Ok(None) };
    let header = bearer(token).ok_or_else(|| No::Answer("its token holds signs that no token has".to_owned()))?;
    Ok(Some(Current { header, renew: credential.expires.map(|expires| expires - EARLY) }))
}

fn read_token(file: &Path) -> Result<HeaderValue> {
    let refused = |what: String| {
        Error::user(format!("the token file {} {what}", foreign_line(&file.display().to_string(), 400)))
            .hint("it is named by users[].user.tokenFile of the kubeconfig")
            .reason(Reason::Login)
    };
    let text = input::read_text(file, LARGEST_TOKEN).map_err(|refusal| refused(refusal.to_string()))?;
    bearer(text.trim()).ok_or_else(|| refused("holds signs that no token has".to_owned()))
}

fn bearer(token: &str) -> Option<HeaderValue> {
    let mut header = HeaderValue::try_from(format!("Bearer {token}")).ok()?;
    header.set_sensitive(true);
    Some(header)
}
