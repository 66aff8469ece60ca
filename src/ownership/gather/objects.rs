//! A workload in a cluster, and what stands above it: pod -> ReplicaSet -> Deployment. Only metadata is read.

use futures::future::join_all;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Api;
use kube::api::ListParams;
use kube::core::DynamicObject;

use crate::cluster::api::objects::{objects, workloads};
use crate::cluster::applyset::{self, Deployed};
use crate::cluster::connect::Cluster;
use crate::cluster::connect::ClusterArgs;
use crate::error::{Error, Result};
use crate::manifests::{WORKLOADS, WorkloadKind};
use crate::ownership::key::Key;
use crate::ownership::model::{Evidence, Scope};
use crate::ownership::sources::{Document, Query, Reads, SOURCES};
use crate::reason::Reason;
use crate::text;

/// Owner references higher than this would be a cycle.
const HIGHEST: usize = 5;
/// Names that are compared to find the nearest.
const NAMES: u32 = 500;

#[derive(Debug)]
pub struct ServiceObjects {
    /// `Deployment shop/payments-api`, with the pod that led there.
    pub subject: String,
    /// How an owner would be put on record.
    pub record: String,
    /// Name of the top controller.
    pub name: String,
    pub notes: Vec<String>,
    /// The top controller first.
    objects: Vec<Object>,
    namespace: Option<ObjectMeta>,
}

#[derive(Debug)]
struct Object {
    kind: &'static str,
    metadata: ObjectMeta,
}

/// Finds what the key names, in its namespace, else (when none was named) in the only one that has it.
///
/// # Errors
/// When nothing has this name, or several have, or the cluster does not let us look.
pub async fn find(cluster: &Cluster, args: &ClusterArgs, key: &Key) -> Result<ServiceObjects> {
    let named = key.namespace.as_ref().or(args.namespace.as_ref());
    let namespace = named.unwrap_or(&cluster.namespace);
    let mut notes = Vec::new();
    let found = match get(cluster, namespace, key).await? {
        None if key.kind.is_none() => of_set(cluster, namespace, &key.name).await?,
        found => found,
    };
    let object = match found {
        Some(object) => object,
        None if named.is_none() => {
            let object = elsewhere(cluster, key).await?;
            let Some(object) = object else { return Err(not_found(cluster, None, &key.name).await) };
            notes.push(format!("found in namespace {}, not in {namespace}", object.namespace()));
            object
        }
        None => return Err(not_found(cluster, Some(namespace), &key.name).await),
    };
    let namespace = object.namespace().to_owned();
    let namespaces: Api<Namespace> = Api::all(cluster.client.clone());
    let (objects, around) = tokio::join!(climb(cluster, object), namespaces.get_metadata_opt(&namespace));
    let (top, asked) = (&objects[0], &objects[objects.len() - 1]);
    let record = format!(
        "write `owner: TEAM` in its plat.yaml and deploy, or: kubectl -n {namespace} annotate {} {} plat.dev/owner=TEAM",
        top.kind.to_lowercase(),
        top.name()
    );
    let subject = if objects.len() > 1 { format!("{}, of {}", asked.place(), top.place()) } else { top.place() };
    // Reading a namespace needs a right of its own; its labels are only the nearest evidence.
    let namespace = around.ok().flatten().map(|namespace| namespace.metadata);
    Ok(ServiceObjects { subject, record, name: top.name().to_owned(), notes, objects, namespace })
}

/// The kinds that may be meant.
fn kinds(key: &Key) -> impl Iterator<Item = &'static WorkloadKind> {
    WORKLOADS.iter().filter(move |each| key.kind.is_none_or(|kind| kind == *each))
}

/// The likeliest object of this name in one namespace.
async fn get(cluster: &Cluster, namespace: &str, key: &Key) -> Result<Option<Object>> {
    let name = &key.name;
    let lookups = kinds(key)
        .map(|kind| async move { (kind.kind, api(cluster, kind, Some(namespace)).get_metadata_opt(name).await) });
    let mut refused = None;
    for (kind, answer) in join_all(lookups).await {
        match answer {
            Ok(Some(object)) => return Ok(Some(Object { kind, metadata: object.metadata })),
            // A user who is not allowed to read CronJobs hardly asks for one: only what keys mostly name must be readable.
            Err(error) if matches!(kind, "Deployment" | "Pod") => refused = refused.or(Some((kind, error))),
            Ok(None) | Err(_) => {}
        }
    }
    match refused {
        None => Ok(None),
        Some((kind, error)) => Err(cluster.explain(error, &format!("read {kind} {namespace}/{name}"))),
    }
}

/// The one workload of a set of this name; none where there is no such set, or it may not be read.
async fn of_set(cluster: &Cluster, namespace: &str, name: &str) -> Result<Option<Object>> {
    let place = Cluster { namespace: namespace.to_owned(), ..cluster.clone() };
    let is_workload = |kind: &str| WorkloadKind::of_name(kind).is_some();
    let Ok(Some(Deployed::Set(members))) = applyset::deployed(&place, name, is_workload).await else { return Ok(None) };
    let [member] = members.as_slice() else {
        let names = members.iter().map(|member| format!("{}/{}", member.kind.to_lowercase(), member.name));
        let names: Vec<String> = names.collect();
        return match names.first() {
            None => Ok(None),
            Some(first) => Err(Error::user(format!("the set {name} has {} workloads", names.len()))
                .at(cluster.place())
                .hint(format!("say which, such as plat whoowns {first} -n {namespace}: {}", names.join(", ")))
                .reason(Reason::Ambiguous)),
        };
    };
    let key = Key { namespace: None, kind: WorkloadKind::of_name(&member.kind), name: member.name.clone() };
    get(cluster, member.namespace.as_deref().unwrap_or(namespace), &key).await
}

