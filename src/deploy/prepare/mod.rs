//! From what a person wrote to a Release and the Target that it goes to.
//!
//! ```text
//! project  plat.yaml -> a Release, its image built and pushed
//! files    plain manifests -> a Release
//! import   manifests of any source -> objects, to make a plat.yaml of
//! sources  files, folders, kustomizations and stdin as texts
//! prepared what came of it
//! options  what a command line says about any release
//! ```

mod files;
mod import;
mod options;
mod prepared;
mod project;
mod sources;

pub use files::{FileArgs, from_files, read_set, render};
pub use import::objects_of;
pub use options::ReleaseOptions;
pub use prepared::{Checks, Prepared};
pub use project::{from_project, preview};
