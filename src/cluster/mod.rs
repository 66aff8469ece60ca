//! All that speaks to Kubernetes.
//!
//! ```text
//! kubeconfig   which cluster, user and namespace, as kubectl chooses
//! dial         the one connection, HTTP/2 where it is spoken
//! connect      both together: a Cluster
//! errors       what a failed call means, for people
//! call         one request for one object, with visible retries
//! plan         what an apply would do, asked of the server; conflicts
//! apply        doing it
//! ```

mod apply;
mod call;
mod changes;
mod conflict;
mod connect;
mod dial;
mod errors;
mod kubeconfig;
mod plan;

pub use apply::create_namespace;
pub use conflict::Conflict;
pub use connect::{Cluster, connect};
pub use dial::Protocol;
pub use kubeconfig::namespace;
pub use plan::{Action, Change, Plan, Planning, plan};
