//! Spring Boot: its port, and the health that Actuator answers.

use super::module::Module;
use super::settings::{self, Settings};
use crate::detect::claim::{Candidate, Evidence, Fact, Is, Trust};
use crate::detect::code::Program;
use crate::detect::health;
use crate::detect::pattern::Pattern;

/// Starters that bring a server.
const WEB: [&str; 7] = [
    "spring-boot-starter-web",
    "spring-boot-starter-webmvc",
    "spring-boot-starter-webflux",
    "spring-boot-starter-jersey",
    "spring-boot-starter-graphql",
    "spring-boot-starter-data-rest",
    "spring-boot-starter-hateoas",
];

/// Beginnings of others that do.
const SERVERS: [&str; 5] = [
    "spring-cloud-starter-gateway",
    "spring-cloud-starter-netflix-eureka-server",
    "spring-cloud-config-server",
    "spring-boot-admin-starter-server",
    "spring-boot-starter-websocket",
];

static MAPPING: Pattern =
    Pattern::new("@GetMapping(", r#"@GetMapping\(\s*(?:value\s*=\s*|path\s*=\s*)?\{?\s*"(?P<path>/?[\w/-]+)""#);
static ABOVE: Pattern =
    Pattern::new("@RequestMapping(", r#"@RequestMapping\(\s*(?:value\s*=\s*|path\s*=\s*)?\{?\s*"(?P<path>/?[\w/-]+)""#);

/// What it is: without a web starter it may be a worker or a job, which only its code knows.
pub fn tell(module: &Module, settings: &Settings, program: &Program, candidate: &mut Candidate) -> Is {
    let web = WEB.iter().find_map(|starter| module.uses_exactly(starter));
    let web = web.or_else(|| SERVERS.iter().find_map(|name| module.uses(name)));
    // What it listens on may be kept elsewhere.
    let elsewhere = module.uses_exactly("spring-cloud-starter-config").cloned().or_else(|| {
        settings.get("spring.config.import").filter(|(value, _)| value.contains("configserver")).map(|(_, at)| at)
    });
    match (settings.get("server.port").and_then(|(value, evidence)| Some((settings::port(&value)?, evidence))), web) {
        (Some(((port, trust), evidence)), _) => {
            candidate.claim(Fact::Port(port), trust, evidence);
        }
        (None, Some(_)) if elsewhere.is_some() => {
            let place = elsewhere.map(|evidence| evidence.to_string()).unwrap_or_default();
            candidate
                .remarks
                .push(format!("{place}: its settings, server.port perhaps among them, come from a config server"));
        }
        (None, Some(web)) => {
            let file = settings.files().unwrap_or_else(|| "application.properties".to_owned());
            let text = format!("Spring Boot's default, no server.port in {}", crate::detect::paths::name(&file));
            candidate.claim(Fact::Port(8080), Trust::Default, Evidence { text, ..web.clone() });
        }
        (None, None) => {}
    }
    let base = ["server.servlet.context-path", "spring.webflux.base-path"].iter().find_map(|name| settings.get(name));
    let base = base.map(|(value, _)| value.trim_end_matches('/').to_owned()).unwrap_or_default();
    if let Some(actuator) = module.uses_exactly("spring-boot-starter-actuator") {
        health_of_actuator(module, settings, &base, actuator, candidate);
    } else {
        let above = program.first(&ABOVE);
        for (evidence, groups) in program.all(&MAPPING) {
            let path = groups.get(1).cloned().flatten().unwrap_or_default();
            let same_file = above.as_ref().filter(|(above, _)| above.file == evidence.file);
            let prefix = same_file.and_then(|(_, groups)| groups.get(1).cloned().flatten()).unwrap_or_default();
            let whole = format!("{base}/{}/{}", prefix.trim_matches('/'), path.trim_matches('/')).replace("//", "/");
            if let Some(path) = health::path(&whole) {
                candidate.claim(Fact::Health(path), Trust::Code, evidence);
            }
        }
    }
    if web.is_some() { Is::Service } else { Is::Program }
}

/// In Kubernetes, which it sees by itself, Spring Boot answers readiness apart since 2.3, unless that is switched off.
fn health_of_actuator(
    module: &Module,
    settings: &Settings,
    base: &str,
    actuator: &Evidence,
    candidate: &mut Candidate,
) {
    let port = settings.get("management.server.port");
    if let Some((value, evidence)) =
        port.filter(|(value, _)| settings.get("server.port").is_none_or(|(port, _)| port != *value))
    {
        candidate.remarks.push(format!(
            "{evidence}: Actuator answers on the port {value} alone, so no `health` is asked on the service's own"
        ));
        return;
    }
    let path =
        settings.get("management.endpoints.web.base-path").map_or_else(|| "/actuator".to_owned(), |(path, _)| path);
    let switched =
        settings.get("management.endpoint.health.probes.enabled").map(|(value, evidence)| (value == "true", evidence));
    let is_old = module.spring.as_deref().is_some_and(|version| {
        version.starts_with("1.") || ["2.0", "2.1", "2.2"].iter().any(|old| version.starts_with(old))
    });
    let whole = format!("{base}/{}/health", path.trim_matches('/'));
    let (path, evidence) = match switched {
        Some((false, evidence)) => (whole, evidence),
        Some((true, evidence)) => (format!("{whole}/readiness"), evidence),
        None if is_old => (whole, actuator.clone()),
        None => {
            let text = "Actuator; in Kubernetes it answers readiness apart".to_owned();
            (format!("{whole}/readiness"), Evidence { text, ..actuator.clone() })
        }
    };
    candidate.claim(Fact::Health(path), Trust::Configuration, evidence);
    if let Some(security) = module.uses_exactly("spring-boot-starter-security") {
        candidate
            .remarks
            .push(format!("{security}: a filter chain of your own has to let the health path through without a login"));
    }
}
