//! A throw-away real Kubernetes on this machine: etcd, API server, controller manager, scheduler, kubelet, kube-proxy,
//! CoreDNS, containerd and a registry, all in one network namespace, reached from the host's loopback by a relay.
//!
//! Only `plat try` and `plat sandbox` know this room: to everyone else a cluster is a context and a registry.
//!
//! ```text
//! archive    files -> one-layer OCI archive; an archive's image -> what a registry is sent     portable
//! load       an archive into a sandbox's registry                                              portable
//! node/      everything that only Linux can do: parts, certificates, processes, the relay      Linux
//! model      what a sandbox is to the rest of plat                                            portable
//! elsewhere  the same functions where there is no Linux: one clear error
//! ```

mod architecture;
pub mod archive;
mod load;
mod model;

#[cfg(target_os = "linux")]
mod node;
#[cfg(target_os = "linux")]
pub use node::{busybox, check, delay, down, fault, find, names, relay, up};

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(not(target_os = "linux"))]
pub use elsewhere::{busybox, check, delay, down, fault, find, names, relay, up};

pub use load::load;
pub use model::{Fault, FaultOptions, Hold, Name, Ports, Process, RelayOptions, RunState, Sandbox, UpOptions};
