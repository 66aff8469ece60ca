//! Source -> OCI image without a daemon, and all that speaks to a registry.
//!
//! ```text
//! plan       which toolchain, which main package, which platform     pure
//! toolchain  go build -> a static binary
//! layer      binary -> one reproducible tar                          pure
//! package    layer -> config, manifest, digests                      pure
//! build      the three steps above
//! cache      what is kept of the last build
//! reference  registry/repository:tag@digest                          pure
//! registry   push what is missing; tag -> digest; tags
//! sight      what a registry has where a node says that an image is missing
//! client     the distribution protocol
//! exchange   one request and its answer, of a bounded size and time
//! challenge  where to log in, and whether a password may go there    pure
//! credentials    what docker keeps for a registry, asked of a helper
//! docker_config  what its config.json says                           pure
//! protocol   which registry is spoken to in plain HTTP
//! ```
//!
//! The same source gives the same digest: no time, commit, path or user name enters an image (docs/image.md).

mod build;
mod cache;
mod challenge;
mod client;
mod credentials;
mod docker_config;
mod exchange;
mod layer;
mod package;
mod plan;
mod protocol;
mod reference;
mod registry;
mod registry_error;
mod sight;
mod size;
mod toolchain;

pub use build::build;
pub use package::Image;
pub use plan::{DEFAULT_PLATFORM, Platform};
pub use reference::whole_name;
pub use registry::{Pushed, in_registry, push, resolve};
pub use sight::{Sight, built_for, sight};
