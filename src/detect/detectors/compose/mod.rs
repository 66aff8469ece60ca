//! compose.yaml: how the parts of a system are run together.
//!
//! ```text
//! file      the files of a folder -> those that count, and their services
//! defaults  the values of `.env`, where a file names a variable
//! layers    one field of a service, from the file that says it last
//! service   one service: what it says of ports, variables, volumes, health
//! others    images that are not the project's own: databases, queues
//! ```

mod defaults;
mod file;
mod layers;
mod others;
mod service;

use std::collections::BTreeMap;

use super::dockerfile;
use crate::detect::claim::{Candidate, Evidence, Fact, Is, Origin, Recipe, Trust};
use crate::detect::interest::{is_aside, is_compose, is_dockerfile};
use crate::detect::paths;
use crate::detect::repository::Repository;
use crate::detect::scene::Scene;
use crate::detect::words;
use crate::spec::Kind;

use file::Compose;
use service::Service;

/// Names of those that take work from a queue, or do it by the clock.
const WORKERS: [&str; 8] = ["worker", "workers", "consumer", "scheduler", "beat", "queue", "celery", "sidekiq"];
/// Names of the one that answers requests.
const MAIN: [&str; 8] = ["web", "app", "api", "server", "backend", "frontend", "site", "http"];

/// One candidate for each service that is built, or whose image is the project's own.
pub fn detect(scene: &Scene) -> Vec<Candidate> {
    let repository = scene.repository;
    let mut folders: Vec<&str> = repository
        .files()
        .iter()
        .filter(|file| is_compose(paths::name(file)))
        .map(|file| paths::folder(file))
        .collect();
    folders.sort_unstable();
    folders.dedup();
    folders
        .into_iter()
        .filter_map(|folder| file::read(repository, folder))
        .flat_map(|compose| candidates(&compose))
        .collect()
}

/// A service that is built, with the folder of its sources.
struct Built<'s> {
    service: &'s Service,
    source: String,
    dockerfile: String,
    context: String,
}

fn candidates(compose: &Compose) -> Vec<Candidate> {
    let repository = compose.layers.repository;
    // What tests or shows a project says how it is tested or shown.
    let counts =
        |one: &Built| !is_aside(&compose.layers.folder) || paths::is_within(&one.source, &compose.layers.folder);
    let built: Vec<Built> =
        compose.services.iter().filter_map(|service| built(compose, service)).filter(counts).collect();
    let (ending, built): (Vec<Built>, Vec<Built>) =
        built.into_iter().partition(|one| one.service.is_one_off(&compose.layers));
    let mut groups: BTreeMap<&str, Vec<&Built>> = BTreeMap::new();
    for one in &built {
        groups.entry(one.source.as_str()).or_default().push(one);
    }
    let mut found = Vec::new();
    for (source, group) in groups {
        let main = main_of(repository, source, &group);
        // What only builds the image that another one runs is nothing to be run.
        let is_run = |one: &&&Built| !main.service.is_reached || one.service.runs_something(&compose.layers);
        for one in group.iter().filter(is_run) {
            let mut candidate = Candidate::new(source, Is::Description);
            if one.service.name != main.service.name {
                candidate.process = Some(one.service.name.clone());
                let is_silent = !one.service.is_reached && main.service.is_reached;
                let says =
                    format!("{}: publishes no port; {} of the same sources does", one.service.name, main.service.name);
                if is_silent {
                    candidate.claim(
                        Fact::Kind(Kind::Worker),
                        Trust::Published,
                        Evidence { text: says, ..one.service.evidence.clone() },
                    );
                }
            }
            let is_named_so = one.service.name.split(['-', '_']).any(|word| WORKERS.contains(&word));
            if is_named_so && !one.service.is_reached {
                let text = format!("{}: publishes no port", one.service.name);
                candidate.claim(
                    Fact::Kind(Kind::Worker),
                    Trust::Free,
                    Evidence { text, ..one.service.evidence.clone() },
                );
            }
            candidate.claim(Fact::Name(one.service.name.clone()), Trust::Note, one.service.evidence.clone());
            let recipe = Recipe {
                path: one.dockerfile.clone(),
                context: one.context.clone(),
                target: one.service.target(&compose.layers),
                args: one.service.build_args(&compose.layers, &mut candidate),
            };
            let trust = |image: &dockerfile::Image| origin_trust(one, image);
            dockerfile::tell(repository, recipe, &one.service.evidence, trust, &mut candidate);
            one.service.tell(&compose.layers, &mut candidate);
            found.push(candidate);
        }
    }
    found.extend(ready(compose, built.is_empty()));
    if let Some(first) = found.first_mut() {
        let ends = |one: &Built| words::ends(&format!("{}  {}", one.service.evidence.place(), one.service.name));
        first.remarks.extend(ending.iter().map(ends));
        first.remarks.extend(compose.remarks.iter().cloned());
    }
    found
}

