//! A snapshot as the rules read it.
//!
//! ```text
//! rollout             the workload and its pods
//! pod                 one of them, with its events
//! container           one of its containers: now, and its timeline
//! container_snapshot  what the snapshot says of it
//! timeline            what the snapshots so far showed: since when it runs, how often it ended
//! current_pods        which pods run the current revision, by the rules of each controller
//! subject             the rollout, a pod or a container, as a key
//! ```

mod container;
mod container_snapshot;
mod current_pods;
mod pod;
mod rollout;
mod subject;
mod timeline;

pub(super) use container::ContainerView;
pub use current_pods::{could_serve, is_ready};
pub(super) use current_pods::{is_owned_by, uid};
pub(super) use pod::PodView;
pub(super) use rollout::RolloutView;
pub(super) use subject::Subject;
pub(super) use timeline::Timelines;
