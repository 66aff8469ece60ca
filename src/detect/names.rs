//! Services of one repository told apart: no two have the same name, or the same file.

use serde_json::json;

use super::claim::Evidence;
use super::paths;
use super::repository::Repository;
use super::service::Service;
use crate::spec::as_label;

/// Names that clash become those of their folders; files of one folder are called by the names of their services.
#[must_use]
pub fn told_apart(repository: &Repository, mut services: Vec<Service>) -> Vec<Service> {
    // The nearer to the root, the earlier it keeps its name.
    services.sort_by_key(|service| (service.file.matches('/').count(), service.file.clone(), service.name.clone()));
    for index in 0..services.len() {
        let is_taken = |name: &str| services[..index].iter().any(|other| other.name == name);
        if !is_taken(&services[index].name) {
            continue;
        }
        let old = services[index].name.clone();
        let folders: Vec<&str> = services[index].sources.split('/').rev().collect();
        let mut name = String::new();
        for folder in folders {
            name = as_label(&if name.is_empty() { folder.to_owned() } else { format!("{folder}-{name}") });
            if !name.is_empty() && !is_taken(&name) {
                break;
            }
        }
        let free = (2..=services.len() + 1)
            .map(|number| format!("{old}-{number}"))
            .find(|name| !is_taken(name))
            .unwrap_or_default();
        let name = if name.is_empty() || is_taken(&name) { free } else { name };
        rename(&mut services[index], name, &old);
    }
    let homes: Vec<String> = services.iter().map(|service| paths::folder(&service.file).to_owned()).collect();
    for index in 0..services.len() {
        let home = &homes[index];
        let rivals: Vec<usize> = (0..services.len()).filter(|other| homes[*other] == *home).collect();
        let is_of_the_folder = |service: &Service| service.sources == *home && service.process.is_none();
        let first = rivals.iter().copied().find(|other| is_of_the_folder(&services[*other]));
        if rivals.len() > 1 && first != Some(index) {
            let service = &services[index];
            // Unless another of the same folder is called so.
            let rival = |process: &String| {
                rivals.iter().any(|other| *other != index && services[*other].process.as_ref() == Some(process))
            };
            let name = service
                .process
                .as_ref()
                .filter(|process| !rival(process))
                .map_or_else(|| service.name.clone(), |process| as_label(process));
            services[index].file = paths::join(home, &format!("plat.{name}.yaml"));
        }
    }
    for service in &mut services {
        service.exists = repository.has(&service.file);
    }
    services.sort_by_key(|service| {
        (paths::folder(&service.file).to_owned(), service.process.is_some(), service.file.clone())
    });
    services
}

fn rename(service: &mut Service, name: String, old: &str) {
    if let Some(line) = service.lines.iter_mut().find(|line| line.field == "name") {
        line.value = json!(name);
        line.evidence =
            vec![Evidence::of(&service.sources, format!("the name of the folder: another service is called {old}"))];
    }
    for step in &mut service.next {
        *step = step.replace(&format!("generic {old} "), &format!("generic {name} "));
    }
    service.name = name;
}
