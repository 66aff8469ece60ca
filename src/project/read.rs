//! plat.yaml and what is around it: found, read, checked.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::future::try_join;

use super::around::{self, FILE};
use crate::error::{self, Error, Place, Result, Spot};
use crate::event::Events;
use crate::files::{Document, Origin};
use crate::image::{self, Attestation, Built, Locking, Platform, Pushed, Request};
use crate::input::{self, NotUtf8, Refusal};
use crate::manifests::Provenance;
use crate::progress::Progress;
use crate::reason::Reason;
use crate::settings::Settings;
use crate::spec::{self, Environment, Platforms, Problem, Spec};

/// People write it; in bytes.
const LARGEST: u64 = 4 << 20;

/// Which project and which of its environments.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ProjectArgs {
    /// The environment of plat.yaml to work in
    #[arg(long = "env", value_name = "NAME", help_heading = "Project options")]
    pub environment: Option<String>,
    /// The plat.yaml to use (default: here, else the nearest above up to the repository's root)
    #[arg(long, value_name = "PATH", help_heading = "Project options")]
    pub file: Option<PathBuf>,
}

/// Which image, where plat.yaml does not decide it.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ImageArgs {
    /// A ready image, instead of plat.yaml's or of building one
    #[arg(long, value_name = "REFERENCE", help_heading = "Project options")]
    pub image: Option<String>,
    /// The registry for built images (default: the environment's, else the settings')
    #[arg(long, value_name = "HOST[/PATH]", help_heading = "Project options")]
    pub registry: Option<String>,
}

/// What the work on a project needs of its surroundings.
#[derive(Clone, Copy)]
pub struct Tools<'a> {
    pub settings: &'a Settings,
    pub events: &'a Events,
    pub progress: &'a dyn Progress,
}

#[derive(Debug, Clone)]
pub struct Project {
    /// The folder of plat.yaml.
    pub dir: PathBuf,
    /// plat.yaml itself.
    pub file: PathBuf,
    /// What is in it.
    text: Arc<str>,
    /// As it is in the chosen environment.
    pub spec: Spec,
    /// Contents of the files of `config`, by path as plat.yaml writes it.
    pub files: BTreeMap<String, String>,
    /// The manifests of `extra`.
    pub extra: Vec<Document>,
    /// Name and place of the chosen environment; None without `--env`.
    pub environment: Option<(String, Environment)>,
}

impl Project {
    /// Reads the project that `args` and the current folder name.
    ///
    /// # Errors
    /// No plat.yaml, its problems all at once, a file of `config` that cannot be used.
    pub async fn read(args: &ProjectArgs) -> Result<Self> {
        let file = match &args.file {
            Some(file) => file.clone(),
            None => find(&current_dir()?)?,
        };
        let dir = file.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
        let text = read_text(&file).await?;
        let spec =
            spec::for_environment(&text, &file.display().to_string(), args.environment.as_deref()).map_err(refused)?;
        super::misfits::check(&text, &file, args.environment.as_deref(), &spec).map_err(refused)?;
        let files = super::config::read(&dir, &file, &text, &spec).map_err(refused)?;
        let extra = super::extra::read(&dir, &file, &text, args.environment.as_deref(), &spec).map_err(refused)?;
        let environment =
            args.environment.as_ref().and_then(|name| Some((name.clone(), spec.environments.get(name)?.clone())));
        Ok(Self { dir, file, text: text.into(), spec, files, extra, environment })
    }

    /// What these places in plat.yaml say of an object.
    pub(super) fn in_plat_yaml(&self, paths: Vec<Vec<String>>) -> Origin {
        let environment = self.environment.as_ref().map(|(name, _)| name.clone());
        Origin::PlatYaml { file: self.file.display().to_string(), text: Arc::clone(&self.text), environment, paths }
    }

    /// Where the sources come from. It may take a while in a large repository.
    pub async fn ask_git(&self) -> Provenance {
        super::provenance::of(&self.dir).await
    }

    /// Attaches to what was pushed what it is made of, where plat.yaml wants that.
    ///
    /// # Errors
    /// When the registry does not take it.
    pub async fn attest(&self, built: &Built, pushed: &Pushed, progress: &dyn Progress) -> Result<Vec<Attestation>> {
        if !built.is_attested() {
            return Ok(Vec::new());
        }
        let checkout = super::provenance::checkout_of(&self.dir).await;
        image::attest(built, pushed, &checkout, progress).await
    }

