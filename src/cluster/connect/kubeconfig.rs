//! Which cluster, user and namespace: the choices kubectl makes, from the same files.

use std::path::PathBuf;

use hyper_util::client::proxy::matcher::Matcher;
use kube::Config;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError, NamedContext};

use super::args::ClusterArgs;
use super::files;
use crate::error::{Error, Result};
use crate::reason::Reason;
use crate::spec::Environment;
use crate::text::{foreign_line, nearest};

/// The name that stands for the service account of the pod plat runs in.
const IN_CLUSTER: &str = "in-cluster";

/// A cluster that was chosen, not yet spoken to.
pub(in crate::cluster) struct Chosen {
    pub context: String,
    pub config: Config,
}

/// Reads `KUBECONFIG` (a list; missing files are skipped, as kubectl does) or `~/.kube/config`; in a pod without
/// either, its service account.
pub(in crate::cluster) async fn choose(context: Option<&str>) -> Result<Chosen> {
    let listed = listed();
    let present: Vec<PathBuf> = listed.iter().filter(|file| file.exists()).cloned().collect();
    if present.is_empty() {
        return in_cluster(&listed, context);
    }
    let mut kubeconfig = read(&present).await?;
    let place = places(&present);
    let name = context.or(kubeconfig.current_context.as_deref()).filter(|name| !name.is_empty());
    let Some(name) = name.map(ToOwned::to_owned) else {
        let error = Error::user("no context was chosen and the kubeconfig has no current one").at(place);
        return Err(with_contexts(error, &kubeconfig, None).reason(Reason::NoContext));
    };
    let entry = find(&kubeconfig, &name, &place)?;
    let chosen_cluster = entry.context.as_ref().map(|context| context.cluster.clone()).unwrap_or_default();
    let user = entry.context.as_ref().and_then(|context| context.user.clone());
    let proxy = kubeconfig
        .clusters
        .iter()
        .find(|cluster| cluster.name == chosen_cluster)
        .and_then(|cluster| cluster.cluster.as_ref()?.proxy_url.clone())
        .filter(|proxy| !proxy.is_empty());
    files::load(&mut kubeconfig, &chosen_cluster, user.as_deref()).map_err(|broken| {
        let shown = foreign_line(&name, 200);
        Error::user(format!("{} of context \"{shown}\" cannot be loaded: {}", broken.what, broken.why))
            .at(&place)
            .hint("compare with: kubectl config view --minify")
            .reason(Reason::BadKubeconfig)
    })?;
    let options = KubeConfigOptions { context: Some(name.clone()), ..KubeConfigOptions::default() };
    let mut config =
        Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|e| unusable(e, &name, &place))?;
    if proxy.is_none() {
        config.proxy_url = config.proxy_url.filter(|_| proxied_by_environment(&config.cluster_url));
    }
    Ok(Chosen { context: name, config })
}

/// The names of all contexts; none where no kubeconfig can be read.
pub async fn contexts() -> Vec<String> {
    let present: Vec<PathBuf> = listed().into_iter().filter(|file| file.exists()).collect();
    let read = read(&present).await;
    read.map(|kubeconfig| kubeconfig.contexts.into_iter().map(|context| context.name).collect()).unwrap_or_default()
}

/// The namespace to work in, told without speaking to the cluster: `--namespace`, else the environment's, else the
/// context's, else `default`.
///
/// # Errors
/// A kubeconfig that cannot be read; a context that was asked for by name and is not there.
pub async fn namespace(args: &ClusterArgs, environment: Option<&Environment>) -> Result<String> {
    if let Some(namespace) = args.namespace.clone().or(environment.and_then(|e| e.namespace.clone())) {
        return Ok(namespace);
    }
    let present: Vec<PathBuf> = listed().into_iter().filter(|file| file.exists()).collect();
    let kubeconfig = read(&present).await?;
    let asked = args.context.as_deref().or(environment.and_then(|e| e.context.as_deref()));
    let entry = match (asked, kubeconfig.current_context.as_deref()) {
        (Some(name), _) => Some(find(&kubeconfig, name, &places(&present))?),
        (None, Some(name)) => kubeconfig.contexts.iter().find(|entry| entry.name == name),
        (None, None) => None,
    };
    let namespace = entry.and_then(|entry| entry.context.as_ref()?.namespace.clone());
    Ok(namespace.unwrap_or_else(|| "default".to_owned()))
}

fn find<'k>(kubeconfig: &'k Kubeconfig, name: &str, place: &str) -> Result<&'k NamedContext> {
    kubeconfig.contexts.iter().find(|entry| entry.name == name).ok_or_else(|| {
        let error = Error::user(format!("there is no context \"{}\"", foreign_line(name, 200))).at(place);
        with_contexts(error, kubeconfig, Some(name)).reason(Reason::UnknownContext)
    })
}

fn places(files: &[PathBuf]) -> String {
    files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ")
}

fn listed() -> Vec<PathBuf> {
    let listed: Vec<PathBuf> = std::env::var_os("KUBECONFIG")
        .map(|list| std::env::split_paths(&list).filter(|path| !path.as_os_str().is_empty()).collect())
        .unwrap_or_default();
    if !listed.is_empty() {
        return listed;
    }
    std::env::home_dir().map(|home| home.join(".kube").join("config")).into_iter().collect()
}