/// The usual file of the folder says no more than the file itself; another one is a choice.
fn origin_trust(one: &Built, image: &dockerfile::Image) -> Trust {
    let is_usual =
        paths::folder(&one.dockerfile) == one.context && dockerfile::OWN.contains(&paths::name(&one.dockerfile));
    let is_for_development = image.started().is_some_and(|(command, _)| words::development(&command.words).is_some());
    match (is_usual, is_for_development) {
        (_, true) => Trust::Note,
        (true, _) => Trust::Configuration,
        (false, _) => Trust::Published,
    }
}

/// Where a service is built from.
fn built<'s>(compose: &Compose, service: &'s Service) -> Option<Built<'s>> {
    let (context, dockerfile) = service.build(&compose.layers)?;
    // `context: .` with `dockerfile: services/api/Dockerfile` is about services/api, where there is more than the file.
    let below = dockerfile::home(compose.layers.repository, paths::folder(&dockerfile));
    let is_more = |file: &&String| paths::is_within(file, &below) && !is_dockerfile(paths::name(file));
    let has_more = || compose.layers.repository.files().iter().any(|file| is_more(&file));
    let source = if paths::is_within(&below, &context) && has_more() { below.clone() } else { context.clone() };
    Some(Built { service, source, dockerfile, context })
}

/// Of several that are made of the same sources, the one that answers requests.
fn main_of<'b>(repository: &Repository, source: &str, group: &[&'b Built<'b>]) -> &'b Built<'b> {
    let rank = |one: &&&Built| {
        let name = one.service.name.as_str();
        let by_name = MAIN.iter().position(|known| *known == name).unwrap_or(MAIN.len());
        let is_folder = name == repository.folder_name(source);
        let is_usual = dockerfile::OWN.contains(&paths::name(&one.dockerfile));
        (!one.service.is_reached, !is_usual, !is_folder, by_name, one.service.line)
    };
    group.iter().min_by_key(rank).copied().expect("a group has a member")
}

/// Services whose image is made elsewhere: the project's own, as far as its name tells.
fn ready(compose: &Compose, is_all: bool) -> Vec<Candidate> {
    let of_images = compose.services.iter().filter(|service| !service.is_built(&compose.layers));
    let own: Vec<(&Service, String)> = of_images
        .filter_map(|service| Some((service, service.image(&compose.layers)?)))
        .filter(|(_, image)| others::is_own(image, is_all))
        .collect();
    let only = own.len() == 1 && is_all;
    own.into_iter()
        .map(|(service, image)| {
            let mut candidate = Candidate::new(&compose.layers.folder, Is::Service).labelled("a ready image");
            if !only {
                candidate.process = Some(service.name.clone());
            }
            candidate.claim(Fact::Name(service.name.clone()), Trust::Project, service.evidence.clone());
            let evidence = service.place(&compose.layers, "image").unwrap_or_else(|| service.evidence.clone());
            candidate.claim(Fact::Origin(Origin::Image(image)), Trust::Default, evidence);
            service.tell(&compose.layers, &mut candidate);
            candidate
        })
        .collect()
}
