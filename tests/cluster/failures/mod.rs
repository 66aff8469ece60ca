//! Each class of failure, both ways, on a real kubelet: a rollout that cannot succeed ends by itself, with the reason,
//! the evidence and a hint; its twin, which only needs another moment, is waited for. docs/failures/ describes them.
//!
//! ```text
//! story       what a story is, how it becomes a test, and the table of seconds
//! classes     the classes of failure, and that each has a story both ways
//! images      the image cannot be pulled
//! config      Secrets, ConfigMaps, keys, users
//! registry    images of all sorts, and a second door to the registry
//! admission   webhooks and policies for one namespace
//! refused     the API server refuses the pods, or an object
//! scheduling  no node takes the pod
//! nodes       the node itself: tainted, full, silent
//! storage     claims without a volume
//! crash       something ran and ended
//! probes      something runs and is not ready
//! init        init containers and sidecars
//! jobs        Jobs and StatefulSets
//! migrations  the Job of `before:`
//! later       what somebody else brings later than one would think
//! joined      a line of the log, joined with the spec
//! waits       what only needs longer, and what never comes
//! runtime     what happens to pods that ran well
//! ```
//!
//! `PLAT_FAILURE_TABLE=FILE cargo test --test cluster -- failures::` appends a line to FILE for each story.

pub mod admission;
#[cfg(target_os = "linux")]
mod classes;
mod config;
mod crash;
mod images;
mod init;
mod jobs;
mod joined;
mod later;
mod migrations;
#[cfg(target_os = "linux")]
mod nodes;
mod probes;
mod refused;
pub mod registry;
mod runtime;
mod scheduling;
mod storage;
mod story;
mod waits;

pub fn tests() -> Vec<crate::harness::Test> {
    let modules = [
        #[cfg(target_os = "linux")]
        classes::tests(),
        config::tests(),
        crash::tests(),
        images::tests(),
        init::tests(),
        jobs::tests(),
        joined::tests(),
        later::tests(),
        migrations::tests(),
        #[cfg(target_os = "linux")]
        nodes::tests(),
        probes::tests(),
        refused::tests(),
        runtime::tests(),
        scheduling::tests(),
        storage::tests(),
        waits::tests(),
    ];
    modules.into_iter().flatten().collect()
}
