//! From the flags, the environment and the kubeconfig to a connected client.
//!
//! ```text
//! args        which cluster, on a command line
//! kubeconfig  which cluster, user and namespace, as kubectl chooses
//! dial        the one connection, HTTP/2 where it is spoken
//! cluster     both together: a Cluster
//! failure     why a cluster could not be reached, for people
//! identity    which cluster this is, whatever its context is called
//! ```

mod args;
mod cluster;
mod dial;
mod failure;
pub mod identity;
mod kubeconfig;

pub use args::ClusterArgs;
pub use cluster::{Cluster, check_name, connect};
pub use dial::Protocol;
pub(in crate::cluster) use dial::RESPONSE;
pub(in crate::cluster) use failure::find;
pub use identity::Same;
pub use kubeconfig::namespace;
