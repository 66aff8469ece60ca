//! plat.yaml to a Release: connect, build and ask at once; push when it is known that this is the right cluster.

use std::time::Duration;

use futures::channel::oneshot;
use futures::future::{join5, try_join, try_join3};

use super::options::ReleaseOptions;
use super::prepared::{Checks, Prepared};
use crate::cluster::Cluster;
use crate::cluster::applyset::Set;
use crate::cluster::connect::{self, ClusterArgs};
use crate::cluster::inspect;
use crate::deploy::evidence;
use crate::deploy::namespaces::{self, NewNamespaces};
use crate::deploy::preflight::images::{Arrival, arrival, deadline as images_deadline, is_missing};
use crate::deploy::preflight::{access, identity};
use crate::deploy::release::{Afterwards, Release, Session, Target, who};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::image::{self, BuildLog, Built, Locking, Pushed};
use crate::project::{ImageArgs, Project, ResolvedProject, Source, Tools, Wanted, or_unpinned};
use crate::reason::Reason;
use crate::rollout::Graces;
use crate::settings::AfterReady;

/// The image of a release before the cluster was seen.
enum Chosen {
    /// A reference that a registry has.
    Ready(String),
    /// Built, and still to be pushed.
    Built(Box<Built>),
    /// A reference that the registry does not have, and why.
    Missing(String, Box<Error>),
}

/// # Errors
/// What is wrong with the image or the cluster; what the manifests cannot be made from.
pub async fn from_project(
    session: &Session<'_>,
    project: Project,
    (images, place): (&ImageArgs, &ClusterArgs),
    options: ReleaseOptions,
) -> Result<Prepared> {
    let tools = session.tools();
    session.recorder.facts(|facts| {
        facts.service = Some(project.spec.name.clone());
        facts.environment = project.environment.as_ref().map(|(name, _)| name.clone());
    });
    let git = async { Ok(project.ask_git().await) };
    let (tell, nodes) = oneshot::channel();
    let reached = reach(session, &project, images, (place, tell), options.new_namespaces);
    let (cluster, chosen, provenance) =
        try_join3(reached, Box::pin(choose(session, &project, images, nodes)), git).await?;
    let mut built_here = None;
    let image = match chosen {
        Chosen::Ready(reference) => reference,
        Chosen::Built(built) => {
            let pushed = push(session, &project, images, &built).await?;
            built_here.insert((built, pushed)).1.reference.clone()
        }
        Chosen::Missing(reference, _) if project.runs_by_name(&cluster, &reference).await => reference,
        Chosen::Missing(reference, error) => {
            let until = images_deadline(&Graces::from(&project.spec.deadline));
            match arrival(&cluster, &reference, *error, until).await {
                Arrival::Pushed(pinned) => pinned,
                Arrival::NotNeeded(error) => or_unpinned(&reference, Err(*error), session.events)?,
                Arrival::Never(error) => return Err(*error),
            }
        }
    };
    session.recorder.facts(|facts| {
        facts.namespace = Some(cluster.namespace.clone());
        facts.image_digest = image.split_once('@').map(|(_, digest)| digest.to_owned());
    });
    let source = Source { image, written: project.written_image(images), provenance };
    // Said before anything runs: an admission policy may ask for it.
    let attested = Box::pin(attest(session, &project, built_here.as_ref()));
    let (resolved, ()) = try_join(Box::pin(project.clone().resolve(&cluster, source, &tools)), attested).await?;
    let project = resolved.project();
    let release = release(&resolved, options, session.settings.after_ready);
    let target = Target { name: project.spec.name.clone(), cluster };
    let checks = if built_here.is_some() { Checks::Done } else { Checks::BesideThePlan(Box::new(project.clone())) };
    let prepared = Prepared { target, release, checks };
    prepared.tell(session.events);
    Ok(prepared)
}

/// The set as a deploy would write it; nothing is pushed.
///
/// # Errors
/// As [`from_project`].
pub async fn preview(
    tools: &Tools<'_>,
    project: Project,
    images: &ImageArgs,
    place: &ClusterArgs,
) -> Result<(Cluster, Set)> {
    let provenance = project.ask_git().await;
    let cluster = connect::connect(place, project.place(), tools.events.clone()).await?;
    let same = identity::check(&project, &cluster, tools.settings);
    let image = async {
        let nodes: Vec<String> = match project.ready_image(images) {
            Some(_) => Vec::new(),
            None => inspect::platforms(&cluster).await.into_iter().collect(),
        };
        project.image_reference(images, &nodes, tools).await
    };
    let (image, ()) = try_join(image, same).await?;
    let source = Source { image, written: project.written_image(images), provenance };
    let resolved = project.resolve(&cluster, source, tools).await?;
    Ok((cluster, Set::of_service(&resolved.project().spec.name, resolved.manifests()).written(resolved.origins())))
}

