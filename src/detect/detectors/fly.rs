//! fly.toml: how it runs today on Fly.io.

use super::dockerfile;
use crate::detect::claim::{Candidate, Evidence, Fact, Is, Origin, Recipe, Trust};
use crate::detect::documents::{at, list, text_at};
use crate::detect::interest::is_fly;
use crate::detect::paths;
use crate::detect::repository::Repository;
use crate::detect::scene::Scene;
use crate::detect::variables;
use crate::detect::words;
use crate::located::Node;
use crate::spec::{Kind, as_memory};

/// Processes that answer requests where a file does not say which.
const MAIN: [&str; 3] = ["app", "web", "server"];

/// The main process of each fly.toml, and its others.
pub fn detect(scene: &Scene) -> Vec<Candidate> {
    let repository = scene.repository;
    repository.named("fly.toml").flat_map(|path| in_file(repository, path)).collect()
}

fn in_file(repository: &Repository, path: &str) -> Vec<Candidate> {
    let folder = paths::folder(path);
    let mut main = Candidate::new(folder, Is::Description);
    let Some(tree) = repository.document(path) else {
        main.remarks.push(format!("{path} is not TOML, and was not read"));
        return vec![main];
    };
    let fly = Fly { repository, path, tree: &tree };
    if let Some((name, evidence)) = fly.text(&["app"]) {
        main.claim(Fact::Name(name), Trust::Note, evidence);
    }
    fly.origin(&mut main);
    fly.network(&mut main);
    for entry in at(&tree, &["env"]).map(Node::entries).unwrap_or_default() {
        variables::give(&mut main, &entry.key, entry.value.text(), repository.line(path, entry.key_span.line));
    }
    if let Some((command, evidence)) = fly.text(&["deploy", "release_command"]) {
        main.claim(Fact::Before(words::command(&command)), Trust::Platform, evidence);
    }
    fly.machine(&mut main);
    let mut candidates = fly.processes(&mut main);
    let others = repository.files().iter().filter(|file| paths::folder(file) == folder && is_fly(paths::name(file)));
    let others: Vec<&str> = others.map(String::as_str).filter(|file| *file != path).collect();
    if !others.is_empty() {
        main.remarks.push(format!(
            "{}: not taken beside fly.toml; what differs there belongs under environments:",
            others.join(", ")
        ));
    }
    candidates.insert(0, main);
    candidates
}

struct Fly<'r> {
    repository: &'r Repository,
    path: &'r str,
    tree: &'r Node,
}

