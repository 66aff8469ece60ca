//! A throw-away real Kubernetes on this machine: etcd, API server, controller manager, scheduler, kubelet, kube-proxy,
//! CoreDNS, containerd and a registry, all in one network namespace, reached from the host's loopback by a relay.
//!
//! Only `plat try` and `plat sandbox` know this room: to everyone else a cluster is a context and a registry.
//!
//! ```text
//! archive    files -> one-layer OCI archive; an archive's image -> what a registry is sent     portable
//! load       an archive into a sandbox's registry                                              portable
//! node/      everything that only Linux can do: parts, certificates, processes, the relay      Linux
//! elsewhere  the same doors where there is no Linux: one clear error
//! ```

pub mod archive;
mod load;
mod model;

#[cfg(target_os = "linux")]
mod node;
#[cfg(target_os = "linux")]
pub use node::{busybox, delay, down, fault, find, names, relay, up};

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(not(target_os = "linux"))]
pub use elsewhere::{busybox, delay, down, fault, find, names, relay, up};

pub use load::load;
pub use model::{Fault, Hold, Name, Process, RelayOptions, Sandbox, State, UpOptions};
