//! Who is told to listen on a port: by the ports that it declares, by a variable, by an argument.

use std::sync::LazyLock;

use k8s_openapi::api::core::v1::Container;
use regex::Regex;

use crate::rollout::text::escape;
use crate::text::ascii_regex;

/// An address on which something listens for others: no program calls one.
static EVERYWHERE: LazyLock<Regex> =
    LazyLock::new(|| ascii_regex(r"^(?:\w+://)?(?:\*|\+|0\.0\.0\.0|\[::\]|::)?:(?<port>\d{1,5})/?$"));
/// One that may be listened on, or called.
static HERE: LazyLock<Regex> =
    LazyLock::new(|| ascii_regex(r"^(?:\w+://)?(?:localhost|127\.0\.0\.1|\[::1\]):(?<port>\d{1,5})/?$"));
/// Words in the name of what listens; of a number they are all of its words but `port`.
const OWN: [&str; 22] = [
    "port",
    "ports",
    "http",
    "https",
    "grpc",
    "server",
    "listen",
    "listener",
    "bind",
    "address",
    "addr",
    "app",
    "web",
    "api",
    "container",
    "metrics",
    "admin",
    "health",
    "management",
    "aspnetcore",
    "p",
    "nginx",
];

/// Where the container is told to listen on this port: `LISTEN_ADDR=:8080`, `--port=8080`. Each name once.
pub(super) fn told(container: &Container, port: i32) -> Vec<String> {
    let variables = container.env.iter().flatten();
    let variables = variables.filter_map(|one| Some((one.name.clone(), one.value.clone()?)));
    let words = container.command.iter().chain(&container.args).flatten();
    let words: Vec<&str> = words.flat_map(|word| word.split_whitespace()).collect();
    let own =
        variables.filter(|(name, value)| listens(name, value, port)).map(|(name, value)| format!("{name}={value}"));
    let next = words.iter().skip(1).copied().chain(std::iter::once(""));
    let flags = words.iter().copied().zip(next).filter_map(|(word, next)| flag(word, next, port));
    let mut all: Vec<String> = own.chain(flags).map(|one| escape(&one)).collect();
    all.dedup();
    all
}

/// `--port=8080`, `--port 8080`, `0.0.0.0:8080`
fn flag(word: &str, next: &str, port: i32) -> Option<String> {
    let Some(name) = word.strip_prefix('-') else { return address(&EVERYWHERE, word, port).then(|| word.to_owned()) };
    // `-Dserver.port=8080` of the JVM.
    let name = name.trim_start_matches('-');
    let name = name.strip_prefix('D').filter(|rest| rest.contains('.')).unwrap_or(name);
    match name.split_once('=') {
        Some((name, value)) => listens(name, value, port).then(|| word.to_owned()),
        // An address that stands alone is found by itself.
        None if EVERYWHERE.is_match(next) => None,
        None => listens(name, next, port).then(|| format!("{word} {next}")),
    }
}

fn address(pattern: &Regex, value: &str, port: i32) -> bool {
    value
        .split([',', ';'])
        .any(|one| pattern.captures(one.trim()).is_some_and(|found| found["port"].parse() == Ok(port)))
}

/// Whether something of this name with this value is where its program listens.
fn listens(name: &str, value: &str, port: i32) -> bool {
    let name = name.to_lowercase();
    let parts: Vec<&str> = name.split(['_', '-', '.']).filter(|part| !part.is_empty()).collect();
    let is_number = value.split([',', ';']).any(|one| one.trim().parse() == Ok(port));
    let is_port = parts.last().is_some_and(|last| ["port", "ports", "p"].contains(last));
    let says_listen = parts.iter().any(|part| ["listen", "listener", "bind"].contains(part));
    address(&EVERYWHERE, value, port)
        || says_listen && address(&HERE, value, port)
        || is_number && is_port && parts.iter().all(|part| OWN.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case("LISTEN_ADDR", ":8080", true)]
    #[case("PORT", "8080", true)]
    #[case("ASPNETCORE_URLS", "http://+:8080;https://+:8443", true)]
    #[case("ASPNETCORE_HTTP_PORTS", "8080", true)]
    #[case("METRICS_PORT", "8080", true)]
    #[case("BIND", "127.0.0.1:8080", true)]
    #[case::of_another("DB_PORT", "8080", false)]
    #[case::called("UPSTREAM", "http://localhost:8080", false)]
    #[case::another_host("LISTEN_TO", "api:8080", false)]
    #[case::another_port("PORT", "18080", false)]
    #[case::a_number("WORKERS", "8080", false)]
    fn a_variable_names_what_is_listened_on(#[case] name: &str, #[case] value: &str, #[case] expected: bool) {
        let container = serde_json::from_value(json!({"name": "a", "env": [{"name": name, "value": value}]}));
        assert_eq!(!told(&container.expect("a container"), 8080).is_empty(), expected);
    }

    #[rstest]
    #[case(json!(["--port=8080"]), &["--port=8080"])]
    #[case(json!(["--http-port", "8080"]), &["--http-port 8080"])]
    #[case(json!(["-Dserver.port=8080", "-jar", "a.jar"]), &["-Dserver.port=8080"])]
    #[case(json!(["sh", "-c", "exec httpd -f -p 8080"]), &["-p 8080"])]
    #[case(json!(["manage.py", "runserver", "0.0.0.0:8080"]), &["0.0.0.0:8080"])]
    #[case(json!(["--listen", ":8080"]), &[":8080"])]
    #[case::called(json!(["--upstream=http://127.0.0.1:8080"]), &[])]
    #[case::of_another(json!(["--redis-port=8080"]), &[])]
    fn an_argument_names_it(#[case] args: serde_json::Value, #[case] expected: &[&str]) {
        let container = serde_json::from_value(json!({"name": "a", "args": args}));
        assert_eq!(told(&container.expect("a container"), 8080), expected);
    }
}
