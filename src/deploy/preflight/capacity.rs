//! Whether what is about to be written can run here, as far as quotas, nodes and the registry tell. Asked in the round
//! that takes the lock, so it costs none of its own, and nothing is asked where nothing changes. It only warns: a quota
//! may be raised and a node may come while the rollout waits, and then its verdict is the right one.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::future::join3;
use k8s_openapi::api::core::v1::{Container, PodSpec, ResourceQuota, ResourceRequirements};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use kube::ResourceExt;
use kube::api::{Api, ListParams};

use crate::cluster::apply::{Plan, Step};
use crate::cluster::connect::Cluster;
use crate::cluster::inspect;
use crate::deploy::release::Deploy;
use crate::event::Action;
use crate::image;
use crate::rollout::{Workload, quantity};
use crate::text::foreign_line;

/// A warning is not worth a longer wait.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the reader should know before the rollout begins; nothing where nobody may be asked.
pub async fn warnings(deploy: &Deploy<'_>, plan: &Plan) -> Vec<String> {
    let new: Vec<(Workload, i32)> = plan.steps().iter().filter_map(|step| new_pods(plan, step)).collect();
    if new.is_empty() {
        return Vec::new();
    }
    let platforms = async {
        match deploy.release.image.as_deref() {
            Some(reference) => {
                let cache = Some(deploy.session.settings.cache_dir.as_path());
                image::facts(reference, cache).await.map(|facts| facts.built_for).unwrap_or_default()
            }
            None => Vec::new(),
        }
    };
    let (quotas, nodes, built_for) =
        join3(soon(quotas(deploy.cluster())), soon(inspect::platforms(deploy.cluster())), soon(platforms)).await;
    let mut warnings: Vec<String> = new
        .iter()
        .filter(|(workload, _)| workload.namespace() == deploy.cluster().namespace)
        .filter_map(|(workload, wanted)| Some((workload.namespace(), workload.pod_spec()?, *wanted)))
        .flat_map(|(namespace, pod, wanted)| {
            quotas.iter().filter_map(move |quota| tight(quota, pod, wanted, namespace))
        })
        .collect();
    warnings.extend(foreign(&built_for, &nodes));
    warnings
}

/// What comes too late is as good as unknown.
async fn soon<T: Default>(asking: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, asking).await.unwrap_or_default()
}

/// A workload whose pods will be others, and how many of them there must be room for beside the present ones.
fn new_pods(plan: &Plan, step: &Step) -> Option<(Workload, i32)> {
    let after = Workload::read(&step.manifest.body).filter(|_| step.change.action != Action::Nothing)?;
    let Some(before) = plan.before(&step.manifest).and_then(Workload::read) else {
        let wanted = after.desired();
        return (wanted > 0).then_some((after, wanted));
    };
    let planned = step.planned.as_ref().and_then(Workload::read);
    let is_same = planned.is_some_and(|planned| planned.template() == before.template());
    // Others make room for their new pods first.
    let surges = after
        .deployment()
        .and_then(|deployment| deployment.spec.as_ref()?.strategy.as_ref())
        .is_some_and(|strategy| strategy.type_.as_deref() != Some("Recreate"));
    (!is_same && surges).then_some((after, 1))
}

async fn quotas(cluster: &Cluster) -> Vec<ResourceQuota> {
    let quotas = Api::<ResourceQuota>::namespaced(cluster.client.clone(), &cluster.namespace);
    quotas.list(&ListParams::default()).await.map(|list| list.items).unwrap_or_default()
}

/// `quota small of namespace shop has room for 1 of 3 new pods: requests.cpu: 1 each, 1.5 of 4 left`
fn tight(quota: &ResourceQuota, pod: &PodSpec, wanted: i32, namespace: &str) -> Option<String> {
    let (spec, status) = (quota.spec.as_ref()?, quota.status.as_ref()?);
    if spec.scopes.is_some() || spec.scope_selector.is_some() {
        // Which pods it counts is the API server's to say.
        return None;
    }
    let amount =
        |amounts: &Option<BTreeMap<String, Quantity>>, name: &str| quantity::parse(&amounts.as_ref()?.get(name)?.0);
    let rooms = status.hard.iter().flatten().filter_map(|(resource, _)| {
        let (hard, used) = (amount(&status.hard, resource)?, amount(&status.used, resource)?);
        let each = asked(pod, resource).filter(|each| *each > 0.0)?;
        let left = (hard - used).max(0.0);
        Some(((left / each + 1e-9).floor(), resource, each, left, hard))
    });
    let (room, resource, each, left, hard) = rooms.min_by(|a, b| a.0.total_cmp(&b.0))?;
    if room >= f64::from(wanted) {
        return None;
    }
    let name = foreign_line(&quota.name_any(), 100);
    let pods = if wanted == 1 {
        "no room for another pod".to_owned()
    } else {
        format!("room for {room:.0} of {wanted} new pods")
    };
    let show = |value| quantity::show(resource, value);
    Some(format!(
        "quota {name} of namespace {namespace} has {pods}: {}: {} each, {} of {} left; see it: kubectl -n {namespace} describe quota {name}",
        foreign_line(resource, 60),
        show(each),
        show(left),
        show(hard)
    ))
}