fn release(resolved: &ResolvedProject, options: ReleaseOptions, usual: AfterReady) -> Release {
    let spec = &resolved.project().spec;
    let bake = options.bake.or(spec.bake.map(|seconds| Duration::from_secs(seconds.into())));
    let provenance = resolved.provenance();
    Release {
        set: Set::of_service(&spec.name, resolved.manifests()).written(resolved.origins()),
        image: Some(resolved.image().to_owned()),
        commit: provenance.commit.clone(),
        migration: resolved.migration(),
        graces: options.graces(Graces::from(&spec.deadline)),
        afterwards: Afterwards::of(bake, spec.guard, usual),
        who: who(provenance.deployer.as_deref()),
    }
}

/// Connects. While an image is being built there is time for what would otherwise be asked beside the plan.
async fn reach(
    session: &Session<'_>,
    project: &Project,
    images: &ImageArgs,
    (place, nodes): (&ClusterArgs, oneshot::Sender<Vec<String>>),
    new_namespaces: NewNamespaces,
) -> Result<Cluster> {
    let cluster = {
        let _phase = session.recorder.phase("connect");
        connect::connect(place, project.place(), session.events.clone()).await?
    };
    if project.ready_image(images).is_none() {
        let _phase = session.recorder.phase("preflight");
        let secrets = access::secrets(&cluster, &project.spec);
        let same = identity::check(project, &cluster, session.settings);
        let platforms = async {
            let platforms = inspect::platforms(&cluster).await;
            // Nobody listens where the build has failed already.
            let _ = nodes.send(platforms.into_iter().collect());
        };
        let there = namespaces::check(&cluster, new_namespaces, session.questions);
        let (may, same, there, (), ()) = join5(access::may_deploy(&cluster), same, there, secrets, platforms).await;
        same.and(there).and(may)?;
    }
    Ok(cluster)
}

/// A ready image, pinned by its digest wherever a registry can tell it; else one that is built now.
async fn choose(
    session: &Session<'_>,
    project: &Project,
    images: &ImageArgs,
    nodes: oneshot::Receiver<Vec<String>>,
) -> Result<Chosen> {
    if let Some(reference) = project.ready_image(images) {
        if project.spec.build.as_ref().is_some_and(|build| build.attest) {
            session.events.note(format!("{reference} is not built here, so nothing is attached to it (build.attest)"));
        }
        return match image::resolve(reference).await {
            Err(error) if is_missing(&error) => Ok(Chosen::Missing(reference.to_owned(), Box::new(error))),
            found => or_unpinned(reference, found, session.events).map(Chosen::Ready),
        };
    }
    // Known before the build begins, so that nobody waits for it in vain.
    let registry = project.registry(images, session.settings)?;
    let platforms = project.platforms(&nodes.await.unwrap_or_default())?;
    let wanted = Wanted { registry: &registry, platforms: &platforms, locking: Locking::Keep };
    let log = BuildLog::of(session.progress);
    let tools = Tools { progress: &log, ..session.tools() };
    let built = {
        let _phase = session.recorder.phase("build");
        project.build_to_push(wanted, &tools).await
    };
    match built {
        Ok(image) => Ok(Chosen::Built(Box::new(image))),
        Err(error) => Err(with_evidence(session, project, &log, error)),
    }
}

/// What a program of the build said is kept as what a program in the cluster says is.
fn with_evidence(session: &Session<'_>, project: &Project, log: &BuildLog<'_>, error: Error) -> Error {
    match log.text().filter(|_| error.reason == Some(Reason::BuildFailed)) {
        Some(said) => {
            let files = evidence::of_build(session.recorder, &project.spec.name, &said, &error);
            evidence::keep(session, &files, error)
        }
        None => error,
    }
}

async fn push(session: &Session<'_>, project: &Project, images: &ImageArgs, built: &Built) -> Result<Pushed> {
    let registry = project.registry(images, session.settings)?;
    let _phase = session.recorder.phase("push");
    let pushed = image::push(built, &registry, session.progress).await?;
    session.interruption.leaves("the image was pushed; nothing was changed in the cluster");
    Ok(pushed)
}

async fn attest(session: &Session<'_>, project: &Project, built: Option<&(Box<Built>, Pushed)>) -> Result<()> {
    let Some((built, pushed)) = built else { return Ok(()) };
    let attestations = project.attest(built, pushed, session.progress).await?;
    if !attestations.is_empty() {
        session.events.emit(&Event::Attested { attestations });
    }
    Ok(())
}
