//! What must hold between fields: one rule a function, listed in [`RULES`].

use serde_json::Value;

use super::problem::{Finding, Span};
use super::tree::{Content, Entry, Node};
use crate::text::nearest;

/// A service as one environment sees it: the tree for positions and presence, the values that were understood.
pub(super) struct Subject<'a> {
    pub node: &'a Node,
    pub value: &'a Value,
}

type Rule = fn(&Subject) -> Vec<Finding>;

const RULES: &[Rule] = &[
    port_fits_the_kind,
    health_needs_a_port,
    one_image,
    range_is_ascending,
    secrets_are_not_in_env,
    config_names_differ,
    memory_is_enough_to_start,
];

pub(super) fn check(subject: &Subject) -> Vec<Finding> {
    if !matches!(subject.node.content, Content::Map(_)) {
        return Vec::new();
    }
    RULES.iter().flat_map(|rule| rule(subject)).collect()
}

impl Subject<'_> {
    fn entry(&self, key: &str) -> Option<&Entry> {
        self.node.entry(key)
    }

    /// None when the kind itself could not be understood.
    fn is_worker(&self) -> Option<bool> {
        match self.entry("kind") {
            None => Some(false),
            Some(_) => self.value["kind"].as_str().map(|kind| kind == "worker"),
        }
    }
}

fn port_fits_the_kind(subject: &Subject) -> Vec<Finding> {
    // `prot: 8080` has its own problem, whose mending mends this one.
    let misspelt = || subject.node.entries().iter().any(|entry| nearest(&entry.key, ["port"]).is_some());
    match (subject.is_worker(), subject.entry("port")) {
        (Some(false), None) if misspelt() => Vec::new(),
        (Some(false), None) => {
            // Shown where a reader would add it: under the name.
            let at = subject.entry("name").map_or(subject.node.span, |entry| entry.key_span);
            vec![
                Finding::new(at, "`port` is missing")
                    .hint("add `port: 8080` (where the service listens), or `kind: worker` if it listens nowhere"),
            ]
        }
        (Some(true), Some(port)) => vec![
            Finding::new(port.key_span, "a worker has no `port`").hint("remove the line, or make it `kind: service`"),
        ],
        _ => Vec::new(),
    }
}

fn health_needs_a_port(subject: &Subject) -> Vec<Finding> {
    match (subject.is_worker(), subject.entry("health"), subject.value["health"].as_str()) {
        (Some(true), Some(health), Some(kind)) if kind != "none" => {
            vec![Finding::new(health.key_span, "a worker has no port that `health` could ask").hint("remove the line")]
        }
        _ => Vec::new(),
    }
}

fn one_image(subject: &Subject) -> Vec<Finding> {
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

fn range_is_ascending(subject: &Subject) -> Vec<Finding> {
    let range = &subject.value["replicas"];
    let (Some(min), Some(max)) = (range["min"].as_u64(), range["max"].as_u64()) else { return Vec::new() };
    let at = subject.entry("replicas").and_then(|replicas| replicas.value.entry("min")).map(|min| min.value.span);
    match at {
        Some(at) if min > max => vec![
            Finding::new(at, format!("`replicas.min` is {min}, more than `replicas.max`, which is {max}"))
                .hint("swap them, or raise `max`"),
        ],
        _ => Vec::new(),
    }
}

fn secrets_are_not_in_env(subject: &Subject) -> Vec<Finding> {
    let (Some(env), Some(secrets)) = (subject.entry("env"), subject.entry("secrets")) else { return Vec::new() };
    texts(&secrets.value)
        .filter_map(|(key, span)| {
            let line = env.value.entry(key)?.key_span.line;
            Some(
                Finding::new(span, format!("`{key}` is in `secrets` and, on line {line}, in `env`"))
                    .hint("a variable has one source; remove one of them"),
            )
        })
        .collect()
}

/// Files are mounted by their name alone, as `kubectl create configmap --from-file` does it.
fn config_names_differ(subject: &Subject) -> Vec<Finding> {
    let Some(config) = subject.entry("config") else { return Vec::new() };
    let paths: Vec<(&str, Span)> = texts(&config.value).collect();
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

fn memory_is_enough_to_start(subject: &Subject) -> Vec<Finding> {
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

fn texts(list: &Node) -> impl Iterator<Item = (&str, Span)> {
    list.items().iter().filter_map(|item| item.text().map(|text| (text, item.span)))
}