    /// Where the chosen environment is, for `cluster::connect`.
    #[must_use]
    pub fn place(&self) -> Option<&Environment> {
        self.environment.as_ref().map(|(_, place)| place)
    }

    /// The image that needs no build: `--image`, else plat.yaml's.
    #[must_use]
    pub fn ready_image<'a>(&'a self, args: &'a ImageArgs) -> Option<&'a str> {
        args.image.as_deref().or(self.spec.image.as_deref())
    }

    /// The image as plat.yaml names it, where nobody named another one.
    #[must_use]
    pub fn written_image(&self, args: &ImageArgs) -> Option<String> {
        self.spec.image.clone().filter(|_| args.image.is_none())
    }

    /// Where a built image goes.
    ///
    /// # Errors
    /// When nothing says it.
    pub fn registry(&self, args: &ImageArgs, settings: &Settings) -> Result<String> {
        let place = self.place().and_then(|place| place.registry.clone());
        args.registry.clone().or(place).or_else(|| settings.file.registry.clone()).ok_or_else(|| {
            Error::user(format!("there is no registry to push the image of {} to", self.spec.name))
                .at(self.file.display())
                .hint("give --registry HOST, or set PLAT_REGISTRY")
                .hint("or name it for everybody: `environments: {NAME: {registry: HOST}}` in plat.yaml")
                .hint("or use a ready image: `image: …` in plat.yaml, or --image")
                .reason(Reason::NoRegistry)
        })
    }

    /// What the image has to run on: what plat.yaml says, else the nodes (`linux/arm64`, none where they may not be
    /// seen), else what most nodes are.
    ///
    /// # Errors
    /// When plat.yaml says what no node is.
    pub fn platforms(&self, nodes: &[String]) -> Result<Vec<Platform>> {
        let said = self.spec.build.as_ref().and_then(|build| build.platform.as_ref()).map(Platforms::names);
        if let Some(said) = said
            && !nodes.is_empty()
            && !said.iter().any(|platform| nodes.contains(platform))
        {
            let (said, nodes) = (said.join(", "), nodes.join(", "));
            return Err(Error::user(format!("plat.yaml builds for {said}, and every node of the cluster is {nodes}"))
                .at(self.file.display())
                .hint("remove build.platform, and plat builds for the nodes"));
        }
        let parsed: Vec<Platform> = said.unwrap_or(nodes).iter().filter_map(|name| name.parse().ok()).collect();
        Ok(if parsed.is_empty() { vec![Platform::default()] } else { parsed })
    }

    /// Builds the image; nothing is pushed.
    ///
    /// # Errors
    /// A source that does not build.
    pub async fn build_image(&self, wanted: Wanted<'_>, tools: &Tools<'_>) -> Result<Built> {
        let Wanted { registry, platforms, locking } = wanted;
        let cache = &tools.settings.cache_dir;
        let request = Request { folder: &self.dir, spec: &self.spec, platforms, registry, locking, cache };
        image::build(&request, tools.progress).await
    }

    /// Builds the image, and asks its registry meanwhile; nothing is pushed.
    ///
    /// # Errors
    /// A source that does not build, a registry that would not take it.
    pub async fn build_to_push(&self, wanted: Wanted<'_>, tools: &Tools<'_>) -> Result<Built> {
        let check = image::check_registry(&self.dir, &self.spec, wanted.registry, tools.progress);
        let (built, ()) = try_join(Box::pin(self.build_image(wanted, tools)), check).await?;
        Ok(built)
    }

    /// The image as a deploy to these nodes would run it, pinned by its digest, with nothing pushed: the same source has
    /// the same digest, so a build tells it.
    ///
    /// # Errors
    /// A reference that is none, a build that fails, no registry to name a built image in.
    pub async fn image_reference(&self, args: &ImageArgs, nodes: &[String], tools: &Tools<'_>) -> Result<String> {
        if let Some(ready) = self.ready_image(args) {
            return pinned(ready, tools.events).await;
        }
        let registry = self.registry(args, tools.settings)?;
        let wanted = Wanted { registry: &registry, platforms: &self.platforms(nodes)?, locking: Locking::Look };
        self.build_image(wanted, tools).await?.reference(&registry)
    }
}

/// What image is wanted of a project.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// Where it will be pushed to.
    pub registry: &'a str,
    pub platforms: &'a [Platform],
    pub locking: Locking,
}

