//! One service of compose: what it says of ports, variables, volumes, health.

use std::collections::BTreeMap;

use super::dockerfile;
use super::layers::Layers;
use super::others;
use crate::detect::claim::{Candidate, Evidence, Fact, Trust};
use crate::detect::detectors::node;
use crate::detect::documents::{at, list, text_at};
use crate::detect::health;
use crate::detect::paths;
use crate::detect::variables::{self, known};
use crate::detect::words;
use crate::located::{Content, Entry, Node};
use crate::spec::{Kind, User, as_memory};
use crate::text::is_secret;

#[derive(Debug, Clone)]
pub struct Service {
    pub name: String,
    pub line: usize,
    pub evidence: Evidence,
    /// Whether it publishes or exposes a port.
    pub is_reached: bool,
}

impl Service {
    /// A field, with the file that says it.
    fn get<'l>(&'l self, layers: &'l Layers, field: &str) -> Option<(&'l str, &'l Node)> {
        layers.get(&self.name, field)
    }

    pub fn place(&self, layers: &Layers, field: &str) -> Option<Evidence> {
        self.get(layers, field).map(|(path, node)| layers.at(path, node))
    }

    pub fn image(&self, layers: &Layers) -> Option<String> {
        known(layers.image(&self.name)?)
    }

    /// Its `build`, or that of the service whose image it names.
    fn recipe<'l>(&'l self, layers: &'l Layers) -> Option<&'l Node> {
        let build = |name: &'l str| layers.get(name, "build").map(|(_, node)| node);
        build(&self.name).or_else(|| {
            let own = layers.image(&self.name)?;
            layers.names.iter().filter(|other| layers.image(other) == Some(own)).find_map(|other| build(other))
        })
    }

    pub fn is_built(&self, layers: &Layers) -> bool {
        self.recipe(layers).is_some()
    }

    /// The context and the Dockerfile, relative to the root; none where it is built from elsewhere.
    pub fn build(&self, layers: &Layers) -> Option<(String, String)> {
        let build = self.recipe(layers)?;
        let context = known(build.text().or_else(|| text_at(build, &["context"])).unwrap_or("."))?;
        if context.contains("://") || context.starts_with("git@") {
            return None;
        }
        let context = paths::join(&layers.folder, &context);
        let named = text_at(build, &["dockerfile"]).and_then(known);
        let usual = || layers.repository.first(&context, &dockerfile::OWN).map(str::to_owned);
        let file = named.or_else(usual).unwrap_or_else(|| dockerfile::OWN[0].to_owned());
        let file = paths::join(&context, &file);
        Some((context, file))
    }

    /// Whether it does one thing and ends: a migration.
    pub fn is_one_off(&self, layers: &Layers) -> bool {
        if self.get(layers, "restart").is_some_and(|(_, restart)| restart.text() == Some("no")) {
            return true;
        }
        let Some((_, node)) = self.get(layers, "command").or_else(|| self.get(layers, "entrypoint")) else {
            return false;
        };
        let words = match &node.content {
            Content::List(items) => items.iter().filter_map(Node::text).map(str::to_owned).collect(),
            _ => words::line(node.text().unwrap_or_default()).words,
        };
        words::is_one_off(&words)
    }

    /// Whether it is more than a name for the image that another service runs.
    pub fn runs_something(&self, layers: &Layers) -> bool {
        let is_shared = || {
            let own = layers.image(&self.name);
            own.is_some() && layers.names.iter().any(|other| *other != self.name && layers.image(other) == own)
        };
        let is_said = ["command", "entrypoint"].iter().any(|field| self.get(layers, field).is_some());
        self.is_reached || is_said || !is_shared()
    }

    /// What it is built with, as far as the repository says it.
    pub fn build_args(&self, layers: &Layers, candidate: &mut Candidate) -> BTreeMap<String, String> {
        let mut args = BTreeMap::new();
        let Some(node) = self.recipe(layers).and_then(|build| at(build, &["args"])) else { return args };
        for (name, value, _) in pairs(layers, node) {
            match value.as_deref().and_then(known) {
                Some(value) => drop(args.insert(name, value)),
                None => candidate.remarks.push(format!(
                    "{}: the build argument {name} comes from whoever builds: say it under build: {{args: {{{name}: …}}}}",
                    self.evidence.place()
                )),
            }
        }
        args
    }

    pub fn target(&self, layers: &Layers) -> Option<String> {
        let build = self.recipe(layers)?;
        known(text_at(build, &["target"])?)
    }

    /// All that becomes a line of plat.yaml.
    pub fn tell(&self, layers: &Layers, candidate: &mut Candidate) {
        self.ports(layers, candidate);
        self.variables(layers, candidate);
        self.command(layers, candidate);
        self.volumes(layers, candidate);
        self.resources(layers, candidate);
        self.needs(layers, candidate);
        if let Some((path, test)) =
            self.get(layers, "healthcheck").and_then(|(path, node)| Some((path, at(node, &["test"])?)))
        {
            let text = list(test).into_iter().filter_map(Node::text).collect::<Vec<_>>().join(" ");
            if let Some(port) = health::port_in_command(&text) {
                candidate.claim(Fact::Port(port), Trust::Note, layers.at(path, test));
            }
            if let Some(health) = health::in_command(&text) {
                candidate.claim(Fact::Health(health), Trust::Published, layers.at(path, test));
            }
        }
        if let Some((path, user)) = self.get(layers, "user") {
            let text = user.text().and_then(known).unwrap_or_default();
            if text.parse::<User>().is_ok() {
                candidate.claim(Fact::User(text), Trust::Published, layers.at(path, user));
            }
        }
    }

    fn ports(&self, layers: &Layers, candidate: &mut Candidate) {
        for (field, trust) in [("ports", Trust::Published), ("expose", Trust::Note)] {
            let Some((path, ports)) = self.get(layers, field) else { continue };
            for port in list(ports) {
                let number = match &port.content {
                    Content::Map(_) => text_at(port, &["target"]).and_then(|port| port.parse().ok()),
                    _ => port.text().and_then(known).and_then(|port| container_port(&port)),
                };
                if let Some(number) = number {
                    candidate.claim(Fact::Port(number), trust, layers.at(path, port));
                }
            }
        }
    }

    /// Each variable once: the most special file says it.
    fn variables(&self, layers: &Layers, candidate: &mut Candidate) {
        let mut seen: Vec<String> = Vec::new();
        for (path, environment) in layers.all(&self.name, "environment") {
            for (name, value, line) in pairs(layers, environment) {
                if !seen.contains(&name) {
                    let evidence = layers.line(path, line);
                    let another = self.names_another(layers, &name, value.as_deref(), candidate);
                    match value.as_deref().and_then(known).filter(|value| another && !is_secret(&name, value)) {
                        Some(value) => {
                            candidate.claim(Fact::OfCompose(name.clone(), value), Trust::Variable, evidence);
                        }
                        None => variables::give(candidate, &name, value.as_deref(), evidence),
                    }
                    seen.push(name);
                }
            }
        }
        if let Some((path, files)) = self.get(layers, "env_file") {
            for file in list(files) {
                let Some(name) = file.text().or_else(|| text_at(file, &["path"])) else { continue };
                env_file(layers, &layers.at(path, file), name, candidate);
            }
        }
    }

    /// Whether it is, or has, a host name that only compose knows; then it is told.
    fn names_another(&self, layers: &Layers, name: &str, value: Option<&str>, candidate: &mut Candidate) -> bool {
        let value = value.and_then(known).unwrap_or_default();
        let host = value.split("://").last().unwrap_or_default().rsplit('@').next().unwrap_or_default();
        let host = host.split([':', '/']).next().unwrap_or_default();
        let is_another = |other: &&String| *other == host && **other != self.name;
        let Some(other) = layers.names.iter().find(is_another) else { return false };
        candidate.next.push(format!("{name} names {other}, which only compose knows: say where it is in the cluster"));
        true
    }

    fn command(&self, layers: &Layers, candidate: &mut Candidate) {
        for field in ["entrypoint", "command"] {
            let Some((path, node)) = self.get(layers, field) else { continue };
            let evidence = layers.at(path, node);
            let command = match &node.content {
                Content::List(items) => items.iter().filter_map(Node::text).map(str::to_owned).collect(),
                _ => node.text().map(words::command).unwrap_or_default(),
            };
            let text = command.join(" ");
            let folder = self.build(layers).map(|(context, _)| context).unwrap_or_default();
            let script = node::script_of(layers.repository, &folder, &text);
            let why = |text: &str| words::development(&words::line(text).words);
            if let Some(why) = why(&text).or_else(|| why(script.as_deref()?)) {
                candidate.remarks.push(format!("{evidence}: {why}, and is not taken"));
                continue;
            }
            if command.is_empty() {
                continue;
            }
            if let Some(port) = words::port(&command) {
                candidate.claim(Fact::Port(port), Trust::Argument, evidence.clone());
            }
            if words::is_worker(&command) {
                candidate.claim(Fact::Kind(Kind::Worker), Trust::Argument, evidence.clone());
            }
            let fact = if field == "command" { Fact::Args(command) } else { Fact::Command(command) };
            candidate.claim(fact, Trust::Published, evidence);
        }
    }

    /// A named volume is kept; what is mounted from the machine is the sources, or a file to be looked at.
    fn volumes(&self, layers: &Layers, candidate: &mut Candidate) {
        let Some((path, volumes)) = self.get(layers, "volumes") else { return };
        for volume in list(volumes) {
            let evidence = layers.at(path, volume);
            let (source, target) = match &volume.content {
                Content::Map(_) => (text_at(volume, &["source"]).unwrap_or_default(), text_at(volume, &["target"])),
                _ => match volume.text().unwrap_or_default().split_once(':') {
                    Some((source, rest)) => (source, rest.split(':').next()),
                    None => ("", volume.text()),
                },
            };
            let Some(target) = target.filter(|target| target.starts_with('/')) else { continue };
            match source {
                source if !is_mounted(source) && is_of_the_image(target) => {}
                "" => candidate.claim(Fact::Writable(target.to_owned()), Trust::Published, evidence),
                source if source.starts_with('/') => {
                    candidate.remarks.push(format!("{evidence}: a path of the machine, which no pod has: not taken"));
                }
                source if is_mounted(source) => {
                    let is_sources =
                        matches!(source.trim_end_matches('/'), "." | "./src" | "./app" | "..") || !source.contains('.');
                    if !is_sources && paths::name(source).contains('.') {
                        candidate.remarks.push(format!(
                            "{evidence}: a file that is mounted; config: mounts files beside plat.yaml in /etc/NAME"
                        ));
                    }
                }
                name => candidate.claim(Fact::Volume(name.to_owned(), target.to_owned()), Trust::Published, evidence),
            }
        }
    }

    fn resources(&self, layers: &Layers, candidate: &mut Candidate) {
        let deploy = self.get(layers, "deploy");
        let memory = deploy
            .and_then(|(path, node)| Some((path, at(node, &["resources", "limits", "memory"])?)))
            .or_else(|| self.get(layers, "mem_limit"));
        if let Some((path, node)) = memory {
            let text = as_memory(node.text().and_then(known).unwrap_or_default().trim_end_matches('b'));
            candidate.claim(Fact::Memory(text), Trust::Published, layers.at(path, node));
        }
        let cpu = deploy.and_then(|(path, node)| Some((path, at(node, &["resources", "reservations", "cpus"])?)));
        if let Some((path, node)) = cpu {
            candidate.claim(
                Fact::Cpu(node.text().unwrap_or_default().to_owned()),
                Trust::Published,
                layers.at(path, node),
            );
        }
    }

    /// What it depends on, as far as the cluster has to have it.
    fn needs(&self, layers: &Layers, candidate: &mut Candidate) {
        let Some((path, needed)) = self.get(layers, "depends_on") else { return };
        let entries = needed.entries().iter().map(|entry| (entry.key.as_str(), entry.key_span.line));
        let items = needed.items().iter().filter_map(|item| Some((item.text()?, item.span.line)));
        for (name, line) in entries.chain(items) {
            if !layers.names.iter().any(|known| known == name) {
                continue;
            }
            let place = layers.line(path, line).place();
            if layers.get(name, "build").is_some() {
                candidate.next.push(format!(
                    "needs {name} ({place}), a service of its own: in the cluster it is reached by the name in its plat.yaml"
                ));
                continue;
            }
            let image = layers.image(name).and_then(known);
            let what = image.map_or_else(|| name.to_owned(), |image| others::short(&image).to_owned());
            candidate.next.push(format!(
                "needs {what} ({place}): plat runs none of its own; point the service at one in the cluster"
            ));
        }
    }
}

