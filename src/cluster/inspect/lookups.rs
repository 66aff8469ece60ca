//! What the cluster has, for a hint that is true: keys, names of the same kind, how far a claim is.

use std::sync::LazyLock;
use std::time::Duration;

use futures::future::{join_all, join3};
use http::Request;
use jiff::Timestamp;
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::{ConfigMap, Event, PersistentVolume, PersistentVolumeClaim, Secret, ServiceAccount};
use k8s_openapi::api::scheduling::v1::PriorityClass;
use k8s_openapi::api::storage::v1::StorageClass;
use kube::api::{Api, ListParams};
use kube::client::Body;
use kube::core::PartialObjectMeta;
use kube::{Resource, ResourceExt};
use regex::Regex;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{databases, listens, logins, neighbours, nodes, rights};
use crate::cluster::applyset::labels;
use crate::cluster::connect::Cluster;
use crate::revision::OF;
use crate::rollout::{
    HttpReply, HttpTarget, Lookup, LookupRecord, LookupResult, VolumeClaim, VolumeThere, finalizers, memory_options,
};
use crate::text::{holds, is_odd_number};

/// A hint is not worth a longer wait; `rollout` waits a second more than this for it.
const PATIENCE: Duration = Duration::from_secs(5);
/// For one reply of a program; those that came are worth more than those that do not.
const REPLY: Duration = Duration::from_secs(3);

/// Answers a question about the cluster; none for a question that only a registry can answer.
pub async fn answer(cluster: &Cluster, ask: &Lookup) -> Option<LookupRecord> {
    let answering = async {
        Some(match ask {
            Lookup::Image(_) | Lookup::Exposes(_) => return None,
            Lookup::Secret(name) => there(&namespaced::<Secret>(cluster), name, keys_of_secret).await,
            Lookup::PullSecret(name) => there(&namespaced::<Secret>(cluster), name, registries).await,
            Lookup::ConfigMap(name) => there(&namespaced::<ConfigMap>(cluster), name, keys_of_map).await,
            Lookup::SecretHolding { name, text } => {
                there(&namespaced::<Secret>(cluster), name, |secret| {
                    let data = secret.data.unwrap_or_default().into_iter();
                    keys_holding(data.filter_map(|(key, value)| Some((key, String::from_utf8(value.0).ok()?))), text)
                })
                .await
            }
            Lookup::ConfigMapHolding { name, text } => {
                there(&namespaced::<ConfigMap>(cluster), name, |map| {
                    keys_holding(map.data.unwrap_or_default().into_iter(), text)
                })
                .await
            }
            Lookup::Endpoints(name) => there(&namespaced::<ConfigMap>(cluster), name, endpoints_of_map).await,
            Lookup::OddNumbers(name) => there(&namespaced::<ConfigMap>(cluster), name, odd_numbers).await,
            Lookup::PodsService(name) => {
                let service = |set: StatefulSet| set.spec.and_then(|spec| spec.service_name).into_iter().collect();
                there(&namespaced::<StatefulSet>(cluster), name, service).await
            }
            Lookup::Ragged(name) => there(&namespaced::<Secret>(cluster), name, ragged).await,
            Lookup::MemoryOptions(name) => there(&namespaced::<ConfigMap>(cluster), name, options_of_map).await,
            Lookup::ServiceAccount(name) => there(&namespaced::<ServiceAccount>(cluster), name, |_| Vec::new()).await,
            Lookup::PriorityClass(name) => {
                there(&Api::<PriorityClass>::all(cluster.client.clone()), name, |_| Vec::new()).await
            }
            Lookup::Claim(name) => claim(cluster, name).await,
            Lookup::Http { pod, targets } => {
                let asked = join_all(targets.iter().map(|to| get(cluster, pod, to))).await;
                LookupResult::Http(asked.into_iter().flatten().collect())
            }
            Lookup::Listens { pod, ports } => listens::ports(cluster, pod, ports).await,
            Lookup::ServiceElsewhere(name) => neighbours::namespaces_of_service(cluster, name).await,
            Lookup::Services => neighbours::services_seen(cluster).await,
            Lookup::Rights { account, namespace } => {
                rights::rights(cluster, account, namespace.as_deref().unwrap_or(&cluster.namespace)).await
            }
            Lookup::Logins { pod, container, user } => logins::logins(cluster, pod, container, user.as_deref()).await,
            Lookup::Databases => databases::databases(cluster).await,
            Lookup::LimitRanges => neighbours::limit_ranges(cluster).await,
            Lookup::Nodes => nodes::rooms(cluster).await.map_or(LookupResult::Unknown, LookupResult::Nodes),
            Lookup::Node(name) => nodes::state(cluster, name).await,
        })
    };
    // Boxed: it holds the state of every kind of question.
    let found = tokio::time::timeout(PATIENCE, Box::pin(answering)).await.unwrap_or(Some(LookupResult::Unknown))?;
    Some(LookupRecord { lookup: ask.clone(), at: Timestamp::now(), result: found })
}

