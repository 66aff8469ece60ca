//! Plain manifests of any kind to a Release, by the same engine as a service.

use std::path::Path;

use futures::future::try_join3;

use super::options::ReleaseOptions;
use super::prepared::{Checks, Prepared};
use super::sources::{self, Made, STDIN, Source};
use crate::cluster::Cluster;
use crate::cluster::applyset::Set;
use crate::cluster::connect::{self, ClusterArgs};
use crate::deploy::release::{Afterwards, Release, Session, Target, who};
use crate::error::{Error, Result};
use crate::event::Events;
use crate::files::{self, Document, Hooks, Kinds, Namespaces, Objects, Origin};
use crate::manifests::{Manifest, Provenance};
use crate::project::{self, kinds, unusable};
use crate::reason::Reason;
use crate::rollout::Graces;
use crate::text::{counted, foreign_line};

#[derive(Debug, Clone, Default, clap::Args)]
pub struct FileArgs {
    /// Deploy these manifests instead of a plat.yaml: a file, a folder, a kustomization, or - for stdin
    #[arg(short = 'f', long = "filename", value_name = "PATH", group = "manifests", help_heading = "Manifest options",
          conflicts_with_all = ["environment", "file", "image", "registry"])]
    filenames: Vec<String>,
    /// Deploy what this kustomization builds
    #[arg(short = 'k', long, value_name = "DIR", group = "manifests", help_heading = "Manifest options",
          conflicts_with_all = ["environment", "file", "image", "registry"])]
    kustomize: Option<String>,
    /// Search the folders in a folder too
    #[arg(short = 'R', long, requires = "filenames", help_heading = "Manifest options")]
    recursive: bool,
    /// Name the manifests as a set: one deploy of it at a time, a failed one is rolled back, what is no longer in it is
    /// pruned after success
    #[arg(long, value_name = "NAME", requires = "manifests", value_parser = set_name, help_heading = "Manifest options")]
    set: Option<String>,
}

impl FileArgs {
    /// Whether manifests are named, instead of a plat.yaml.
    #[must_use]
    pub fn are_given(&self) -> bool {
        self.kustomize.is_some() || !self.filenames.is_empty()
    }

    async fn sources(&self) -> Result<Vec<Source>> {
        match &self.kustomize {
            Some(folder) => sources::kustomization(folder).await,
            None => sources::read(&self.filenames, self.recursive).await,
        }
    }
}

/// What Helm's users type is answered.
fn set_name(text: &str) -> std::result::Result<String, String> {
    match text.split_once('=') {
        Some((key, _)) => Err(format!(
            "it names a set of manifests, and {} is a value of a chart: render it first with `helm template … --set {} | plat \
             deploy -f -`; those of a service are in its plat.yaml",
            foreign_line(key, 80),
            foreign_line(text, 80)
        )),
        None => Ok(text.to_owned()),
    }
}

/// # Errors
/// A manifest that cannot be used; a cluster that cannot be reached.
pub async fn from_files(
    session: &Session<'_>,
    args: &FileArgs,
    place: &ClusterArgs,
    options: ReleaseOptions,
) -> Result<Prepared> {
    check_set_name(args)?;
    let connect = async {
        let _phase = session.recorder.phase("connect");
        connect::connect(place, None, session.events.clone()).await
    };
    let git = async {
        // Only what has a name is recorded.
        let named = args.set.is_some();
        Ok(if named { project::provenance_of(Path::new(".")).await } else { Provenance::default() })
    };
    let (cluster, sources, provenance) = try_join3(connect, args.sources(), git).await?;
    session.recorder.facts(|facts| {
        facts.service.clone_from(&args.set);
        facts.namespace = Some(cluster.namespace.clone());
    });
    let objects = objects(&cluster, sources, place.namespace.is_some(), &session.settings.cache_dir).await?;
    let name = args.set.clone().unwrap_or_else(|| counted(objects.manifests.len(), "object"));
    let release = Release {
        set: Set::of_files(args.set.clone(), objects.manifests).written(objects.origins),
        image: None,
        commit: provenance.commit,
        migration: None,
        graces: options.graces(Graces::default()),
        afterwards: Afterwards::of(options.bake, None, session.settings.after_ready),
        who: who(provenance.deployer.as_deref()),
    };
    let prepared = Prepared { target: Target { cluster, name }, release, checks: Checks::Done };
    prepared.tell(session.events);
    Ok(prepared)
}

