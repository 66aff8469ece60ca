//! What a `service`, a `worker`, a `cron` and a `job` have.

use super::subject::Subject;
use crate::located::Finding;
use crate::text::nearest;

pub(super) fn port_fits_the_kind(subject: &Subject) -> Vec<Finding> {
    // `prot: 8080` has its own problem, whose fixing fixes this one.
    let misspelt = || subject.node.entries().iter().any(|entry| nearest(&entry.key, ["port"]).is_some());
    match (subject.kind(), subject.entry("port")) {
        (Some("service"), None) if misspelt() => Vec::new(),
        (Some("service"), None) => {
            // Shown where a reader would add it: under the name.
            let at = subject.entry("name").map_or(subject.node.span, |entry| entry.key_span);
            vec![
                Finding::new(at, "`port` is missing")
                    .hint("add `port: 8080` (where the service listens), or `kind: worker` if it listens nowhere"),
            ]
        }
        (Some(kind), Some(port)) if kind != "service" => vec![
            Finding::new(port.key_span, format!("a {kind} has no `port`"))
                .hint("remove the line, or make it `kind: service`"),
        ],
        _ => Vec::new(),
    }
}

/// Fields that mean something for some kinds only.
const ONLY: [(&str, &[&str], &str); 7] = [
    ("replicas", &["service", "worker"], "one copy runs at a time"),
    ("selector", &["service", "worker"], "nothing selects the pods of a Job"),
    ("restartOn", &["service", "worker"], "each run reads the Secret as it is then"),
    ("bake", &["service", "worker"], "it has succeeded when it has ended"),
    ("guard", &["service", "worker"], "it has succeeded when it has ended"),
    ("retries", &["cron", "job"], "Kubernetes restarts it for as long as it is deployed"),
    ("timeout", &["cron", "job"], "it runs for as long as it is deployed"),
];

pub(super) fn only_for_its_kind(subject: &Subject) -> Vec<Finding> {
    let Some(kind) = subject.kind() else { return Vec::new() };
    ONLY.iter()
        .filter(|(_, kinds, _)| !kinds.contains(&kind))
        .filter_map(|(field, kinds, why)| {
            let entry = subject.entry(field)?;
            Some(
                Finding::new(entry.key_span, format!("a {kind} has no `{field}`: {why}"))
                    .hint(format!("remove the line, or make it `kind: {}`", kinds.join("` or `kind: "))),
            )
        })
        .collect()
}

pub(super) fn health_needs_a_port(subject: &Subject) -> Vec<Finding> {
    match (subject.kind(), subject.entry("health"), subject.value["health"].as_str()) {
        (Some(kind), Some(health), Some(asked)) if kind != "service" && asked != "none" => {
            let message = format!("a {kind} has no port that `health` could ask");
            vec![Finding::new(health.key_span, message).hint("remove the line")]
        }
        _ => Vec::new(),
    }
}

pub(super) fn range_is_ascending(subject: &Subject) -> Vec<Finding> {
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

pub(super) fn restart_on_needs_secrets(subject: &Subject) -> Vec<Finding> {
    let has_secrets = subject.entry("secrets").is_some_and(|secrets| !secrets.value.items().is_empty());
    match subject.entry("restartOn") {
        Some(entry) if !has_secrets => {
            vec![
                Finding::new(entry.key_span, "`restartOn` watches the keys of `secrets`, and there are none")
                    .hint("list them: `secrets: [DB_URL]`, or remove the line"),
            ]
        }
        _ => Vec::new(),
    }
}
