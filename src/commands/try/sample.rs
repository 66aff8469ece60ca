//! The service of a try, built before there is a Kubernetes to run it.

use super::folder::TryFolder;
use crate::error::{Error, Result};
use crate::image::{self, Locking, Platform, Request};
use crate::spec;
use crate::ui::Ui;

/// Compiles and packs the service into the cache of the try's plat; `plat deploy` then only pushes it. It needs no
/// Kubernetes, and what it compiles of Go's own library the Kubernetes programs need too.
pub async fn build(folder: &TryFolder, ui: &Ui) -> Result<()> {
    let path = folder.project().join("plat.yaml");
    let unusable = || Error::bug("plat new made no usable plat.yaml").at(path.display());
    let text = std::fs::read_to_string(&path).map_err(|e| unusable().because(e))?;
    let spec = spec::parse(&text, "plat.yaml").map_err(|_| unusable())?;
    let request = Request {
        folder: &folder.project(),
        spec: &spec,
        platforms: &[Platform::here()],
        registry: "localhost",
        locking: Locking::Look,
        cache: &folder.plat_cache(),
    };
    image::build(&request, ui).await.map(drop)
}
