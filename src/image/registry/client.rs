//! The distribution protocol, as far as plat speaks it (<https://github.com/opencontainers/distribution-spec>).
//!
//! A registry is a stranger: no answer may be endless or take for ever, and what is kept for a registry goes to no one else
//! ([`may_have_password`]).

use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, RANGE, WWW_AUTHENTICATE};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::challenge::{self, Challenge, may_have_password};
use super::docker_config::Login;
use super::exchange::{Answer, Bounds, Cause, exchange};
use super::protocol::{is_loopback, own_certificates};
use super::reference::{Reference, is_digest};
use crate::image::oci::{self, Document};

/// A registry that is there answers a connection long before this.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const REDIRECTS: usize = 5;
/// The limit that the distribution specification names.
const MANIFEST: Bounds = Bounds { body: 4 << 20, time: Duration::from_secs(30) };
const TOKEN: Bounds = Bounds { body: 1 << 20, ..MANIFEST };
const LIST: Bounds = Bounds { body: 8 << 20, ..MANIFEST };
/// Of an answer whose body says nothing. A registry looks for all blobs of a manifest before it takes it.
pub(super) const NOTICE: Bounds = Bounds { body: 64 << 10, time: Duration::from_mins(1) };
/// The slowest line over which a blob is worth waiting for, in bytes a second.
const SLOWEST: u64 = 32 << 10;
const DIGEST: &str = "docker-content-digest";
const SUBJECT: &str = "oci-subject";

pub const ACCEPTED: &str = "application/vnd.oci.image.index.v1+json, \
     application/vnd.docker.distribution.manifest.list.v2+json, \
     application/vnd.oci.image.manifest.v1+json, \
     application/vnd.docker.distribution.manifest.v2+json";

/// What is to be done in a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    Pull,
    Push,
    /// What is pushed may be mounted from this repository of the same registry.
    PushFrom(String),
}

/// One repository of a registry that has said how it wants to be told who asks.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    /// `https://ghcr.io/v2/`
    pub(super) base: Url,
    repository: String,
    authorization: Option<Authorization>,
}

#[derive(Debug)]
enum Authorization {
    Password(String, String),
    Token(String),
}

impl Client {
    /// Asks the registry how it wants to be told who asks, and logs in.
    pub async fn open(reference: &Reference, login: &Login, access: &Access) -> Result<Self, Cause> {
        let registry = reference.resolve_registry();
        let scheme = if is_loopback(registry) { "http" } else { "https" };
        let base = Url::parse(&format!("{scheme}://{registry}/v2/")).map_err(|e| Cause::Unexpected(e.to_string()))?;
        let http = http(Policy::custom(follow), registry)?;
        let mut client = Self { http, base, repository: reference.repository().to_owned(), authorization: None };
        client.authorization = match login {
            Login::Token(token) => Some(Authorization::Token(token.clone())),
            login => client.log_in(login, access).await?,
        };
        Ok(client)
    }

    async fn log_in(&self, login: &Login, access: &Access) -> Result<Option<Authorization>, Cause> {
        let answer = exchange(self.http.get(self.base.clone()), NOTICE).await?;
        let headers = answer.headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
        match (challenge::read(headers), login) {
            (Some(Challenge::Basic), Login::Password(user, password)) => {
                Ok(Some(Authorization::Password(user.clone(), password.clone())))
            }
            (Some(Challenge::Basic), Login::Identity(_)) => {
                Err(Cause::Unusable("keeps an identity token, and this registry asks for a user and a password"))
            }
            (Some(Challenge::Bearer { realm, service }), login) => {
                let actions = if *access == Access::Pull { "pull" } else { "pull,push" };
                let mut query = vec![("scope", format!("repository:{}:{actions}", self.repository))];
                if let Access::PushFrom(other) = access {
                    query.push(("scope", format!("repository:{other}:pull")));
                }
                query.extend(service.map(|service| ("service", service)));
                self.token(&realm, &query, login).await.map(Some)
            }
            (Some(Challenge::Basic) | None, _) => Ok(None),
        }
    }

