//! A registry that knows who asks; what it refuses, in words.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::client::{Access, Client};
use super::credentials::{self, Credentials};
use super::exchange::Cause;
use super::reference::{self, Reference};
use super::registry_error::{self, Action};
use crate::error::{Error, Result};
use crate::reason::Reason;
use crate::text;

/// The distribution specification lets a registry page its tags; ten pages are more than anybody reads.
pub const TAG_PAGE: usize = 1000;
const TAG_PAGES: usize = 10;

/// # Errors
/// What is no reference.
pub fn parse(reference: &str) -> Result<Reference> {
    reference::parse(reference).map_err(|what| {
        Error::user(format!("\"{}\" is not an image reference", text::foreign_line(reference, 200)))
            .detail(what)
            .hint("write it as REGISTRY/NAME:TAG or REGISTRY/NAME@sha256:…")
            .reason(Reason::InvalidImageName)
    })
}

/// A client that has asked one registry how it wants to be spoken to.
pub struct Session {
    pub client: Client,
    credentials: Credentials,
}

/// Those that are open, by what for, registry and repository. A run asks for a tag, a manifest and a config of the same
/// image, and each login costs two requests.
static OPEN: Mutex<BTreeMap<String, (Instant, Arc<Session>)>> = Mutex::new(BTreeMap::new());
/// Shorter than any registry's token lasts.
const FRESH: Duration = Duration::from_secs(45);

impl Session {
    /// To read; one that was opened a moment ago serves again.
    pub async fn reading(reference: &Reference) -> Result<Arc<Self>> {
        let key = key(reference, "pull");
        match fresh(&key) {
            Some(open) => Ok(open),
            None => Ok(keep(key, Self::open(reference, Access::Pull).await?)),
        }
    }

    /// To push, as somebody new.
    pub async fn to_push(reference: &Reference, access: Access) -> Result<Arc<Self>> {
        Ok(keep(key(reference, "push"), Self::open(reference, access).await?))
    }

    /// To push more to where something was pushed just now.
    pub async fn pushing(reference: &Reference) -> Result<Arc<Self>> {
        match fresh(&key(reference, "push")) {
            Some(open) => Ok(open),
            None => Self::to_push(reference, Access::Push).await,
        }
    }

    pub async fn open(reference: &Reference, access: Access) -> Result<Self> {
        let credentials = credentials::find(reference.resolve_registry()).await?;
        match Client::open(reference, &credentials.login, &access).await {
            Ok(client) => Ok(Self { client, credentials }),
            Err(cause) => {
                let action = match access {
                    Access::Pull => Action::LogIn,
                    Access::Push | Access::PushFrom(_) => Action::LogInToPush,
                };
                Err(registry_error::explain(cause, action, reference, &credentials))
            }
        }
    }

    pub async fn tags(&self, reference: &Reference) -> Result<Vec<String>> {
        let mut tags: Vec<String> = Vec::new();
        for _ in 0..TAG_PAGES {
            let page = self
                .client
                .tags(TAG_PAGE, tags.last().map(String::as_str))
                .await
                .map_err(|cause| self.error(cause, Action::Find, reference))?;
            let full = page.len() >= TAG_PAGE;
            tags.extend(page);
            if !full {
                break;
            }
        }
        tags.retain(|tag| !is_of_referrers(tag));
        Ok(tags)
    }

    pub fn error(&self, cause: Cause, action: Action, reference: &Reference) -> Error {
        registry_error::explain(cause, action, reference, &self.credentials)
    }
}

/// Where what is said of an image is listed (and, with an ending, where cosign keeps it): no version of anything.
fn is_of_referrers(tag: &str) -> bool {
    tag.strip_prefix("sha256-").is_some_and(|digest| digest.len() >= 64)
}

fn key(reference: &Reference, purpose: &str) -> String {
    format!("{purpose} {}/{}", reference.registry(), reference.repository())
}

fn fresh(key: &str) -> Option<Arc<Session>> {
    let kept = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    kept.get(key).filter(|(since, _)| since.elapsed() < FRESH).map(|(_, open)| Arc::clone(open))
}

fn keep(key: String, session: Session) -> Arc<Session> {
    let open = Arc::new(session);
    OPEN.lock().unwrap_or_else(PoisonError::into_inner).insert(key, (Instant::now(), Arc::clone(&open)));
    open
}
