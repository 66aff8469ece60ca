//! What a document says about itself, and lists unpacked.

use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use super::origin::{self, Origin};
use super::problem::{Place, Problem};
use super::{json, split, yaml};
use crate::reason::Reason;
use crate::text::foreign_line;

/// Levels of lists in lists.
const MAX_LISTS: usize = 4;

/// One object as it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub place: Place,
    pub origin: Origin,
    pub api_version: String,
    pub kind: String,
    pub name: String,
    pub body: Value,
}

/// All objects of a text, YAML or JSON; `file` is how the reader knows it.
///
/// # Errors
/// Every document that is not an object with an apiVersion, a kind and a name. After one that cannot be read at all,
/// the rest of a stream of JSON is not looked at.
pub fn read(file: &str, text: &str) -> Result<Vec<Document>, Vec<Problem>> {
    let text: Arc<str> = Arc::from(text.strip_prefix('\u{feff}').unwrap_or(text));
    let mut reader = Reader::new(file, Arc::clone(&text));
    let mut yaml = (&*text, 0);
    if text.trim_start().starts_with('{') {
        let stream = json::stream(&text);
        let ends: Vec<usize> = stream.values.iter().skip(1).map(|(at, _)| *at).collect();
        let rest = stream.rest.map(|(rest, error)| (rest.trim_start(), error));
        let end = rest.as_ref().map_or(text.len(), |(rest, _)| text.len() - rest.len());
        for ((at, value), end) in stream.values.into_iter().zip(ends.into_iter().chain([end])) {
            reader.object(at..end, reader.line_of(at), value);
        }
        let Some((rest, error)) = rest else { return reader.done() };
        // What begins with a brace may be YAML that only looks like JSON; nothing else follows JSON in one stream.
        let is_json = rest.starts_with('{') && (reader.count > 0 || rest[1..].trim_start().starts_with(['"', '}']));
        if is_json {
            let said = error.to_string();
            let twice = said.contains(json::TWICE);
            let what = said.split(" at line ").next().unwrap_or_default();
            let what = if twice { what.to_owned() } else { format!("this is not JSON: {}", foreign_line(what, 200)) };
            let reason = if twice { Reason::DuplicateKey } else { Reason::NotJson };
            reader.count += 1;
            reader.refuse(error.line(), what, reason);
            return reader.done();
        }
        yaml = (rest, end);
    }
    let (rest, begins) = yaml;
    let first = reader.line_of(begins);
    match split::documents(rest) {
        Err(line) => {
            let what = "something stands after the separator `---`, and kubectl would refuse it".to_owned();
            reader.refuse(first + line - 1, what, Reason::NotYaml);
        }
        Ok(parts) => parts.into_iter().for_each(|part| reader.part(part, begins, first)),
    }
    reader.done()
}

struct Reader<'f> {
    file: &'f str,
    text: Arc<str>,
    documents: Vec<Document>,
    problems: Vec<Problem>,
    /// Documents that were more than white space.
    count: usize,
}

/// Where in the text an object stands.
#[derive(Clone)]
struct At {
    part: Range<usize>,
    line: usize,
    /// The way through lists.
    items: Vec<usize>,
}

impl<'f> Reader<'f> {
    fn new(file: &'f str, text: Arc<str>) -> Self {
        Self { file, text, documents: Vec::new(), problems: Vec::new(), count: 0 }
    }

    fn done(self) -> Result<Vec<Document>, Vec<Problem>> {
        if self.problems.is_empty() { Ok(self.documents) } else { Err(self.problems) }
    }

    fn line_of(&self, at: usize) -> usize {
        self.text[..at].matches('\n').count() + 1
    }