/// A GET through the API server. Nothing where nothing listens, where it takes too long, and where this user may not.
async fn get(cluster: &Cluster, pod: &str, target: &HttpTarget) -> Option<HttpReply> {
    let HttpTarget { port, path } = target;
    // A path that leaves the pod's part of the API would ask something else.
    if path.split('/').any(|part| part == "..") {
        return None;
    }
    let place = format!("/api/v1/namespaces/{}/pods/{pod}:{port}/proxy{path}", cluster.namespace);
    let request = Request::get(place).body(Body::empty()).ok()?;
    let asking = async {
        let response = cluster.client.send(request).await.ok()?;
        let status = response.status();
        // The API server's own words, not the program's: it could not reach it, or this user may not ask.
        let is_own = !status.is_success() && {
            let body = response.into_body().collect_bytes().await.ok()?;
            serde_json::from_slice::<kube::core::Status>(&body).is_ok_and(|own| own.code == status.as_u16())
        };
        (!is_own).then(|| HttpReply { target: target.clone(), status: status.as_u16() })
    };
    tokio::time::timeout(REPLY, asking).await.ok()?
}

fn namespaced<K>(cluster: &Cluster) -> Api<K>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>,
{
    Api::namespaced(cluster.client.clone(), &cluster.namespace)
}

/// Whether it is there, with what `parts` tells of it; else the names of the same kind.
async fn there<K>(api: &Api<K>, name: &str, parts: impl FnOnce(K) -> Vec<String>) -> LookupResult
where
    K: Resource<DynamicType = ()> + Clone + std::fmt::Debug + DeserializeOwned,
{
    match api.get_opt(name).await {
        Ok(Some(object)) => LookupResult::Present(parts(object)),
        Ok(None) => LookupResult::Absent(names(api).await),
        Err(_) => LookupResult::Unknown,
    }
}

async fn names<K>(api: &Api<K>) -> Vec<String>
where
    K: Resource<DynamicType = ()> + Clone + std::fmt::Debug + DeserializeOwned,
{
    let list = api.list_metadata(&ListParams::default()).await;
    // What plat notes for itself is nobody's configuration.
    let is_note =
        |object: &&PartialObjectMeta<K>| [OF, labels::ID].iter().any(|key| object.labels().contains_key(*key));
    list.map(|list| list.iter().filter(|object| !is_note(object)).map(ResourceExt::name_any).collect())
        .unwrap_or_default()
}

/// Only the keys leave this function, never a value.
fn keys_of_secret(secret: Secret) -> Vec<String> {
    secret.data.unwrap_or_default().into_keys().collect()
}

fn keys_of_map(map: ConfigMap) -> Vec<String> {
    let text = map.data.unwrap_or_default().into_keys();
    text.chain(map.binary_data.unwrap_or_default().into_keys()).collect()
}

/// `ES_JAVA_OPTS -Xmx1g`: only numbers leave this function.
fn options_of_map(map: ConfigMap) -> Vec<String> {
    let data = map.data.unwrap_or_default().into_iter();
    data.flat_map(|(key, value)| memory_options(&value).into_iter().map(move |one| format!("{key} {}", one.text)))
        .collect()
}

