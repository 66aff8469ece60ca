//! All that speaks to Kubernetes, in sub-rooms with one face each. Each uses only those above it.
//!
//! ```text
//! connect       kubeconfig, dial, identity: which cluster, one connection
//! api           one request: retries, deadlines, errors and rejections in words, discovery
//! records       the Lease that keeps writers apart, and the revisions of what was deployed
//! applyset      what is applied together: labels, membership, pruning, deletion (KEP-3659)
//! apply         a set against the cluster: dry run, conflicts, adoption, and then the writes
//! watch         what happens around a set while it rolls out; what other tools change
//! inspect       a workload and what belongs to it, once; nodes, gateways, storage, look-ups
//! logs          logs of all pods for a reader, and the end of one as evidence
//! port_forward  a port of a service on this machine's loopback
//! ```

pub mod api;
pub mod apply;
pub mod applyset;
pub mod connect;
pub mod inspect;
pub mod logs;
pub mod port_forward;
pub mod records;
pub mod watch;

pub use connect::Cluster;
