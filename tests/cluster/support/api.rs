//! Reads of the API server without a kubectl: hundreds of tests ask it again and again, and a process for each question
//! would keep the machine busier than the cluster does.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{LazyLock, Mutex, PoisonError};

use kube::config::{Config, KubeConfigOptions, Kubeconfig};
use kube::{Client, Error};
use plat::sandbox::Sandbox;
use serde_json::Value;
use tokio::runtime::Runtime;

/// The name that tests use for a kind, its resource, the path of its API, and whether it has a namespace.
const KINDS: [(&str, &str, &str, bool); 20] = [
    ("configmap", "configmaps", "/api/v1", true),
    ("event", "events", "/api/v1", true),
    ("namespace", "namespaces", "/api/v1", false),
    ("node", "nodes", "/api/v1", false),
    ("pod", "pods", "/api/v1", true),
    ("pvc", "persistentvolumeclaims", "/api/v1", true),
    ("quota", "resourcequotas", "/api/v1", true),
    ("secret", "secrets", "/api/v1", true),
    ("service", "services", "/api/v1", true),
    ("serviceaccount", "serviceaccounts", "/api/v1", true),
    ("controllerrevision", "controllerrevisions", "/apis/apps/v1", true),
    ("daemonset", "daemonsets", "/apis/apps/v1", true),
    ("deployment", "deployments", "/apis/apps/v1", true),
    ("replicaset", "replicasets", "/apis/apps/v1", true),
    ("statefulset", "statefulsets", "/apis/apps/v1", true),
    ("hpa", "horizontalpodautoscalers", "/apis/autoscaling/v2", true),
    ("job", "jobs", "/apis/batch/v1", true),
    ("lease", "leases", "/apis/coordination.k8s.io/v1", true),
    ("ingress", "ingresses", "/apis/networking.k8s.io/v1", true),
    ("networkpolicy", "networkpolicies", "/apis/networking.k8s.io/v1", true),
];

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    plat::install_tls_provider();
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
});

static CLIENTS: Mutex<BTreeMap<PathBuf, Client>> = Mutex::new(BTreeMap::new());

/// What the API server has, as the cluster's admin sees it.
pub enum Answer {
    There(Value),
    NotFound,
    /// A kind that is not in the table, or no answer: kubectl has the words for it.
    Unknown,
}

/// An object (`deployment/shop`) or the list of a kind (`pods`).
pub fn read(sandbox: &Sandbox, namespace: &str, what: &str) -> Answer {
    let (kind, name) = what.split_once('/').map_or((what, None), |(kind, name)| (kind, Some(name)));
    let known = KINDS.iter().find(|(name, resource, ..)| *name == kind || *resource == kind);
    let Some((_, resource, api, namespaced)) = known else { return Answer::Unknown };
    let within = if *namespaced { format!("/namespaces/{namespace}") } else { String::new() };
    let path = format!("{api}{within}/{resource}{}", name.map(|name| format!("/{name}")).unwrap_or_default());
    match get(sandbox, &path) {
        Ok(value) => Answer::There(value),
        Err(Error::Api(status)) if status.code == 404 => Answer::NotFound,
        Err(_) => Answer::Unknown,
    }
}

fn get(sandbox: &Sandbox, path: &str) -> Result<Value, Error> {
    let request = http::Request::get(path).body(Vec::new()).expect("a path");
    RUNTIME.block_on(async { client(sandbox).await?.request(request).await })
}

async fn client(sandbox: &Sandbox) -> Result<Client, Error> {
    let known = CLIENTS.lock().unwrap_or_else(PoisonError::into_inner).get(&sandbox.kubeconfig).cloned();
    if let Some(client) = known {
        return Ok(client);
    }
    let kubeconfig = Kubeconfig::read_from(&sandbox.kubeconfig).expect("the sandbox's kubeconfig");
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await;
    let mut config = config.expect("a usable kubeconfig");
    config.default_retry = false;
    let client = Client::try_from(config)?;
    CLIENTS.lock().unwrap_or_else(PoisonError::into_inner).insert(sandbox.kubeconfig.clone(), client.clone());
    Ok(client)
}

/// The text at a `JSONPath` of names and numbers, as kubectl prints it; None for any other path.
pub fn text_at(object: &Value, path: &str) -> Option<String> {
    if path.contains(['{', '*', '?']) {
        return None;
    }
    let mut value = object;
    let path = path.replace("\\.", "\u{0}").replace('[', ".").replace(']', "");
    for key in path.split('.').filter(|key| !key.is_empty()) {
        value = match key.parse::<usize>() {
            Ok(index) => &value[index],
            Err(_) => &value[key.replace('\u{0}', ".")],
        };
    }
    Some(match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}
