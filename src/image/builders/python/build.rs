//! A project of Python -> layers on a base: its packages, and itself.

use std::path::Path;

use super::install::Install;
use super::layout::{DEPENDENCIES, PACKAGES, ROOT};
use super::metadata;
use super::project::Project;
use super::requirements;
use crate::error::Result;
use crate::image::builders::entry_point::EntryPoint;
use crate::image::builders::sources;
use crate::image::builders::work::Work;
use crate::image::oci::{Base, Parts, Start};
use crate::toolchain::release;

/// The files by which it is known.
const MARKERS: [&str; 5] = ["pyproject.toml", "requirements.txt", "uv.lock", "Pipfile", "setup.py"];

pub fn marker(folder: &Path) -> Option<&'static str> {
    MARKERS.into_iter().find(|name| folder.join(name).is_file())
}

/// # Errors
/// No lock file, a package that is not there for the platform, nothing that says what runs.
pub async fn build(mut work: Work<'_>) -> Result<Parts> {
    let project = Project::read(&work.source())?;
    let base = base(&work, &project).await?;
    let entry = if work.spec.command.is_empty() { project.entry_point()? } else { EntryPoint::default() };
    let version = base.variable("PYTHON_VERSION").and_then(release::python_minor).or_else(|| project.version());
    let version = version.unwrap_or_else(|| release::PYTHON.to_owned());

    let lock = requirements::lock(&project)?;
    let packages = match &lock {
        Some(lock) => lock.key().await?,
        None => String::new(),
    };
    let key = format!("{version} {} {}\n{packages}", work.platform, base.reference);
    let mut layers = Vec::new();
    match (work.cache.kept(DEPENDENCIES, &key), &lock) {
        (Some(kept), _) => layers.push(kept),
        (None, None) => {}
        (None, Some(lock)) => {
            let install = Install { project: &project, lock, version: &version, base: &base };
            layers.push(install.layer(&mut work, key).await?);
        }
    }
    let mut shipped = sources::of(&project.folder).await?;
    shipped.retain(|source| sources::is_shipped(&source.path));
    let mut entries = sources::entries(shipped, ROOT);
    entries.extend(metadata::entries(&project));
    layers.push(work.cache.layer("application", entries).await?);

    let env = environment(&project, &base).into_iter().chain(entry.env).collect();
    let start = Start { entrypoint: entry.words, env, folder: format!("/{ROOT}") };
    Ok(Parts { base: Some(base), layers, start, linked: None })
}

async fn base(work: &Work<'_>, project: &Project) -> Result<Base> {
    let name = work
        .setting()
        .base
        .unwrap_or_else(|| release::python_image(&project.version().unwrap_or_else(|| release::PYTHON.to_owned())));
    work.bases.get(&name, work.platform).await
}

fn environment(project: &Project, base: &Base) -> Vec<(String, String)> {
    let path = base.path();
    let source = if project.folder.join("src").is_dir() { format!("/{ROOT}/src:") } else { String::new() };
    [
        ("PATH", format!("/{PACKAGES}/bin:{path}")),
        ("PYTHONPATH", format!("{source}/{ROOT}:/{PACKAGES}")),
        // The root is read-only, and what is written late is lost when the pod ends.
        ("PYTHONDONTWRITEBYTECODE", "1".to_owned()),
        ("PYTHONUNBUFFERED", "1".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}
