//! The registry: push what is missing, tag -> digest, tags.

use std::time::{Duration, Instant};

use super::client::{Access, CONNECT_TIMEOUT, Client};
use super::credentials::{self, Credentials};
use super::exchange::Cause;
use super::package::{Blob, Image};
use super::reference::{self, NoPlace, Reference};
use super::registry_error::{self, Action};
use super::size::size;
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::reason::Reason;
use crate::text;
use crate::text::seconds;

/// The distribution specification lets a registry page its tags; ten pages are more than anybody reads.
pub(super) const TAG_PAGE: usize = 1000;
const TAG_PAGES: usize = 10;

/// What a push did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// `registry/name@sha256:…`
    pub reference: String,
    pub digest: String,
    /// 0 when the registry had everything.
    pub uploaded_bytes: u64,
}

/// Between the attempts to push: a registry that restarts is back by then, and an address that is wrong costs no more.
const PUSH_WAITS: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// Pushes an image to `registry` (a host, or a host and a path such as `ghcr.io/acme`): only the blobs it does not
/// have, nothing when it has the manifest.
///
/// The image also gets a tag, the first 12 digits of its digest: some registries remove what has none.
///
/// # Errors
/// When the registry cannot be reached, refuses the credentials or the upload.
pub async fn push(image: &Image, registry: &str, progress: &dyn Progress) -> Result<Pushed> {
    let name = in_registry(registry, &image.name)?;
    let by_digest = parse(&format!("{name}@{}", image.digest))?;
    let tag = image.digest.trim_start_matches("sha256:").chars().take(12).collect::<String>();
    let by_tag = parse(&format!("{name}:{tag}"))?;
    let mut step = progress.step(&format!("push {name}"));

    let began = Instant::now();
    let mut waits = PUSH_WAITS.into_iter();
    let uploaded_bytes = loop {
        step.tell(&format!("up to {}", size(image.layer.bytes.len() as u64)));
        let attempt = Instant::now();
        let error = match upload(image, &by_tag, &by_digest).await {
            Ok(uploaded) => break uploaded,
            Err(error) => error,
        };
        if !may_pass(&error, attempt.elapsed()) {
            return Err(error);
        }
        let Some(wait) = waits.next() else {
            let attempts = PUSH_WAITS.len() + 1;
            return Err(error.detail(format!("tried {attempts} times in {}", seconds(began.elapsed()))));
        };
        progress.warn(&format!("{}; trying again in {}", error.what, seconds(wait)));
        tokio::time::sleep(wait).await;
    };
    step.done(&match uploaded_bytes {
        0 => "already there".to_owned(),
        bytes => format!("{} uploaded", size(bytes)),
    });
    Ok(Pushed { reference: format!("{name}@{}", image.digest), digest: image.digest.clone(), uploaded_bytes })
}

/// One attempt. What an earlier one uploaded is there already.
async fn upload(image: &Image, by_tag: &Reference, by_digest: &Reference) -> Result<u64> {
    let session = Session::open(by_tag, Access::Push).await?;
    if session.has_manifest(by_digest).await? {
        return Ok(0);
    }
    let (layer, config) =
        futures::try_join!(session.ensure(by_tag, &image.layer), session.ensure(by_tag, &image.config))?;
    session.put_manifest(by_tag, image).await?;
    Ok(layer + config + image.manifest.len() as u64)
}

/// Whether the same request may go well in a moment: a registry that restarts, or is too busy. As docker and crane, no
/// refusal is tried again; nor is what took long to be silent, because that is a wait already.
fn may_pass(error: &Error, took: Duration) -> bool {
    match error.reason {
        Some(Reason::RegistryUnreachable) => took < CONNECT_TIMEOUT / 2,
        Some(Reason::RegistryFailed | Reason::RegistryRateLimited) => true,
        _ => false,
    }
}