/// The same manifests, for who only looks at them.
///
/// # Errors
/// A manifest that cannot be used.
pub async fn read_set(cluster: &Cluster, args: &FileArgs, place: &ClusterArgs, cache: &Path) -> Result<Set> {
    check_set_name(args)?;
    let sources = args.sources().await?;
    let Objects { manifests, origins } = objects(cluster, sources, place.namespace.is_some(), cache).await?;
    Ok(Set::of_files(args.set.clone(), manifests).written(origins))
}

fn check_set_name(args: &FileArgs) -> Result<()> {
    args.set.as_ref().map_or(Ok(()), |name| connect::check_name("the set", name))
}

/// The manifests as a deploy would apply them, for a reader. The cluster is asked only about kinds that nobody else knows.
///
/// # Errors
/// A manifest that cannot be used; a kind that only a cluster knows, and none is there.
pub async fn render(args: &FileArgs, place: &ClusterArgs, events: &Events, cache: &Path) -> Result<Vec<Manifest>> {
    let documents = applied(args.sources().await?, events)?;
    let known = Kinds::defined(&documents);
    let (namespace, kinds) = if files::unknown(&documents, &known).is_empty() {
        (connect::namespace(place, None).await?, known)
    } else {
        let cluster = connect::connect(place, None, events.clone()).await?;
        let kinds = kinds(&cluster, &documents, cache).await?;
        (cluster.namespace, kinds)
    };
    let namespaces = Namespaces { default: &namespace, asked: place.namespace.is_some() };
    files::manifests(documents, &kinds, namespaces).map(|objects| objects.manifests).map_err(unusable)
}

/// Reads the texts, and asks the cluster about kinds that are neither built in nor defined by the manifests.
async fn objects(cluster: &Cluster, sources: Vec<Source>, asked: bool, cache: &Path) -> Result<Objects> {
    let documents = applied(sources, &cluster.events)?;
    let kinds = kinds(cluster, &documents, cache).await?;
    let namespaces = Namespaces { default: &cluster.namespace, asked };
    files::manifests(documents, &kinds, namespaces).map_err(unusable)
}

/// All documents that are applied, and what is told of those that Helm would run at a moment of its own.
fn applied(sources: Vec<Source>, events: &Events) -> Result<Vec<Document>> {
    let (documents, hooks) = documents(sources)?;
    for note in [hooks.left_out_note(), hooks.applied_note()].into_iter().flatten() {
        events.note(note);
    }
    Ok(documents)
}

/// All documents of the texts, without what is no part of an installation.
pub(super) fn documents(sources: Vec<Source>) -> Result<(Vec<Document>, Hooks)> {
    let named: Vec<String> = sources.iter().map(|source| source.name.clone()).collect();
    let (mut documents, mut problems) = (Vec::new(), Vec::new());
    for Source { name, text, made } in sources {
        match files::read(&name, &text) {
            Ok(found) => documents.extend(found.into_iter().map(|document| match made {
                Made::AsItIs => document,
                Made::ByProgram => Document { origin: Origin::Program(name.clone()), ..document },
            })),
            Err(found) => problems.extend(found),
        }
    }
    if !problems.is_empty() {
        return Err(unusable(problems));
    }
    let (documents, hooks) = files::without_hooks(documents);
    if documents.is_empty() {
        return Err(empty(&named));
    }
    Ok((documents, hooks))
}

/// Places that are named in an error.
const NAMED: usize = 3;

fn empty(named: &[String]) -> Error {
    let more = if named.len() > NAMED { format!(" and {} more", named.len() - NAMED) } else { String::new() };
    let place = format!("{}{more}", named[..named.len().min(NAMED)].join(", "));
    let error = Error::user("there are no manifests in what was named").at(place).reason(Reason::NoManifests);
    if named == [STDIN] {
        error.hint("nothing came through the pipe: does the command before it print manifests, and did it succeed?")
    } else {
        error.hint("it holds no object: YAML or JSON with `apiVersion` and `kind`, as kubectl takes it")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_a_chart_is_no_name_of_a_set() {
        assert_eq!(set_name("shop").as_deref(), Ok("shop"));
        let said = set_name("image.tag=v2").expect_err("a value of a chart");
        assert!(said.contains("helm template … --set image.tag=v2 | plat deploy -f -"), "{said}");
    }
}
