//! What a document says about itself, and lists unpacked.

use serde_json::Value;

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
    pub api_version: String,
    pub kind: String,
    pub name: String,
    pub body: Value,
}

/// All objects of a text, YAML or JSON; `file` is how the reader knows it.
///
/// # Errors
/// The first document that is not an object with an apiVersion, a kind and a name.
pub fn read(file: &str, text: &str) -> Result<Vec<Document>, Problem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader { file, documents: Vec::new(), count: 0 };
    let mut yaml = (text, 1);
    if text.trim_start().starts_with('{') {
        let stream = json::stream(text);
        let line_of = |at: usize| text[..at].matches('\n').count() + 1;
        for (at, value) in stream.values {
            reader.object(line_of(at), value)?;
        }
        let Some((rest, error)) = stream.rest else { return Ok(reader.documents) };
        let rest = rest.trim_start();
        // What begins with a brace may be YAML that only looks like JSON; nothing else follows JSON in one stream.
        let is_json = rest.starts_with('{') && (reader.count > 0 || rest[1..].trim_start().starts_with(['"', '}']));
        if is_json {
            let said = error.to_string();
            let twice = said.contains(json::TWICE);
            let what = said.split(" at line ").next().unwrap_or_default();
            let what = if twice { what.to_owned() } else { format!("this is not JSON: {}", foreign_line(what, 200)) };
            let reason = if twice { Reason::DuplicateKey } else { Reason::NotJson };
            reader.count += 1;
            return Err(reader.problem(error.line(), what, reason));
        }
        yaml = (rest, line_of(text.len() - rest.len()));
    }
    let (text, first) = yaml;
    let parts = split::documents(text).map_err(|line| {
        let what = "something stands after the separator `---`, and kubectl would refuse it".to_owned();
        reader.problem(first + line - 1, what, Reason::NotYaml)
    })?;
    for part in parts {
        let line_of = |line: usize| first + part.line + line - 2;
        if part.text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
            continue;
        }
        match yaml::read(part.text) {
            Ok((line, value)) => reader.object(line_of(line), value)?,
            Err(fault) => {
                reader.count += 1;
                return Err(reader.problem(line_of(fault.line.max(1)), fault.what, fault.reason));
            }
        }
    }
    Ok(reader.documents)
}

struct Reader<'f> {
    file: &'f str,
    documents: Vec<Document>,
    /// Documents that were more than white space.
    count: usize,
}

impl Reader<'_> {
    fn place(&self, line: usize) -> Place {
        Place { file: self.file.to_owned(), document: self.count.max(1), line }
    }

    fn problem(&self, line: usize, what: String, reason: Reason) -> Problem {
        Problem { place: self.place(line), what, hint: None, reason }
    }

    fn object(&mut self, line: usize, value: Value) -> Result<(), Problem> {
        if value.is_null() {
            return Ok(());
        }
        self.count += 1;
        self.unpack(line, value, 0)
    }

    fn unpack(&mut self, line: usize, mut body: Value, depth: usize) -> Result<(), Problem> {
        let text = |body: &Value, field: &str| body[field].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        if !body.is_object() {
            return Err(self.problem(
                line,
                "this is not an object of Kubernetes: it has no fields".to_owned(),
                Reason::NoObject,
            ));
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
        if kind.ends_with("List") && body["items"].is_array() {
            if depth == MAX_LISTS {
                return Err(self.problem(line, "lists in lists in lists".to_owned(), Reason::NoObject));
            }
            let Value::Array(items) = body["items"].take() else { return Ok(()) };
            for mut item in items {
                // A typed list leaves out what its items are.
                if kind != "List" && item.is_object() && item["kind"].is_null() {
                    item["kind"] = Value::from(kind.trim_end_matches("List"));
                    item["apiVersion"] = Value::from(api_version.clone());
                }
                self.unpack(line, item, depth + 1)?;
            }
            return Ok(());
        }
        let metadata = &body["metadata"];
        let Some(name) = text(metadata, "name") else {
            if text(metadata, "generateName").is_some() {
                return Err(Problem {
                    hint: Some("give it a `name`, or create it with: kubectl create -f".to_owned()),
                    ..self.problem(
                        line,
                        format!("the {safe_kind} has `generateName`: each deploy would make one more of it"),
                        Reason::GenerateName,
                    )
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
            self.documents.push(Document { place: self.place(line), api_version, kind, name, body });
            return Ok(());
        };
        Err(self.problem(line, what, Reason::InvalidName))
    }
}

/// What may stand as it is in the path of a URL (RFC 3986, `pchar`), and is not a step in it. Kubernetes allows no name
/// that is more (`IsValidPathSegmentName`), but for letters beyond ASCII in names of roles.
pub(super) fn is_path_segment(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@".contains(c);
    !matches!(name, "" | "." | "..") && name.chars().all(fits)
}