/// What one pod counts for in a quota; none for what is not about pods, or what the pod does not say itself.
fn asked(pod: &PodSpec, resource: &str) -> Option<f64> {
    let requests: fn(&ResourceRequirements) -> Option<&BTreeMap<String, Quantity>> = |all| all.requests.as_ref();
    match resource.split_once('.') {
        _ if matches!(resource, "pods" | "count/pods") => Some(1.0),
        Some(("limits", name)) => sum(pod, name, |all| all.limits.as_ref()),
        Some(("requests", name @ ("cpu" | "memory" | "ephemeral-storage"))) => sum(pod, name, requests),
        None if matches!(resource, "cpu" | "memory" | "ephemeral-storage") => sum(pod, resource, requests),
        _ => None,
    }
}

/// Of all containers, sidecars too, or of the largest init container; none where one of them does not say it, because
/// a `LimitRange` may.
fn sum(
    pod: &PodSpec,
    name: &str,
    of: impl Fn(&ResourceRequirements) -> Option<&BTreeMap<String, Quantity>>,
) -> Option<f64> {
    let one = |container: &Container| quantity::parse(&of(container.resources.as_ref()?)?.get(name)?.0);
    let init = pod.init_containers.iter().flatten();
    let (sidecars, init): (Vec<_>, Vec<_>) = init.partition(|c| c.restart_policy.as_deref() == Some("Always"));
    let running = pod.containers.iter().chain(sidecars).map(one).sum::<Option<f64>>()?;
    init.into_iter().map(one).try_fold(running, |largest, one| Some(one?.max(largest)))
}

/// `the image is built for linux/arm64, and every node is linux/amd64`
fn foreign(built_for: &[String], nodes: &BTreeSet<String>) -> Option<String> {
    if built_for.is_empty() || nodes.is_empty() || built_for.iter().any(|platform| nodes.contains(platform)) {
        return None;
    }
    let list =
        |all: &mut dyn Iterator<Item = &String>| all.map(|one| foreign_line(one, 60)).collect::<Vec<_>>().join(", ");
    let (image, nodes) = (list(&mut built_for.iter()), list(&mut nodes.iter()));
    Some(format!(
        "the image is built for {image}, and every node is {nodes}: it cannot start on any of them; build it for {nodes}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const POD: &str =
        "{initContainers: [{name: i, resources: {requests: {cpu: 2, memory: 1Mi}, limits: {memory: 1Mi}}}],
        containers: [{name: a, resources: {requests: {cpu: 500m, memory: 64Mi}, limits: {memory: 64Mi}}},
                     {name: b, resources: {requests: {cpu: 500m, memory: 64Mi}, limits: {memory: 128Mi}}}]}";

    #[rstest]
    #[case::room("{hard: {pods: '3'}, used: {pods: '0'}}", "", 3, None)]
    #[case::pods(
        "{hard: {pods: '3'}, used: {pods: '2'}}",
        "",
        3,
        Some("room for 1 of 3 new pods: pods: 1 each, 1 of 3 left")
    )]
    #[case::none(
        "{hard: {pods: '3'}, used: {pods: '4'}}",
        "",
        1,
        Some("no room for another pod: pods: 1 each, 0 of 3 left")
    )]
    #[case::init(
        "{hard: {cpu: '3'}, used: {cpu: 0}}",
        "",
        2,
        Some("room for 1 of 2 new pods: cpu: 2 each, 3 of 3 left")
    )]
    #[case::limits(
        "{hard: {limits.memory: 1Gi}, used: {limits.memory: 1000Mi}}",
        "",
        1,
        Some("no room for another pod: limits.memory: 192Mi each, 24Mi of 1Gi left")
    )]
    #[case::tightest(
        "{hard: {pods: '3', requests.cpu: '4'}, used: {pods: '1', requests.cpu: '3'}}",
        "",
        2,
        Some("room for 0 of 2 new pods: requests.cpu: 2 each, 1 of 4 left")
    )]
    #[case::unsaid("{hard: {limits.cpu: '0'}, used: {limits.cpu: '0'}}", "", 1, None)]
    #[case::other(
        "{hard: {requests.storage: '0', services: '0'}, used: {requests.storage: '0', services: '0'}}",
        "",
        1,
        None
    )]
    #[case::scoped("{hard: {pods: '0'}, used: {pods: '0'}}", "scopes: [BestEffort]", 1, None)]
    #[case::not_counted_yet("{hard: {pods: '0'}}", "", 1, None)]
    fn what_is_surely_left(
        #[case] status: &str,
        #[case] spec: &str,
        #[case] wanted: i32,
        #[case] expected: Option<&str>,
    ) {
        let quota = format!("{{metadata: {{name: small}}, spec: {{{spec}}}, status: {status}}}");
        let quota: ResourceQuota = serde_yaml::from_str(&quota).expect("a quota");
        let pod: PodSpec = serde_yaml::from_str(POD).expect("a pod");
        let said = tight(&quota, &pod, wanted, "shop");
        let expected = expected.map(|expected| {
            format!("quota small of namespace shop has {expected}; see it: kubectl -n shop describe quota small")
        });
        assert_eq!(said, expected);
    }

    #[rstest]
    #[case(&["linux/arm64"], &["linux/amd64"], true)]
    #[case(&["linux/arm64", "linux/amd64"], &["linux/amd64"], false)]
    #[case(&["linux/arm64"], &["linux/amd64", "linux/arm64"], false)]
    #[case(&["linux/arm64"], &[], false)]
    #[case(&[], &["linux/amd64"], false)]
    fn an_image_that_no_node_can_run(#[case] image: &[&str], #[case] nodes: &[&str], #[case] warns: bool) {
        let image: Vec<String> = image.iter().map(|&one| one.to_owned()).collect();
        let nodes = nodes.iter().map(|&one| one.to_owned()).collect();
        assert_eq!(foreign(&image, &nodes).is_some(), warns);
    }
}
