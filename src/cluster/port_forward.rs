//! A port of a service's pods on this machine's loopback, as long as there is a ready pod: each connection goes to a pod
//! that is ready when it comes.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::StreamExt;
use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube::ResourceExt;
use kube::api::{Api, ListParams};
use kube::runtime::{WatchStreamExt, reflector, watcher};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{self, Sender};
use tokio::task::JoinSet;

use super::api::Patience;
use super::connect::Cluster;
use super::inspect::{Pods, Target, pods, pods_of};
use crate::error::{Error, Result};
use crate::manifests::service_selector;
use crate::reason::Reason;
use crate::text::foreign_line;

/// How long a connection waits for a ready pod, while one is being replaced.
const WAIT: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(200);
/// Connections at once; a browser opens six.
const MOST: usize = 128;

/// A port of the service or of its pods, as the user named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Port {
    /// The first one.
    First,
    Number(u16),
    Name(String),
}

/// What a reader is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Connections go to this pod from here on; the one before, if there was one.
    Pod { now: String, before: Option<String> },
    /// A connection that could not be made.
    Failed(String),
}

/// An open door: connections to `address` go to the pods.
pub struct Forward {
    pub address: SocketAddr,
    /// The port of the container.
    pub port: u16,
    /// `http` or `https`, as far as the service says.
    pub scheme: &'static str,
    told: mpsc::Receiver<Told>,
    listener: TcpListener,
    way: Way,
}

/// From a connection to a ready pod.
#[derive(Clone)]
struct Way {
    api: Api<Pod>,
    ready: reflector::Store<Pod>,
    pods: Pods,
    port: u16,
    /// Where the last connection went: the next one goes there too, as long as it is ready.
    last: Arc<Mutex<Option<String>>>,
    tell: Sender<Told>,
}

/// Finds the pods and the port, and listens on the loopback. `local`: the port to listen on; none for that of the
/// service where it is free and needs no rights, else any.
///
/// # Errors
/// No such target, no such port, no ready pod, a local port that is taken.
pub async fn open(cluster: &Cluster, target: &Target, port: &Port, local: Option<u16>) -> Result<Forward> {
    let pods = pods_of(cluster, target).await?;
    let found = pods::list(cluster, target, &pods).await?;
    let service = if target.may_be_service() { service(cluster, &target.name).await? } else { None };
    let pod = found.iter().find(|pod| is_ready(pod)).or(found.first());
    let (wanted, port) = choose(port, service.as_ref(), pod).map_err(|what| {
        Error::user(format!("{target} {what}"))
            .at(cluster.place())
            .hint("name the container's port: plat open --port 8080")
            .reason(Reason::NoPort)
    })?;
    let listener = listen(local, wanted).await?;
    let address = listener.local_addr().map_err(|e| Error::bug("a listener has an address").because(e))?;

    let client = cluster.upgradable().map_err(|e| cluster.explain(e, "set up a connection to the pods"))?;
    let api = Api::<Pod>::namespaced(client, &cluster.namespace);
    let (ready, writer) = reflector::store();
    let watch = watcher(Api::<Pod>::namespaced(cluster.direct.clone(), &cluster.namespace), pods.watch());
    let watch = reflector(writer, watch.backoff(Patience::default()));
    tokio::spawn(watch.for_each(|_| std::future::ready(())));
    let _ = tokio::time::timeout(WAIT, ready.wait_until_ready()).await;
    let (tell, told) = mpsc::channel(16);
    let way = Way { api, ready, pods, port, last: Arc::default(), tell };
    Ok(Forward { address, port, scheme: scheme(service.as_ref(), wanted), listener, way, told })
}

impl Forward {
    /// Serves connections for ever.
    pub async fn serve(self, mut tell: impl FnMut(Told)) {
        let Self { listener, way, mut told, .. } = self;
        let mut open = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept(), if open.len() < MOST => match accepted {
                    Ok((client, _)) => drop(open.spawn(way.clone().connect(client))),
                    // Out of file descriptors, say: the next accept would fail at once too.
                    Err(_) => tokio::time::sleep(POLL).await,
                },
                Some(_) = open.join_next() => {}
                Some(told) = told.recv() => tell(told),
            }
        }
    }
}

