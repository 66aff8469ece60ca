//! Waits until the sandbox answers, and says which component does not let it.

use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use http::Request;
use k8s_openapi::api::core::v1::{Node, ServiceAccount};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config};

use super::config::node_name;
use super::folder::Folder;
use super::network::{self, NODE_IP};
use super::process;
use crate::error::{Error, Kind, Result};
use crate::reason::Reason;
use crate::text::foreign_line;

const POLL: Duration = Duration::from_millis(50);
/// How long one question may take: a server that starts accepts connections before it answers.
const ANSWER: Duration = Duration::from_secs(2);
/// How long a stage may take: seconds on a warm machine, more when its disk and cores are busy.
const PATIENCE: Duration = Duration::from_secs(90);
/// Lines of a dead component's log that the error shows.
const SHOWN_LINES: usize = 6;

pub async fn client(folder: &Folder) -> Result<Client> {
    let unusable = "the sandbox's kubeconfig cannot be used";
    let kubeconfig = Kubeconfig::read_from(folder.kubeconfig())
        .map_err(|e| Error::user(unusable).at(folder.kubeconfig().display()).because(e))?;
    let mut config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
        .await
        .map_err(|e| Error::bug(unusable).because(e))?;
    // The relay is on this machine, whatever proxy the environment names.
    config.proxy_url = None;
    Client::try_from(config).map_err(|e| Error::bug(unusable).because(e))
}

/// Whether the API server answers now.
pub async fn answers(client: &Client) -> bool {
    let Ok(request) = Request::get("/readyz").body(Vec::new()) else { return false };
    let answer = tokio::time::timeout(ANSWER, client.request_text(request)).await;
    matches!(answer, Ok(Ok(text)) if text.trim() == "ok")
}

pub async fn api_server(folder: &Folder, client: &Client) -> Result<()> {
    until(folder, "the API server", async || answers(client).await).await
}

/// The node is Ready and takes pods, and a pod would get its service account.
pub async fn node(folder: &Folder, client: &Client) -> Result<()> {
    let name = node_name(&folder.name);
    let nodes: Api<Node> = Api::all(client.clone());
    until(folder, "the node", async || nodes.get(&name).await.is_ok_and(|node| takes_pods(&node))).await?;
    let accounts: Api<ServiceAccount> = Api::namespaced(client.clone(), "default");
    until(folder, "the default service account", async || accounts.get("default").await.is_ok()).await
}

fn takes_pods(node: &Node) -> bool {
    let ready = node
        .status
        .iter()
        .flat_map(|status| status.conditions.iter().flatten())
        .any(|condition| condition.type_ == "Ready" && condition.status == "True");
    let tainted = node.spec.as_ref().and_then(|spec| spec.taints.as_ref()).is_some_and(|taints| !taints.is_empty());
    ready && !tainted
}

/// Services (kube-proxy), names (CoreDNS) and the registry are served.
pub async fn services(folder: &Folder, registry_port: u16) -> Result<()> {
    let servers = [
        ("kube-proxy", "127.0.0.1:10256".to_owned()),
        ("CoreDNS", format!("{NODE_IP}:53")),
        ("the registry", format!("127.0.0.1:{registry_port}")),
    ];
    for (what, address) in servers {
        let address: SocketAddr = address.parse().map_err(|e| {
            Error::bug("an address is an address").because(anyhow::Error::new::<std::net::AddrParseError>(e))
        })?;
        let namespace = folder.network_namespace();
        // Loopback inside the namespace answers or refuses at once.
        let opens =
            || network::inside(&namespace, || TcpStream::connect_timeout(&address, ANSWER).is_ok()).unwrap_or(false);
        until(folder, what, async || opens()).await?;
    }
    Ok(())
}

/// Asks until the answer is yes. A component that died meanwhile ends the wait with its last words.
pub async fn until(folder: &Folder, what: &str, is_so: impl AsyncFn() -> bool) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while !is_so().await {
        if let Some(dead) = process::records(&folder.processes()).into_iter().find(|record| !record.is_alive()) {
            let error = Error::user(format!("{} ended while the sandbox was starting", dead.name))
                .reason(Reason::ComponentDied);
            return Err(last_words(folder, &dead.name).into_iter().fold(error, Error::detail));
        }
        if Instant::now() > deadline {
            return Err(Error::new(Kind::TimedOut, format!("{what} was not ready after {} s", PATIENCE.as_secs()))
                .reason(Reason::SandboxNotReady));
        }
        tokio::time::sleep(POLL).await;
    }
    Ok(())
}

fn last_words(folder: &Folder, component: &str) -> Vec<String> {
    let log = std::fs::read(folder.log(component)).unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    let lines: Vec<&str> = log.lines().collect();
    lines.iter().skip(lines.len().saturating_sub(SHOWN_LINES)).map(|line| foreign_line(line, 300)).collect()
}
