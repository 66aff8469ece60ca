//! What is said of one service -> the lines of its plat.yaml. docs/init.md tells people the order.
//!
//! ```text
//! origin   how the image comes about, and where plat.yaml goes
//! port     where it listens, and what kind it is
//! command  what is run
//! unset    variables that the code reads, and nothing sets
//! ```

mod command;
mod origin;
mod port;
mod unset;

use serde_json::{Value, json};

use super::claim::{Candidate, Claim, Evidence, Fact, Is, Origin, Trust};
use super::group::Group;
use super::health;
use super::paths;
use super::repository::Repository;
use super::service::{Line, Seen, Service, Unknown};
use crate::spec::{self, Kind, as_label, order};

/// What a service is called whose image is made elsewhere.
const READY: &str = "a ready image";

/// What is said of a service, the most trusted first, and what becomes of it.
pub struct Draft<'g> {
    repository: &'g Repository,
    group: &'g Group,
    claims: Vec<&'g Claim>,
    origin: Option<Origin>,
    kind: Kind,
    lines: Vec<Line>,
    seen: Vec<Seen>,
    unknown: Vec<Unknown>,
    remarks: Vec<String>,
    /// Said of the last stage of a Dockerfile of which another one is built.
    of_another_stage: Vec<String>,
    next: Vec<String>,
}

/// None where nothing says how it is built.
#[must_use]
pub fn resolve(repository: &Repository, group: &Group) -> Option<Service> {
    let counts = |candidate: &&Candidate| candidate.is == Is::Description || candidate.is <= best_source(group);
    let mut claims: Vec<&Claim> =
        group.candidates.iter().filter(counts).flat_map(|candidate| &candidate.claims).collect();
    // Stable: of equal trust, the order of DETECTORS decides.
    claims.sort_by_key(|claim| claim.trust);
    let mut draft = Draft {
        repository,
        group,
        claims,
        origin: None,
        kind: Kind::Service,
        lines: Vec::new(),
        seen: Vec::new(),
        unknown: Vec::new(),
        remarks: Vec::new(),
        of_another_stage: Vec::new(),
        next: Vec::new(),
    };
    let home = draft.origin()?;
    draft.forget_by_hand();
    let name = draft.name();
    draft.port();
    draft.health();
    draft.command();
    draft.user_and_folders();
    draft.variables();
    draft.resources();
    draft.before();
    Some(draft.finish(name, &home))
}

/// What the best of the sources is: a front end beside a server says nothing of the server.
fn best_source(group: &Group) -> Is {
    group
        .candidates
        .iter()
        .map(|candidate| candidate.is)
        .filter(|is| *is != Is::Description)
        .min()
        .unwrap_or(Is::Library)
}

