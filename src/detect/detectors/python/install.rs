//! What a project is installed and run with: the release of Python, the lock file.

use super::project::Project;
use crate::detect::claim::{Candidate, Evidence, Fact, Trust};
use crate::detect::paths;
use crate::detect::scene::Scene;
use crate::spec::Stack;
use crate::text::either;
use crate::toolchain::lock::{self, Unlocked};
use crate::toolchain::release;

/// Those that lock the folder that they lie in.
const LOCKS: [&str; 2] = ["poetry.lock", "requirements.txt"];
/// What locks a workspace, at most two folders above its members.
const OF_WORKSPACE: [&str; 1] = ["uv.lock"];

pub fn tell(scene: &Scene, project: &Project, candidate: &mut Candidate) {
    // What is not known names no release and no package.
    if !project.remarks.is_empty() {
        return;
    }
    let repository = scene.repository;
    let named = release::PYTHON_FILES.iter().find_map(|name| {
        let path = paths::join(&project.folder, name);
        let minor = release::python_minor(repository.text(&path)?.lines().next()?.trim())?;
        Some((minor, repository.line(&path, 1)))
    });
    let required = || {
        let (text, evidence) = project.python.as_ref()?;
        Some((release::lowest_python(text)?, evidence.clone()))
    };
    let (minor, evidence) = named.or_else(required).unwrap_or_else(|| {
        let files = either(&release::PYTHON_FILES);
        let says = format!("names no release; nor is there {files}");
        (release::PYTHON.to_owned(), Evidence::of(&project.path, says))
    });
    let fact = Fact::Release { stack: Stack::Python, what: "stands on", value: release::python_image(&minor) };
    candidate.claim(fact, Trust::Configuration, evidence);
    let mut folders = paths::upward(&project.folder).take(3);
    let is_locked = repository.first(&project.folder, &LOCKS).is_some()
        || folders.any(|folder| repository.first(folder, &OF_WORKSPACE).is_some())
        || repository.has_around(&OF_WORKSPACE);
    if is_locked || project.dependencies.is_empty() {
        return;
    }
    let unlocked = match paths::name(&project.path) {
        "pyproject.toml" if project.is_poetry => Unlocked::Poetry,
        "Pipfile" => Unlocked::Pipfile,
        "setup.py" => Unlocked::Setup("setup.py"),
        "setup.cfg" => Unlocked::Setup("setup.cfg"),
        _ => Unlocked::Python,
    };
    let how = lock::how(unlocked, scene.toolchains.has());
    candidate.claim(Fact::Unlocked { stack: Stack::Python, how }, Trust::Project, Evidence::of(&project.path, ""));
}
