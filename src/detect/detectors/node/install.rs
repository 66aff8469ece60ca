//! What a package is installed and run with: the release of Node, the lock file.

use super::package::Package;
use crate::detect::claim::{Candidate, Evidence, Fact, Trust};
use crate::detect::paths;
use crate::detect::scene::Scene;
use crate::spec::Stack;
use crate::text::either;
use crate::toolchain::lock::{self, Unlocked};
use crate::toolchain::release;

pub fn tell(scene: &Scene, package: &Package, candidate: &mut Candidate) {
    let repository = scene.repository;
    let locks = lock::NODE.map(|(name, _)| name);
    let has_lock = |folder: &&str| repository.first(folder, &locks).is_some();
    let root = paths::upward(&package.folder).find(has_lock);
    let folders = [Some(package.folder.as_str()), root];
    let files =
        folders.into_iter().flatten().flat_map(|folder| release::NODE_FILES.map(|name| paths::join(folder, name)));
    let named = files.into_iter().find_map(|path| {
        let major = release::node_major(repository.text(&path)?.trim())?;
        Some((major, repository.line(&path, 1)))
    });
    let engines = || {
        let (text, evidence) = package.engines.as_ref()?;
        Some((release::node_major(text)?, evidence.clone()))
    };
    let (major, evidence) = named.or_else(engines).unwrap_or_else(|| {
        let files = either(&release::NODE_FILES);
        (release::NODE.to_owned(), Evidence::of(&package.path, format!("names no release; nor is there {files}")))
    });
    let fact = Fact::Release { stack: Stack::Node, what: "stands on", value: release::node_image(&major) };
    candidate.claim(fact, Trust::Configuration, evidence);
    let has_dependencies = !package.dependencies.is_empty() || !package.development.is_empty();
    if has_dependencies && root.is_none() && !repository.has_around(&locks) {
        let how = lock::how(Unlocked::Node(package.manager.as_deref()), scene.toolchains.has());
        candidate.claim(Fact::Unlocked { stack: Stack::Node, how }, Trust::Project, Evidence::of(&package.path, ""));
    }
}
