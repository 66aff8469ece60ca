//! The compose files of a folder: the one that compose takes, and over it the one for production.

use super::defaults::Defaults;
use super::layers::Layers;
use super::service::Service;
use crate::detect::documents::{at, list};
use crate::detect::interest::is_compose;
use crate::detect::paths;
use crate::detect::repository::Repository;
use crate::located::Node;

/// As compose itself looks for them.
const BASES: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];

pub struct Compose<'r> {
    pub layers: Layers<'r>,
    pub services: Vec<Service>,
    pub remarks: Vec<String>,
}

/// What the compose files of a folder say together; none where there is none that can be read.
#[must_use]
pub fn read<'r>(repository: &'r Repository, folder: &str) -> Option<Compose<'r>> {
    let all: Vec<&str> = repository
        .files()
        .iter()
        .map(String::as_str)
        .filter(|file| paths::folder(file) == folder && is_compose(paths::name(file)))
        .collect();
    let base = repository.first(folder, &BASES).map(|name| paths::join(folder, name));
    let production = all.iter().find(|file| paths::name(file).contains("prod")).map(|file| (*file).to_owned());
    let other = || all.iter().find(|file| !is_for_development(file)).map(|file| (*file).to_owned());
    let mut wanted: Vec<String> = production.into_iter().chain(base).collect();
    if wanted.is_empty() {
        wanted.extend(other());
    }
    let defaults = Defaults::of(repository, folder);
    let mut remarks = Vec::new();
    let mut files = Vec::new();
    for path in &wanted {
        match repository.document(path).filter(|tree| at(tree, &["services"]).is_some()) {
            Some(mut tree) => {
                defaults.fill(&mut tree);
                files.push((path.clone(), tree));
            }
            None => remarks.push(format!("{path} has no services that can be read")),
        }
    }
    let left: Vec<&str> = all.into_iter().filter(|file| wanted.iter().all(|taken| taken != file)).collect();
    if !left.is_empty() {
        remarks.push(format!("{}: not taken: what counts is {}", left.join(", "), wanted.join(" over ")));
    }
    let mut found: Vec<(String, usize, usize)> = Vec::new();
    for (index, (_, tree)) in files.iter().enumerate().rev() {
        for entry in at(tree, &["services"]).map(Node::entries).unwrap_or_default() {
            if found.iter().all(|(name, ..)| *name != entry.key) {
                found.push((entry.key.clone(), index, entry.key_span.line));
            }
        }
    }
    let names = found.iter().map(|(name, ..)| name.clone()).collect();
    let layers = Layers { repository, folder: folder.to_owned(), files, names, defaults };
    let mut services = Vec::new();
    for (name, index, line) in found {
        let evidence = repository.line(&layers.files[index].0, line);
        let is_reached = ["ports", "expose"].iter().any(|field| layers.get(&name, field).is_some());
        // What has a profile is only started when it is asked for.
        let profiles = layers.get(&name, "profiles").map(|(_, node)| list(node)).unwrap_or_default();
        if profiles.is_empty() {
            services.push(Service { name, line, evidence, is_reached });
        } else {
            let place = evidence.place();
            remarks.push(format!("{place}: {name} has a profile, so it is not started with the rest, and not taken"));
        }
    }
    (!layers.files.is_empty()).then_some(Compose { layers, services, remarks })
}

fn is_for_development(file: &str) -> bool {
    ["override", "dev", "test", "local", "ci", "debug", "e2e"].iter().any(|word| paths::name(file).contains(word))
}