fn in_cluster(looked: &[PathBuf], context: Option<&str>) -> Result<Chosen> {
    if std::env::var_os("KUBERNETES_SERVICE_HOST").is_some() && context.is_none_or(|name| name == IN_CLUSTER) {
        let config = Config::incluster().map_err(|e| {
            Error::user("the pod's service account cannot be read")
                .at("/var/run/secrets/kubernetes.io/serviceaccount")
                .hint("mount its token (automountServiceAccountToken), or point KUBECONFIG at a kubeconfig")
                .because(e)
        })?;
        return Ok(Chosen { context: IN_CLUSTER.to_owned(), config });
    }
    Err(Error::user("there is no kubeconfig, so no cluster to speak to")
        .at(places(looked))
        .hint("point KUBECONFIG at the file your platform team or cloud tool gave you")
        .hint("or see plat on a cluster of its own: plat try")
        .reason(Reason::NoKubeconfig))
}

async fn read(files: &[PathBuf]) -> Result<Kubeconfig> {
    let mut merged = Kubeconfig::default();
    for file in files {
        let place = file.display().to_string();
        let text = files::read(file)
            .await
            .map_err(|what| Error::user(format!("the kubeconfig {what}")).at(&place).reason(Reason::BadKubeconfig))?;
        let one = files::parse(&text, file).map_err(|e| unusable(e, "", &place))?;
        merged = merged.merge(one).map_err(|e| unusable(e, "", &place))?;
    }
    Ok(merged)
}

fn unusable(error: KubeconfigError, context: &str, place: &str) -> Error {
    let what = match &error {
        KubeconfigError::ReadConfig(cause, _) => {
            return Error::user(format!("the kubeconfig cannot be read: {cause}")).at(place).because(error);
        }
        // Only the first line: the excerpt below it may hold a token.
        KubeconfigError::Parse(cause) => {
            let line = foreign_line(cause.to_string().lines().next().unwrap_or_default(), 200);
            return Error::user("the kubeconfig cannot be understood").at(place).detail(line);
        }
        KubeconfigError::KindMismatch | KubeconfigError::ApiVersionMismatch => {
            "the files of KUBECONFIG are of different kinds".to_owned()
        }
        KubeconfigError::LoadClusterOfContext(cluster) => {
            format!("context \"{context}\" names cluster \"{cluster}\", which no kubeconfig defines")
        }
        KubeconfigError::MissingClusterUrl => format!("the cluster of context \"{context}\" has no server address"),
        KubeconfigError::ParseClusterUrl(_) => format!("the server address of context \"{context}\" is not a URL"),
        KubeconfigError::ParseProxyUrl(_) => format!("the proxy address of context \"{context}\" is not a URL"),
        KubeconfigError::LoadCertificateAuthority(cause) => {
            format!("the certificate authority of context \"{context}\" cannot be loaded: {cause}")
        }
        KubeconfigError::LoadClientCertificate(cause) => {
            format!("the client certificate of context \"{context}\" cannot be loaded: {cause}")
        }
        KubeconfigError::LoadClientKey(cause) => {
            format!("the client key of context \"{context}\" cannot be loaded: {cause}")
        }
        _ => format!("context \"{context}\" cannot be used"),
    };
    Error::user(foreign_line(&what, 400))
        .at(place)
        .hint("compare with: kubectl config view --minify")
        .reason(Reason::BadKubeconfig)
        .because(error)
}

fn with_contexts(error: Error, kubeconfig: &Kubeconfig, wanted: Option<&str>) -> Error {
    let names: Vec<&str> = kubeconfig.contexts.iter().map(|context| context.name.as_str()).collect();
    let error = match wanted.and_then(|wanted| nearest(wanted, names.iter().copied())) {
        Some(near) => error.hint(format!("the nearest is \"{}\": --context {0}", foreign_line(near, 200))),
        None => error.hint("choose one with --context, or for good: kubectl config use-context NAME"),
    };
    match names.as_slice() {
        [] => error.hint("this kubeconfig defines no context at all: kubectl config view"),
        names => {
            let shown = names.iter().take(12).map(|name| foreign_line(name, 60)).collect::<Vec<_>>().join(", ");
            let more = if names.len() > 12 { format!(" and {} more", names.len() - 12) } else { String::new() };
            error.hint(format!("contexts there: {shown}{more}"))
        }
    }
}

/// The rule of Go's `ProxyFromEnvironment`, which kubectl follows: never for this machine itself, and `NO_PROXY` is
/// compared with the API server (kube 5 compares it with the proxy).
fn proxied_by_environment(server: &http::Uri) -> bool {
    let var = |names: [&str; 2]| names.into_iter().find_map(|name| std::env::var(name).ok()).unwrap_or_default();
    let host = server.host().unwrap_or_default().trim_matches(['[', ']']);
    let loopback = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    let matcher =
        Matcher::builder().https(var(["HTTPS_PROXY", "https_proxy"])).no(var(["NO_PROXY", "no_proxy"])).build();
    !loopback && matcher.intercept(server).is_some()
}
