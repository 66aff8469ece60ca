//! What is to be built, and how.

use std::path::Path;

use super::base::Locking;
use super::platform::Platform;
use crate::spec::Spec;

/// One project, for its platforms.
pub struct Request<'a> {
    /// Where plat.yaml lies.
    pub folder: &'a Path,
    pub spec: &'a Spec,
    /// What it has to run on; several become an index.
    pub platforms: &'a [Platform],
    /// Where it will be pushed to.
    pub registry: &'a str,
    pub locking: Locking,
    /// The user's cache folder. It keeps layers and what the toolchains can use again; it may be removed at any time.
    pub cache: &'a Path,
}
