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

/// Those that were opened to read, by registry and repository. A run asks for a tag, a manifest and a config of the same
/// image, and each login costs two requests.
static OPEN: Mutex<BTreeMap<String, (Instant, Arc<Session>)>> = Mutex::new(BTreeMap::new());
/// Shorter than any registry's token lasts.
const FRESH: Duration = Duration::from_secs(45);

impl Session {
    /// To read; one that was opened a moment ago serves again.
    pub async fn reading(reference: &Reference) -> Result<Arc<Self>> {
        let key = format!("{}/{}", reference.registry(), reference.repository());
        let kept = || OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = kept().get(&key).filter(|(since, _)| since.elapsed() < FRESH).map(|(_, open)| Arc::clone(open));
        if let Some(open) = fresh {
            return Ok(open);
        }
        let open = Arc::new(Self::open(reference, Access::Pull).await?);
        kept().insert(key, (Instant::now(), Arc::clone(&open)));
        Ok(open)
    }

    pub async fn open(reference: &Reference, access: Access) -> Result<Self> {
        let credentials = credentials::find(reference.resolve_registry()).await?;
        match Client::open(reference, &credentials.login, &access).await {
            Ok(client) => Ok(Self { client, credentials }),
            Err(cause) => Err(registry_error::explain(cause, Action::LogIn, reference, &credentials)),
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
        Ok(tags)
    }

    pub fn error(&self, cause: Cause, action: Action, reference: &Reference) -> Error {
        registry_error::explain(cause, action, reference, &self.credentials)
    }
}