/// Quotation marks of a file of variables, line breaks of echo.
fn ragged(secret: Secret) -> Vec<String> {
    let data = secret.data.unwrap_or_default().into_iter();
    let is_ragged = |value: &str| {
        let quoted =
            value.len() > 1 && ['"', '\''].iter().any(|mark| value.starts_with(*mark) && value.ends_with(*mark));
        quoted || value.trim() != value
    };
    data.filter(|(_, value)| std::str::from_utf8(&value.0).is_ok_and(is_ragged)).map(|(key, _)| key).collect()
}

/// Names of settings that say where something is.
const PLACES: [&str; 11] =
    ["HOST", "HOSTNAME", "PORT", "URL", "URI", "DSN", "ADDR", "ADDRESS", "ENDPOINT", "SERVERS", "BROKERS"];

/// `DB_URL=postgres://db:5432`: neither user nor path leaves this function.
fn endpoints_of_map(map: ConfigMap) -> Vec<String> {
    static PLACE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?<scheme>[a-z][a-z0-9+.-]*://)?(?:[^@/\s]*@)?(?<host>[\w.-]+)(?<port>:\d+)?(?:[/?,;]\S*)?$")
            .expect("a literal pattern")
    });
    let data = map.data.unwrap_or_default().into_iter();
    let named = data.filter(|(key, _)| PLACES.iter().any(|end| key.to_uppercase().ends_with(end)));
    let places = named.filter_map(|(key, value)| {
        let found = PLACE.captures(value.trim())?;
        let part = |name| found.name(name).map_or("", |part| part.as_str());
        Some(format!("{key}={}{}{}", part("scheme"), part("host"), part("port")))
    });
    places.collect()
}

fn odd_numbers(map: ConfigMap) -> Vec<String> {
    let data = map.data.unwrap_or_default().into_iter();
    data.filter(|(key, value)| is_odd_number(key, value)).map(|(key, _)| key).collect()
}

/// Those whose value has this text.
fn keys_holding(data: impl Iterator<Item = (String, String)>, text: &str) -> Vec<String> {
    data.filter(|(_, value)| holds(value, text)).map(|(key, _)| key).collect()
}

/// The registries for which the Secret holds a login (kubernetes.io/dockerconfigjson and dockercfg); only their names
/// leave this function.
fn registries(secret: Secret) -> Vec<String> {
    let data = secret.data.unwrap_or_default();
    let parsed = |key: &str| data.get(key).and_then(|bytes| serde_json::from_slice::<Value>(&bytes.0).ok());
    let logins = parsed(".dockerconfigjson").map(|config| config["auths"].clone()).or_else(|| parsed(".dockercfg"));
    let hosts = logins.as_ref().and_then(Value::as_object).map(|logins| logins.keys()).into_iter().flatten();
    hosts.map(|host| host_of(host)).collect()
}

/// Docker writes some keys as URLs: `https://index.docker.io/v1/`.
fn host_of(key: &str) -> String {
    let host = key.split_once("://").map_or(key, |(_, rest)| rest).split('/').next().unwrap_or_default();
    if host == "index.docker.io" { "docker.io".to_owned() } else { host.to_owned() }
}

