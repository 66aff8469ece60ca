//! All that speaks to Kubernetes: connect, apply, watch, logs.

mod connect;
mod dial;
mod explain;
mod kubeconfig;

pub use connect::{Cluster, connect};
pub use dial::Protocol;
pub use kubeconfig::namespace;
