//! A project folder -> an image: finds what builds it, builds it, packs it.

use std::fs;
use std::path::Path;

use super::attest::{self, Attestation, Checkout, Packed, Record};
use super::base::Bases;
use super::build_log::BuildLog;
use super::builders::{self, Builder, Chosen, Container, Work};
use super::cache::Cache;
use super::oci::{self, Image, Parts, Subject};
use super::platform::Platform;
use super::registry::{self, Pushed};
use super::request::Request;
use super::size::size;
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::reason::Reason;
use crate::spec::{Spec, Stack};

/// An image that is still to be pushed.
#[derive(Debug)]
pub struct Built {
    artifact: Artifact,
    /// For who is told of it in the registry; none where nobody wants that.
    record: Option<Record>,
    /// Its layers lie in the cache: another build of the same project waits until they are pushed.
    _locked: Vec<Cache>,
}

#[derive(Debug)]
enum Artifact {
    Image(Image),
    /// Another program built it from a Dockerfile, and has it.
    Container(Container),
}

impl Built {
    /// `name@sha256:…` as it will be pinned in a registry; without its digest where only a push tells it.
    ///
    /// # Errors
    /// When the registry is named wrongly.
    pub fn reference(&self, registry: &str) -> Result<String> {
        match &self.artifact {
            Artifact::Image(image) => {
                Ok(format!("{}@{}", registry::in_registry(registry, &image.name)?, image.digest()))
            }
            Artifact::Container(container) => Ok(container.reference()),
        }
    }

    /// Whether the registry is told what it is made of.
    #[must_use]
    pub fn is_attested(&self) -> bool {
        self.record.is_some()
    }
}

/// Builds a project for its platforms.
///
/// # Errors
/// When plat cannot see how to build the project, a toolchain is missing, or the program does not compile.
pub async fn build(request: &Request<'_>, progress: &dyn Progress) -> Result<Built> {
    let log = BuildLog::of(progress);
    let built = from_sources(request, &log).await;
    built.map_err(|error| match log.text().filter(|_| error.reason == Some(Reason::BuildFailed)) {
        Some(text) => with_log(request, &text, error),
        None => error,
    })
}

/// Keeps what was said, where the error does not show all of it.
fn with_log(request: &Request<'_>, text: &str, error: Error) -> Error {
    let folder = request.cache.join("build-logs");
    let file = folder.join(format!("{}.log", request.spec.name));
    // But for the command, and the line that a compiler names the package in.
    let is_whole = text.lines().count() <= error.details.len() + 2;
    let is_kept = !is_whole && fs::create_dir_all(&folder).and_then(|()| fs::write(&file, text)).is_ok();
    if is_kept { error.hint(format!("all that was said: {}", file.display())) } else { error }
}

async fn from_sources(request: &Request<'_>, progress: &dyn Progress) -> Result<Built> {
    let folder = request
        .folder
        .canonicalize()
        .map_err(|e| Error::user("the project's folder cannot be read").at(request.folder.display()).because(e))?;
    let request = Request { folder: &folder, ..*request };
    match builders::choose(&folder, request.spec)? {
        Chosen::Builder(builder) => with_toolchain(&request, builder, progress).await,
        Chosen::Dockerfile(recipe) => {
            let artifact = Artifact::Container(recipe.build(&request, progress).await?);
            let record = record(&request, Stack::Dockerfile, None, Vec::new());
            Ok(Built { artifact, record, _locked: Vec::new() })
        }
    }
}

/// Pushes what was built.
///
/// # Errors
/// When the registry does not take it.
pub async fn push(built: &Built, registry: &str, progress: &dyn Progress) -> Result<Pushed> {
    match &built.artifact {
        Artifact::Image(image) => registry::push(image, registry, progress).await,
        Artifact::Container(container) => container.push(progress).await,
    }
}

/// Whether what will be built can be pushed: nobody waits for a build in vain. Another program pushes what it built from
/// a Dockerfile, perhaps from another machine.
///
/// # Errors
/// When the registry cannot be reached or refuses the user.
pub async fn check_registry(folder: &Path, spec: &Spec, registry: &str, progress: &dyn Progress) -> Result<()> {
    match builders::choose(folder, spec) {
        Ok(Chosen::Builder(_)) => registry::check(registry, &spec.name, progress).await,
        // The build says it.
        Ok(Chosen::Dockerfile(_)) | Err(_) => Ok(()),
    }
}

/// Attaches an SBOM and provenance to what was pushed, where plat.yaml wants them.
///
/// # Errors
/// When the registry does not take them.
pub async fn attest(
    built: &Built,
    pushed: &Pushed,
    checkout: &Checkout,
    progress: &dyn Progress,
) -> Result<Vec<Attestation>> {
    match &built.record {
        Some(record) => attest::attach(record, pushed, checkout, progress).await,
        None => Ok(Vec::new()),
    }
}

fn record(request: &Request<'_>, stack: Stack, whole: Option<&Image>, images: Vec<Packed>) -> Option<Record> {
    let build = request.spec.build.clone().filter(|build| build.attest)?;
    let whole = whole.map(|image| Subject::from(&image.top));
    Some(Record { name: request.spec.name.clone(), stack, build, platforms: request.platforms.to_vec(), whole, images })
}

async fn with_toolchain(request: &Request<'_>, builder: &Builder, progress: &dyn Progress) -> Result<Built> {
    let bases = Bases::new(request.folder, request.locking, request.cache, progress);
    let (mut images, mut packed, mut locked) = (Vec::new(), Vec::new(), Vec::new());
    for platform in request.platforms {
        let (image, described, cache) = for_platform(request, builder, (platform, &bases), progress).await?;
        images.push((platform.clone(), image));
        packed.extend(described);
        locked.push(cache);
    }
    let image = oci::index(images).ok_or_else(|| Error::bug("an image is built for no platform"))?;
    let record = record(request, builder.stack, Some(&image), packed);
    Ok(Built { artifact: Artifact::Image(image), record, _locked: locked })
}

async fn for_platform(
    request: &Request<'_>,
    builder: &Builder,
    (platform, bases): (&Platform, &Bases<'_>),
    progress: &dyn Progress,
) -> Result<(Image, Option<Packed>, Cache)> {
    let Request { folder, spec, cache, .. } = *request;
    let mut step = progress.step(&format!("build {} for {platform}", spec.name));
    let waits = || step.tell("waits for another build of this project");
    let cache = Cache::lock(folder, &key(builder.stack, platform), cache, waits).await?;
    let work = Work { folder, spec, platform, cache: &cache, bases, step: &mut *step };
    let is_attested = work.is_attested();
    let mut parts: Parts = (builder.build)(work).await?;
    cache.keep_only(&parts.layers);
    let image = oci::package(&spec.name, platform, &parts);
    let packed = if is_attested {
        let components = match parts.linked.take() {
            Some(linked) => linked,
            None => attest::contents_of(&parts.layers, &cache).await?,
        };
        let base = parts.base.map(|base| base.reference);
        Some(Packed { subject: Subject::from(&image.top), platform: platform.clone(), base, components })
    } else {
        None
    };
    step.done(&format!("{}, {}", size(image.size()), oci::short(image.digest())));
    Ok((image, packed, cache))
}

fn key(stack: Stack, platform: &Platform) -> String {
    format!("{stack:?} {platform}")
}
