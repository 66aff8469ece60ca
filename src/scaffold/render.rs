//! A template and answers -> files. Strict, bounded, and never outside its own folder. Pure.

use std::collections::BTreeMap;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde_json::{Map, Value};

use super::answers::Answers;
use super::template::{Template, WrongTemplate};
use crate::text;

/// Instructions one file may take: a page of a template takes some hundreds.
const FUEL: u64 = 100_000;
/// What one rendered file may be at most, in bytes: a template is source code.
const LARGEST_FILE: usize = 1 << 20;

/// One file of the new project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedFile {
    /// Relative, with `/`, checked: it stays inside the project.
    pub path: String,
    pub content: Vec<u8>,
}

/// Renders every file whose conditions hold. A file that is not text is copied as it is.
///
/// # Errors
/// When the template uses an unknown name, runs too long, or a path leaves the project.
pub fn render(template: &Template, answers: &Answers) -> Result<Vec<RenderedFile>, WrongTemplate> {
    let engine = Engine::new();
    let values = answers.values();
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for source in &template.sources {
        let mut wanted = true;
        for condition in template.conditions(&source.path) {
            wanted = wanted && engine.is_true(condition, values)?;
        }
        if !wanted {
            continue;
        }
        let path = engine.text(&source.path, &source.path, values)?;
        check_path(&path).map_err(|why| wrong(&source.path, &format!("its path \"{path}\" {why}")))?;
        let content = match std::str::from_utf8(source.content) {
            Ok(text) => engine.text(&source.path, text, values)?.into_bytes(),
            Err(_) => source.content.to_vec(),
        };
        if files.insert(path.clone(), content).is_some() {
            return Err(wrong(&source.path, &format!("another file is rendered to {path} too")));
        }
    }
    Ok(files.into_iter().map(|(path, content)| RenderedFile { path, content }).collect())
}

/// The commands to type in the new folder.
///
/// # Errors
/// When the template uses an unknown name there.
pub fn next_steps(template: &Template, answers: &Answers) -> Result<Vec<String>, WrongTemplate> {
    let engine = Engine::new();
    template.next.iter().map(|line| engine.text("next", line, answers.values())).collect()
}

/// What a default is for a service called NAME; as it is written where it uses other answers.
#[must_use]
pub fn example(default: &str) -> String {
    let name = Map::from_iter([("name".to_owned(), Value::from("NAME"))]);
    Engine::new().text("default", default, &name).unwrap_or_else(|_| default.to_owned())
}

/// minijinja with delimiters that appear in none of the languages a template holds: `{= name =}` collides neither
/// with Go templates and Helm (`{{ }}`), nor GitHub's expressions (`${{ }}`), nor shell (`${ }`), and a path with it
/// can be checked out on Windows.
pub(super) struct Engine {
    environment: Environment<'static>,
}

impl Engine {
    pub fn new() -> Self {
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder()
            .variable_delimiters("{=", "=}")
            .block_delimiters("<%", "%>")
            .comment_delimiters("<#", "#>")
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build()
            .expect("literal delimiters that all differ");
        environment.set_syntax(syntax);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_fuel(Some(FUEL));
        // A string of YAML, JSON, TOML or Go. The built-in tojson escapes <, > and & for HTML as well.
        environment.add_filter("quoted", |text: &str| Value::from(text).to_string());
        // Quoted only where YAML would read something else: a service may be called `on` or `null`.
        environment.add_filter("yaml", |text: &str| {
            serde_yaml::to_string(&text).expect("a text is YAML").trim_end().to_owned()
        });
        // The path of a Java package. A function: a path of a template that names a filter is none on Windows.
        environment.add_function("folders", |package: &str| package.replace('.', "/"));
        Self { environment }
    }

    /// Renders `template`; `name` is what an error calls it.
    pub fn text(&self, name: &str, template: &str, values: &Map<String, Value>) -> Result<String, WrongTemplate> {
        let rendered = self
            .environment
            .render_named_str(name, template, minijinja::Value::from(Serde(values)))
            .map_err(|e| explain(name, &e))?;
        if rendered.len() > LARGEST_FILE {
            return Err(wrong(name, "it renders to more than 1 MiB"));
        }
        Ok(rendered)
    }

    pub fn is_true(&self, expression: &str, values: &Map<String, Value>) -> Result<bool, WrongTemplate> {
        self.environment
            .compile_expression(expression)
            .and_then(|compiled| compiled.eval(minijinja::Value::from(Serde(values))))
            .map(|value| value.is_true())
            .map_err(|e| explain(expression, &e))
    }
}