    async fn token(&self, realm: &str, query: &[(&str, String)], login: &Login) -> Result<Authorization, Cause> {
        #[derive(Deserialize)]
        struct Tokens {
            token: Option<String>,
            access_token: Option<String>,
        }
        let place = Url::parse(realm).map_err(|_| Cause::Unexpected("names no place for its tokens".to_owned()))?;
        let is_plain = place.scheme() != "https" && self.base.scheme() == "https";
        if is_plain || (*login != Login::Anonymous && !may_have_password(&place, &self.base)) {
            return Err(Cause::ForeignRealm(place.origin().ascii_serialization()));
        }
        let request = match login {
            Login::Password(user, password) => self.http.get(place).query(query).basic_auth(user, Some(password)),
            Login::Identity(token) => {
                let exchange = [("grant_type", "refresh_token"), ("client_id", "plat"), ("refresh_token", token)];
                let form = exchange.into_iter().chain(query.iter().map(|(name, value)| (*name, value.as_str())));
                let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
                // A redirect would carry the token to another host.
                let post = http(Policy::none(), self.base.host_str().unwrap_or_default())?.post(place);
                post.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body)
            }
            Login::Token(_) | Login::Anonymous => self.http.get(place).query(query),
        };
        let answer = exchange(request, TOKEN).await?;
        match answer.status.as_u16() {
            200..300 => {}
            400 | 401 | 403 | 404 => {
                return Err(Cause::LoginRefused(String::from_utf8_lossy(&answer.body).into_owned()));
            }
            _ => return Err(answer.successful().err().unwrap_or(Cause::TooLarge(0))),
        }
        let tokens: Tokens = answer.json()?;
        let token = tokens.token.or(tokens.access_token).filter(|token| !token.is_empty());
        token.map(Authorization::Token).ok_or_else(|| Cause::Unexpected("gives no token".to_owned()))
    }

    /// The digest of a tag, or of the digest that is asked for.
    pub async fn digest(&self, reference: &Reference) -> Result<String, Cause> {
        let url = self.url(&format!("manifests/{}", reference.wanted()))?;
        let answer = exchange(self.request(Method::HEAD, url).header(ACCEPT, ACCEPTED), MANIFEST).await?;
        let named = answer.header(DIGEST).filter(|digest| is_digest(digest)).map(str::to_owned);
        match (answer.status.as_u16(), named) {
            (200, Some(digest)) if reference.digest().is_none_or(|wanted| wanted == digest) => Ok(digest),
            (200, Some(_)) => Err(Cause::Unexpected("has another digest than it was asked for".to_owned())),
            (404, _) => Err(answer.successful().err().unwrap_or(Cause::TooLarge(0))),
            // An answer to HEAD says no more; one to GET says why.
            _ => self.manifest(reference).await.map(|(_, digest)| digest),
        }
    }

    /// A manifest and its digest.
    pub async fn manifest(&self, reference: &Reference) -> Result<(Vec<u8>, String), Cause> {
        let url = self.url(&format!("manifests/{}", reference.wanted()))?;
        let request = self.request(Method::GET, url).header(ACCEPT, ACCEPTED);
        let answer = exchange(request, MANIFEST).await?.successful()?;
        let digest = oci::digest(&answer.body);
        let named = answer.header(DIGEST).filter(|named| named.starts_with("sha256:"));
        if [named, reference.digest()].into_iter().flatten().any(|other| other != digest) {
            return Err(Cause::Unexpected("gives a manifest that is not of its digest".to_owned()));
        }
        Ok((answer.body, digest))
    }

    /// A blob of at most `size` bytes.
    pub async fn blob(&self, digest: &str, size: u64) -> Result<Vec<u8>, Cause> {
        let url = self.url(&format!("blobs/{digest}"))?;
        let answer = exchange(self.request(Method::GET, url), bounds_of(size)).await?.successful()?;
        if oci::digest(&answer.body) != digest {
            return Err(Cause::Unexpected("gives a blob that is not of its digest".to_owned()));
        }
        Ok(answer.body)
    }

    pub async fn has_blob(&self, digest: &str) -> Result<bool, Cause> {
        let url = self.url(&format!("blobs/{digest}"))?;
        let answer = exchange(self.request(Method::HEAD, url), NOTICE).await?;
        if answer.status == http::StatusCode::NOT_FOUND { Ok(false) } else { answer.successful().map(|_| true) }
    }

    /// A blob as it comes, from this byte on.
    pub async fn blob_from(&self, digest: &str, start: u64) -> Result<reqwest::Response, Cause> {
        let request = self.request(Method::GET, self.url(&format!("blobs/{digest}"))?);
        let request = if start > 0 { request.header(RANGE, format!("bytes={start}-")) } else { request };
        let sent = tokio::time::timeout(MANIFEST.time, request.send()).await;
        let response = sent.map_err(|_| Cause::TooLong(MANIFEST.time))?.map_err(Cause::Unreachable)?;
        match response.status().as_u16() {
            206 if start > 0 => Ok(response),
            200 if start == 0 => Ok(response),
            200 => Err(Cause::Unexpected("cannot give a blob from the middle".to_owned())),
            status => {
                let message = response.text().await.unwrap_or_default();
                Err(Cause::Refused { status, code: None, message })
            }
        }
    }

    /// What the registry has noted that the manifest is about: nothing where it does not know subjects.
    pub async fn put_manifest(&self, name: &str, document: &Document) -> Result<Option<String>, Cause> {
        let url = self.url(&format!("manifests/{name}"))?;
        let put = self.request(Method::PUT, url).header(CONTENT_TYPE, document.media_type);
        let answer = exchange(put.body(document.bytes.clone()), NOTICE).await?.successful()?;
        Ok(answer.header(SUBJECT).map(str::to_owned))
    }

    /// What refers to a manifest; none where the registry does not keep such lists.
    pub async fn referrers(&self, digest: &str) -> Result<Option<Value>, Cause> {
        let url = self.url(&format!("referrers/{digest}"))?;
        let answer = exchange(self.request(Method::GET, url).header(ACCEPT, oci::INDEX), LIST).await?;
        match answer.status.as_u16() {
            // A proxy may have a page for every address.
            200 => Ok(answer.json::<Value>().ok().filter(|list| list["manifests"].is_array())),
            400 | 404 | 405 | 501 => Ok(None),
            _ => answer.successful().map(|_| None),
        }
    }

    /// One page of the repository's tags, after `last`.
    pub async fn tags(&self, page: usize, last: Option<&str>) -> Result<Vec<String>, Cause> {
        #[derive(Deserialize)]
        struct Tags {
            tags: Option<Vec<String>>,
        }
        let mut url = self.url("tags/list")?;
        url.query_pairs_mut().append_pair("n", &page.to_string());
        if let Some(last) = last {
            url.query_pairs_mut().append_pair("last", last);
        }
        let tags: Tags = self.list(url).await?;
        Ok(tags.tags.unwrap_or_default())
    }

    /// The first page of the registry's repositories.
    pub async fn repositories(&self, page: usize) -> Result<Vec<String>, Cause> {
        #[derive(Deserialize)]
        struct Catalog {
            repositories: Option<Vec<String>>,
        }
        let mut url = self.base.join("_catalog").map_err(|e| Cause::Unexpected(e.to_string()))?;
        url.query_pairs_mut().append_pair("n", &page.to_string());
        let catalog: Catalog = self.list(url).await?;
        Ok(catalog.repositories.unwrap_or_default())
    }

    async fn list<T: DeserializeOwned>(&self, url: Url) -> Result<T, Cause> {
        let answer: Answer = exchange(self.request(Method::GET, url), LIST).await?.successful()?;
        answer.json()
    }

    pub(super) fn url(&self, path: &str) -> Result<Url, Cause> {
        self.base.join(&format!("{}/{path}", self.repository)).map_err(|e| Cause::Unexpected(e.to_string()))
    }

    /// With who asks, unless it goes to another host: an upload may, and that one is told nothing (CVE-2020-15157).
    pub(super) fn request(&self, method: Method, url: Url) -> RequestBuilder {
        let is_own = url.origin() == self.base.origin();
        let request = self.http.request(method, url);
        match &self.authorization {
            Some(Authorization::Password(user, password)) if is_own => request.basic_auth(user, Some(password)),
            Some(Authorization::Token(token)) if is_own => request.header(AUTHORIZATION, format!("Bearer {token}")),
            _ => request,
        }
    }
}

fn http(redirects: Policy, registry: &str) -> Result<reqwest::Client, Cause> {
    let own = own_certificates(registry).into_iter();
    own.fold(reqwest::Client::builder(), reqwest::ClientBuilder::add_root_certificate)
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(redirects)
        .user_agent(concat!("plat/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(Cause::Unreachable)
}

/// Blobs often lie elsewhere; what was asked for over TLS stays on it.
fn follow(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let was_tls = attempt.previous().last().is_some_and(|url| url.scheme() == "https");
    if was_tls && attempt.url().scheme() != "https" {
        attempt.error("a redirect off TLS")
    } else if attempt.previous().len() > REDIRECTS {
        attempt.error("too many redirects")
    } else {
        attempt.follow()
    }
}

pub(super) fn bounds_of(size: u64) -> Bounds {
    Bounds { body: size, time: NOTICE.time + Duration::from_secs(size / SLOWEST) }
}
