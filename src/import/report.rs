//! What became of each field.

use serde_json::Value;

use super::defaults::{Reason, reason, steps};
use super::model::{Instead, Lost, Service};
use super::paths::{is_same, leaves, template, written};
use crate::text::foreign_line;

/// Longer values are not repeated.
const LONGEST: usize = 40;

/// One object: as it was, as plat.yaml's fields alone render it, as it should be, and as it is rendered in the end. Each
/// without what says nothing.
pub(super) struct Compared<'a> {
    /// `Deployment web`
    pub object: String,
    pub kind: &'a str,
    /// The name of the program's container.
    pub main: &'a str,
    pub original: &'a Value,
    pub base: &'a Value,
    pub target: &'a Value,
    pub rendered: &'a Value,
}

/// Notes it in the report.
pub(super) fn note(compared: &Compared, service: &mut Service) {
    let was = leaves(compared.original, compared.rendered);
    let is = leaves(compared.rendered, compared.original);
    let base = leaves(compared.base, compared.rendered);
    let wanted = leaves(compared.target, compared.rendered);
    let same = |one: Option<&Value>, other: Option<&Value>, path: &[String]| match (one, other) {
        (Some(one), Some(other)) => is_same(one, other, path),
        (one, other) => one.is_none() && other.is_none(),
    };
    for path in was.keys().chain(is.keys().filter(|path| !was.contains_key(*path))) {
        let (before, now) = (was.get(path), is.get(path));
        let field = || format!("{}: {}", compared.object, written(path));
        if !same(wanted.get(path), now, path) {
            service.lost.push(Lost { what: field(), why: "plat.yaml cannot say it".to_owned() });
        } else if now.is_none() && of_pod(path).is_some_and(|of_pod| same(before, is.get(&of_pod), path)) {
            service.kept += 1;
        } else if same(before, now, path) {
            service.kept += 1;
            if !same(base.get(path), now, path) {
                service.patched.push(field());
            }
        } else if path.last().is_none_or(|step| step != super::paths::ORDER) {
            let steps = steps(template(compared.kind), compared.main, path);
            instead(service, reason(compared.kind, &steps), Some(format!("{}{}", field(), change(path, before, now))));
        }
    }
    for path in wanted.keys().filter(|path| !was.contains_key(*path) && !is.contains_key(*path)) {
        let what = format!("{}: {}", compared.object, written(path));
        service.lost.push(Lost { what, why: "plat.yaml cannot say it".to_owned() });
    }
}

/// Where the same is said for the whole pod: a container without a word of its own has that.
fn of_pod(path: &[String]) -> Option<Vec<String>> {
    let at = path.iter().position(|step| step == "securityContext")?;
    let (pod, [list, _]) = path[..at].split_last_chunk()?;
    (list == "containers").then(|| [pod, &path[at..]].concat())
}

/// An object that plat adds.
pub(super) fn added(kind: &str, object: &str, service: &mut Service) {
    instead(service, reason(kind, &[]), Some(format!("{object} (new)")));
}

/// An object that becomes something else.
pub(super) fn became(kind: &str, object: &str, service: &mut Service) {
    instead(service, reason(kind, &[]), Some(object.to_owned()));
}

fn instead(service: &mut Service, (what, why): Reason, field: Option<String>) {
    match service.defaults.iter_mut().find(|known| known.what == what) {
        Some(known) => known.fields.extend(field),
        None => service.defaults.push(Instead {
            what: what.to_owned(),
            why: why.to_owned(),
            fields: field.into_iter().collect(),
        }),
    }
}

/// `: 8080 -> http`; nothing where a value is long, or could be secret.
fn change(path: &[String], before: Option<&Value>, now: Option<&Value>) -> String {
    let shown = |value: Option<&Value>| match value {
        None => Some("(none)".to_owned()),
        Some(Value::String(text)) => Some(foreign_line(text, LONGEST)),
        Some(value @ (Value::Number(_) | Value::Bool(_))) => Some(value.to_string()),
        Some(_) => None,
    };
    match shown(before).zip(shown(now)).filter(|_| !path.iter().any(|step| step == "env")) {
        Some((before, now)) => format!(": {before} -> {now}"),
        None => String::new(),
    }
}
