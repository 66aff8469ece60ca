//! What can be known before anything is written. A refusal ends the deploy; what may still come only warns.
//!
//! ```text
//! access    permissions, and the Secret that plat.yaml names
//! capacity  quotas, nodes and the image's architecture
//! images    whether the images are in their registries, asked again for a while
//! identity  whether an environment still is the cluster that it was
//! ```

pub mod access;
pub mod capacity;
pub mod identity;
pub mod images;
