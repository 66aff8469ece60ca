//! Lists of objects of any kind, by the page.

use kube::Resource;
use kube::api::{Api, ApiResource, DynamicObject, ListParams};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::cluster::api::objects;
use crate::cluster::connect::Cluster;
use crate::error::Result;

/// Objects of one page.
const PAGE: u32 = 250;
/// The same, where a whole cluster is looked at.
const FEW: u32 = 100;
/// Events that are read of one namespace; a controller in a loop leaves more than anyone reads.
const EVENTS: usize = 40 * PAGE as usize;

/// All objects of a kind in a namespace that these parameters select.
///
/// # Errors
/// When this user may not list them, or the API server does not answer.
pub(super) async fn list(
    cluster: &Cluster,
    namespace: &str,
    of: &ApiResource,
    params: &ListParams,
) -> Result<Vec<Value>> {
    let api = objects::objects(&cluster.client, of, Some(namespace));
    explained(cluster, namespace, of, pages(&api, params, usize::MAX, |_| true).await)
}

/// The events of a namespace; of more than can be of use, those that the server gives first.
///
/// # Errors
/// As [`list`].
pub(super) async fn events(cluster: &Cluster, namespace: &str) -> Result<Vec<Value>> {
    events_that(cluster, namespace, |_| true).await
}

/// Those of them that are wanted: of the others no more than a page is kept at a time.
///
/// # Errors
/// As [`list`].
pub(super) async fn events_that(
    cluster: &Cluster,
    namespace: &str,
    wanted: impl Fn(&Value) -> bool,
) -> Result<Vec<Value>> {
    let of = objects::resource("v1", "Event", "events");
    let api = objects::objects(&cluster.client, &of, Some(namespace));
    let is_wanted = |event: &DynamicObject| wanted(&event.data);
    explained(cluster, namespace, &of, pages(&api, &ListParams::default(), EVENTS, is_wanted).await)
}

fn explained(
    cluster: &Cluster,
    namespace: &str,
    of: &ApiResource,
    listed: kube::Result<Vec<DynamicObject>>,
) -> Result<Vec<Value>> {
    let doing = || format!("list the {} of namespace {namespace}", of.plural);
    let listed = listed.map_err(|error| cluster.explain(error, &doing()))?;
    Ok(listed.into_iter().map(|object| objects::value(of, object)).collect())
}

/// Those that are `wanted`: of the others no more than a page is kept at a time. `most`: where more are there, those of
/// the first pages are enough.
async fn pages(
    api: &Api<DynamicObject>,
    params: &ListParams,
    most: usize,
    wanted: impl Fn(&DynamicObject) -> bool,
) -> kube::Result<Vec<DynamicObject>> {
    let (mut found, mut seen) = (Vec::new(), 0);
    let mut page = params.clone().limit(PAGE);
    loop {
        let answer = match api.list(&page).await {
            Ok(answer) => answer,
            // The pages belong to one moment, which the server forgot meanwhile.
            Err(kube::Error::Api(status)) if status.code == 410 && seen > 0 => {
                if most < usize::MAX {
                    return Ok(found);
                }
                return Ok(api.list(params).await?.items.into_iter().filter(wanted).collect());
            }
            Err(error) => return Err(error),
        };
        seen += answer.items.len();
        let kept = answer.items.into_iter().filter(&wanted).map(|mut object| {
            // Half of an object is who wrote which field of it.
            object.metadata.managed_fields = None;
            object
        });
        found.extend(kept);
        match answer.metadata.continue_.filter(|next| !next.is_empty()) {
            Some(next) if seen < most => page = page.continue_token(&next),
            _ => return Ok(found),
        }
    }
}

/// Looks at each object of a kind in all namespaces, one page in memory at a time.
///
/// # Errors
/// As [`list`].
pub(super) async fn each<K>(cluster: &Cluster, plural: &str, params: ListParams, mut look: impl FnMut(K)) -> Result<()>
where
    K: Resource<DynamicType = ()> + Clone + std::fmt::Debug + DeserializeOwned,
{
    let api = Api::<K>::all(cluster.client.clone());
    let mut page = params.limit(FEW);
    loop {
        let answer = api.list(&page).await;
        let answer = answer.map_err(|e| cluster.explain(e, &format!("list the {plural} of all namespaces")))?;
        answer.items.into_iter().for_each(&mut look);
        match answer.metadata.continue_.filter(|next| !next.is_empty()) {
            Some(next) => page = page.continue_token(&next),
            None => return Ok(()),
        }
    }
}
