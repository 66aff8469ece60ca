//! Quarkus and Micronaut: frameworks whose settings say where they listen.

use super::module::Module;
use super::settings::{self, Settings};
use crate::detect::claim::{Candidate, Evidence, Fact, Trust};

struct Framework {
    label: &'static str,
    /// What says that it is used: the beginning of an artifact's name.
    sign: &'static str,
    port: &'static str,
    /// The artifact that answers health, the setting of its path, and its default.
    health: (&'static str, &'static str, &'static str),
    root: &'static str,
}

const FRAMEWORKS: [Framework; 2] = [
    Framework {
        label: "Quarkus",
        sign: "quarkus",
        port: "quarkus.http.port",
        health: ("quarkus-smallrye-health", "quarkus.smallrye-health.root-path", "/q/health/ready"),
        root: "quarkus.http.root-path",
    },
    Framework {
        label: "Micronaut",
        sign: "micronaut",
        port: "micronaut.server.port",
        health: ("micronaut-management", "endpoints.all.path", "/health/readiness"),
        root: "micronaut.server.context-path",
    },
];

/// Extensions and modules that bring a server.
const WEB: [&str; 13] = [
    "quarkus-rest",
    "quarkus-websockets",
    "quarkus-vertx-http",
    "quarkus-funqy-http",
    "quarkus-resteasy",
    "quarkus-reactive-routes",
    "quarkus-vertx-web",
    "quarkus-smallrye-graphql",
    "quarkus-smallrye-health",
    "quarkus-grpc",
    "quarkus-undertow",
    "micronaut-http-server",
    "micronaut-gradle-plugin",
];

/// Whether the module becomes a program by Quarkus' own plugin; it has no `main` of its own.
pub fn is_built(module: &Module) -> bool {
    ["quarkus-maven-plugin", "quarkus-gradle-plugin"].iter().any(|plugin| module.uses_exactly(plugin).is_some())
}

/// The label of the framework, where one is used that serves something.
pub fn tell(module: &Module, settings: &Settings, candidate: &mut Candidate) -> Option<&'static str> {
    let framework = FRAMEWORKS.iter().find(|framework| module.uses(framework.sign).is_some())?;
    let web = WEB.iter().find_map(|name| module.uses(name))?;
    let port = settings.get(framework.port).and_then(|(value, evidence)| Some((settings::port(&value)?, evidence)));
    if let Some(((port, trust), evidence)) = port {
        candidate.claim(Fact::Port(port), trust, evidence);
    } else {
        let text = format!("{}'s default, no {} in its settings", framework.label, framework.port);
        candidate.claim(Fact::Port(8080), Trust::Default, Evidence { text, ..web.clone() });
    }
    let (artifact, setting, default) = framework.health;
    if let Some(evidence) = module.uses_exactly(artifact) {
        let root =
            settings.get(framework.root).map(|(path, _)| path.trim_end_matches('/').to_owned()).unwrap_or_default();
        if let Some((_, place)) = settings.get(setting) {
            candidate.remarks.push(format!("{place}: the path of health is its own here; add it as health:"));
        } else {
            let path = format!("{root}{default}");
            candidate.claim(Fact::Health(path), Trust::Configuration, evidence.clone());
        }
    }
    Some(framework.label)
}