/// `A: 1` of a map, `A=1` and `A` of a list: name, value, line. What has no value takes that of `.env`.
fn pairs(layers: &Layers, node: &Node) -> Vec<(String, Option<String>, usize)> {
    let of_entry = |entry: &Entry| {
        let value = entry.value.text().filter(|text| !text.is_empty() || !is_plain(&entry.value));
        (entry.key.clone(), value.map(str::to_owned), entry.key_span.line)
    };
    let of_text = |(text, line): (&str, usize)| match text.split_once('=') {
        Some((name, value)) => (name.to_owned(), Some(value.to_owned()), line),
        None => (text.to_owned(), None, line),
    };
    let mut pairs: Vec<(String, Option<String>, usize)> = match &node.content {
        Content::Map(entries) => entries.iter().filter(|entry| entry.key != "<<").map(of_entry).collect(),
        _ => list(node).into_iter().filter_map(|item| Some((item.text()?, item.span.line))).map(of_text).collect(),
    };
    for (name, value, _) in pairs.iter_mut().filter(|(_, value, _)| value.is_none()) {
        *value = layers.defaults.value(name).map(str::to_owned);
    }
    pairs
}

/// The names of an `env_file`: of its example, where it is not in the repository itself.
fn env_file(layers: &Layers, evidence: &Evidence, name: &str, candidate: &mut Candidate) {
    let path = paths::join(&layers.folder, name);
    let examples = [path.clone(), format!("{path}.example"), format!("{path}.sample"), format!("{path}.template")];
    let Some((file, text)) = examples.iter().find_map(|path| Some((path, layers.repository.text(path)?))) else {
        candidate
            .remarks
            .push(format!("{evidence}: {path} is not there: what it gives belongs under env: or secrets:"));
        return;
    };
    let names = text.lines().map(|line| line.split('=').next().unwrap_or_default());
    for (line, name) in (1..).zip(names).filter(|(_, name)| !name.is_empty()) {
        let is_known = candidate.claims.iter().any(|claim| match &claim.fact {
            Fact::Env(known, _) | Fact::Secret(known) => known == name,
            _ => false,
        });
        if !is_known && !matches!(name, "PORT" | "NODE_ENV" | "HOST") {
            let text = format!("{name}, whose value stays out of plat.yaml");
            let evidence = Evidence { file: file.clone(), line: Some(line), text };
            candidate.claim(Fact::Secret(name.to_owned()), Trust::Variable, evidence);
        }
    }
}

