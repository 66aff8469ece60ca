//! What a person already said: an answers file, `--set`, the name. All that is wrong with it is found at once. Pure.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_yaml::Spanned;

use super::question::Question;
use crate::text;

/// Answers that need not be asked for, with the place each came from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Given {
    answers: BTreeMap<String, Answer>,
}

#[derive(Debug, Clone, PartialEq)]
struct Answer {
    said: Said,
    place: Place,
}

#[derive(Debug, Clone, PartialEq)]
enum Said {
    /// On the command line: read by the type of its question.
    Typed(String),
    /// In a file: it has a type already.
    Value(Value),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    CommandLine(String),
    File { name: String, line: u64, column: u64 },
}

/// One thing that is wrong with what was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// `answers.yaml:2:7`, or what was typed.
    pub place: String,
    pub message: String,
    pub in_file: bool,
}

impl Given {
    /// Adds the answers of a YAML (or JSON) map.
    ///
    /// # Errors
    /// When it is not a map.
    pub fn add_file(&mut self, name: &str, content: &str) -> Result<(), Problem> {
        if content.trim().is_empty() {
            return Ok(());
        }
        let answers: BTreeMap<String, Spanned<Value>> = serde_yaml::from_str(content).map_err(|e| {
            let said = e.to_string();
            let first = text::foreign_line(said.lines().next().unwrap_or_default(), 200);
            let message =
                format!("the answers file holds no KEY: VALUE lines ({})", first.trim_start_matches("error: "));
            Problem { place: name.to_owned(), message, in_file: true }
        })?;
        for (key, value) in answers {
            let (line, column) = (value.referenced.line(), value.referenced.column());
            let place = Place::File { name: name.to_owned(), line, column };
            self.answers.insert(key, Answer { said: Said::Value(value.value), place });
        }
        Ok(())
    }

    /// Adds one answer of the command line, over that of a file. `flag` is what was typed before the value.
    ///
    /// # Errors
    /// When the command line answers the same twice.
    pub fn add_typed(&mut self, key: &str, value: &str, flag: &str) -> Result<(), Problem> {
        let typed = format!("{flag}{value}");
        let answer = Answer { said: Said::Typed(value.to_owned()), place: Place::CommandLine(typed.clone()) };
        match self.answers.insert(key.to_owned(), answer) {
            Some(Answer { place: Place::CommandLine(before), .. }) => {
                Err(Place::CommandLine(typed).problem(format!("{key} is given already, by {before}")))
            }
            _ => Ok(()),
        }
    }

    /// Adds `KEY=VALUE`.
    ///
    /// # Errors
    /// When there is no `=`, or the key is given twice.
    pub fn add_set(&mut self, assignment: &str) -> Result<(), Problem> {
        match assignment.split_once('=') {
            Some((key, value)) => self.add_typed(key.trim(), value, &format!("--set {}=", key.trim())),
            None => {
                Err(Place::CommandLine(format!("--set {assignment}"))
                    .problem("an answer is written KEY=VALUE".to_owned()))
            }
        }
    }

    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.answers.contains_key(key)
    }

    /// The given answer to a question; none where nothing was given or it is wrong.
    pub(super) fn answer(&self, question: &Question) -> Option<Value> {
        match &self.answers.get(&question.key)?.said {
            Said::Typed(typed) => question.read(typed).ok(),
            Said::Value(value) => question.check(value).is_ok().then(|| value.clone()),
        }
    }

    /// Unknown keys and answers of the wrong type or form, in the order of their places.
    pub(super) fn problems(&self, questions: &[Question]) -> Vec<Problem> {
        let mut found: Vec<(&Place, String)> = Vec::new();
        for (key, answer) in &self.answers {
            let Some(question) = questions.iter().find(|question| question.key == *key) else {
                found.push((&answer.place, unknown(key, questions)));
                continue;
            };
            let checked = match &answer.said {
                Said::Typed(typed) => question.read(typed).map(|_| ()),
                Said::Value(value) => question.check(value),
            };
            if let Err(must) = checked {
                found.push((&answer.place, format!("{key} must be {must}")));
            }
        }
        found.sort_by_key(|(place, _)| match place {
            Place::File { line, column, .. } => (0, *line, *column),
            Place::CommandLine(_) => (1, 0, 0),
        });
        found.into_iter().map(|(place, message)| place.problem(message)).collect()
    }

    /// The problem of an answer to a question that is not asked.
    pub(super) fn not_asked(&self, question: &Question) -> Option<Problem> {
        let answer = self.answers.get(&question.key)?;
        let when = question.when.as_deref().unwrap_or_default();
        Some(answer.place.problem(format!("{} does not apply: it is asked only when {when}", question.key)))
    }
}

impl Place {
    fn problem(&self, message: String) -> Problem {
        let (place, in_file) = match self {
            Self::CommandLine(said) => (text::foreign_line(said, 120), false),
            Self::File { name, line, column } => (format!("{name}:{line}:{column}"), true),
        };
        Problem { place, message, in_file }
    }
}

fn unknown(key: &str, questions: &[Question]) -> String {
    let keys = || questions.iter().map(|question| question.key.as_str());
    let shown = text::foreign_line(key, 80);
    match text::nearest(key, keys()) {
        Some(near) => format!("the template does not ask for {shown}; did you mean {near}?"),
        None => format!("the template does not ask for {shown}; it asks for {}", keys().collect::<Vec<_>>().join(", ")),
    }
}
