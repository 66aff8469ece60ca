//! Which image a deploy runs: a ready one, or one that is built and pushed.

use crate::commands::project::{ImageArgs, Project};
use crate::error::Result;
use crate::image;
use crate::settings::Settings;
use crate::telemetry::Recorder;
use crate::ui::Ui;

/// The reference to run, pinned by its digest wherever a registry can tell it.
pub async fn choose(
    project: &Project,
    args: &ImageArgs,
    settings: &Settings,
    ui: &Ui,
    run: &Recorder,
) -> Result<String> {
    if project.ready_image(args).is_some() {
        return project.image_reference(args, settings, ui).await;
    }
    let registry = project.registry(args, settings)?;
    let built = {
        let _phase = run.phase("build");
        image::build(&project.dir, &project.spec, image::DEFAULT_PLATFORM, &settings.cache_dir, ui).await?
    };
    let pushed = {
        let _phase = run.phase("push");
        image::push(&built, &registry, ui).await?
    };
    run.if_interrupted("the image was pushed; nothing was changed in the cluster");
    Ok(pushed.reference)
}

/// The digest in a reference.
pub fn digest(reference: &str) -> Option<String> {
    reference.split_once('@').map(|(_, digest)| digest.to_owned())
}
