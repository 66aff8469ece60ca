//! From the flags, the environment and the kubeconfig to a connected client.

use std::time::Duration;

use http::{HeaderValue, header::USER_AGENT};
use kube::Client;

use super::args::ClusterArgs;
use super::dial::dial;
use super::login::{self, Login};
use super::warned::Warned;
use super::{failure, kubeconfig, retry};
use crate::error::{Error, Result};
use crate::event::Events;
use crate::reason::Reason;
use crate::spec::Environment;
use crate::text::{foreign_line, printable_url};

/// A cluster that was reached, and the namespace to work in.
#[derive(Clone)]
pub struct Cluster {
    /// Sends again what can be; see [`super::retry`].
    pub client: Client,
    /// Over the same connection, for what begins anew by itself: watches, logs, the renewal of a Lease.
    pub direct: Client,
    pub namespace: String,
    pub namespace_from: NamespaceSource,
    /// The kubeconfig context; `in-cluster` for the service account of a pod.
    pub context: String,
    /// Address of the API server.
    pub server: String,
    /// For a second connection, such as one that is upgraded.
    pub config: kube::Config,
    /// What `config` does not hold of it: a login that ends.
    pub login: Option<Login>,
    /// Who is told when a request has to be repeated.
    pub events: Events,
    /// What the API server warned of so far.
    pub warned: Warned,
}

/// Who says which namespace it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamespaceSource {
    CommandLine,
    /// An environment of plat.yaml.
    PlatYaml,
    /// The kubeconfig, or its default.
    Kubeconfig,
}

/// Connects to the cluster that `--context` names, else the environment, else the kubeconfig's current one.
///
/// # Errors
/// No kubeconfig, an unknown context, a server that cannot be reached or trusted, a login program that fails.
pub async fn connect(args: &ClusterArgs, environment: Option<&Environment>, events: Events) -> Result<Cluster> {
    let context = args.context.as_deref().or(environment.and_then(|e| e.context.as_deref()));
    let mut chosen = kubeconfig::choose(context).await?;
    let config = &mut chosen.config;
    // It hides a busy server for minutes; plat retries visibly instead.
    config.default_retry = false;
    config.headers.push((USER_AGENT, HeaderValue::from_static(concat!("plat/", env!("CARGO_PKG_VERSION")))));
    let (namespace, namespace_from) = match (&args.namespace, environment.and_then(|e| e.namespace.as_ref())) {
        (Some(asked), _) => (asked.clone(), NamespaceSource::CommandLine),
        (None, Some(written)) => (written.clone(), NamespaceSource::PlatYaml),
        (None, None) => (config.default_namespace.clone(), NamespaceSource::Kubeconfig),
    };
    check_name("the namespace", &namespace)?;
    let server = printable_url(config.cluster_url.to_string().trim_end_matches('/'));
    let place = format!("context {} ({server})", chosen.context);
    let login = login::log_in(config, &chosen.context).await.map_err(|error| error.at(place))?;
    let (direct, protocol) = match dial(config.clone(), login.clone()).await {
        Ok(dialled) => dialled,
        Err(error) => return Err(failure::dial(error, &chosen, &server).await),
    };
    tracing::info!(context = chosen.context, server, ?protocol, "connected");
    let client = retry::around(&direct, &events);
    let (context, config) = (chosen.context, chosen.config);
    Ok(Cluster {
        client,
        direct,
        namespace,
        namespace_from,
        context,
        server,
        config,
        login,
        events,
        warned: Warned::default(),
    })
}

/// A name becomes part of a URL and of selectors, so only what Kubernetes itself would accept (a DNS subdomain, RFC 1123)
/// goes there.
///
/// # Errors
/// When it is not a name.
pub fn check_name(what: &str, name: &str) -> Result<()> {
    let is_inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let is_name = name.len() <= 253
        && name.split('.').all(|part| part.starts_with(is_inner) && part.ends_with(is_inner))
        && name.chars().all(|c| is_inner(c) || c == '-' || c == '.');
    if is_name {
        return Ok(());
    }
    Err(Error::usage(format!("{what} \"{}\" is not a valid name", foreign_line(name, 80)))
        .hint("names in Kubernetes are made of a-z, 0-9 and -, and begin and end with a letter or digit")
        .reason(Reason::InvalidName))
}

/// How long the API server may take to say that it is there.
const ANSWER: Duration = Duration::from_secs(5);

impl Cluster {
    /// The same cluster, with another namespace for what names none.
    #[must_use]
    pub fn within(&self, namespace: &str) -> Self {
        Self { namespace: namespace.to_owned(), ..self.clone() }
    }

    /// Whether the API server answers now, whatever it says.
    pub async fn answers(&self) -> bool {
        let answer = tokio::time::timeout(ANSWER, self.direct.apiserver_version()).await;
        matches!(answer, Ok(Ok(_) | Err(kube::Error::Api(_))))
    }

    /// A client of its own over HTTP/1.1, for connections that are upgraded (RFC 6455).
    ///
    /// # Errors
    /// What the kubeconfig says of certificates.
    pub fn upgradable(&self) -> Result<Client, kube::Error> {
        Ok(login::around(Client::try_from(self.config.clone())?, self.login.clone()))
    }

    /// Where it is, for a reader: `context prod (https://…)`.
    #[must_use]
    pub fn place(&self) -> String {
        format!("context {} ({})", self.context, self.server)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("shop", true)]
    #[case("shop-2.eu", true)]
    #[case("", false)]
    #[case("Shop", false)]
    #[case("-shop", false)]
    #[case("shop/../prod", false)]
    #[case("shop?watch=1", false)]
    #[case("a,b=c", false)]
    fn only_names_of_kubernetes_reach_a_url(#[case] name: &str, #[case] accepted: bool) {
        assert_eq!(check_name("the namespace", name).is_ok(), accepted);
    }
}
