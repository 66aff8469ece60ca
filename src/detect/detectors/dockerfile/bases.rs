//! What well-known images do by themselves, as their makers document it.

use super::image::Image;
use crate::detect::paths;

/// Bases that listen by themselves, as their makers document it.
const LISTENING: [(&str, u16); 8] = [
    ("nginx-unprivileged", 8080),
    ("nginx", 80),
    ("httpd", 80),
    ("caddy", 80),
    ("wordpress", 80),
    ("tomcat", 8080),
    ("jetty", 8080),
    ("nextcloud", 80),
];
/// Bases that hold data.
const DATA: [&str; 14] = [
    "postgres",
    "postgis",
    "timescaledb",
    "mysql",
    "mariadb",
    "mongo",
    "redis",
    "valkey",
    "memcached",
    "rabbitmq",
    "kafka",
    "elasticsearch",
    "opensearch",
    "cassandra",
];

/// The program that listens, and its port.
#[must_use]
pub fn listening(base: &str) -> Option<(&'static str, u16)> {
    let is_apache = base.contains("php:") && base.contains("apache");
    let known = LISTENING.iter().find(|(name, _)| short(base) == *name).copied();
    known.or_else(|| is_apache.then_some(("Apache", 80)))
}

/// The last part of an image's name, without its tag.
fn short(base: &str) -> &str {
    paths::name(base.split('@').next().unwrap_or(base)).split(':').next().unwrap_or(base)
}

#[must_use]
pub fn is_data(base: &str) -> bool {
    DATA.contains(&short(base))
}

/// Bases that start nothing of their own but a shell: systems and languages.
const BARE: [&str; 28] = [
    "scratch",
    "alpine",
    "debian",
    "ubuntu",
    "busybox",
    "fedora",
    "centos",
    "rockylinux",
    "almalinux",
    "amazonlinux",
    "ubi-minimal",
    "ubi",
    "buildpack-deps",
    "gcc",
    "golang",
    "rust",
    "node",
    "python",
    "ruby",
    "php",
    "openjdk",
    "eclipse-temurin",
    "amazoncorretto",
    "maven",
    "gradle",
    "sdk",
    "runtime",
    "bash",
];
const SHELLS: [&str; 4] = ["sh", "bash", "ash", "zsh"];

/// Whether nothing runs in a container of it, until somebody says what.
#[must_use]
pub fn is_a_tool(image: &Image) -> bool {
    let is_shell = |words: &[String]| {
        let mut words = words.iter().map(String::as_str);
        words.next().is_some_and(|word| SHELLS.contains(&paths::name(word))) && words.all(|word| word.starts_with('-'))
    };
    match image.started() {
        Some((command, _)) => is_shell(&command.words),
        None => image.ports.is_empty() && BARE.contains(&short(&image.base)),
    }
}
