//! A complaint -> a sentence, and what to do.

use serde_json::Value;

use super::complaint::{Complaint, Type, What};
use super::schema::Schema;
use super::subject::Subject;
use crate::diff::{Step, get};
use crate::manifests::Manifest;
use crate::rollout::quantity;
use crate::spec::{as_label, as_memory};
use crate::text::{edits, either, foreign_line, nearest};

/// Edits of a slip of the fingers.
const SLIP: usize = 2;
/// Names that are listed where none is near.
const LISTED: usize = 12;
/// Longest name inside a sentence.
const WORD: usize = 80;

pub(super) fn say(complaint: &Complaint, subject: &Subject<'_>, schema: Option<&Schema>) -> (String, Vec<String>) {
    let Complaint { steps, rest, what } = complaint;
    let name = subject.name(steps, rest);
    match what {
        What::All => (format!("{name} is refused"), Vec::new()),
        What::Unknown => unknown(complaint, subject, schema),
        What::Twice => (format!("{name} is there twice"), vec!["keep one of them".to_owned()]),
        What::Type(wanted) => {
            let is = subject.value_in_words(complaint);
            let error = format!("{name} is {is}, and must be {}", in_words(*wanted));
            (error, of_type(*wanted, complaint, subject).into_iter().collect())
        }
        What::Missing(why) => {
            let is = if rest.is_empty() && subject.value(complaint).is_some() { "empty" } else { "missing" };
            let why = why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
            (format!("{name} is {is}{why}"), Vec::new())
        }
        What::Choice(choices) => {
            let choices: Vec<String> = choices.iter().map(|choice| foreign_line(choice, WORD)).collect();
            let choices: Vec<&str> = choices.iter().map(String::as_str).collect();
            let value = subject.value(complaint).and_then(Value::as_str);
            let not = subject.shown(complaint).map(|shown| format!(", not {shown}")).unwrap_or_default();
            let near = value.and_then(|value| nearest(value, choices.iter().copied()));
            (format!("{name} must be {}{not}", either(&choices)), near.map(did_you_mean).into_iter().collect())
        }
        What::NotFound => not_found(complaint, subject),
        What::Fixed => {
            let Manifest { kind, name: object, namespace, .. } = subject.manifest;
            (format!("{name} cannot be changed once the object is made"), anew(kind, object, namespace.as_deref()))
        }
        What::Quantity => {
            let text = subject.value(complaint).and_then(Value::as_str).unwrap_or_default();
            let guess = Some(as_memory(text)).filter(|guess| guess != text && quantity::parse(guess).is_some());
            let hint = guess.map_or_else(|| "write 500m, 0.5, 128Mi or 1Gi".to_owned(), |guess| did_you_mean(&guess));
            let is = subject.shown(complaint).map(|shown| format!("{shown}, ")).unwrap_or_default();
            (format!("{name} is {is}not a quantity"), vec![hint])
        }
        What::Refused(why) => {
            let is = subject.shown(complaint).map(|shown| format!(" is {shown}")).unwrap_or_default();
            (format!("{name}{is}: {why}"), of_refused(why, complaint, subject).into_iter().collect())
        }
    }
}

fn did_you_mean(near: &str) -> String {
    format!("did you mean `{}`?", foreign_line(near, WORD))
}

fn in_words(wanted: Type) -> &'static str {
    match wanted {
        Type::Text => "a text",
        Type::Number => "a number",
        Type::Boolean => "true or false",
        Type::Scalar => "a single value",
        Type::Map => "a map of fields",
        Type::List => "a list",
    }
}

/// A field that is not there: which was meant, or where it belongs.
fn unknown(complaint: &Complaint, subject: &Subject<'_>, schema: Option<&Schema>) -> (String, Vec<String>) {
    let (key, around) = match complaint.steps.split_last() {
        Some((Step::Key(key), around)) if complaint.rest.is_empty() => (key.as_str(), around),
        _ => (complaint.rest.trim_start_matches('.'), complaint.steps.as_slice()),
    };
    let place = if around.is_empty() { String::new() } else { format!(" in {}", subject.name(around, "")) };
    let error = format!("unknown field `{}`{place}", foreign_line(key, WORD));
    let Some(schema) = schema else { return (error, Vec::new()) };
    let kind = (subject.manifest.api_version.as_str(), subject.manifest.kind.as_str());
    let known = schema.keys(kind, around);
    let near = nearest(key, known.iter().copied());
    let elsewhere = || schema.belongs(kind, around, key);
    let hint = match near {
        Some(near) if edits(key, near) <= SLIP => Some(did_you_mean(near)),
        near => match (elsewhere(), near) {
            (Some(path), _) => {
                let path = if path.is_empty() { "the top of the object".to_owned() } else { format!("`{path}`") };
                Some(format!("it belongs under {path}: check the indentation"))
            }
            (None, Some(near)) => Some(did_you_mean(near)),
            (None, None) if known.is_empty() || known.len() > LISTED => None,
            (None, None) => Some(format!("known here: {}", foreign_line(&known.join(", "), 400))),
        },
    };
    (error, hint.into_iter().collect())
}

