//! Asks a registry, or its mirror, what it has: digests, manifests, configs.

use serde_json::Value;

use super::mirror;
use super::reference::{Reference, is_digest};
use super::registry_error::{self, Action};
use super::session::{Session, parse};
use crate::error::{Error, Result};

/// Bytes of an image's configuration; a usual one has some thousands.
const LARGEST_CONFIG: u64 = 4 << 20;

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
    let digest = anywhere(&parsed, |place| async move {
        let session = Session::reading(&place).await?;
        match session.client.digest(&place).await {
            Ok(digest) => Ok(digest),
            Err(cause) if !registry_error::is_not_found(&cause) => Err(session.error(cause, Action::Find, &place)),
            Err(cause) => {
                let error = session.error(cause, Action::Find, &place);
                // The hint is worth one request more; the error stands without it.
                let tags = session.tags(&place).await.unwrap_or_default();
                Err(registry_error::with_nearest_tag(error, place.tag().unwrap_or_default(), &tags))
            }
        }
    })
    .await?;
    Ok(format!("{}@{digest}", parsed.whole()))
}

/// The digest of what a registry has under this name; none where it has nothing.
///
/// # Errors
/// When the registry cannot be asked.
pub async fn digest_of(reference: &str) -> Result<Option<String>> {
    let parsed = parse(reference)?;
    let session = Session::reading(&parsed).await?;
    match session.client.digest(&parsed).await {
        Ok(digest) => Ok(Some(digest)),
        Err(cause) if registry_error::is_not_found(&cause) => Ok(None),
        Err(cause) => Err(session.error(cause, Action::Find, &parsed)),
    }
}

/// A manifest or an index.
///
/// # Errors
/// When no registry gives it.
pub async fn manifest(reference: &Reference) -> Result<Vec<u8>> {
    anywhere(reference, |place| async move {
        let session = Session::reading(&place).await?;
        let found = session.client.manifest(&place).await;
        found.map(|(manifest, _)| manifest).map_err(|cause| session.error(cause, Action::Find, &place))
    })
    .await
}

/// The config that a manifest names.
///
/// # Errors
/// When no registry gives it, or the manifest names none.
pub async fn config(reference: &Reference, manifest: &Value) -> Result<Vec<u8>> {
    let (digest, size) = (&manifest["config"]["digest"], manifest["config"]["size"].as_u64());
    let (Some(digest), Some(size)) = (digest.as_str().filter(|digest| is_digest(digest)), size) else {
        return Err(Error::user("the image has no config").at(reference.whole()));
    };
    if size > LARGEST_CONFIG {
        return Err(Error::user("the config of the image is larger than 4 MiB").at(reference.whole()));
    }
    anywhere(reference, |place| async move {
        let session = Session::reading(&place).await?;
        let found = session.client.blob(digest, size).await;
        found.map_err(|cause| session.error(cause, Action::Find, &place))
    })
    .await
}

/// Asks the mirror of the registry where there is one, and the registry itself where that does not have it.
async fn anywhere<T, F>(reference: &Reference, ask: impl Fn(Reference) -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let Some(mirrored) = mirror::of(reference) else { return ask(reference.clone()).await };
    let place = mirrored.whole();
    match ask(mirrored).await {
        Ok(found) => Ok(found),
        Err(first) => {
            let asked = ask(reference.clone()).await;
            asked.map_err(|error| error.detail(format!("its mirror, asked for {place}: {}", first.what)))
        }
    }
}
