//! All that speaks to Kubernetes.
//!
//! ```text
//! kubeconfig   which cluster, user and namespace, as kubectl chooses
//! dial         the one connection, HTTP/2 where it is spoken
//! connect      both together: a Cluster
//! errors       what a failed call means, for people
//! refusals     what the API server's refusal of an object means: permission, admission rule, immutable field
//! call         one request for one object, with visible retries
//! wanted       what is applied together
//! plan         what an apply of a set would do, asked of the server; conflicts
//! ask          the questions about one object
//! known        objects of a large set that are as they are wanted, without a question for each
//! conflict     fields that somebody else has set
//! contested    what becomes of them
//! adopt        taking objects over from other tools
//! applyset     how a set is marked (KEP-3659)
//! set          its parent and members in the cluster; what is pruned
//! remove       deleting a set and waiting until it is gone
//! identity     which cluster this is
//! waves        in which order objects are written
//! apply        doing it
//! discovery    which kinds there are beside the built-in ones
//! scope        which watches a set needs
//! storage      whether a claim is bound at once
//! store        what they saw: workloads and what belongs to them
//! watch        both together: what goes on around a set, as Snapshots for src/rollout
//! look         the same, once
//! observe      which workloads somebody else's command changed, and when they were ready
//! logs         the end of a container's log, as evidence
//! tail         logs of all pods, for a reader
//! forward      a port of a service on this machine's loopback
//! pods         whose pods: a service, KIND/NAME
//! patience     waits between attempts to go on with a watch or a log
//! answers      keys of a Secret or ConfigMap, names of the same kind: for a hint that is true
//! gather       everything around a set that failed, as evidence
//! lock         one writer at a time: a Lease
//! revisions    what was deployed before, as Secrets
//! gateway      through which Gateway a route can go
//! migration    the Job that runs before a service changes
//! nodes        what the largest node offers
//! ```

mod adopt;
mod answers;
mod apply;
mod applyset;
mod ask;
mod call;
mod conflict;
mod connect;
mod contested;
mod dial;
mod discovery;
mod errors;
pub mod forward;
mod gateway;
mod gather;
pub mod identity;
mod known;
mod kubeconfig;
pub mod lock;
mod logs;
mod look;
mod migration;
mod nodes;
mod observe;
mod patience;
mod plan;
mod pods;
mod refusals;
mod remove;
pub mod revisions;
mod scope;
mod set;
mod storage;
mod store;
pub mod tail;
mod wanted;
mod watch;
mod waves;

pub use answers::answer;
pub use apply::create_namespace;
pub use conflict::{Conflict, Takes};
pub use connect::{Cluster, check_name, connect};
pub use dial::Protocol;
pub use discovery::{discover, remembered};
pub use gateway::{Gateways, gateways};
pub use gather::evidence as gather_evidence;
pub use kubeconfig::namespace;
pub use logs::fetch as fetch_log;
pub use look::{Looked, kind_of, look, look_around};
pub use migration::{forget_migrations, read_migration, remove_migration, write_migration};
pub use observe::{Changed, Observer, Progress};
pub use plan::{Action, Applied, Change, Plan, Step, plan, typed};
pub use pods::Target;
pub use remove::{forget, remove, volumes};
pub use set::{Found, Member, Membership, find as find_set};
pub use storage::binds_late;
pub use wanted::{Set, applied, forget_rendered};
pub use watch::Watch;
