//! What is applied together, and how the next deploy knows it again (KEP-3659).
//!
//! ```text
//! desired     the objects of a service, or plain manifests with or without a name
//! labels      how a set and its members are marked
//! member      one of its objects in the cluster
//! membership  its parent and members in the cluster; who leaves it
//! restart     what becomes of pods that keep older configuration
//! find        a set by its name, or by one of its members
//! prune       deleting those, and what holds them
//! delete      deleting a whole set and waiting until it is gone
//! ```

mod delete;
mod desired;
mod find;
pub(in crate::cluster) mod labels;
mod member;
pub(in crate::cluster) mod membership;
mod prune;
mod restart;

pub use delete::{forget, remove, volumes};
pub(in crate::cluster) use desired::RENDERED;
pub use desired::{Set, forget_rendered};
pub use find::{Deployed, Found, Owner, deployed, find};
pub(in crate::cluster) use find::{names, owner};
pub use member::Member;
pub use membership::Membership;
pub use prune::Pruned;
pub use restart::Restart;
