//! Objects that are as they are wanted already. They are read, which costs the API server far less than a dry run of each;
//! docs/decisions/0070-settled.md.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use futures::future::join;
use futures::stream::{self, StreamExt};
use kube::api::{ListParams, Request};
use serde_json::{Value, json};

use super::answer::slim;
use super::conflict::Takes;
use crate::cluster::api::request::is_ending;
use crate::cluster::api::{MANAGER, PARALLEL, request};
use crate::cluster::connect::Cluster;
use crate::diff::is_settled;
use crate::manifests::Manifest;

/// So many objects of one kind and namespace make a list cheaper than a question for each.
const MANY: usize = 8;
/// Objects of one page, which is dropped before the next one is read.
const PAGE: usize = 250;

/// What is known of a set before the cluster is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// It was deployed from here as it is.
    Unchanged,
    Anything,
}

/// What is listed together: API version, plural, namespace; and where its objects stand in the set, by name.
type Group<'m> = (&'m Manifest, BTreeMap<&'m str, usize>);

/// Those that are, by their place in the set. Whatever cannot be read or told is left to be asked for.
pub(in crate::cluster) async fn settled(
    cluster: &Cluster,
    manifests: &[Arc<Manifest>],
    takes: &Takes,
    expected: Expected,
) -> HashMap<usize, Value> {
    // Adoption looks at each object, however it is.
    if takes.adopt {
        return HashMap::new();
    }
    let (many, few): (Vec<Group<'_>>, Vec<Group<'_>>) =
        groups(manifests).into_iter().partition(|(_, names)| names.len() >= MANY);
    let lists = many.into_iter().map(|group| list(cluster, manifests, group));
    let few = few.iter().flat_map(|(_, names)| names.values()).filter(|_| expected == Expected::Unchanged);
    let reads = stream::iter(few.map(|&at| read(cluster, manifests, at))).buffer_unordered(PARALLEL);
    let lists = stream::iter(lists).buffer_unordered(PARALLEL);
    let (listed, read) = join(lists.collect::<Vec<_>>(), reads.collect::<Vec<_>>()).await;
    listed.into_iter().flatten().chain(read.into_iter().flatten()).collect()
}

fn groups(manifests: &[Arc<Manifest>]) -> Vec<Group<'_>> {
    let mut groups: BTreeMap<_, Group<'_>> = BTreeMap::new();
    for (at, manifest) in manifests.iter().enumerate() {
        let key = (&manifest.api_version, &manifest.resource, &manifest.namespace);
        let (_, names) = groups.entry(key).or_insert_with(|| (manifest, BTreeMap::new()));
        names.insert(&manifest.name, at);
    }
    groups.into_values().collect()
}

async fn read(cluster: &Cluster, manifests: &[Arc<Manifest>], at: usize) -> Option<(usize, Value)> {
    let manifest = &manifests[at];
    Some((at, as_wanted(manifest, request::get(cluster, manifest).await.ok()??)?))
}

/// The object without what is not needed any more; none where an apply might change it.
fn as_wanted(manifest: &Manifest, mut object: Value) -> Option<Value> {
    let is_wanted = !is_ending(&object) && is_settled(&manifest.body, &object, MANAGER);
    is_wanted.then(|| {
        slim(&mut object);
        object
    })
}

async fn list(cluster: &Cluster, manifests: &[Arc<Manifest>], (first, names): Group<'_>) -> Vec<(usize, Value)> {
    let mut found = Vec::new();
    let mut params = ListParams::default().limit(u32::try_from(PAGE).unwrap_or(u32::MAX));
    // Where most objects are someone else's, reading them all is no longer cheaper.
    for _ in 0..=names.len().div_ceil(PAGE) {
        let Ok(request) = Request::new(request::collection(first)).list(&params) else { break };
        let Ok(mut page) = request::send(cluster, first.resource.clone(), request).await else { break };
        let Value::Array(items) = page.object["items"].take() else { break };
        let mut last = String::new();
        for mut item in items {
            let name = item["metadata"]["name"].as_str().unwrap_or_default();
            name.clone_into(&mut last);
            let Some(&at) = names.get(name) else { continue };
            // The items of a list do not say what they are.
            item["apiVersion"] = json!(first.api_version);
            item["kind"] = json!(first.kind);
            found.extend(as_wanted(&manifests[at], item).map(|item| (at, item)));
        }
        let next = page.object["metadata"]["continue"].as_str().filter(|next| !next.is_empty());
        // Lists come in the order of names.
        match next.filter(|_| names.keys().next_back().is_some_and(|end| **end > *last)) {
            Some(next) => params = params.continue_token(next),
            None => break,
        }
    }
    found
}