/// How a value becomes one of this type.
fn of_type(wanted: Type, complaint: &Complaint, subject: &Subject<'_>) -> Option<String> {
    let shown = subject.shown(complaint);
    let unquoted = shown.as_ref().map(|shown| shown.trim_matches('"').to_owned());
    match (wanted, subject.value(complaint)?) {
        (Type::Text, Value::Number(_) | Value::Bool(_)) => {
            Some(shown.map_or_else(|| "quote it".to_owned(), |shown| format!("quote it: \"{shown}\"")))
        }
        (Type::Number, Value::String(text)) if text.parse::<f64>().is_ok() => {
            Some(format!("write it without quotes{}", unquoted.map(|text| format!(": {text}")).unwrap_or_default()))
        }
        (Type::Boolean, Value::String(text)) if matches!(text.as_str(), "true" | "false") => {
            Some(format!("write it without quotes: {text}"))
        }
        (Type::Map, Value::Array(_)) => Some("take the `-` away from its fields, or check the indentation".to_owned()),
        (Type::Map, _) => Some("write its fields below it, two spaces further in".to_owned()),
        (Type::List, Value::Object(_)) => Some("begin each of its items with `- `".to_owned()),
        (Type::List, Value::Null) => Some("write its items below it, each with `- `, or remove the line".to_owned()),
        (Type::List, _) => Some(format!("write a list: [{}]", unquoted.unwrap_or_default())),
        _ => None,
    }
}

fn not_found(complaint: &Complaint, subject: &Subject<'_>) -> (String, Vec<String>) {
    let value = subject.value(complaint).and_then(Value::as_str).unwrap_or_default();
    let shown = subject.shown(complaint).unwrap_or_default();
    let name = subject.name(&complaint.steps, &complaint.rest);
    let volumes = match complaint.steps.as_slice() {
        // The pod that the container belongs to.
        [pod @ .., Step::Key(_), Step::Index(_), Step::Key(mounts), Step::Index(_), Step::Key(_)]
            if mounts == "volumeMounts" || mounts == "volumeDevices" =>
        {
            let container = &complaint.steps[..pod.len() + 2];
            let volumes = get(&subject.manifest.body, pod).map(|pod| &pod["volumes"]);
            let names: Vec<&str> = volumes
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(|volume| volume["name"].as_str())
                .collect();
            Some((subject.name(container, ""), names))
        }
        _ => None,
    };
    let Some((container, names)) = volumes else {
        return (format!("{name} names {shown}, which is not there"), Vec::new());
    };
    let hint = match nearest(value, names.iter().copied()) {
        Some(near) => did_you_mean(near),
        None if names.is_empty() => "add it under `volumes` of the pod: it has none".to_owned(),
        None => format!("add it under `volumes` of the pod, which has: {}", foreign_line(&names.join(", "), 200)),
    };
    (format!("{container} mounts the volume {shown}, which the pod does not have"), vec![hint])
}

fn of_refused(why: &str, complaint: &Complaint, subject: &Subject<'_>) -> Option<String> {
    let body = &subject.manifest.body;
    if why.contains("does not match template") {
        let labels = |value: &Value| foreign_line(&value.to_string(), 200);
        return Some(format!(
            "make them the same: the selector asks for {}, the labels of the template are {}",
            labels(&body["spec"]["selector"]["matchLabels"]),
            labels(&body["spec"]["template"]["metadata"]["labels"])
        ));
    }
    // pkg/registry/core/service: a port of the nodes, or an address of the cluster.
    if why.contains("already allocated") {
        return Some(
            "another Service has it (kubectl get services -A): choose another, or leave it out and Kubernetes picks a free one"
                .to_owned(),
        );
    }
    let text = subject.value(complaint).and_then(Value::as_str)?;
    let guess = why.contains("RFC 1123").then(|| as_label(text)).filter(|guess| guess != text && !guess.is_empty())?;
    subject.may_show(complaint).then(|| did_you_mean(&guess))
}

/// What can be done about a field that cannot change.
#[must_use]
pub fn anew(kind: &str, name: &str, namespace: Option<&str>) -> Vec<String> {
    let (kind, name) = (foreign_line(kind, WORD), foreign_line(name, WORD));
    let within = namespace.map(|namespace| format!(" -n {namespace}")).unwrap_or_default();
    let delete = format!("kubectl{within} delete {} {name}", kind.to_lowercase());
    let anew = match kind.as_str() {
        "StatefulSet" => {
            format!("or make it anew and keep its pods and volumes: {delete} --cascade=orphan; then deploy again")
        }
        "PersistentVolumeClaim" => {
            "do not make a claim anew before its data is safe: deleting it may delete the volume".to_owned()
        }
        "Job" => format!("or make it anew: {delete}; then deploy again (a Job runs once)"),
        _ => format!("or make it anew, which stops its pods for a moment: {delete}; then deploy again"),
    };
    vec![format!("put back the old value, or give the object another name ({kind} {name} stays then)"), anew]
}
