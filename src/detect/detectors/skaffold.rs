//! skaffold.yaml: which folders are built into which images.

use super::dockerfile;
use crate::detect::claim::{Candidate, Fact, Is, Origin, Trust};
use crate::detect::documents::{at, list, text_at};
use crate::detect::paths;
use crate::detect::repository::Repository;
use crate::detect::scene::Scene;

/// One candidate for each artifact.
pub fn detect(scene: &Scene) -> Vec<Candidate> {
    let files = ["skaffold.yaml", "skaffold.yml"].iter().flat_map(|name| scene.repository.named(name));
    files.flat_map(|path| in_file(scene.repository, path)).collect()
}

fn in_file(repository: &Repository, path: &str) -> Vec<Candidate> {
    let Some(tree) = repository.document(path) else { return Vec::new() };
    let folder = paths::folder(path);
    let mut candidates = Vec::new();
    for artifact in at(&tree, &["build", "artifacts"]).map(list).unwrap_or_default() {
        let Some(image) = at(artifact, &["image"]) else { continue };
        let context = paths::join(folder, text_at(artifact, &["context"]).unwrap_or("."));
        let mut candidate = Candidate::new(&context, Is::Description);
        let name = paths::name(image.text().unwrap_or_default()).split([':', '@']).next().unwrap_or_default();
        candidate.claim(Fact::Name(name.to_owned()), Trust::Note, repository.at(path, image));
        let is_of_a_stack =
            ["ko", "jib", "buildpacks", "bazel", "custom"].iter().any(|builder| artifact.entry(builder).is_some());
        if !is_of_a_stack {
            let file = paths::join(&context, text_at(artifact, &["docker", "dockerfile"]).unwrap_or("Dockerfile"));
            if let Some(made) = dockerfile::read(repository, &file, text_at(artifact, &["docker", "target"])) {
                dockerfile::describe(repository, &file, &made, &mut candidate);
                let origin = Origin::Dockerfile { path: file, context };
                candidate.claim(Fact::Origin(origin), Trust::Published, repository.at(path, image));
            }
        }
        candidates.push(candidate);
    }
    if let Some(first) = candidates.first_mut() {
        let raw = ["manifests", "deploy"].iter().filter_map(|key| at(&tree, &[key])).flat_map(|node| {
            at(node, &["rawYaml"]).or_else(|| at(node, &["kubectl", "manifests"])).map(list).unwrap_or_default()
        });
        if let Some(manifest) = raw.into_iter().find_map(crate::located::Node::text) {
            let manifests = paths::join(folder, manifest.split('*').next().unwrap_or_default());
            first.next.push(format!("{path} deploys manifests; to keep what they say: plat init --from {manifests}"));
        }
    }
    candidates
}