impl Way {
    /// One connection, to its end.
    async fn connect(self, mut client: TcpStream) {
        let _ = client.set_nodelay(true);
        let until = Instant::now() + WAIT;
        let mut why = "no pod is ready".to_owned();
        while Instant::now() < until {
            let Some(pod) = self.choose() else {
                tokio::time::sleep(POLL).await;
                continue;
            };
            match self.api.portforward(&pod, &[self.port]).await {
                Ok(mut forwarder) => {
                    self.goes_to(pod.clone()).await;
                    let refused = forwarder.take_error(self.port);
                    if let Some(mut stream) = forwarder.take_stream(self.port) {
                        // Either end may break it; both see it closed.
                        let _ = copy_bidirectional(&mut client, &mut stream).await;
                    }
                    if let Some(refused) = refused
                        && let Ok(Some(why)) = tokio::time::timeout(POLL, refused).await
                    {
                        // containerd's own sentence names everything but this, and goes on for lines.
                        let why = if why.contains("refused") {
                            format!("nothing listens on port {}: connection refused", self.port)
                        } else {
                            foreign_line(&why, 300)
                        };
                        let _ = self.tell.send(Told::Failed(format!("{pod}: {why}"))).await;
                    }
                    return;
                }
                // It is gone, or about to be: nothing of the connection was used up, so another pod can take it.
                Err(kube::Error::Api(status)) if status.code == 403 => {
                    why = foreign_line(&status.message, 300);
                    break;
                }
                Err(error) => {
                    why = foreign_line(&error.to_string(), 300);
                    self.forget(&pod);
                    tokio::time::sleep(POLL).await;
                }
            }
        }
        let _ = self.tell.send(Told::Failed(why)).await;
    }

    /// The pod of the connection before, as long as it is ready; else the oldest one that is.
    fn choose(&self) -> Option<String> {
        let mut ready: Vec<Arc<Pod>> = self.ready.state();
        ready.retain(|pod| self.pods.has(pod) && is_ready(pod));
        ready.sort_by_key(|pod| pod.metadata.creation_timestamp.clone());
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let kept = ready.iter().map(|pod| pod.name_any()).find(|name| Some(name) == last.as_ref());
        kept.or_else(|| ready.first().map(|pod| pod.name_any()))
    }

    async fn goes_to(&self, pod: String) {
        let before = self.last.lock().unwrap_or_else(PoisonError::into_inner).replace(pod.clone());
        if before.as_ref() != Some(&pod) {
            let _ = self.tell.send(Told::Pod { now: pod, before }).await;
        }
    }

    fn forget(&self, pod: &str) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.as_deref() == Some(pod) {
            *last = None;
        }
    }
}

async fn service(cluster: &Cluster, name: &str) -> Result<Option<Service>> {
    let services = Api::<Service>::namespaced(cluster.client.clone(), &cluster.namespace);
    let doing = || format!("read Service {}/{name}", cluster.namespace);
    let named = services.get_opt(name).await.map_err(|e| cluster.explain(e, &doing()))?;
    if named.is_some() {
        return Ok(named);
    }
    // One that was there before plat may have another name, and has plat's label.
    let labelled = services.list(&ListParams::default().labels(&service_selector(name))).await;
    Ok(labelled.map_err(|e| cluster.explain(e, &doing()))?.items.into_iter().next())
}

/// The port as people know it, and that of the container.
fn choose(port: &Port, service: Option<&Service>, pod: Option<&Pod>) -> std::result::Result<(u16, u16), String> {
    let containers = pod.and_then(|pod| pod.spec.as_ref()).map(|spec| spec.containers.as_slice()).unwrap_or_default();
    let declared = || containers.iter().flat_map(|container| container.ports.iter().flatten());
    let named = |name: &str| {
        let found = declared().find(|port| port.name.as_deref() == Some(name));
        found
            .map(|port| number(port.container_port))
            .ok_or_else(|| format!("has no port named {}", foreign_line(name, 60)))
    };
    let ports =
        service.and_then(|service| service.spec.as_ref()).and_then(|spec| spec.ports.as_deref()).unwrap_or_default();
    let of_service = match port {
        Port::First => ports.first(),
        Port::Number(wanted) => ports.iter().find(|port| number(port.port) == *wanted),
        Port::Name(wanted) => ports.iter().find(|port| port.name.as_ref() == Some(wanted)),
    };
    match (of_service, port) {
        (Some(found), _) => match &found.target_port {
            Some(IntOrString::Int(target)) => Ok((number(found.port), number(*target))),
            Some(IntOrString::String(name)) => Ok((number(found.port), named(name)?)),
            None => Ok((number(found.port), number(found.port))),
        },
        (None, Port::Number(wanted)) => Ok((*wanted, *wanted)),
        (None, Port::Name(wanted)) => named(wanted).map(|port| (port, port)),
        (None, Port::First) => {
            let first = declared().next().map(|port| number(port.container_port));
            first.map(|port| (port, port)).ok_or_else(|| "names no port".to_owned())
        }
    }
}

