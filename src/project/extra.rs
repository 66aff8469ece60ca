//! The manifests of `extra`: written into plat.yaml, or in files beside it.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::config;
use crate::files::{self, Document, Origin, Place};
use crate::spec::{self, Extra, Problem, Source, Spec};

/// A manifest is written by people; what is larger is something else.
const MAX_FILE: u64 = 1024 * 1024;

/// All of them in the order of plat.yaml, or all that is wrong with them at once.
pub(super) fn read(
    dir: &Path,
    file: &Path,
    text: &str,
    environment: Option<&str>,
    spec: &Spec,
) -> Result<Vec<Document>, Vec<Problem>> {
    let name = file.display().to_string();
    let source = Source { text, file: &name, environment };
    let shared: Arc<str> = Arc::from(text);
    let mut documents = Vec::new();
    let mut problems = Vec::new();
    for (index, extra) in spec.extra.iter().enumerate() {
        let place = ["extra".to_owned(), index.to_string()];
        let problem = |what: &str, hint| spec::problem_at(source, &place, what, hint);
        match extra {
            Extra::Object(body) => {
                let line = problem("", None).line;
                let here = Place { file: name.clone(), document: 1, line };
                let origin = Origin::PlatYaml {
                    file: name.clone(),
                    text: Arc::clone(&shared),
                    environment: environment.map(str::to_owned),
                    paths: vec![place.to_vec()],
                };
                documents.push(document(here, origin, Value::Object(body.clone())));
            }
            Extra::File(path) => match config::text_file(dir, path, MAX_FILE) {
                Err((what, hint)) => problems.push(problem(&what, Some(hint))),
                Ok(content) => match files::read(&dir.join(path).display().to_string(), &content) {
                    Ok(found) if found.is_empty() => problems.push(problem("holds no manifest", None)),
                    Ok(found) => documents.extend(found),
                    Err(bad) => problems.extend(
                        bad.into_iter()
                            .map(|bad| problem(&format!("cannot be used: {}: {}", bad.place, bad.what), bad.hint)),
                    ),
                },
            },
        }
    }
    if problems.is_empty() { Ok(documents) } else { Err(problems) }
}

/// That it has these fields was checked with the rest of plat.yaml.
fn document(place: Place, origin: Origin, body: Value) -> Document {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Document {
        place,
        origin,
        api_version: text(&body["apiVersion"]),
        kind: text(&body["kind"]),
        name: text(&body["metadata"]["name"]),
        body,
    }
}
