//! plat.yaml: model, located errors, environments, JSON Schema. Pure.
//!
//! ```text
//! text -> tree (with positions) -> check (each value against the schema) -> rules (between fields) -> Spec
//!                 \-> overlay (an environment laid over the service) -> check, rules
//! ```

mod check;
mod cron;
mod formats;
mod guess;
mod model;
mod overlay;
mod rules;
mod scalar;
mod schema;
#[cfg(test)]
mod tests;
mod tree;

use serde_json::Value;

use crate::located::{Finding, Node, START, Span};
use crate::text::nearest;

pub use crate::located::Problem;
pub use cron::Cron;
pub use guess::{as_label, as_memory};
pub use model::{
    Access, Before, Build, Deadline, Defaults, Environment, Extra, GatewayName, Guard, Health, Kind, Names, Patches,
    Platforms, Replicas, Resources, RestartOn, Route, RouteKind, Schedule, Spec, Stack, User, Volume, VolumeKind,
};
pub use rules::file_name as config_file_name;
pub use scalar::unsendable;

/// The JSON Schema of plat.yaml, as `plat schema` prints it and editors read it.
#[must_use]
pub fn json_schema() -> String {
    serde_json::to_string_pretty(schema::schema()).unwrap_or_default()
}

/// The place of a field in a plat.yaml that plat writes: as the model and its documentation have it.
#[must_use]
pub fn order(field: &str) -> usize {
    let fields = schema::schema()["properties"].as_object();
    fields.and_then(|fields| fields.keys().position(|known| known == field)).unwrap_or(usize::MAX)
}

/// Whether a text has this format of the schema.
///
/// # Panics
/// When there is no such format: a bug of the caller.
#[must_use]
pub fn fits(format: &str, text: &str) -> bool {
    formats::find(format).expect("a format of the table").accepts(text)
}

/// The service as plat.yaml says it without an environment.
///
/// # Errors
/// All problems of the file at once, in the order of the file.
pub fn parse(text: &str, file: &str) -> Result<Spec, Vec<Problem>> {
    for_environment(text, file, None)
}

/// The service as it is in the environment of that name.
///
/// Whichever is chosen, every environment is checked: a mistake in production is better found today.
///
/// # Errors
/// All problems of the file at once, in the order of the file; an environment that the file does not have.
pub fn for_environment(text: &str, file: &str, environment: Option<&str>) -> Result<Spec, Vec<Problem>> {
    let located = |findings: Vec<Finding>| findings.into_iter().map(|f| Problem::new(f, text, file)).collect();
    let (tree, mut findings) = tree::read(text).map_err(|finding| located(vec![finding]))?;
    let service = check::check(&tree, &mut findings);
    if environment.is_none() {
        findings.extend(rules::check(&rules::Subject { node: &tree, value: &service }));
    }
    let mut chosen = environment.is_none().then(|| service.clone());
    let environments = tree.entry("environments").map(|entry| entry.value.entries()).unwrap_or_default();
    for entry in environments {
        let (merged, missing) = overlay::merge(&tree, &entry.value);
        let (value, found) = checked(&merged);
        for finding in missing.into_iter().chain(found) {
            // The walk over the whole file has met every value that is wrong by itself.
            if findings.iter().all(|known| known.span != finding.span) {
                findings.push(Finding { message: format!("in {}: {}", entry.key, finding.message), ..finding });
            }
        }
        if environment == Some(entry.key.as_str()) {
            chosen = Some(value);
        }
    }
    if let Some(name) = environment.filter(|_| chosen.is_none()) {
        findings.push(no_such_environment(name, &tree));
    }
    findings.sort_by_key(|finding| finding.span);
    match chosen.map(serde_json::from_value) {
        Some(Ok(spec)) if findings.is_empty() => Ok(spec),
        // The schema is made from the types, so this happens only if the two were let drift apart.
        Some(Err(e)) if findings.is_empty() => Err(located(vec![Finding::new(tree.span, e.to_string())])),
        _ => Err(located(findings)),
    }
}

/// A problem of a file that `config` names, which shows only when it is opened: it points at the line that names it.
#[must_use]
pub fn config_problem(text: &str, file: &str, path: &str, message: String, hint: impl Into<String>) -> Problem {
    let tree = tree::read(text).ok().map(|(tree, _)| tree);
    let span = tree.and_then(|tree| {
        let environments = tree.entry("environments").map(|entry| entry.value.entries()).unwrap_or_default();
        let services = std::iter::once(&tree).chain(environments.iter().map(|entry| &entry.value));
        let mut items = services.filter_map(|node| node.entry("config")).flat_map(|entry| entry.value.items());
        items.find(|item| item.text() == Some(path)).map(|item| item.span)
    });
    Problem::new(Finding::new(span.unwrap_or(START), message).hint(hint), text, file)
}

/// A plat.yaml that was read: as someone wrote it, and the environment that was chosen of it.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    pub text: &'a str,
    pub file: &'a str,
    pub environment: Option<&'a str>,
}

/// A problem of a value that shows only when it is put to use. `path`: keys and indices from the top of the service, as
/// the environment has it; what is not there is shown at the nearest value around it.
#[must_use]
pub fn problem_at(source: Source, path: &[String], what: &str, hint: Option<String>) -> Problem {
    let Source { text, file, .. } = source;
    let span = tree(source).map_or(START, |tree| deepest(&tree, path));
    let name = path.iter().fold(String::new(), |name, key| match key.parse::<usize>() {
        Ok(index) => format!("{name}[{index}]"),
        Err(_) if name.is_empty() => key.clone(),
        Err(_) => format!("{name}.{key}"),
    });
    let finding = Finding { span, message: format!("`{name}` {what}"), hint };
    Problem::new(finding, text, file)
}

/// The service as the environment has it, each value where it was written.
#[must_use]
pub fn tree(source: Source) -> Option<Node> {
    let (tree, _) = tree::read(source.text).ok()?;
    let environments = tree.entry("environments").map(|entry| entry.value.entries()).unwrap_or_default();
    let chosen = environments.iter().find(|entry| Some(entry.key.as_str()) == source.environment);
    Some(match chosen {
        Some(environment) => overlay::merge(&tree, &environment.value).0,
        None => tree,
    })
}

fn deepest(tree: &Node, path: &[String]) -> Span {
    let (mut node, mut span) = (tree, tree.span);
    for key in path {
        if let Some(entry) = node.entry(key) {
            (node, span) = (&entry.value, entry.key_span);
        } else if let Some(item) = key.parse::<usize>().ok().and_then(|index| node.items().get(index)) {
            (node, span) = (item, item.span);
        } else {
            break;
        }
    }
    span
}

fn checked(node: &Node) -> (Value, Vec<Finding>) {
    let mut findings = Vec::new();
    let value = check::check(node, &mut findings);
    findings.extend(rules::check(&rules::Subject { node, value: &value }));
    (value, findings)
}

fn no_such_environment(name: &str, tree: &Node) -> Finding {
    let Some(environments) = tree.entry("environments") else {
        return Finding::new(START, format!("there is no environment `{name}`: the file has none"))
            .hint(format!("add `environments: {{{name}: {{namespace: {name}}}}}`, or leave out --env"));
    };
    let names: Vec<&str> = environments.value.entries().iter().map(|entry| entry.key.as_str()).collect();
    let finding = Finding::new(environments.key_span, format!("there is no environment `{name}`"));
    let known = names.join(", ");
    finding.hint(match nearest(name, names) {
        Some(near) => format!("did you mean `{near}`? The file has: {known}"),
        None => format!("the file has: {known}"),
    })
}