/// The cause is an event of the claim, often of type Normal.
async fn claim(cluster: &Cluster, name: &str) -> LookupResult {
    let claims = namespaced::<PersistentVolumeClaim>(cluster);
    let claim = match claims.get_opt(name).await {
        Ok(Some(claim)) => claim,
        Ok(None) => return LookupResult::Absent(names(&claims).await),
        Err(_) => return LookupResult::Unknown,
    };
    let about =
        format!("involvedObject.kind=PersistentVolumeClaim,involvedObject.uid={}", claim.uid().unwrap_or_default());
    let events = async {
        let list = namespaced::<Event>(cluster).list(&ListParams::default().fields(&about)).await;
        list.map(|list| list.items).unwrap_or_default()
    };
    let classes = async {
        let classes = Api::<StorageClass>::all(cluster.client.clone()).list_metadata(&ListParams::default()).await;
        classes.ok().map(|list| list.iter().map(ResourceExt::name_any).collect::<Vec<_>>())
    };
    let own_class =
        claim.spec.as_ref().and_then(|spec| spec.storage_class_name.clone()).filter(|class| !class.is_empty());
    let (events, classes, there) = join3(events, classes, volumes(cluster)).await;
    let deleted = claim.metadata.deletion_timestamp.is_some().then(|| finalizers(&json!({"metadata": claim.metadata})));
    let spec = claim.spec.unwrap_or_default();
    let asks = spec.resources.and_then(|resources| resources.requests?.get("storage").cloned());
    LookupResult::Claim(VolumeClaim {
        phase: claim.status.and_then(|status| status.phase).unwrap_or_default(),
        class: spec.storage_class_name.filter(|class| !class.is_empty()),
        asks: asks.map(|quantity| quantity.0).unwrap_or_default(),
        event: newest(events),
        classes,
        deleted,
        modes: spec.access_modes.unwrap_or_default(),
        place: spec.volume_name.and_then(|name| place(there.iter().find(|one| one.name_any() == name)?)),
        volumes: of_class(there, own_class.as_deref()),
    })
}

/// Nothing where they may not be read.
async fn volumes(cluster: &Cluster) -> Vec<PersistentVolume> {
    let all = Api::<PersistentVolume>::all(cluster.client.clone()).list(&ListParams::default().limit(500)).await;
    all.map(|list| list.items).unwrap_or_default()
}

/// Where the files of a volume are, if `fsGroup` changes nothing there (pkg/volume: `SetUpAt` of hostPath and NFS sets no owner).
fn place(volume: &PersistentVolume) -> Option<String> {
    let spec = volume.spec.as_ref()?;
    let of_node = spec.host_path.as_ref().map(|host| format!("the folder {} of its node", host.path));
    of_node.or_else(|| spec.nfs.as_ref().map(|nfs| format!("{}:{} by NFS", nfs.server, nfs.path)))
}

/// The volumes of this class, those that nobody has where it names none.
fn of_class(all: Vec<PersistentVolume>, class: Option<&str>) -> Vec<VolumeThere> {
    let of_class = all.into_iter().filter_map(|volume| {
        let (name, phase) = (volume.name_any(), volume.status.and_then(|status| status.phase).unwrap_or_default());
        let spec = volume.spec.unwrap_or_default();
        let own = spec.storage_class_name.unwrap_or_default();
        let size = spec.capacity.and_then(|all| all.get("storage").cloned()).map(|size| size.0).unwrap_or_default();
        let is_of_class = class.map_or_else(|| phase == "Available", |class| own == class);
        let modes = spec.access_modes.unwrap_or_default();
        is_of_class.then_some(VolumeThere { name, phase, modes, size, class: own })
    });
    of_class.take(20).collect()
}

/// The controller repeats itself: what it said last counts.
fn newest(events: Vec<Event>) -> Option<(String, String)> {
    let last = |event: &Event| {
        event.last_timestamp.as_ref().map(|time| time.0).max(event.event_time.as_ref().map(|time| time.0))
    };
    let newest = events.into_iter().max_by_key(last)?;
    Some((newest.reason.unwrap_or_default(), newest.message.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pull_secret_tells_its_registries_and_nothing_else() {
        let config =
            r#"{"auths":{"ghcr.io":{"auth":"c2VjcmV0"},"https://index.docker.io/v1/":{"password":"hunter2"}}}"#;
        let secret: Secret = serde_json::from_value(serde_json::json!({
            "metadata": {}, "data": { ".dockerconfigjson": base64_of(config) },
        }))
        .expect("a Secret");
        assert_eq!(registries(secret), ["ghcr.io", "docker.io"]);
    }

    fn base64_of(text: &str) -> String {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD.encode(text)
    }
}
