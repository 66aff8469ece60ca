//! What was seen of each service, the plat.yaml that follows from it, and the table at the end.

use console::Style;
use serde::Serialize;
use serde_json::Value;

use crate::detect::{self, Evidence, Line, Seen, Service, Unknown, Unset};
use crate::error::{Error, Result};
use crate::event;
use crate::text::{counted, escape, foreign_line};
use crate::ui::Ui;

/// Columns of a value before its evidence.
const VALUE: usize = 34;
/// Places of one value that are told beside the first.
const EVIDENCE: usize = 9;
/// Folders of libraries that are named.
const LIBRARIES: usize = 8;
/// Remarks of a folder that are told.
const REMARKS: usize = 20;

/// A service and its file.
pub struct Proposal {
    pub service: Service,
    pub text: String,
    pub is_written: bool,
}

impl Proposal {
    /// # Errors
    /// When plat would not read its own file: a bug.
    pub fn of(service: Service) -> Result<Self> {
        let text = detect::text(&service);
        detect::check(&text, &service.file).map_err(|problems| {
            let bug = Error::bug("plat init made a plat.yaml that plat does not read").at(&service.file);
            problems.iter().fold(bug, |bug, problem| bug.detail(problem.to_string()))
        })?;
        Ok(Self { service, text, is_written: false })
    }

    fn state(&self) -> &'static str {
        match (self.is_written, self.service.exists, self.service.unknown.is_empty()) {
            (_, true, _) => "there already",
            (true, _, true) => "written",
            (true, _, false) => "written, incomplete",
            (false, _, true) => "not written",
            (false, _, false) => "incomplete",
        }
    }
}

/// One line of `--output json`: of a service.
#[derive(Serialize)]
struct ServiceLine<'a> {
    event: &'static str,
    service: &'a str,
    kind: crate::spec::Kind,
    label: &'a str,
    file: &'a str,
    exists: bool,
    written: bool,
    plat_yaml: &'a str,
    lines: Vec<FieldLine<'a>>,
    seen: &'a [Seen],
    unknown: &'a [Unknown],
    unset: &'a [Unset],
    remarks: &'a [String],
    next: &'a [String],
    version: u32,
}

#[derive(Serialize)]
struct FieldLine<'a> {
    field: &'static str,
    value: &'a Value,
    evidence: &'a [Evidence],
}

/// The last line of `--output json`.
#[derive(Serialize)]
struct Summary<'a> {
    event: &'static str,
    services: usize,
    written: usize,
    libraries: usize,
    remarks: &'a [String],
    version: u32,
}

