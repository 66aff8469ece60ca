//! The command that serves an application in production, by what the project depends on.

use super::applications::{Application, Protocol};
use super::project::Project;
use crate::detect::claim::Evidence;

/// A server, and what says that it is there.
pub struct Served {
    pub name: &'static str,
    pub port: u16,
    pub evidence: Evidence,
}

struct Server {
    /// As it is called on `PyPI`.
    name: &'static str,
    protocol: Protocol,
    /// What its documentation says that it listens on.
    port: u16,
    /// `{}` stands for the application.
    command: &'static [&'static str],
    /// The same for a function that makes it.
    factory: &'static [&'static str],
}

/// The first one that the project depends on is taken.
const SERVERS: [Server; 8] = [
    Server {
        name: "uvicorn",
        protocol: Protocol::Asgi,
        port: 8000,
        command: &["uvicorn", "{}", "--host", "0.0.0.0", "--port", "$(PORT)"],
        factory: &["uvicorn", "--factory", "{}", "--host", "0.0.0.0", "--port", "$(PORT)"],
    },
    Server {
        name: "hypercorn",
        protocol: Protocol::Asgi,
        port: 8000,
        command: &["hypercorn", "--bind", "0.0.0.0:$(PORT)", "{}"],
        factory: &["hypercorn", "--bind", "0.0.0.0:$(PORT)", "{}()"],
    },
    Server {
        name: "granian",
        protocol: Protocol::Asgi,
        port: 8000,
        command: &["granian", "--interface", "asgi", "--host", "0.0.0.0", "--port", "$(PORT)", "{}"],
        factory: &["granian", "--interface", "asgi", "--factory", "--host", "0.0.0.0", "--port", "$(PORT)", "{}"],
    },
    Server {
        name: "daphne",
        protocol: Protocol::Asgi,
        port: 8000,
        command: &["daphne", "-b", "0.0.0.0", "-p", "$(PORT)", "{}"],
        factory: &[],
    },
    Server {
        name: "gunicorn",
        protocol: Protocol::Wsgi,
        port: 8000,
        command: &["gunicorn", "--bind", "0.0.0.0:$(PORT)", "{}"],
        factory: &["gunicorn", "--bind", "0.0.0.0:$(PORT)", "{}()"],
    },
    Server {
        name: "waitress",
        protocol: Protocol::Wsgi,
        port: 8080,
        command: &["waitress-serve", "--host=0.0.0.0", "--port=$(PORT)", "{}"],
        factory: &["waitress-serve", "--host=0.0.0.0", "--port=$(PORT)", "--call", "{}"],
    },
    Server {
        name: "uwsgi",
        protocol: Protocol::Wsgi,
        port: 8000,
        command: &["uwsgi", "--http-socket", "0.0.0.0:$(PORT)", "--module", "{}"],
        factory: &["uwsgi", "--http-socket", "0.0.0.0:$(PORT)", "--module", "{}()"],
    },
    Server {
        name: "granian",
        protocol: Protocol::Wsgi,
        port: 8000,
        command: &["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "$(PORT)", "{}"],
        factory: &[],
    },
];

/// Packages that bring a server along.
const BRINGS: [(&str, &str); 4] = [
    ("fastapi[standard]", "uvicorn"),
    ("fastapi[all]", "uvicorn"),
    ("litestar[standard]", "uvicorn"),
    ("litestar-granian", "granian"),
];

/// None where the project depends on no server that can.
#[must_use]
pub fn command(project: &Project, application: &Application) -> Option<(Vec<String>, Served)> {
    let module = project.module(&application.file)?;
    serve(project, application.protocol, &format!("{module}:{}", application.name), application.is_factory)
}

/// The same for an application that is known by its name: `shop.wsgi:application`.
#[must_use]
pub fn serve(project: &Project, protocol: Protocol, name: &str, is_factory: bool) -> Option<(Vec<String>, Served)> {
    SERVERS.iter().filter(|server| server.protocol == protocol).find_map(|server| {
        let brought = || {
            let of_it = BRINGS.iter().filter(|(_, brought)| *brought == server.name);
            of_it.into_iter().find_map(|(package, _)| match package.split_once('[') {
                Some((package, extra)) => project.extra(package, extra.trim_end_matches(']')),
                None => project.dependency(package),
            })
        };
        let evidence = project.dependency(server.name).or_else(brought)?.clone();
        let words = if is_factory { server.factory } else { server.command };
        let command: Vec<String> = words.iter().map(|word| word.replace("{}", name)).collect();
        (!command.is_empty()).then_some((command, Served { name: server.name, port: server.port, evidence }))
    })
}

/// `uvicorn, hypercorn or daphne`
#[must_use]
pub fn names(protocol: Protocol) -> String {
    let names: Vec<&str> =
        SERVERS.iter().filter(|server| server.protocol == protocol).map(|server| server.name).collect();
    crate::text::either(&names)
}