fn explain(name: &str, cause: &minijinja::Error) -> WrongTemplate {
    let line = cause.line().map(|line| format!(" in line {line}")).unwrap_or_default();
    let what = cause.detail().map_or_else(|| cause.kind().to_string(), |detail| format!("{}: {detail}", cause.kind()));
    wrong(name, &format!("{}{line}", text::foreign_line(&what, 200)))
}

fn wrong(name: &str, what: &str) -> WrongTemplate {
    WrongTemplate { place: text::foreign_line(name, 200), what: what.to_owned() }
}

/// Only plain relative paths: whatever the answers were, nothing is written outside the new folder.
fn check_path(path: &str) -> Result<(), &'static str> {
    if path.contains(['\\', ':']) || path.chars().any(char::is_control) {
        return Err("holds a character that paths may not hold");
    }
    match path.split('/').find(|part| part.is_empty() || *part == "." || *part == "..") {
        None => Ok(()),
        Some("") => Err("is absolute or has an empty part"),
        Some(_) => Err("has a . or .. part"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scaffold::given::Given;
    use crate::scaffold::interview::settle;
    use crate::scaffold::template::Source;
    use rstest::rstest;

    fn render_one(path: &str, content: &'static [u8], name: &str) -> Result<Vec<RenderedFile>, WrongTemplate> {
        let description = "description: A demo\nquestions: [{key: text, type: string, ask: T}]";
        let sources = vec![Source { path: path.to_owned(), content }];
        let template = Template::parse("demo", description, sources).unwrap();
        let mut given = Given::default();
        given.add_set("name=shop").unwrap();
        given.add_set(&format!("text={name}")).unwrap();
        render(&template, &settle::<()>(&template, &given, None).unwrap())
    }

    #[rstest]
    #[case(b"name: {= name =}\n", "name: shop\n")]
    #[case(b"a\n  <% if text %>\nb\n  <% endif %>\nc\n", "a\nb\nc\n")]
    #[case(b"<# why #>x", "x")]
    #[case(b"${{ github.sha }} {{ .Values.x }} ${#array} <T>", "${{ github.sha }} {{ .Values.x }} ${#array} <T>")]
    #[case(b"<% raw %>{= name =}<% endraw %>", "{= name =}")]
    #[case(b"{= name|yaml =} {= 'no'|yaml =} {= 'null'|yaml =}", r#"shop "no" "null""#)]
    #[case(b"{= ('<\"&' ~ text)|quoted =}", r#""<\"&x""#)]
    fn text_is_rendered_and_other_languages_are_left_alone(#[case] content: &'static [u8], #[case] expected: &str) {
        let files = render_one("a.txt", content, "x").unwrap();
        assert_eq!(String::from_utf8_lossy(&files[0].content), expected);
    }

    #[rstest]
    #[case("example.com/{= name =}", "example.com/NAME")]
    #[case("{= name|replace('-', '_') =}<% if name == 'json' %>_service<% endif %>", "NAME")]
    #[case("{= package =}.api", "{= package =}.api")]
    fn a_default_is_shown_for_a_service_called_name(#[case] default: &str, #[case] shown: &str) {
        assert_eq!(example(default), shown);
    }

    #[test]
    fn a_package_becomes_folders() {
        let files = render_one("src/{= folders(text) =}/A.java", b"", "com.acme.shop").unwrap();
        assert_eq!(files[0].path, "src/com/acme/shop/A.java");
    }

    #[test]
    fn bytes_are_copied_and_names_are_rendered() {
        let files = render_one("cmd/{= name =}/x.png", b"\xff\xfe{= name =}", "x").unwrap();
        assert_eq!(
            files,
            [RenderedFile { path: "cmd/shop/x.png".to_owned(), content: b"\xff\xfe{= name =}".to_vec() }]
        );
    }

    #[rstest]
    #[case("../x", "has a . or .. part")]
    #[case("..", "has a . or .. part")]
    #[case("/etc/passwd", "is absolute or has an empty part")]
    #[case("", "is absolute or has an empty part")]
    #[case("C:\\x", "holds a character that paths may not hold")]
    fn a_path_that_leaves_the_project_is_refused(#[case] answer: &str, #[case] why: &str) {
        let error = render_one("{= text =}", b"", answer).unwrap_err();
        assert!(error.what.contains(why), "{}", error.what);
    }

    #[rstest]
    #[case(b"{= nmae =}", "undefined")]
    #[case(b"<% for a in range(9999) %><% for b in range(9999) %>x<% endfor %><% endfor %>", "fuel")]
    #[case(b"{= 'x' * 2000000 =}", "more than 1 MiB")]
    #[case(b"<% if %>", "syntax")]
    fn a_wrong_file_is_refused(#[case] content: &'static [u8], #[case] why: &str) {
        let error = render_one("a.txt", content, "x").unwrap_err();
        assert!(error.what.contains(why), "{}", error.what);
    }
}