/// What was seen of each, and its file where that is still to be agreed to.
pub fn show(proposals: &[Proposal], is_brief: bool, ui: &Ui) {
    if ui.is_data() {
        return;
    }
    for proposal in proposals {
        ui.data(&page(proposal, ui));
        if !is_brief && !proposal.service.exists {
            ui.data(&format!("  {}", ui.paint_data(&Style::new().bold(), &proposal.service.file)));
            ui.data(&proposal.text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n"));
            ui.data("");
        }
    }
}

/// The table, what else was seen, and what to do next; for programs all of it.
pub fn end(proposals: &[Proposal], libraries: &[String], remarks: &[String], ui: &Ui) {
    if ui.is_data() {
        for proposal in proposals {
            ui.value(&line(proposal));
        }
        let written = proposals.iter().filter(|proposal| proposal.is_written).count();
        let (services, version) = (proposals.len(), event::VERSION);
        ui.value(&Summary { event: "summary", services, written, libraries: libraries.len(), remarks, version });
        return;
    }
    if proposals.len() > 1 {
        ui.data(
            &ui.table(&["FILE", "SERVICE", "KIND", "PORT", "HEALTH", "WHAT", ""], proposals.iter().map(row).collect()),
        );
    }
    if !libraries.is_empty() && proposals.len() > 1 {
        let more = libraries.len().saturating_sub(LIBRARIES);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let named = foreign_line(&libraries[..libraries.len().min(LIBRARIES)].join(", "), 300);
        let count = counted(libraries.len(), "project");
        ui.note(&format!("{count} beside them, which no plat.yaml is for: {named}{more}"));
    }
    for remark in remarks.iter().take(REMARKS) {
        ui.note(&format!("note: {}", foreign_line(remark, 400)));
    }
    if proposals.iter().any(|proposal| proposal.is_written) && proposals.iter().all(|p| p.service.unknown.is_empty()) {
        next(proposals, ui);
    }
}

fn next(proposals: &[Proposal], ui: &Ui) {
    ui.note("next:");
    match proposals {
        [one] if one.service.file == "plat.yaml" => ui.note("  plat deploy"),
        [one] => ui.note(&format!("  plat deploy --file {}", one.service.file)),
        _ => ui.note("  plat deploy --file FILE, for each FILE of the table"),
    }
}

fn row(proposal: &Proposal) -> Vec<String> {
    let service = &proposal.service;
    let value = |field: &str| match service.line(field) {
        Some(line) => shown(&line.value),
        None if service.unknown.iter().any(|unknown| unknown.field == field) => "?".to_owned(),
        None => String::new(),
    };
    let kind =
        serde_json::to_value(service.kind).ok().and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default();
    let (file, name, label) = (service.file.clone(), service.name.clone(), service.label.clone());
    vec![file, name, kind, value("port"), value("health"), label, proposal.state().to_owned()]
        .into_iter()
        .map(|cell| foreign_line(&cell, 120))
        .collect()
}

/// `port: 3000   src/server.ts:12  app.listen(3000)`, a line each.
fn page(proposal: &Proposal, ui: &Ui) -> String {
    let service = &proposal.service;
    let bold = |text: &str| ui.paint_data(&Style::new().bold(), text);
    let dim = |text: &str| ui.paint_data(&Style::new().dim(), text);
    let place = if service.sources.is_empty() { ".".to_owned() } else { foreign_line(&service.sources, 120) };
    let process = service.process.as_ref().map(|process| format!(" {}", foreign_line(process, 40))).unwrap_or_default();
    let mut lines = vec![format!("{}{process}  {}", bold(&place), foreign_line(&service.label, 80))];
    let mut known: Vec<String> = Vec::new();
    let mut add = |value: &str, evidence: &[Evidence]| {
        let value = escape(value);
        let said: Vec<String> = evidence.iter().map(|evidence| once(evidence, &mut known)).collect();
        let first = said.first().map_or(String::new(), |said| format!("  {}", dim(said)));
        let mut rows = vec![format!("  {value:VALUE$}{first}").trim_end().to_owned()];
        rows.extend(said.iter().skip(1).take(EVIDENCE).map(|said| format!("  {:VALUE$}  {}", "", dim(said))));
        if said.len() > EVIDENCE + 1 {
            rows.push(format!("  {:VALUE$}  and {} more", "", said.len() - EVIDENCE - 1));
        }
        rows
    };
    for line in &service.lines {
        lines.extend(add(&format!("{}: {}", line.field, summary(line)), &line.evidence));
    }
    for seen in &service.seen {
        lines.extend(add(&format!("{} {}", seen.what, seen.value), std::slice::from_ref(&seen.evidence)));
    }
    for unknown in &service.unknown {
        let choices: Vec<Evidence> = unknown.choices.iter().map(|(_, evidence)| evidence.clone()).collect();
        lines.extend(add(&format!("{}: ?", unknown.field), &choices));
        lines.push(format!("  - {}", foreign_line(&unknown.why, 400)));
    }
    for (field, secret) in [("env", false), ("secrets", true)] {
        let unset = || service.unset.iter().filter(|unset| unset.secret == secret);
        let names: Vec<&str> = unset().map(|unset| unset.name.as_str()).collect();
        if !names.is_empty() {
            let places: Vec<Evidence> = unset().map(|unset| unset.evidence.clone()).collect();
            lines.extend(add(&format!("{field}: ? {}", names.join(" ")), &places));
        }
    }
    lines.extend(service.remarks.iter().map(|remark| format!("  - {}", foreign_line(remark, 400))));
    lines.extend(service.next.iter().map(|step| format!("  > {}", escape(step))));
    lines.push(String::new());
    lines.join("\n")
}

/// A line is shown where it is first named, and then by its place alone.
fn once(evidence: &Evidence, known: &mut Vec<String>) -> String {
    let whole = evidence.to_string();
    let is_line_of_file = evidence.line.is_some();
    if is_line_of_file && known.contains(&whole) {
        return foreign_line(&evidence.place(), 160);
    }
    let shown = foreign_line(&whole, 160);
    known.push(whole);
    shown
}

/// Of variables their names alone: what they hold is in the file.
fn summary(line: &Line) -> String {
    match &line.value {
        Value::Object(map) if line.field == "env" => map.keys().cloned().collect::<Vec<_>>().join(" "),
        value => shown(value),
    }
}

/// A value as a reader sees it: of a map its keys, unless it is short.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(" "),
        Value::Object(map) => {
            map.iter().map(|(key, value)| format!("{key}={}", shown(value))).collect::<Vec<_>>().join(" ")
        }
        other => other.to_string(),
    }
}

fn line(proposal: &Proposal) -> ServiceLine<'_> {
    let service = &proposal.service;
    let lines =
        service.lines.iter().map(|line| FieldLine { field: line.field, value: &line.value, evidence: &line.evidence });
    ServiceLine {
        event: "service",
        service: &service.name,
        kind: service.kind,
        label: &service.label,
        file: &service.file,
        exists: service.exists,
        written: proposal.is_written,
        plat_yaml: &proposal.text,
        lines: lines.collect(),
        seen: &service.seen,
        unknown: &service.unknown,
        unset: &service.unset,
        remarks: &service.remarks,
        next: &service.next,
        version: event::VERSION,
    }
}
