//! What is known of a build, for whoever is told of it later. Pure.

use crate::image::component::Component;
use crate::image::oci::Subject;
use crate::image::platform::Platform;
use crate::spec::{Build, Stack};

#[derive(Debug)]
pub struct Record {
    /// Of the service.
    pub name: String,
    pub stack: Stack,
    /// What plat.yaml says of it.
    pub build: Build,
    pub platforms: Vec<Platform>,
    /// What was packed, as a whole; none where only the registry knows it.
    pub whole: Option<Subject>,
    /// One for each platform; none where plat does not see what is in them.
    pub images: Vec<Packed>,
}

/// An image that plat has packed.
#[derive(Debug)]
pub struct Packed {
    pub subject: Subject,
    pub platform: Platform,
    /// The reference, with a digest, of what it stands on.
    pub base: Option<String>,
    pub components: Vec<Component>,
}
