//! skaffold.yaml: which folders are built into which images.

use super::dockerfile;
use crate::detect::claim::{Candidate, Fact, Is, Recipe, Trust};
use crate::detect::documents::{at, list, text_at};
use crate::detect::paths;
use crate::detect::repository::Repository;
use crate::detect::scene::Scene;
use crate::located::Node;

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
            let target = text_at(artifact, &["docker", "target"]).map(str::to_owned);
            let args = at(artifact, &["docker", "buildArgs"]).map(Node::entries).unwrap_or_default().iter();
            let args = args.filter_map(|entry| Some((entry.key.clone(), entry.value.text()?.to_owned())));
            // A template is filled in from the machine of whoever runs skaffold.
            let args = args.filter(|(_, value)| !value.contains("{{")).collect();
            let recipe = Recipe { path: file, context, target, args };
            dockerfile::tell(repository, recipe, &repository.at(path, image), |_| Trust::Published, &mut candidate);
        }
        candidates.push(candidate);
    }
    if let Some(first) = candidates.first_mut() {
        let raw = ["manifests", "deploy"].iter().filter_map(|key| at(&tree, &[key])).flat_map(|node| {
            at(node, &["rawYaml"]).or_else(|| at(node, &["kubectl", "manifests"])).map(list).unwrap_or_default()
        });
        if let Some(manifest) = raw.into_iter().find_map(Node::text) {
            let manifests = paths::join(folder, manifest.split('*').next().unwrap_or_default());
            first.next.push(format!("{path} deploys manifests; to keep what they say: plat init --from {manifests}"));
        }
    }
    candidates
}
