//! From the flags, the environment and the kubeconfig to a connected client.

use http::{HeaderValue, header::USER_AGENT};
use kube::Client;

use super::dial::{Protocol, dial};
use super::{errors, kubeconfig};
use crate::cli::ClusterArgs;
use crate::error::Result;
use crate::spec::Environment;

/// A cluster that was reached, and the namespace to work in.
#[derive(Clone)]
pub struct Cluster {
    pub client: Client,
    pub namespace: String,
    /// The kubeconfig context; `in-cluster` for the service account of a pod.
    pub context: String,
    /// Address of the API server.
    pub server: String,
    pub protocol: Protocol,
}

/// Connects to the cluster that `--context` names, else the environment, else the kubeconfig's current one.
///
/// # Errors
/// No kubeconfig, an unknown context, a server that cannot be reached or trusted, a login program that fails.
pub async fn connect(args: &ClusterArgs, environment: Option<&Environment>) -> Result<Cluster> {
    let context = args.context.as_deref().or(environment.and_then(|e| e.context.as_deref()));
    let mut chosen = kubeconfig::choose(context).await?;
    let config = &mut chosen.config;
    // It hides a busy server for minutes; plat retries visibly instead.
    config.default_retry = false;
    config.headers.push((USER_AGENT, HeaderValue::from_static(concat!("plat/", env!("CARGO_PKG_VERSION")))));
    let namespace = args
        .namespace
        .clone()
        .or(environment.and_then(|e| e.namespace.clone()))
        .unwrap_or_else(|| config.default_namespace.clone());
    let server = config.cluster_url.to_string().trim_end_matches('/').to_owned();
    let (client, protocol) = match dial(config.clone()).await {
        Ok(dialled) => dialled,
        Err(error) => return Err(errors::dial(error, &chosen, &server).await),
    };
    tracing::info!(context = chosen.context, server, ?protocol, "connected");
    Ok(Cluster { client, namespace, context: chosen.context, server, protocol })
}

impl Cluster {
    /// Where it is, for a reader: `context prod (https://…)`.
    #[must_use]
    pub fn place(&self) -> String {
        format!("context {} ({})", self.context, self.server)
    }
}