/// Pinned by its digest, where the registry tells it.
pub(super) async fn pinned(reference: &str, events: &Events) -> Result<String> {
    or_unpinned(reference, image::resolve(reference).await, events)
}

/// A registry that does not answer is not a reason to print nothing, but the reader must know what it means.
///
/// # Errors
/// What is no reference.
pub fn or_unpinned(reference: &str, found: Result<String>, events: &Events) -> Result<String> {
    match found {
        Ok(pinned) => Ok(pinned),
        Err(error) if error.reason == Some(Reason::InvalidImageName) => Err(error),
        Err(error) if error.reason == Some(Reason::ImageNotFound) => {
            events.warn(format!("{}; pods cannot start before it is pushed", error.what));
            Ok(reference.to_owned())
        }
        Err(error) => {
            events
                .warn(format!("the image is not pinned by its digest, so a tag that moves changes what runs: {error}"));
            Ok(reference.to_owned())
        }
    }
}

fn current_dir() -> Result<PathBuf> {
    std::env::current_dir().map_err(|e| {
        Error::user("the current folder cannot be read").hint("it may have been removed: cd to another one").because(e)
    })
}

/// A folder of that name is another thing; what is neither is refused when it is read.
fn is_named(file: &Path) -> bool {
    file.metadata().is_ok_and(|file| !file.is_dir())
}

/// plat.yaml here, else the nearest above within the same repository: a file that someone left in /tmp or in the
/// home folder does not count.
fn find(start: &Path) -> Result<PathBuf> {
    let repository = start.ancestors().find(|dir| dir.join(".git").exists());
    let within = |dir: &&Path| repository.map_or(*dir == start, |root| dir.starts_with(root));
    let searched: Vec<&Path> = start.ancestors().take_while(within).collect();
    if let Some(dir) = searched.iter().find(|dir| is_named(&dir.join(FILE))) {
        let file = dir.join(FILE);
        // Shorter in messages, and the same file.
        return Ok(if *dir == start { PathBuf::from(FILE) } else { file });
    }
    let place = match searched.last() {
        Some(last) if *last != start => format!("{} and its parents up to {}", start.display(), last.display()),
        _ => start.display().to_string(),
    };
    let mut error = Error::user("there is no plat.yaml").at(place).reason(Reason::NoSpec);
    if let Some(dir) = searched.iter().find(|dir| dir.join("plat.yml").is_file()) {
        error = error.hint(format!("rename {} to {FILE}", dir.join("plat.yml").display()));
    }
    let there = around::hints(start);
    if !there.is_empty() {
        return Err(there.into_iter().fold(error, Error::hint));
    }
    Err(error
        .hint("cd to the folder of your service, or name the file with --file")
        .hint("or write one for what is here: plat init; for a new service: plat new"))
}

/// `<(…)` may be given too.
async fn read_text(file: &Path) -> Result<String> {
    let bytes = input::read_or_pipe(file, LARGEST).await;
    bytes.and_then(input::text).map_err(|refusal| match refusal {
        Refusal::NotFound(cause) => Error::user("there is no such file")
            .at(file.display())
            .hint("leave --file out to use the nearest plat.yaml")
            .reason(Reason::NoSpec)
            .because(cause),
        Refusal::Folder => Error::user("this is a folder, not a plat.yaml")
            .at(file.display())
            .hint(format!("name the file in it: --file {}", file.join(FILE).display()))
            .reason(Reason::NoSpec),
        Refusal::NotUtf8(NotUtf8 { line }) => Error::user("the file is not UTF-8 text")
            .at(format!("{}:{line}", file.display()))
            .hint("save it as UTF-8")
            .reason(Reason::InvalidSpec),
        Refusal::Special(_) => Error::user(format!("this {refusal}"))
            .at(file.display())
            .hint("plat.yaml is a regular file; the output of a command is given as --file <(COMMAND)")
            .reason(Reason::NoSpec),
        refusal => Error::user(format!("the file {refusal}")).at(file.display()).because(refusal),
    })
}

/// All problems of plat.yaml as one error, none left out.
fn refused(problems: Vec<Problem>) -> Error {
    let spot = |problem: Problem| Spot {
        place: Place::at(problem.file, problem.line, problem.column),
        object: None,
        error: problem.message,
        hints: problem.hint.into_iter().collect(),
        excerpt: problem.excerpt,
    };
    error::all(problems.into_iter().map(spot).collect()).reason(Reason::InvalidSpec)
}