fn is_plain(node: &Node) -> bool {
    matches!(node.content, Content::Scalar { plain: true, .. })
}

/// `3000` of `127.0.0.1:8080:3000/tcp`; none for a range and for UDP.
fn container_port(text: &str) -> Option<u16> {
    let (text, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    text.rsplit(':').next()?.parse().ok().filter(|_| protocol == "tcp")
}

/// From the machine, not a volume.
fn is_mounted(source: &str) -> bool {
    source.starts_with(['.', '/', '~', '$'])
}

/// Whether a folder holds what the image brings: a volume keeps it from the sources that are mounted over it, which is
/// for development. Empty in each pod, it would be missing.
fn is_of_the_image(target: &str) -> bool {
    const FOLDERS: [&str; 8] = ["node_modules", ".venv", "venv", "vendor", "site-packages", ".next", ".nuxt", "target"];
    target.split('/').any(|folder| FOLDERS.contains(&folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("3000", Some(3000))]
    #[case("8080:3000", Some(3000))]
    #[case("127.0.0.1:8080:3000/tcp", Some(3000))]
    #[case("3000-3005", None)]
    #[case("53:53/udp", None)]
    fn the_side_of_the_container_counts(#[case] text: &str, #[case] expected: Option<u16>) {
        assert_eq!(container_port(text), expected);
    }
}
