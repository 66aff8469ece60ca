//! What a builder is given.

use std::path::{Path, PathBuf};

use crate::image::base::Bases;
use crate::image::cache::Cache;
use crate::image::platform::Platform;
use crate::progress::Step;
use crate::spec::{Build, Spec};

pub struct Work<'a> {
    /// Where plat.yaml lies.
    pub folder: &'a Path,
    pub spec: &'a Spec,
    pub platform: &'a Platform,
    pub cache: &'a Cache,
    pub bases: &'a Bases<'a>,
    pub step: &'a mut dyn Step,
}

impl Work<'_> {
    #[must_use]
    pub fn setting(&self) -> Build {
        self.spec.build.clone().unwrap_or_default()
    }

    /// Whether somebody asks what is in the image.
    #[must_use]
    pub fn is_attested(&self) -> bool {
        self.spec.build.as_ref().is_some_and(|build| build.attest)
    }

    /// The folder of the program: `build.path`, else where plat.yaml lies.
    #[must_use]
    pub fn source(&self) -> PathBuf {
        match self.setting().path {
            Some(path) => self.folder.join(path),
            None => self.folder.to_owned(),
        }
    }
}
