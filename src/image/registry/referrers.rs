//! What is said of an image, to where the image lies (distribution specification 1.1, "Pushing Manifests with Subject" and
//! "Unavailable Referrers API").

use std::collections::BTreeSet;

use futures::future::try_join_all;
use serde_json::Value;

use super::exchange::Cause;
use super::patience::patiently;
use super::reference::Reference;
use super::registry_error::{Action, is_not_found};
use super::session::{Session, parse};
use super::upload;
use crate::error::{Error, Result};
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
    let subjects: BTreeSet<&str> = referrers.iter().map(|referrer| referrer.subject.digest.as_str()).collect();
    let added = patiently(progress, async || {
        let reference = parse(name)?;
        let session = Session::pushing(&reference).await?;
        let to = Repository { name, reference, session: &session };
        let of_subject =
            |subject: &str| referrers.iter().copied().filter(|one| one.subject.digest == subject).collect();
        try_join_all(subjects.iter().map(|subject| to.attach(subject, of_subject(subject)))).await
    });
    let added = added.await.map_err(|error| match error.reason {
        Some(Reason::RegistryUnreachable | Reason::RegistryRateLimited) => error,
        _ => error
            .detail("the image itself is there; what the registry does not take is what is said of it (build.attest)")
            .hint("without an SBOM and provenance it goes on: build: {attest: false} in plat.yaml"),
    })?;
    Ok(added.into_iter().any(|is_new| is_new))
}

/// Where the image lies.
struct Repository<'a> {
    name: &'a str,
    reference: Reference,
    session: &'a Session,
}

impl Repository<'_> {
    /// To one manifest. What is there already is not sent again.
    async fn attach(&self, subject: &str, referrers: Vec<&Referrer>) -> Result<bool> {
        let kept = self.session.client.referrers(subject).await.map_err(|cause| self.refused(cause))?;
        let keeps_lists = kept.is_some();
        let tag = oci::fallback_tag(subject);
        let list = match kept {
            Some(list) => Some(list),
            None => self.tagged(&tag).await?,
        };
        let missing: Vec<&Referrer> =
            referrers.into_iter().filter(|one| !list.as_ref().is_some_and(|list| one.is_in(list))).collect();
        if missing.is_empty() {
            return Ok(false);
        }
        let noted = try_join_all(missing.iter().map(|referrer| self.put(referrer))).await?;
        // What the registry has not noted is listed by whoever pushes it.
        let unnoted: Vec<&Referrer> =
            missing.into_iter().zip(noted).filter(|(_, is_noted)| !is_noted).map(|(one, _)| one).collect();
        if !unnoted.is_empty() {
            let list = if keeps_lists { self.tagged(&tag).await? } else { list };
            self.list(&tag, list, &unnoted).await?;
        }
        Ok(true)
    }

    /// Whether the registry has noted its subject.
    async fn put(&self, referrer: &Referrer) -> Result<bool> {
        let client = &self.session.client;
        let sent = async {
            let blobs = referrer.blobs.iter().map(async |blob| match &blob.source {
                Source::Bytes(bytes) => upload::bytes(client, blob, bytes).await,
                Source::File(_) | Source::Image(_) => Ok(()),
            });
            try_join_all(blobs).await?;
            client.put_manifest(&referrer.manifest.digest, &referrer.manifest).await
        };
        let noted = sent.await.map_err(|cause| self.refused(cause))?;
        Ok(noted.is_some_and(|subject| subject == referrer.subject.digest))
    }

    /// What lies under a tag.
    async fn tagged(&self, tag: &str) -> Result<Option<Value>> {
        let place = parse(&format!("{}:{tag}", self.name))?;
        match self.session.client.manifest(&place).await {
            Ok((bytes, _)) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(cause) if is_not_found(&cause) => Ok(None),
            Err(cause) => Err(self.refused(cause)),
        }
    }

    /// Two who do this at once may lose one: it is listed when somebody attaches it again.
    async fn list(&self, tag: &str, list: Option<Value>, referrers: &[&Referrer]) -> Result<()> {
        let Some(list) = oci::listed(list, referrers) else {
            return Err(Error::user("something else lies under the tag where the referrers of the image are listed")
                .at(format!("{}:{tag}", self.name))
                .hint("remove the tag there, and try again")
                .reason(Reason::RegistryDenied));
        };
        self.session.client.put_manifest(tag, &list).await.map(drop).map_err(|cause| self.refused(cause))
    }

    fn refused(&self, cause: Cause) -> Error {
        self.session.error(cause, Action::Push, &self.reference)
    }
}