/// The only object of this name in any namespace. A user who is not allowed to list them all gets no answer, but no error either.
async fn elsewhere(cluster: &Cluster, key: &Key) -> Result<Option<Object>> {
    let name = &key.name;
    let params = ListParams::default().fields(&format!("metadata.name={name}")).limit(NAMES);
    let params = &params;
    let lists = kinds(key).map(|kind| async move {
        let listed = api(cluster, kind, None).list_metadata(params).await.map(|list| list.items).unwrap_or_default();
        listed.into_iter().map(|object| Object { kind: kind.kind, metadata: object.metadata }).collect::<Vec<_>>()
    });
    // A service has objects of several kinds under one name: the likeliest kind that has any counts.
    let mut found = join_all(lists).await.into_iter().find(|objects| !objects.is_empty()).unwrap_or_default();
    if found.len() > 1 {
        let places: Vec<String> = found.iter().map(|object| format!("{}/{name}", object.namespace())).collect();
        return Err(Error::user(format!("\"{name}\" is in {} namespaces", found.len()))
            .at(cluster.place())
            .hint(format!("say which: {}", places.join(", ")))
            .reason(Reason::Ambiguous));
    }
    Ok(found.pop())
}

/// The object and everything that controls it, the top first. Where a controller cannot be read, or was deleted in
/// between, what is below it still tells something.
async fn climb(cluster: &Cluster, object: Object) -> Vec<Object> {
    let namespace = object.namespace().to_owned();
    let mut objects = vec![object];
    while objects.len() < HIGHEST {
        let owners = objects[0].metadata.owner_references.iter().flatten();
        let controller = owners.filter(|owner| owner.controller == Some(true)).find_map(|owner| {
            let kind = WorkloadKind::of_name(&owner.kind)?;
            Some((kind, owner.name.clone()))
        });
        let Some((kind, name)) = controller else { break };
        let Ok(Some(object)) = api(cluster, kind, Some(&namespace)).get_metadata_opt(&name).await else { break };
        objects.insert(0, Object { kind: kind.kind, metadata: object.metadata });
    }
    objects
}

/// Nothing has this name in the namespace that was named, or in any.
async fn not_found(cluster: &Cluster, namespace: Option<&str>, name: &str) -> Error {
    let deployments = api(cluster, &WORKLOADS[0], namespace);
    let listed = deployments.list_metadata(&ListParams::default().limit(NAMES)).await;
    let place = namespace.map_or_else(|| format!("{} or any other", cluster.namespace), str::to_owned);
    // A user who is not allowed to list them everywhere was answered for one namespace only.
    let place = if listed.is_ok() { place } else { namespace.unwrap_or(&cluster.namespace).to_owned() };
    let objects: Vec<Object> = listed
        .map(|list| list.items)
        .unwrap_or_default()
        .into_iter()
        .map(|object| Object { kind: WORKLOADS[0].kind, metadata: object.metadata })
        .collect();
    let error = Error::user(format!("no workload or pod is named \"{name}\" in namespace {place}"))
        .at(cluster.place())
        .reason(Reason::NotFound);
    let near = text::nearest(name, objects.iter().map(Object::name));
    let near = near.and_then(|near| objects.iter().find(|object| object.name() == near));
    let error = match near {
        Some(near) => error.hint(format!("did you mean {}/{}?", near.namespace(), near.name())),
        None => error,
    };
    error.hint("name the namespace (NAMESPACE/NAME) or the cluster (--context), or write a path that exists here")
}

impl ServiceObjects {
    /// What the sources that read objects find on them, and on the namespace around.
    pub fn evidence(&self, now: Timestamp) -> Vec<Evidence> {
        let query = Query { service: Some(self.name.clone()), path: String::new() };
        let sources = SOURCES.iter().filter(|source| source.reads == Reads::Objects);
        let mut all = Vec::new();
        for source in sources {
            let read = |place: &str, metadata: &ObjectMeta| {
                let text = serde_json::json!({ "metadata": metadata }).to_string();
                source.evidence(&Document { text: &text, place, query: &query, now })
            };
            // Each controller hands its labels down; the first to say a thing is the one who says it.
            for object in &self.objects {
                for said in read(&object.place(), &object.metadata) {
                    if !all.iter().any(|known: &Evidence| known.source == said.source && known.says == said.says) {
                        all.push(said);
                    }
                }
            }
            if let Some(namespace) = &self.namespace {
                let place = format!("Namespace {}", namespace.name.as_deref().unwrap_or_default());
                all.extend(read(&place, namespace).into_iter().map(|said| Evidence { scope: Scope::Around, ..said }));
            }
        }
        all
    }
}

impl Object {
    fn name(&self) -> &str {
        self.metadata.name.as_deref().unwrap_or_default()
    }

    fn namespace(&self) -> &str {
        self.metadata.namespace.as_deref().unwrap_or_default()
    }

    fn place(&self) -> String {
        format!("{} {}/{}", self.kind, self.namespace(), self.name())
    }
}

/// The workloads of a kind in a namespace, or everywhere.
fn api(cluster: &Cluster, kind: &WorkloadKind, namespace: Option<&str>) -> Api<DynamicObject> {
    objects(&cluster.client, &workloads(kind), namespace)
}
