//! All that speaks to a registry.
//!
//! ```text
//! reference      registry/repository:tag@digest                          pure
//! mirror         where a public registry is asked instead
//! protocol       which registry is spoken to in plain HTTP, and whose certificates are trusted
//! credentials    what docker keeps for a registry, asked of a helper
//! docker_config  what its config.json says                               pure
//! challenge      where to log in, and whether a password may go there    pure
//! exchange       one request and its answer, of a bounded size and time
//! client         the distribution protocol
//! upload         one blob to a registry: mounted, streamed, resumed
//! session        a client that has logged in; its errors in words
//! push           what is missing of an image
//! referrers      what is said of an image, beside it
//! patience       a registry that restarts is asked again
//! lookup         tag -> digest; manifests, configs
//! sight          what a registry has where a node says that an image is missing
//! registry_error what a refusal means for the reader
//! ```

mod challenge;
mod client;
mod credentials;
mod docker_config;
mod exchange;
mod lookup;
mod mirror;
mod patience;
mod protocol;
mod push;
mod reference;
mod referrers;
mod registry_error;
mod session;
mod sight;
mod upload;

pub use credentials::config_file as docker_config_file;
pub use lookup::{config, digest_of, manifest, resolve};
pub use mirror::{mirrors, use_mirrors};
pub use protocol::is_loopback;
pub use push::{Pushed, check, in_registry, push};
pub use reference::{Reference, whole_name};
pub use referrers::{attach, subject};
pub use session::parse;
pub use sight::{Sight, platforms, sight};
