//! What is said of an image, to where the image lies (distribution specification 1.1, "Pushing Manifests with Subject" and
//! "Unavailable Referrers API").

use futures::future::try_join_all;
use serde_json::Value;

use super::client::Client;
use super::exchange::Cause;
use super::patience::patiently;
use super::reference::{self, Reference};
use super::registry_error::{Action, is_not_found};
use super::session::{Session, parse};
use super::upload;
use crate::error::Result;
use crate::image::oci::{self, Referrer, Source, Subject};
use crate::progress::Progress;
use crate::reason::Reason;

/// What a reference with a digest stands for.
///
/// # Errors
/// When the registry does not show it.
pub async fn subject(reference: &str) -> Result<Subject> {
    let parsed = parse(reference)?;
    let session = Session::reading(&parsed).await?;
    let found = session.client.manifest(&parsed).await;
    let (bytes, digest) = found.map_err(|cause| session.error(cause, Action::Find, &parsed))?;
    let manifest: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    // Older images need not say it.
    let media_type = manifest["mediaType"].as_str().unwrap_or(oci::MANIFEST).to_owned();
    Ok(Subject { media_type, digest, size: bytes.len() as u64 })
}

/// Puts referrers beside the manifests that they are about, in the repository `name`. Whether any was not there.
///
/// # Errors
/// When the registry cannot be reached or does not take them.
pub async fn attach(name: &str, referrers: &[&Referrer], progress: &dyn Progress) -> Result<bool> {
    let mut subjects: Vec<&str> = referrers.iter().map(|referrer| referrer.subject.digest.as_str()).collect();
    subjects.dedup();
    let added = patiently(progress, async || {
        let reference = parse(name)?;
        let session = Session::pushing(&reference).await?;
        let attached = subjects.iter().map(|subject| {
            let of_subject = referrers.iter().copied().filter(|one| one.subject.digest == **subject).collect();
            to_one(&session.client, name, subject, of_subject)
        });
        let attached = try_join_all(attached).await;
        attached.map_err(|cause| session.error(cause, Action::Push, &reference))
    });
    let added = added.await.map_err(|error| match error.reason {
        Some(Reason::RegistryUnreachable | Reason::RegistryRateLimited) => error,
        _ => error
            .detail("the image itself is there; what the registry does not take is what is said of it (build.attest)")
            .hint("without an SBOM and provenance it goes on: build: {attest: false} in plat.yaml"),
    })?;
    Ok(added.into_iter().any(|is_new| is_new))
}

/// To one manifest. What is there already is not sent again.
async fn to_one(client: &Client, name: &str, subject: &str, referrers: Vec<&Referrer>) -> Result<bool, Cause> {
    let kept = client.referrers(subject).await?;
    let knows_subjects = kept.is_some();
    let by_tag = Fallback::of(name, subject)?;
    let list = match kept {
        Some(list) => Some(list),
        None => by_tag.list(client).await?,
    };
    let missing: Vec<&Referrer> =
        referrers.into_iter().filter(|one| !list.as_ref().is_some_and(|list| one.is_in(list))).collect();
    if missing.is_empty() {
        return Ok(false);
    }
    let put = try_join_all(missing.iter().map(|referrer| put(client, referrer))).await?;
    // Those that the registry has not noted are listed by whoever pushes them.
    let unnoted: Vec<&Referrer> =
        missing.into_iter().zip(put).filter(|(_, noted)| !noted).map(|(one, _)| one).collect();
    if !unnoted.is_empty() {
        let list = if knows_subjects { by_tag.list(client).await? } else { list };
        by_tag.put(client, list, &unnoted).await?;
    }
    Ok(true)
}

/// Whether the registry has noted its subject.
async fn put(client: &Client, referrer: &Referrer) -> Result<bool, Cause> {
    let blobs = referrer.blobs.iter().map(async |blob| match &blob.source {
        Source::Bytes(bytes) => upload::bytes(client, blob, bytes).await,
        Source::File(_) | Source::Image(_) => Ok(()),
    });
    try_join_all(blobs).await?;
    let noted = client.put_manifest(&referrer.manifest.digest, &referrer.manifest).await?;
    Ok(noted.is_some_and(|subject| subject == referrer.subject.digest))
}

/// The list in a registry that does not keep it itself.
struct Fallback {
    place: Reference,
    tag: String,
}

impl Fallback {
    fn of(name: &str, subject: &str) -> Result<Self, Cause> {
        let tag = oci::fallback_tag(subject);
        let place = reference::parse(&format!("{name}:{tag}")).map_err(Cause::Unexpected)?;
        Ok(Self { place, tag })
    }

    async fn list(&self, client: &Client) -> Result<Option<Value>, Cause> {
        match client.manifest(&self.place).await {
            Ok((bytes, _)) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(cause) if is_not_found(&cause) => Ok(None),
            Err(cause) => Err(cause),
        }
    }

    /// Two who do this at once may lose one: it is listed when somebody attaches it again.
    async fn put(&self, client: &Client, list: Option<Value>, referrers: &[&Referrer]) -> Result<(), Cause> {
        let tag = &self.tag;
        let taken = || {
            Cause::Unexpected(format!(
                "has something else under the tag {tag}, where the referrers of the image are listed"
            ))
        };
        let list = oci::listed(list, referrers).ok_or_else(taken)?;
        client.put_manifest(tag, &list).await.map(drop)
    }
}
