//! How what a rule recognised is said: its cause, and what to do about it.
//!
//! ```text
//! exit_cause        why a container ended
//! os_error          what the operating system refused the program, by its log
//! container_log     which log belongs to the evidence
//! joined            a line of its log, joined with what the spec and its namespace say
//! probe             what is said of a probe; probe_budget: how long it may fail; probe_lookup, asked, http_lookup, elsewhere,
//!                   loopback: where the container does answer
//! named_port        a probe that asks a port which is there for something else
//! served_below      a path that is served below another, or only when told to
//! host_header       a probe that is refused for its Host header
//! protocol          a probe and a program that speak different protocols
//! own_command       a probe whose command calls the pod's loopback
//! liveness          what to do about a probe that kills
//! pull_failure      why an image cannot be pulled; registry_login: where the registry refuses
//! missing_config    a Secret, ConfigMap or key that is missing
//! volume_claim      a claim that is missing or not bound
//! scheduling        why no node takes a pod; nodes: what excludes each of them
//! admission         what an admission rule of the API server says, taken apart
//! limits            what a LimitRange forbids; admission_refusal: how a refusal is said
//! finalizers        what keeps an object that is being deleted
//! selector          whether the selector of a Service fits the pods of a workload
//! fields            fields that a remedy names; mounts: what is mounted where; memory_option: what takes memory
//! replica_state     what a pod does or waits for, while nothing is wrong with it
//! ```

mod admission;
mod admission_refusal;
mod asked;
mod container_log;
mod elsewhere;
mod exit_cause;
mod explanation;
mod fields;
mod finalizers;
mod host_header;
mod http_lookup;
mod image_reference;
mod joined;
mod limits;
#[cfg(test)]
mod line_cases;
mod liveness;
mod loopback;
mod memory_option;
mod missing_config;
mod mounts;
mod named_port;
mod nodes;
mod os_error;
mod own_command;
mod probe;
mod probe_budget;
mod probe_lookup;
mod protocol;
mod pull_explanation;
mod pull_failure;
mod registry_login;
mod replica_state;
mod scheduling;
mod selector;
mod served_below;
mod volume_claim;

pub use admission::admission_refusal;
pub use admission_refusal::AdmissionRefusal;
pub use finalizers::finalizers;
pub use http_lookup::probe_port;
pub use memory_option::memory_options;
pub use nodes::resource_requests;
pub use selector::{is_selected, labels, meant, misses};

pub(super) use admission::{is_against_a_rule, missing_priority_class, missing_service_account};
pub(super) use container_log::{ContainerLog, KEEPS_ITS_LOG};
pub(super) use exit_cause::{HABIT, ending, exit_cause, lived, may_come, times, without_runtime_layers};
pub(super) use explanation::Explanation;
pub(super) use joined::{join_recent, waited_for};
pub(super) use missing_config::{MissingConfig, missing_config};
pub(super) use nodes::why_not;
pub(super) use probe::{ContainerProbe, ProbeKind, killed_by};
pub(super) use probe_budget::{budget, longest_budget};
pub(super) use probe_lookup::probe_lookup;
pub(super) use pull_explanation::PullExplanation;
pub(super) use pull_failure::{brief, explain_pull, pull_cause, pull_message, without_layers};
pub(super) use replica_state::replica_state;
pub(super) use scheduling::{InTheWay, explain_unschedulable, never_fits, own_in_the_way, without_preemption};
pub(super) use volume_claim::volume_claim;