impl<'g> Draft<'g> {
    /// The claims of one kind, the most trusted first.
    fn each<T>(&self, of: impl Fn(&'g Fact) -> Option<T>) -> Vec<(T, &'g Claim)> {
        self.claims.iter().filter_map(|claim| Some((of(&claim.fact)?, *claim))).collect()
    }

    /// Adds a line, where plat.yaml takes its value.
    fn add(&mut self, field: &'static str, value: Value, evidence: Vec<Evidence>) {
        if accepts(field, &value) {
            self.lines.push(Line { field, value, evidence, comment: None });
        } else if let Some(evidence) = evidence.first() {
            self.remarks.push(format!("{evidence}: not a value that `{field}` of plat.yaml takes"));
        }
    }

    fn name(&mut self) -> String {
        let names = self.each(|fact| if let Fact::Name(name) = fact { Some(name) } else { None });
        let folder = self.repository.folder_name(&self.group.folder).to_owned();
        let (text, evidence) = names.first().map_or_else(
            || {
                (
                    folder.clone(),
                    Evidence::of(
                        if self.group.folder.is_empty() { "." } else { &self.group.folder },
                        "the name of the folder",
                    ),
                )
            },
            |(name, claim)| ((*name).clone(), claim.evidence.clone()),
        );
        let mut name = as_label(&text);
        if name.is_empty() {
            name = as_label(&folder);
        }
        if name.is_empty() {
            "app".clone_into(&mut name);
        }
        if let Some(process) = &self.group.process {
            let process = as_label(process);
            // A program of its own has its own name already.
            if name != process && !process.starts_with(&format!("{name}-")) {
                name = as_label(&format!("{name}-{process}"));
            } else {
                name = process;
            }
        } else if name != text {
            self.remarks.push(format!("{evidence}: as a name in Kubernetes it is {name}"));
        }
        self.add("name", json!(name), vec![evidence]);
        name
    }

    /// What a platform asks wins; else readiness before liveness, and of these the most trusted.
    fn health(&mut self) {
        if self.kind != Kind::Service {
            return;
        }
        let mut paths = self.each(|fact| if let Fact::Health(path) = fact { Some(path) } else { None });
        paths.sort_by_key(|(path, claim)| {
            let rank = health::rank(path);
            (claim.trust != Trust::Platform, rank >= 7, claim.trust, rank)
        });
        let Some((path, claim)) = paths.first() else { return };
        let (path, evidence) = ((*path).clone(), claim.evidence.clone());
        self.add("health", json!(path), vec![evidence]);
    }

    fn user_and_folders(&mut self) {
        if let Some((user, claim)) =
            self.each(|fact| if let Fact::User(user) = fact { Some(user) } else { None }).first()
        {
            let number: Value = user.parse::<u32>().map_or_else(|_| json!(user), |uid| json!(uid));
            self.add("user", number, vec![claim.evidence.clone()]);
        }
        let mut folders: Vec<(&String, &Claim)> = Vec::new();
        let mut kept: Vec<String> = Vec::new();
        let all = self.each(|fact| match fact {
            Fact::Writable(path) => Some((None, path)),
            Fact::Volume(name, path) => Some((Some(name), path)),
            _ => None,
        });
        for ((name, path), claim) in all {
            if folders.iter().all(|(known, _)| *known != path) && accepts("writable", &json!([path])) {
                folders.push((path, claim));
                let name = as_label(name.map_or(paths::name(path), String::as_str));
                kept.push(format!("volumes: {{{name}: {{path: {path}, size: 1Gi}}}}"));
            }
        }
        if folders.is_empty() {
            return;
        }
        let paths: Vec<&String> = folders.iter().map(|(path, _)| *path).collect();
        let evidence = folders.iter().map(|(_, claim)| claim.evidence.clone()).collect();
        self.add("writable", json!(paths), evidence);
        if let Some(line) = self.lines.last_mut() {
            line.comment = Some(format!("empty in each new pod; what must stay: {}", kept.join(", ")));
        }
    }

    fn variables(&mut self) {
        let (mut env, mut secrets) = (serde_json::Map::new(), Vec::new());
        let (mut said, mut hidden) = (Vec::new(), Vec::new());
        let all = self.each(|fact| match fact {
            Fact::Env(name, value) => Some((name, Some(value))),
            Fact::Secret(name) => Some((name, None)),
            _ => None,
        });
        for ((name, value), claim) in all {
            let is_known = env.contains_key(name) || secrets.contains(name);
            match value {
                _ if is_known || name == "PORT" => {}
                Some(value) => {
                    env.insert(name.clone(), json!(value));
                    said.push(claim.evidence.clone());
                }
                None => {
                    secrets.push(name.clone());
                    hidden.push(claim.evidence.clone());
                }
            }
        }
        if !env.is_empty() {
            self.add("env", Value::Object(env), said);
        }
        if !secrets.is_empty() {
            self.add("secrets", json!(secrets), hidden);
        }
    }

    fn resources(&mut self) {
        let memory = self.each(|fact| if let Fact::Memory(memory) = fact { Some(memory) } else { None });
        let cpu = self.each(|fact| if let Fact::Cpu(cpu) = fact { Some(cpu) } else { None });
        let (mut value, mut evidence) = (serde_json::Map::new(), Vec::new());
        for (key, said) in [("cpu", cpu.first()), ("memory", memory.first())] {
            if let Some((amount, claim)) = said {
                value.insert(key.to_owned(), json!(amount));
                evidence.push(claim.evidence.clone());
            }
        }
        if !value.is_empty() {
            self.add("resources", Value::Object(value), evidence);
        }
    }

    fn finish(mut self, name: String, home: &str) -> Service {
        self.lines.sort_by_key(|line| order(line.field));
        let unset = self.unset();
        let mut remarks: Vec<String> = Vec::new();
        let counts =
            |candidate: &&Candidate| candidate.is == Is::Description || candidate.is <= best_source(self.group);
        let said = self.group.candidates.iter().filter(counts).flat_map(|candidate| candidate.remarks.iter().cloned());
        for remark in self.remarks.into_iter().chain(said) {
            if !remarks.contains(&remark) && !self.of_another_stage.contains(&remark) {
                remarks.push(remark);
            }
        }
        let mut next = self.next;
        let unknown = || unset.iter().filter(|unset| unset.value.is_none());
        if unknown().next().is_some() {
            let names: Vec<&str> = unknown().map(|unset| unset.name.as_str()).collect();
            next.push(format!("say in plat.yaml, or drop there, what nothing here sets: {}", names.join(" ")));
        }
        if let Some(line) = self.lines.iter().find(|line| line.field == "secrets") {
            let names = line.value.as_array().into_iter().flatten().filter_map(Value::as_str);
            let values: Vec<String> = names.map(|name| format!("--from-literal={name}=…")).collect();
            next.push(format!("kubectl create secret generic {name} {}", values.join(" ")));
        }
        for step in self.group.candidates.iter().flat_map(|candidate| candidate.next.iter().cloned()) {
            if !next.contains(&step) {
                next.push(step);
            }
        }
        let is_ready = matches!(self.origin, Some(Origin::Image(_)));
        let is_of_it = |label: &String| is_ready || label != READY;
        let mut labels = self.group.candidates.iter().filter(counts).filter_map(|candidate| candidate.label.clone());
        let label = labels.find(is_of_it);
        let label = label.unwrap_or_else(|| match self.origin {
            Some(Origin::Dockerfile(_)) | None => "Dockerfile".to_owned(),
            Some(Origin::Image(_)) => READY.to_owned(),
            Some(Origin::Stack { stack, .. }) => format!("{stack:?}"),
        });
        Service {
            name,
            kind: self.kind,
            label,
            sources: self.group.folder.clone(),
            process: self.group.process.clone(),
            file: paths::join(home, "plat.yaml"),
            exists: false,
            lines: self.lines,
            seen: self.seen,
            unknown: self.unknown,
            unset,
            remarks,
            next,
        }
    }
}

/// Whether plat.yaml takes this value: it is asked itself.
fn accepts(field: &str, value: &Value) -> bool {
    let mut document = json!({"name": "x", "port": 8080});
    if field == "kind" {
        document = json!({"name": "x"});
    }
    document[field] = value.clone();
    spec::parse(&document.to_string(), "").is_ok()
}
