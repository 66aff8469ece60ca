//! A tag that was pushed again: nothing differs in the manifest, and the nodes keep what they have
//! (`imagePullPolicy: IfNotPresent`). Looked for only where nothing was replaced and a tag may move.

use std::time::Duration;

use futures::future::join_all;
use k8s_openapi::api::core::v1::{Container, Pod};
use kube::ResourceExt;
use kube::api::{Api, ListParams};
use kube::core::Selector;

use super::release::Deploy;
use crate::cluster::apply::Plan;
use crate::event::Action;
use crate::image;
use crate::rollout::{Workload, is_ready};
use crate::text::foreign_line;

/// A prompt is not held up for longer.
const PATIENCE: Duration = Duration::from_secs(1);
/// Workloads that are looked at.
const MOST: usize = 8;

/// A sentence for each workload whose pods run another image than its tag is now.
pub async fn buts(deploy: &Deploy<'_>, plan: &Plan) -> Vec<String> {
    let same = plan.steps().iter().filter(|step| matches!(step.change.action, Action::Nothing | Action::Track));
    let workloads = same.filter_map(|step| Workload::read(&step.manifest.body)).filter(|one| !one.runs_to_its_end());
    let asked = workloads.filter(|one| movable(one).next().is_some()).take(MOST);
    let asked: Vec<Workload> = asked.collect();
    let asking = join_all(asked.iter().map(|workload| of_workload(deploy, workload)));
    let found = tokio::time::timeout(PATIENCE, asking).await.unwrap_or_default();
    found.into_iter().flatten().collect()
}

/// Containers whose image is a tag that the nodes do not ask about again.
fn movable(workload: &Workload) -> impl Iterator<Item = &Container> {
    workload.pod_spec().into_iter().flat_map(|spec| &spec.containers).filter(|container| {
        let Some(image) = container.image.as_deref().and_then(image::whole_name) else { return false };
        let keeps = match container.image_pull_policy.as_deref() {
            Some(policy) => policy == "IfNotPresent",
            // The API server's default is Always for `latest` only.
            None => !image.ends_with(":latest"),
        };
        keeps && !image.contains('@')
    })
}

async fn of_workload(deploy: &Deploy<'_>, workload: &Workload) -> Option<String> {
    let container = movable(workload).next()?;
    let image = container.image.as_deref()?;
    let there = image::resolve(image).await.ok()?;
    let (_, there) = there.split_once('@')?;
    let selector = Selector::try_from(workload.selector()?.clone()).ok()?.to_string();
    let pods = Api::<Pod>::namespaced(deploy.cluster().client.clone(), workload.namespace());
    let pods = pods.list(&ListParams::default().labels(&selector)).await.ok()?;
    let runs = pods.items.iter().filter(|pod| is_ready(pod)).find_map(|pod| {
        let statuses = pod.status.as_ref()?.container_statuses.as_ref()?;
        let own = statuses.iter().find(|status| status.name == container.name)?;
        let (_, digest) = own.image_id.split_once('@')?;
        (digest != there).then(|| (pod.name_any(), digest.to_owned()))
    });
    let (pod, digest) = runs?;
    let short = |digest: &str| foreign_line(digest.get(..19).unwrap_or(digest), 30);
    Some(format!(
        "{} was not given the image that {} is now: the tag was pushed again ({}), Pod {} runs {}, and imagePullPolicy IfNotPresent \
         keeps that; give it a new tag, or its digest",
        workload.describe(),
        foreign_line(image, 200),
        short(there),
        foreign_line(&pod, 100),
        short(&digest)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::tag("{name: a, image: 'r.example/a:v1'}", true)]
    #[case::asked_each_time("{name: a, image: 'r.example/a:v1', imagePullPolicy: Always}", false)]
    #[case::latest("{name: a, image: 'r.example:5000/a'}", false)]
    #[case::latest_that_is_kept("{name: a, image: 'r.example/a:latest', imagePullPolicy: IfNotPresent}", true)]
    #[case::digest("{name: a, image: 'r.example/a:v1@sha256:00'}", false)]
    fn which_tags_may_move_unseen(#[case] container: &str, #[case] expected: bool) {
        let text = format!(
            "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: a}}, spec: {{selector: {{}}, template: {{spec: {{containers: [{container}]}}}}}}}}"
        );
        let workload = Workload::read(&serde_yaml::from_str(&text).expect("YAML")).expect("a workload");
        assert_eq!(movable(&workload).next().is_some(), expected);
    }
}
