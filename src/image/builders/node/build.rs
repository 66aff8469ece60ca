//! package.json -> layers on a base: install, build, pack.

use std::path::Path;

use super::layout::{APPLICATION, DEPENDENCIES, ROOT, STAGE};
use super::manager::Manager;
use super::project::{self, Project};
use super::stage::Stage;
use super::start;
use crate::error::Result;
use crate::image::builders::sources;
use crate::image::builders::work::Work;
use crate::image::oci::{Base, Parts, Start};
use crate::toolchain::release;

/// A package.json alone may hold tools; one that says what starts is a service's.
pub fn marker(folder: &Path) -> Option<&'static str> {
    let package = project::package(&folder.join("package.json")).ok()?;
    start::says(&package, folder).then_some("package.json")
}

/// # Errors
/// No lock file, what does not install or build, a compiled module for another platform, nothing that says what runs.
pub async fn build(mut work: Work<'_>) -> Result<Parts> {
    let project = Project::read(&work.source())?;
    let base = base(&work, &project).await?;
    let manager = Manager::of(&project)?;
    let entry = if work.spec.command.is_empty() { Some(start::entry_point(&project)?) } else { None };

    let sources = sources::of(&project.root).await?;
    let of_sources = sources::fingerprint(&sources)?;
    let of_dependencies = project.dependencies_key(manager.tool().program, &base, work.platform, &of_sources)?;
    let of_application = format!("{of_dependencies}\n{of_sources}");
    let kept = (work.cache.kept(DEPENDENCIES, &of_dependencies), work.cache.kept(APPLICATION, &of_application));
    let layers = if let (Some(dependencies), Some(application)) = kept {
        vec![dependencies, application]
    } else {
        let stage = Stage { project: &project, manager, base: &base, folder: work.cache.begin(STAGE)? };
        sources::copy(&sources, &stage.folder, project::is_installed)?;
        let dependencies = stage.dependencies(&mut work, of_dependencies).await?;
        // What is installed is whole; what a build leaves beside it goes with the next copy.
        work.cache.complete(STAGE)?;
        let application = stage.application(&mut work, (&sources, of_application)).await?;
        vec![dependencies, application]
    };
    let folder = project.in_image(ROOT);
    let path = base.path();
    let mut env = vec![
        ("NODE_ENV".to_owned(), "production".to_owned()),
        ("PATH".to_owned(), format!("{}{path}", project.programs(ROOT))),
    ];
    let entry = entry.unwrap_or_default();
    env.extend(entry.env);
    let start = Start { entrypoint: entry.words, env, folder };
    Ok(Parts { base: Some(base), layers, start, linked: None })
}

/// The image of the project's Node.
async fn base(work: &Work<'_>, project: &Project) -> Result<Base> {
    let name = work
        .setting()
        .base
        .unwrap_or_else(|| release::node_image(&project.node_major().unwrap_or_else(|| release::NODE.to_owned())));
    work.bases.get(&name, work.platform).await
}