    /// A document of YAML. `begins`: where what was cut into parts begins, as byte and line.
    fn part(&mut self, part: split::Part<'_>, begins: usize, first: usize) {
        if part.text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
            return;
        }
        let line_of = |line: usize| first + part.line + line - 2;
        let start = begins + part.at;
        match yaml::read(part.text) {
            Ok((line, value)) => self.object(start..start + part.text.len(), line_of(line), value),
            Err(fault) => {
                self.count += 1;
                self.refuse(line_of(fault.line.max(1)), fault.what, fault.reason);
            }
        }
    }

    fn place(&self, line: usize) -> Place {
        Place { file: self.file.to_owned(), document: self.count.max(1), line }
    }

    fn problem(&self, line: usize, what: String, reason: Reason) -> Problem {
        Problem { place: self.place(line), what, hint: None, reason }
    }

    fn refuse(&mut self, line: usize, what: String, reason: Reason) {
        let problem = self.problem(line, what, reason);
        self.problems.push(problem);
    }

    fn object(&mut self, part: Range<usize>, line: usize, value: Value) {
        if !value.is_null() {
            self.count += 1;
            self.unpack(At { part, line, items: Vec::new() }, value);
        }
    }

    fn unpack(&mut self, at: At, body: Value) {
        if !is_list(&body) {
            let refused = self.single(at, body).err();
            self.problems.extend(refused);
        } else if at.items.len() == MAX_LISTS {
            self.refuse(at.line, "lists in lists in lists".to_owned(), Reason::NoObject);
        } else {
            self.unpack_list(&at, body);
        }
    }

    fn unpack_list(&mut self, at: &At, mut list: Value) {
        let Value::Array(items) = list["items"].take() else { return };
        let lines = origin::lines_of_items(&self.text, at.part.clone(), &at.items);
        let kind = list["kind"].as_str().unwrap_or_default();
        for (index, mut item) in items.into_iter().enumerate() {
            // A typed list leaves out what its items are.
            if kind != "List" && item.is_object() && item["kind"].is_null() {
                item["kind"] = Value::from(kind.trim_end_matches("List"));
                item["apiVersion"] = list["apiVersion"].clone();
            }
            let line = lines.get(index).copied().unwrap_or(at.line);
            let items = at.items.iter().copied().chain([index]).collect();
            self.unpack(At { part: at.part.clone(), line, items }, item);
        }
    }

    fn single(&mut self, at: At, body: Value) -> Result<(), Problem> {
        let line = at.line;
        if !body.is_object() {
            let what = "this is not an object of Kubernetes: it has no fields".to_owned();
            return Err(self.problem(line, what, Reason::NoObject));
        }
        let Some(kind) = text(&body, "kind") else {
            return Err(Problem {
                hint: Some("is it a values file of Helm or a kustomization? Those are no manifests".to_owned()),
                ..self.problem(line, "the document has no `kind`".to_owned(), Reason::NoKind)
            });
        };
        let safe_kind = foreign_line(&kind, 80);
        let Some(api_version) = text(&body, "apiVersion") else {
            return Err(self.problem(line, format!("the {safe_kind} has no `apiVersion`"), Reason::NoApiVersion));
        };
        let Some(name) = text(&body["metadata"], "name") else {
            if text(&body["metadata"], "generateName").is_some() {
                let what = format!("the {safe_kind} has `generateName`: each deploy would make one more of it");
                return Err(Problem {
                    hint: Some("give it a `name`, or create it with: kubectl create -f".to_owned()),
                    ..self.problem(line, what, Reason::GenerateName)
                });
            }
            return Err(self.problem(line, format!("the {safe_kind} has no `metadata.name`"), Reason::NoName));
        };
        let what = if !kind.chars().all(|c| c.is_ascii_alphanumeric()) {
            format!("\"{safe_kind}\" is not a kind")
        } else if !api_version.chars().all(|c| c.is_ascii_alphanumeric() || "./-".contains(c)) {
            format!("\"{}\" is not an apiVersion", foreign_line(&api_version, 80))
        } else if !is_path_segment(&name) {
            format!("\"{}\" is not a valid name for a {safe_kind}", foreign_line(&name, 80))
        } else {
            let place = self.place(line);
            let text = Arc::clone(&self.text);
            let origin = Origin::Text { file: self.file.to_owned(), text, part: at.part, items: at.items };
            self.documents.push(Document { place, origin, api_version, kind, name, body });
            return Ok(());
        };
        Err(self.problem(line, what, Reason::InvalidName))
    }
}

fn text(body: &Value, field: &str) -> Option<String> {
    body[field].as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Whether it is a list of objects that says all that an object says.
fn is_list(body: &Value) -> bool {
    let is_list = text(body, "kind").is_some_and(|kind| kind.ends_with("List"));
    is_list && text(body, "apiVersion").is_some() && body["items"].is_array()
}

/// What may stand as it is in the path of a URL (RFC 3986, `pchar`), and is not a step in it. Kubernetes allows no name
/// that is more (`IsValidPathSegmentName`), but for letters beyond ASCII in names of roles.
pub(super) fn is_path_segment(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@".contains(c);
    !matches!(name, "" | "." | "..") && name.chars().all(fits)
}
