//! From the flags, the environment and the kubeconfig to a connected client.
//!
//! ```text
//! args        which cluster, on a command line
//! kubeconfig  which cluster, user and namespace, as kubectl chooses; files: the files it is read from, and names
//! login       how a request says who asks, renewed; exec_plugin: the program that logs in
//! dial        the one connection, HTTP/2 where it is spoken; answers: an error answer is a `Status`, whatever its body
//! retry       which request is sent again, and when
//! cluster     all of them together: a Cluster
//! failure     why a cluster could not be reached, for people
//! warned      what the API server warns of beside its answers
//! identity    which cluster this is, whatever its context is called
//! ```

mod answers;
mod args;
mod cluster;
mod dial;
mod exec_plugin;
mod failure;
#[cfg(test)]
pub(in crate::cluster) mod fake;
mod files;
pub mod identity;
mod kubeconfig;
mod login;
mod retry;
mod warned;

pub use args::ClusterArgs;
pub use cluster::{Cluster, NamespaceSource, check_name, connect};
pub use dial::Protocol;
pub(in crate::cluster) use dial::RESPONSE;
pub(in crate::cluster) use failure::find;
pub use identity::Same;
pub use kubeconfig::{contexts, namespace};
pub(in crate::cluster) use login::Ended as LoginEnded;
pub use login::Login;
pub(in crate::cluster) use retry::{About, Retry, Silent, WRITES};
pub use warned::Warned;
pub(in crate::cluster) use warned::warnings;
