//! Source -> OCI image without a daemon, and all that speaks to a registry.
//!
//! ```text
//! platform      linux/amd64
//! component     a piece of software in an image                     pure
//! jar_manifest  what a jar says of itself                           pure
//! oci           files -> layers -> an image
//! registry      what a registry has; what it lacks is pushed
//! base          the images that programs stand on, and plat.lock
//! documents     manifests and configs, kept by their digest
//! facts         what an image says of itself
//! cache         what is kept of the last build; kept_layers: its layers
//! builders      a project's files -> what its image is made of, one file a stack
//! attest        what is said of an image beside it: SBOM, provenance
//! request       what is wanted; build: the operation; build_log: all that its programs say
//! size          bytes, for people                                    pure
//! ```
//!
//! The same source gives the same digest: no time, commit, path or user name enters an image (docs/image.md).

mod attest;
mod base;
mod build;
mod build_log;
mod builders;
mod cache;
mod component;
mod documents;
mod facts;
mod jar_manifest;
mod kept_layers;
mod oci;
mod platform;
mod registry;
mod request;
mod size;
#[cfg(test)]
mod tests;

pub use attest::{Attestation, Checkout};
pub use base::Locking;
pub use build::{Built, attest, build, check_registry, push};
pub use build_log::BuildLog;
pub use facts::{Facts, RunsAs, facts};
pub use platform::Platform;
pub use registry::{Pushed, Sight, resolve, sight, use_mirrors, whole_name};
pub use request::Request;
