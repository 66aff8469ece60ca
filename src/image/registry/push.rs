//! An image to a registry: what is missing there, and no more.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use tokio::sync::OnceCell;

use super::client::Access;
use super::mirror;
use super::patience::patiently;
use super::reference::{self, NoPlace, Reference};
use super::registry_error::{self, Action};
use super::session::{Session, parse};
use super::upload::{self, From, Sent};
use crate::error::{Error, Result};
use crate::image::oci::{Blob, Image, Source};
use crate::image::size::size;
use crate::progress::{Progress, Step};
use crate::reason::Reason;
use crate::text;

/// Blobs that are on their way at a time.
const AT_ONCE: usize = 4;
/// How often a person sees how far it is.
const TICK: Duration = Duration::from_millis(200);

/// What a push did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// `registry/name@sha256:…`
    pub reference: String,
    pub digest: String,
    /// 0 when the registry had everything.
    pub uploaded_bytes: u64,
}

/// Pushes an image to `registry` (a host, or a host and a path such as `ghcr.io/acme`): only the blobs it does not
/// have, nothing when it has the manifest. Those of its base are mounted where the registry has them elsewhere, else
/// they stream through.
///
/// The image also gets a tag, the first 12 digits of its digest: some registries remove what has none.
///
/// # Errors
/// When the registry cannot be reached, refuses the credentials or the upload.
pub async fn push(image: &Image, registry: &str, progress: &dyn Progress) -> Result<Pushed> {
    let name = in_registry(registry, &image.name)?;
    let by_digest = parse(&format!("{name}@{}", image.digest()))?;
    let tag = image.digest().trim_start_matches("sha256:").chars().take(12).collect::<String>();
    let by_tag = parse(&format!("{name}:{tag}"))?;
    let mut step = progress.step(&format!("push {name}"));

    let uploaded_bytes = patiently(progress, async || {
        let push = Push { image, by_tag: &by_tag, by_digest: &by_digest, sent: Sent::default() };
        push.shown(&mut *step).await
    })
    .await?;
    step.done(&match uploaded_bytes {
        0 => "already there".to_owned(),
        bytes => format!("{} uploaded", size(bytes)),
    });
    let digest = image.digest().to_owned();
    Ok(Pushed { reference: format!("{name}@{digest}"), digest, uploaded_bytes })
}

/// Whether the registry is there and takes pushes of this user, asked as patiently as a push would.
///
/// # Errors
/// As [`push`], but for what is wrong with the image itself.
pub async fn check(registry: &str, name: &str, progress: &dyn Progress) -> Result<()> {
    let reference = parse(&in_registry(registry, name)?)?;
    patiently(progress, async || Session::to_push(&reference, Access::Push).await.map(drop)).await
}

/// One attempt. What an earlier one uploaded is there already.
struct Push<'a> {
    image: &'a Image,
    by_tag: &'a Reference,
    by_digest: &'a Reference,
    sent: Sent,
}

impl Push<'_> {
    async fn shown(&self, step: &mut dyn Step) -> Result<u64> {
        let mut pushing = std::pin::pin!(self.all());
        loop {
            if let Ok(pushed) = tokio::time::timeout(TICK, &mut pushing).await {
                return pushed;
            }
            let (sent, all) = (self.sent.load(Ordering::Relaxed), self.image.size());
            step.pass(&format!("{} of at most {} sent", size(sent), size(all)));
        }
    }

    async fn all(&self) -> Result<u64> {
        let bases: BTreeSet<&str> = self.image.blobs.iter().filter_map(of_base).collect();
        let bases = bases.into_iter().map(parse).collect::<Result<Vec<_>>>()?;
        let bases: Vec<BaseImage> = bases.into_iter().map(|base| BaseImage::new(base, self.by_tag)).collect();
        let beside = bases.iter().find_map(|base| base.beside.clone());
        let access = beside.map_or(Access::Push, Access::PushFrom);
        let session = Session::to_push(self.by_tag, access).await?;
        if self.has_manifest(&session).await? {
            return Ok(0);
        }
        let mut seen = BTreeSet::new();
        let blobs = self.image.blobs.iter().filter(|blob| seen.insert(&blob.digest));
        let ensured = futures::stream::iter(blobs.map(|blob| self.ensure(&session, blob, &bases)));
        ensured.buffer_unordered(AT_ONCE).try_collect::<Vec<()>>().await?;
        let refused = |cause| session.error(cause, Action::Push, self.by_tag);
        for part in &self.image.parts {
            session.client.put_manifest(&part.digest, part).await.map_err(refused)?;
        }
        session.client.put_manifest(self.by_tag.wanted(), &self.image.top).await.map_err(refused)?;
        Ok(self.sent.load(Ordering::Relaxed) + self.image.top.bytes.len() as u64)
    }

    async fn has_manifest(&self, session: &Session) -> Result<bool> {
        match session.client.digest(self.by_digest).await {
            Ok(_) => Ok(true),
            Err(cause) if registry_error::is_not_found(&cause) => Ok(false),
            Err(cause) => Err(session.error(cause, Action::Push, self.by_digest)),
        }
    }

    /// Uploads a blob unless the registry has it.
    async fn ensure(&self, session: &Session, blob: &Blob, bases: &[BaseImage]) -> Result<()> {
        let refused = |cause| session.error(cause, Action::Push, self.by_tag);
        let client = &session.client;
        if client.has_blob(&blob.digest).await.map_err(refused)? {
            return Ok(());
        }
        let base = of_base(blob).and_then(|name| bases.iter().find(|base| base.reference.whole() == name));
        let begun = match base.and_then(|base| base.beside.as_deref()) {
            Some(repository) => {
                let Some(at) = upload::mount(client, &blob.digest, repository).await.map_err(refused)? else {
                    return Ok(());
                };
                at
            }
            None => upload::begin(client).await.map_err(refused)?,
        };
        let from = match (&blob.source, base) {
            (Source::Bytes(bytes), _) => From::Bytes(bytes),
            (Source::File(path), _) => From::File(path),
            (Source::Image(_), Some(base)) => From::Registry(&base.session().await?.client),
            (Source::Image(name), None) => return Err(Error::bug(format!("the image has no base {name}"))),
        };
        upload::send(client, begun, blob, from, &self.sent).await.map_err(refused)
    }
}

fn of_base(blob: &Blob) -> Option<&str> {
    match &blob.source {
        Source::Image(reference) => Some(reference),
        Source::Bytes(_) | Source::File(_) => None,
    }
}

/// An image whose layers are wanted, and who gives them.
struct BaseImage {
    reference: Reference,
    /// Its repository, where it lies in the registry that is pushed to.
    beside: Option<String>,
    session: OnceCell<Session>,
}

impl BaseImage {
    fn new(reference: Reference, target: &Reference) -> Self {
        let places = [mirror::of(&reference), Some(reference.clone())].into_iter().flatten();
        let beside = places
            .filter(|place| place.registry() == target.registry())
            .map(|place| place.repository().to_owned())
            .next();
        Self { reference, beside, session: OnceCell::new() }
    }

    async fn session(&self) -> Result<&Session> {
        self.session
            .get_or_try_init(async || {
                if let Some(mirrored) = mirror::of(&self.reference)
                    && let Ok(session) = Session::open(&mirrored, Access::Pull).await
                    && session.client.digest(&mirrored).await.is_ok()
                {
                    return Ok(session);
                }
                Session::open(&self.reference, Access::Pull).await
            })
            .await
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