/// A port of Kubernetes, which checks its range.
fn number(port: i32) -> u16 {
    u16::try_from(port).unwrap_or_default()
}

fn scheme(service: Option<&Service>, port: u16) -> &'static str {
    let ports = service.and_then(|service| service.spec.as_ref()).and_then(|spec| spec.ports.as_deref());
    let found = ports.unwrap_or_default().iter().find(|found| number(found.port) == port);
    let says = |text: &Option<String>| text.as_deref().is_some_and(|text| text.eq_ignore_ascii_case("https"));
    let tls = found.is_some_and(|found| says(&found.name) || says(&found.app_protocol));
    if tls || matches!(port, 443 | 8443) { "https" } else { "http" }
}

async fn listen(local: Option<u16>, wanted: u16) -> Result<TcpListener> {
    let on = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    if let Some(port) = local {
        return on(port).await.map_err(|e| {
            Error::user(format!("port {port} of this machine cannot be used: {e}"))
                .hint("choose another one, or any: --port 0:REMOTE")
                .reason(Reason::PortTaken)
        });
    }
    // Below 1024 it would need root, and a port that someone else listens on is not a reason to fail.
    let same = if wanted >= 1024 { on(wanted).await.ok() } else { None };
    match same {
        Some(listener) => Ok(listener),
        None => on(0).await.map_err(|e| Error::user("no port of this machine is free").because(e)),
    }
}

/// Ready, and not on its way out.
fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.as_ref().and_then(|status| status.conditions.as_deref()).unwrap_or_default();
    let ready = conditions.iter().any(|condition| condition.type_ == "Ready" && condition.status == "True");
    ready && pod.metadata.deletion_timestamp.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn parsed<T: serde::de::DeserializeOwned>(yaml: &str) -> T {
        serde_yaml::from_str(yaml).unwrap()
    }

    const SERVICE: &str = "spec: {ports: [{name: web, port: 80, targetPort: http}, {name: admin, port: 9000, targetPort: 9001}, {port: 70}]}";
    const POD: &str = "spec: {containers: [{name: shop, ports: [{name: http, containerPort: 8080}]}]}";

    #[rstest]
    #[case::by_name_of_the_container(Port::First, Ok((80, 8080)))]
    #[case::by_number(Port::Number(9000), Ok((9000, 9001)))]
    #[case::by_name(Port::Name("admin".to_owned()), Ok((9000, 9001)))]
    #[case::the_same(Port::Number(70), Ok((70, 70)))]
    #[case::of_the_container(Port::Number(6060), Ok((6060, 6060)))]
    #[case::unknown(Port::Name("grpc".to_owned()), Err("has no port named grpc"))]
    fn a_port_of_the_service_leads_to_one_of_the_container(
        #[case] port: Port,
        #[case] expected: std::result::Result<(u16, u16), &str>,
    ) {
        let chosen = choose(&port, Some(&parsed(SERVICE)), Some(&parsed(POD)));
        assert_eq!(chosen, expected.map_err(str::to_owned));
    }

    #[rstest]
    #[case(Port::First, Ok((8080, 8080)))]
    #[case(Port::Name("http".to_owned()), Ok((8080, 8080)))]
    fn without_a_service_the_containers_say(
        #[case] port: Port,
        #[case] expected: std::result::Result<(u16, u16), String>,
    ) {
        assert_eq!(choose(&port, None, Some(&parsed(POD))), expected);
        assert_eq!(choose(&Port::First, None, None), Err("names no port".to_owned()));
    }
}