/// Pins a reference by digest, keeping its tag for people: `registry/name:v1` -> `registry/name:v1@sha256:…`.
/// One that has a digest is returned as it is, without asking the registry.
///
/// # Errors
/// When the registry cannot be reached, refuses, or does not have the image: then with the nearest tag it has.
pub async fn resolve(reference: &str) -> Result<String> {
    let parsed = parse(reference)?;
    if parsed.digest().is_some() {
        return Ok(reference.to_owned());
    }
    let session = Session::open(&parsed, Access::Pull).await?;
    match session.client.digest(&parsed).await {
        Ok(digest) => Ok(format!("{}@{digest}", parsed.whole())),
        Err(cause) if !registry_error::is_not_found(&cause) => Err(session.error(cause, Action::Find, &parsed)),
        Err(cause) => {
            let error = session.error(cause, Action::Find, &parsed);
            // The hint is worth one request more; the error stands without it.
            let tags = session.tags(&parsed).await.unwrap_or_default();
            Err(registry_error::with_nearest_tag(error, parsed.tag().unwrap_or_default(), &tags))
        }
    }
}

/// Where an image called `name` goes in `registry`: a host, or a host and a path such as `ghcr.io/acme`.
///
/// # Errors
/// When `registry` is a URL or does not start with a host.
pub fn in_registry(registry: &str, name: &str) -> Result<String> {
    reference::place(registry, name).map_err(|why| {
        let shown = text::foreign_line(registry, 120);
        match why {
            NoPlace::Scheme => Error::user(format!("the registry \"{shown}\" is written as a URL"))
                .hint(format!("leave the scheme out: {}", shown.rsplit("://").next().unwrap_or_default())),
            NoPlace::NoHost => Error::user(format!("the registry \"{shown}\" does not start with a host"))
                .hint("write it as HOST, HOST:PORT or HOST/PATH: ghcr.io/acme, docker.io/acme, 127.0.0.1:5000"),
        }
        .reason(Reason::InvalidImageName)
    })
}

pub(super) fn parse(reference: &str) -> Result<Reference> {
    reference::parse(reference).map_err(|what| {
        Error::user(format!("\"{}\" is not an image reference", text::foreign_line(reference, 200)))
            .detail(what)
            .hint("write it as REGISTRY/NAME:TAG or REGISTRY/NAME@sha256:…")
            .reason(Reason::InvalidImageName)
    })
}

/// A client that has asked one registry how it wants to be spoken to.
pub(super) struct Session {
    pub client: Client,
    credentials: Credentials,
}

impl Session {
    pub async fn open(reference: &Reference, access: Access) -> Result<Self> {
        let credentials = credentials::find(reference.resolve_registry()).await?;
        match Client::open(reference, &credentials.login, access).await {
            Ok(client) => Ok(Self { client, credentials }),
            Err(cause) => Err(registry_error::explain(cause, Action::LogIn, reference, &credentials)),
        }
    }

    async fn has_manifest(&self, reference: &Reference) -> Result<bool> {
        match self.client.digest(reference).await {
            Ok(_) => Ok(true),
            Err(cause) if registry_error::is_not_found(&cause) => Ok(false),
            Err(cause) => Err(self.error(cause, Action::Push, reference)),
        }
    }

    /// Uploads a blob unless the registry has it; returns how many bytes went out.
    async fn ensure(&self, reference: &Reference, blob: &Blob) -> Result<u64> {
        let refused = |cause| self.error(cause, Action::Push, reference);
        if self.client.has_blob(&blob.digest).await.map_err(refused)? {
            return Ok(0);
        }
        self.client.push_blob(blob).await.map_err(refused)?;
        Ok(blob.bytes.len() as u64)
    }

    async fn put_manifest(&self, reference: &Reference, image: &Image) -> Result<()> {
        let put = self.client.put_manifest(reference.wanted(), image).await;
        put.map_err(|cause| self.error(cause, Action::Push, reference))
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
