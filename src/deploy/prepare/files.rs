//! Plain manifests of any kind to a Release, by the same engine as a service.

use std::path::Path;

use futures::future::try_join3;

use super::options::ReleaseOptions;
use super::prepared::{Checks, Prepared};
use super::sources::{self, Source};
use crate::cluster::Cluster;
use crate::cluster::applyset::Set;
use crate::cluster::connect::{self, ClusterArgs};
use crate::deploy::release::{Afterwards, Release, Session, Target, who};
use crate::error::{Error, Result};
use crate::files::{self, Namespaces};
use crate::manifests::{Manifest, Provenance};
use crate::project::{self, kinds, unusable};
use crate::reason::Reason;
use crate::rollout::Graces;
use crate::text::counted;

#[derive(Debug, Clone, Default, clap::Args)]
pub struct FileArgs {
    /// Deploy these manifests instead of a plat.yaml: a file, a folder, a kustomization, or - for stdin
    #[arg(short = 'f', long = "filename", value_name = "PATH", help_heading = "Manifest options",
          conflicts_with_all = ["environment", "file", "image", "registry"])]
    pub filenames: Vec<String>,
    /// Search the folders in a folder too
    #[arg(short = 'R', long, requires = "filenames", help_heading = "Manifest options")]
    pub recursive: bool,
    /// Name the manifests as a set: one deploy of it at a time, a failed one is rolled back, what is no longer in it is
    /// pruned after success
    #[arg(long, value_name = "NAME", requires = "filenames", help_heading = "Manifest options")]
    pub set: Option<String>,
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
    let sources = sources::read(&args.filenames, args.recursive);
    let (cluster, sources, provenance) = try_join3(connect, sources, git).await?;
    session.recorder.facts(|facts| {
        facts.service.clone_from(&args.set);
        facts.namespace = Some(cluster.namespace.clone());
    });
    let manifests = manifests(&cluster, sources, place.namespace.is_some(), &session.settings.cache_dir).await?;
    let name = args.set.clone().unwrap_or_else(|| counted(manifests.len(), "object"));
    let release = Release {
        set: Set::of_files(args.set.clone(), manifests),
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
    let sources = sources::read(&args.filenames, args.recursive).await?;
    let manifests = manifests(cluster, sources, place.namespace.is_some(), cache).await?;
    Ok(Set::of_files(args.set.clone(), manifests))
}

fn check_set_name(args: &FileArgs) -> Result<()> {
    args.set.as_ref().map_or(Ok(()), |name| connect::check_name("the set", name))
}

/// Reads the texts, and asks the cluster about kinds that are neither built in nor defined by the manifests.
async fn manifests(cluster: &Cluster, sources: Vec<Source>, asked: bool, cache: &Path) -> Result<Vec<Manifest>> {
    let mut documents = Vec::new();
    for Source { name, text } in sources {
        documents.extend(files::read(&name, &text).map_err(unusable)?);
    }
    let (documents, hooks) = files::without_hooks(documents);
    if !hooks.left_out.is_empty() {
        cluster
            .events
            .note(format!("left out, as hooks that are not part of an installation: {}", hooks.left_out.join(", ")));
    }
    if !hooks.applied.is_empty() {
        cluster.events.note(format!(
            "applied with all others, not at their own moment as Helm would: {}",
            hooks.applied.join(", ")
        ));
    }
    if documents.is_empty() {
        return Err(Error::user("there are no manifests in what -f names").reason(Reason::NoManifests));
    }
    let kinds = kinds(cluster, &documents, cache).await?;
    let namespaces = Namespaces { default: &cluster.namespace, asked };
    files::manifests(documents, &kinds, namespaces).map_err(unusable)
}