impl Fly<'_> {
    fn text(&self, keys: &[&str]) -> Option<(String, Evidence)> {
        let node = at(self.tree, keys)?;
        Some((node.text()?.to_owned(), self.repository.at(self.path, node)))
    }

    /// A Dockerfile that is named is what is meant, whatever framework is there (flyctl#2145).
    fn origin(&self, main: &mut Candidate) {
        if let Some((image, evidence)) = self.text(&["build", "image"]) {
            main.claim(Fact::Origin(Origin::Image(image)), Trust::Platform, evidence);
        } else if let Some((file, evidence)) = self.text(&["build", "dockerfile"]) {
            let path = paths::join(paths::folder(self.path), &file);
            let target = self.text(&["build", "build-target"]).map(|(target, _)| target);
            let context = paths::folder(self.path).to_owned();
            let args = at(self.tree, &["build", "args"]).map(Node::entries).unwrap_or_default().iter();
            let args = args.filter_map(|entry| Some((entry.key.clone(), entry.value.text()?.to_owned())));
            let recipe = Recipe { path: path.clone(), context, target, args: args.collect() };
            if !dockerfile::tell(self.repository, recipe, &evidence, |_| Trust::Platform, main) {
                main.remarks.push(format!("{evidence}: there is no {path}"));
            }
        }
    }

    fn network(&self, main: &mut Candidate) {
        let services = at(self.tree, &["services"]).map(list).unwrap_or_default();
        let http = at(self.tree, &["http_service"]);
        for node in http.iter().copied().chain(services.iter().copied()) {
            if let Some(port) =
                at(node, &["internal_port"]).filter(|port| port.text().is_some_and(|text| text.parse::<u16>().is_ok()))
            {
                let number = port.text().and_then(|text| text.parse().ok()).unwrap_or_default();
                main.claim(Fact::Port(number), Trust::Platform, self.repository.at(self.path, port));
            }
            let checks = ["checks", "http_checks"].iter().filter_map(|key| at(node, &[key])).flat_map(list);
            checks.for_each(|check| self.check(check, main));
        }
        for entry in at(self.tree, &["checks"]).map(Node::entries).unwrap_or_default() {
            self.check(&entry.value, main);
        }
        if http.is_none() && services.is_empty() {
            let says = Evidence::of(self.path, "has neither http_service nor services: nothing reaches it");
            main.claim(Fact::Kind(Kind::Worker), Trust::Platform, says);
        }
    }

    fn check(&self, check: &Node, main: &mut Candidate) {
        if let Some(path) = at(check, &["path"]).filter(|path| path.text().is_some_and(|text| text.starts_with('/'))) {
            let text = path.text().unwrap_or_default().to_owned();
            main.claim(Fact::Health(text), Trust::Platform, self.repository.at(self.path, path));
        }
    }

    /// Memory is said; CPUs are shared there, and say nothing of a request.
    fn machine(&self, main: &mut Candidate) {
        for vm in at(self.tree, &["vm"]).map(list).unwrap_or_default().into_iter().chain(at(self.tree, &["vm"])) {
            let memory = text_at(vm, &["memory"]).map(as_memory);
            let number = text_at(vm, &["memory_mb"]).map(|number| format!("{number}Mi"));
            let node = at(vm, &["memory"]).or_else(|| at(vm, &["memory_mb"]));
            if let (Some(memory), Some(node)) = (memory.or(number), node) {
                let memory = if memory.chars().all(|c| c.is_ascii_digit()) { format!("{memory}Mi") } else { memory };
                return main.claim(Fact::Memory(memory), Trust::Platform, self.repository.at(self.path, node));
            }
        }
        for mount in
            at(self.tree, &["mounts"]).map(list).unwrap_or_default().into_iter().chain(at(self.tree, &["mounts"]))
        {
            if let Some(path) = at(mount, &["destination"]).and_then(Node::text) {
                let name = text_at(mount, &["source"]).unwrap_or("data").to_owned();
                let place = at(mount, &["destination"]).unwrap_or(mount);
                main.claim(Fact::Volume(name, path.to_owned()), Trust::Platform, self.repository.at(self.path, place));
            }
        }
    }

    fn processes(&self, main: &mut Candidate) -> Vec<Candidate> {
        let processes = at(self.tree, &["processes"]).map(Node::entries).unwrap_or_default();
        let served = at(self.tree, &["http_service", "processes"]).map(list).unwrap_or_default();
        let is_main = |name: &str| match served.first().and_then(|name| name.text()) {
            Some(served) => name == served,
            None => MAIN.contains(&name) || processes.len() == 1,
        };
        let mut others = Vec::new();
        for entry in processes {
            let Some(command) = entry.value.text().filter(|command| !command.trim().is_empty()) else { continue };
            let evidence = self.repository.line(self.path, entry.key_span.line);
            if is_main(&entry.key) {
                main.claim(Fact::Args(words::command(command)), Trust::Platform, evidence);
                continue;
            }
            let mut other = Candidate::new(&main.folder, Is::Description);
            other.process = Some(entry.key.clone());
            other.claim(
                Fact::Kind(Kind::Worker),
                Trust::Platform,
                Evidence { text: format!("{}: gets no requests", entry.key), ..evidence.clone() },
            );
            other.claim(Fact::Args(words::command(command)), Trust::Platform, evidence);
            others.push(other);
        }
        others
    }
}
