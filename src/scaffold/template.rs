//! `template.yaml`: what a template asks, which files depend on an answer, what to type next. Pure.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::question::{Question, QuestionType};
/// A template, ready to be asked and rendered.
#[derive(Debug, Clone)]
pub struct Template {
    /// Its folder's name.
    pub name: String,
    /// One line for `plat new --list`.
    pub description: String,
    /// Whether it is taken where none is named.
    pub is_default: bool,
    /// In the order they are asked; the first is always `name`.
    pub questions: Vec<Question>,
    /// Path of a file, or of a folder with `/` at its end -> the expression that must be true for it to be written.
    pub only_when: BTreeMap<String, String>,
    /// Commands to type in the new folder.
    pub next: Vec<String>,
    pub sources: Vec<Source>,
}

/// What the author of a template got wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongTemplate {
    /// The file or expression that is meant.
    pub place: String,
    pub what: String,
}

/// One file of a template, before rendering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Below `files/`, with `/`.
    pub path: String,
    pub content: &'static [u8],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TemplateYaml {
    description: String,
    #[serde(default)]
    default: bool,
    #[serde(default)]
    questions: Vec<Question>,
    #[serde(default)]
    only_when: BTreeMap<String, String>,
    #[serde(default)]
    next: Vec<String>,
}

impl Template {
    /// Reads `template.yaml` and checks it against the files beside it.
    ///
    /// # Errors
    /// What breaks the form of docs/templates.md.
    pub fn parse(name: &str, yaml: &str, sources: Vec<Source>) -> Result<Self, WrongTemplate> {
        let wrong = |what: String| WrongTemplate { place: format!("{name}/template.yaml"), what };
        let parsed: TemplateYaml = serde_yaml::from_str(yaml).map_err(|e| wrong(e.to_string()))?;
        let mut questions = vec![service_name()];
        for question in parsed.questions {
            question.check_itself().map_err(&wrong)?;
            if questions.iter().any(|other| other.key == question.key) {
                return Err(wrong(format!("{} is asked twice", question.key)));
            }
            questions.push(question);
        }
        for path in parsed.only_when.keys() {
            let known = sources.iter().any(|source| source.path == *path || is_below(&source.path, path));
            if !known {
                return Err(wrong(format!("only_when names {path}, and there is no such file")));
            }
        }
        Ok(Self {
            name: name.to_owned(),
            description: parsed.description,
            is_default: parsed.default,
            questions,
            only_when: parsed.only_when,
            next: parsed.next,
            sources,
        })
    }

    /// The expressions that a file must pass: its own and those of the folders around it.
    pub fn conditions<'t>(&'t self, path: &'t str) -> impl Iterator<Item = &'t str> {
        self.only_when
            .iter()
            .filter(move |(key, _)| *key == path || is_below(path, key))
            .map(|(_, expression)| expression.as_str())
    }
}

fn is_below(path: &str, folder: &str) -> bool {
    folder.ends_with('/') && path.starts_with(folder)
}

/// The one question that every template asks. The rule is the spec's: the name becomes Kubernetes objects.
fn service_name() -> Question {
    Question {
        key: "name".to_owned(),
        kind: QuestionType::String,
        ask: "Name of the service".to_owned(),
        default: None,
        choices: Vec::new(),
        matches: Some("[a-z](?:[-a-z0-9]{0,48}[a-z0-9])?".to_owned()),
        message: Some("at most 50 characters of a-z, 0-9 and -, starting with a letter (payments-api)".to_owned()),
        min: None,
        max: None,
        when: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const FILE: &[u8] = b"";

    fn parse(yaml: &str) -> Result<Template, WrongTemplate> {
        let sources = ["main.go", ".ci/test.yaml"].map(|path| Source { path: path.to_owned(), content: FILE });
        Template::parse("demo", yaml, sources.to_vec())
    }

    #[test]
    fn a_description_is_enough_and_the_name_is_always_asked() {
        let template = parse("description: A demo").unwrap();
        assert_eq!(template.questions.iter().map(|q| q.key.as_str()).collect::<Vec<_>>(), ["name"]);
    }

    #[test]
    fn a_folders_condition_holds_for_what_is_in_it() {
        let template = parse("description: A demo\nonly_when: {.ci/: ci, main.go: code}").unwrap();
        assert_eq!(template.conditions(".ci/test.yaml").collect::<Vec<_>>(), ["ci"]);
        assert_eq!(template.conditions("main.go").collect::<Vec<_>>(), ["code"]);
    }

    #[rstest]
    #[case("questions: []")]
    #[case("description: A demo\nhooks: [rm -rf /]")]
    #[case("description: A demo\nonly_when: {missing.go: x}")]
    #[case("description: A demo\nquestions: [{key: name, type: string, ask: Again}]")]
    #[case("description: A demo\nquestions: [{key: a, type: string, ask: A}, {key: a, type: string, ask: A}]")]
    #[case("description: A demo\nquestions: [{key: a, type: choice, ask: A}]")]
    #[case("description: A demo\nquestions: [{key: a, type: int, ask: A, default: many}]")]
    #[case("description: A demo\nquestions: [{key: a, type: string, ask: A, matches: '('}]")]
    fn a_wrong_template_is_refused_when_it_is_read(#[case] yaml: &str) {
        assert!(parse(yaml).is_err());
    }
}
