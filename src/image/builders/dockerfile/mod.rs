//! A Dockerfile: built by a program that reads it, pushed by the same one.
//!
//! ```text
//! recipe      a Dockerfile and what it may copy: built
//! context     which files it may copy
//! engine      docker, podman, buildah, nerdctl: their commands
//! registries  where podman and buildah look for base images
//! container   what was built: pushed
//! ```

mod container;
mod context;
mod engine;
mod recipe;
mod registries;

pub use container::Container;
pub use recipe::{Recipe, missing};
