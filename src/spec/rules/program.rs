//! What runs in the container.

use serde_json::Value;

use super::subject::{Subject, texts};
use crate::located::Node;
use crate::located::{Finding, Span};

pub(super) fn one_image(subject: &Subject) -> Vec<Finding> {
    match (subject.entry("image"), subject.entry("build")) {
        (Some(image), Some(build)) => {
            let (later, earlier) = if image.key_span > build.key_span { (image, build) } else { (build, image) };
            vec![
                Finding::new(
                    later.key_span,
                    format!("`{}` contradicts `{}` on line {}", later.key, earlier.key, earlier.key_span.line),
                )
                .hint("keep `image` for a ready image, `build` for one that plat builds"),
            ]
        }
        _ => Vec::new(),
    }
}

pub(super) fn secrets_are_not_in_env(subject: &Subject) -> Vec<Finding> {
    one_source(subject.entry("env").map(|env| &env.value), subject.entry("secrets").map(|secrets| &secrets.value))
}

/// A variable has one source.
pub(super) fn one_source(env: Option<&Node>, secrets: Option<&Node>) -> Vec<Finding> {
    let (Some(env), Some(secrets)) = (env, secrets) else { return Vec::new() };
    texts(secrets)
        .filter_map(|(key, span)| {
            let line = env.entry(key)?.key_span.line;
            Some(
                Finding::new(span, format!("`{key}` is in `secrets` and, on line {line}, in `env`"))
                    .hint("a variable has one source; remove one of them"),
            )
        })
        .collect()
}

/// A program that reads PORT listens there, and Service and probes ask on `port`.
pub(super) fn port_is_said_once(subject: &Subject) -> Vec<Finding> {
    let (Some(env), Some(port)) = (subject.entry_in("env", "PORT"), subject.entry("port")) else { return Vec::new() };
    let said = match &subject.value["env"]["PORT"] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let Some(wanted) = subject.value["port"].as_u64().filter(|wanted| wanted.to_string() != said) else {
        return Vec::new();
    };
    let message = format!("`env.PORT` is {said}, and `port` on line {} is {wanted}", port.key_span.line);
    vec![
        Finding::new(env.value.span, message)
            .hint("remove it: plat gives each program PORT, with the value of `port`; or make both the same"),
    ]
}

/// Files are mounted by their name alone, as `kubectl create configmap --from-file` does it.
pub(super) fn config_names_differ(subject: &Subject) -> Vec<Finding> {
    let lists = [subject.entry("config"), subject.entry_in("before", "config")];
    lists.into_iter().flatten().flat_map(|config| names_differ(&config.value)).collect()
}

fn names_differ(config: &Node) -> Vec<Finding> {
    let paths: Vec<(&str, Span)> = texts(config).collect();
    let repeated = |index: usize| {
        let (path, _) = paths[index];
        paths[..index].iter().find(|(other, _)| *other != path && file_name(other) == file_name(path))
    };
    (0..paths.len())
        .filter_map(|index| {
            let (other, _) = repeated(index)?;
            let (path, span) = paths[index];
            let message = format!("`{path}` and `{other}` would both be mounted as `{}`", file_name(path));
            Some(Finding::new(span, message).hint("rename one of the files"))
        })
        .collect()
}

/// The name under which a file of `config` is mounted.
#[must_use]
pub fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// runc cannot start a container with less (moby's own minimum, `daemon_unix.go`, is the same).
const LEAST_MEMORY: f64 = 6.0 * 1024.0 * 1024.0;

pub(super) fn memory_is_enough_to_start(subject: &Subject) -> Vec<Finding> {
    let Some(memory) = subject.entry("resources").and_then(|resources| resources.value.entry("memory")) else {
        return Vec::new();
    };
    let Some(text) = subject.value["resources"]["memory"].as_str() else { return Vec::new() };
    match bytes(text) {
        Some(bytes) if bytes < LEAST_MEMORY => {
            let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
            let message = format!("`resources.memory` is {text}, too little for a container to start");
            vec![Finding::new(memory.value.span, message).hint(format!("did you mean `{digits}Mi`?"))]
        }
        _ => Vec::new(),
    }
}

fn bytes(quantity: &str) -> Option<f64> {
    let number = quantity.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match &quantity[number.len()..] {
        "" => 1.0,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "Ki" => 1024.0,
        "Mi" => 1024.0 * 1024.0,
        "Gi" => 1024.0 * 1024.0 * 1024.0,
        "Ti" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * factor)
}
