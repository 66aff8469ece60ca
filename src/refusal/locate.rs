//! A field of an object -> the line where somebody wrote it.

use std::ops::Range;

use serde_json::Value;

use super::complaint::{Complaint, What};
use crate::diff::Step;
use crate::error::Place;
use crate::files::{self, Origin};
use crate::located::{self, Node, Span};
use crate::manifests::Manifest;
use crate::spec;
use crate::text::{foreign_line, redact};

/// Where a field is written, or the nearest around it that is.
pub(super) struct Found<'o> {
    pub place: Place,
    /// A value without fields, as it is written.
    pub value: Option<String>,
    text: &'o str,
    span: Span,
}

impl Found<'_> {
    /// The line and a caret, without what is secret in it.
    pub fn excerpt(&self) -> Vec<String> {
        let line = self.text.lines().nth(self.span.line - 1).unwrap_or_default();
        // Objects can share a line.
        if line.contains("Secret") && (line.contains("data") || line.contains("stringData")) {
            return Vec::new();
        }
        located::excerpt(self.text, self.span).iter().map(|line| redact(line)).collect()
    }
}

/// None where nobody can look it up.
pub(super) fn field<'o>(complaint: &Complaint, manifest: &Manifest, origin: Option<&'o Origin>) -> Option<Found<'o>> {
    match origin? {
        Origin::Program(_) => None,
        Origin::Text { file, text, part, items } => {
            let (span, value) = in_document(complaint, manifest, text, (part.clone(), items.as_slice()));
            Some(found(file, text, span, value))
        }
        Origin::PlatYaml { file, text, environment, paths } => {
            let tree = spec::tree(spec::Source { text, file, environment: environment.as_deref() })?;
            let reached = paths.iter().filter_map(|path| in_plat_yaml(&tree, path, complaint, manifest));
            let reached = reached.max_by_key(|reached| reached.steps)?;
            Some(found(file, text, reached.span(complaint), reached.value(complaint)))
        }
    }
}

fn found<'o>(file: &str, text: &'o str, span: Span, value: Option<String>) -> Found<'o> {
    Found { place: Place::at(foreign_line(file, 200), span.line, span.column), value, text, span }
}

fn in_document(
    complaint: &Complaint,
    manifest: &Manifest,
    text: &str,
    (part, lists): (Range<usize>, &[usize]),
) -> (Span, Option<String>) {
    let start = part.start;
    let Some((root, before)) = files::tree(text, part) else { return (first_line(text, start), None) };
    let object = files::object(&root, lists).unwrap_or(&root);
    let reached = reach(object, &complaint.steps, &manifest.body, |node, index, _| node.items().get(index));
    let mut span = reached.span(complaint);
    if span.line == 1 {
        // A JSON object may begin in the middle of a line.
        let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
        span.column += text[line..start].chars().count();
    }
    span.line += before;
    (span, reached.value(complaint))
}

/// The first line from there on that says something.
fn first_line(text: &str, start: usize) -> Span {
    let rest = &text[start..];
    let begins = start + rest.len() - rest.trim_start().len();
    Span { line: text[..begins].matches('\n').count() + 1, column: 1, length: 1 }
}

fn in_plat_yaml<'n>(
    tree: &'n Node,
    path: &[String],
    complaint: &Complaint,
    manifest: &Manifest,
) -> Option<Reached<'n>> {
    let is_whole = path.first().is_some_and(|key| key == "extra");
    let mut span = tree.span;
    let root = path.iter().try_fold(tree, |node, key| match key.parse::<usize>() {
        Ok(index) if !node.items().is_empty() => node.items().get(index).inspect(|item| span = item.span),
        _ => files::entry(node, key).map(|(value, key)| {
            span = key;
            value
        }),
    })?;
    let reached = reach(root, &complaint.steps, &manifest.body, |node, index, item| {
        if is_whole { node.items().get(index) } else { of_same_name(node, item) }
    });
    let reached = if reached.steps == 0 { Reached { key: span, ..reached } } else { reached };
    // A patch that says nothing of the field is not its place.
    let is_said = !complaint.steps.is_empty() && reached.steps == complaint.steps.len();
    (is_whole || is_said).then_some(reached)
}

/// A patch names the item that it changes.
fn of_same_name<'n>(list: &'n Node, item: &Value) -> Option<&'n Node> {
    let name = item["name"].as_str()?;
    let is = |node: &&Node| files::entry(node, "name").is_some_and(|(value, _)| value.text() == Some(name));
    list.items().iter().find(is)
}

/// How far the way to a field leads in what is written.
struct Reached<'n> {
    node: &'n Node,
    /// Of its key, or of itself where it is an item.
    key: Span,
    steps: usize,
}

impl Reached<'_> {
    fn is_there(&self, complaint: &Complaint) -> bool {
        self.steps == complaint.steps.len() && complaint.rest.is_empty()
    }

    /// What the complaint is about: the name of a field, or its value.
    fn span(&self, complaint: &Complaint) -> Span {
        let of_name =
            matches!(complaint.what, What::All | What::Unknown | What::Twice | What::Missing(_) | What::Fixed);
        let is_value = self.node.text().is_some_and(|text| !text.is_empty());
        if !of_name && is_value && self.is_there(complaint) { self.node.span } else { self.key }
    }

    fn value(&self, complaint: &Complaint) -> Option<String> {
        self.node.text().filter(|_| self.is_there(complaint)).map(str::to_owned)
    }
}

/// `item`: the item of a list that is meant by an index, which the object has so.
fn reach<'n>(
    root: &'n Node,
    steps: &[Step],
    body: &Value,
    item: impl Fn(&'n Node, usize, &Value) -> Option<&'n Node>,
) -> Reached<'n> {
    let mut reached = Reached { node: root, key: root.span, steps: 0 };
    let mut body = body;
    for step in steps {
        let next = match step {
            Step::Key(key) => {
                body = &body[key.as_str()];
                files::entry(reached.node, key)
            }
            Step::Index(index) => {
                body = &body[*index];
                item(reached.node, *index, body).map(|node| (node, node.span))
            }
        };
        let Some((node, key)) = next else { break };
        reached = Reached { node, key, steps: reached.steps + 1 };
    }
    reached
}
