//! `plat new`: a service that builds, tests and deploys untouched.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::error::{Error, Exit, Result};
use crate::event::{Created, Event};
use crate::input;
use crate::interruption::Interruption;
use crate::scaffold::{
    self, Answers, Destination, Given, Interviewer, Question, QuestionType, RenderedFile, Repository, Template,
};
use crate::spec;
use crate::telemetry::Recorder;
use crate::text;
use crate::ui::{self, Ui};

/// What the first line of a plat.yaml points editors to, offline and without a server.
const SCHEMA_FILE: &str = ".plat/plat.schema.json";

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Name of the service, and of the folder that is created here
    pub name: Option<String>,
    /// The template (see --list)
    #[arg(short, long, value_name = "NAME")]
    pub template: Option<String>,
    /// A YAML or JSON file of answers, KEY: VALUE
    #[arg(short, long, value_name = "FILE")]
    pub answers: Option<PathBuf>,
    /// One answer; wins over the file
    #[arg(short, long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Take the defaults for all that is not answered, without asking
    #[arg(short, long)]
    pub yes: bool,
    /// Describe the templates and what they ask for
    #[arg(short, long, conflicts_with_all = ["name", "answers", "set", "yes"])]
    pub list: bool,
}

/// # Errors
/// When the answers are wrong or missing, the folder is occupied or cannot be written.
pub async fn run(args: Args, ui: &Ui, run: &Recorder, interruption: &Interruption) -> Result<Exit> {
    let templates = scaffold::templates()?;
    if args.list {
        list(&templates, args.template.as_deref(), ui)?;
        return Ok(Exit::Done);
    }
    let template = choose(templates, args.template.as_deref())?;
    run.facts(|facts| facts.template = Some(template.name.clone()));
    let parent = std::env::current_dir()
        .map_err(|e| Error::user("the current folder is gone").hint("cd into one that exists").because(e))?;
    let given = given(&args).await?;
    refuse_occupied(&template, args.name.as_deref(), &parent)?;

    let answers = if ui.is_interactive() && !args.yes {
        let _thinking = run.pause();
        interview(&template, given, &parent).await?
    } else {
        scaffold::settle(&template, &given, None)?
    };
    run.facts(|facts| facts.service = Some(answers.name().to_owned()));
    let mut files = scaffold::render(&template, &answers)?;
    files.push(RenderedFile { path: SCHEMA_FILE.to_owned(), content: spec::json_schema().into_bytes() });
    let next = scaffold::next_steps(&template, &answers)?;

    let destination = Destination::of(&parent, answers.name())?;
    interruption.leaves("nothing was created");
    let step = ui.step(format!("create {}", answers.name()));
    let repository = scaffold::create(&files, &destination).await?;
    interruption.leaves(format!("{} is complete", destination.path().display()));
    step.done(&format!("{} files from {}", files.len(), template.name));
    tell(&repository, ui);
    ui.events().emit(&Event::Created(Created {
        service: answers.name().to_owned(),
        template: template.name,
        path: destination.path().clone(),
        files: files.into_iter().map(|file| file.path).collect(),
        repository: repository.into(),
        next,
    }));
    Ok(Exit::Done)
}

/// The one that is named, else the default one.
fn choose(mut templates: Vec<Template>, name: Option<&str>) -> Result<Template> {
    let is_meant = |template: &Template| name.map_or(template.is_default, |name| template.name == name);
    match (templates.iter().position(is_meant), name) {
        (Some(index), _) => Ok(templates.swap_remove(index)),
        (None, Some(name)) => Err(unknown_template(name, &names(&templates))),
        (None, None) => Err(Error::bug("no template is the default one")),
    }
}

fn names(templates: &[Template]) -> Vec<String> {
    templates.iter().map(|template| template.name.clone()).collect()
}

fn unknown_template(wanted: &str, names: &[String]) -> Error {
    let error = Error::usage(format!("there is no template \"{}\"", text::foreign_line(wanted, 80)));
    match text::nearest(wanted, names.iter().map(String::as_str)) {
        Some(near) => error.hint(format!("did you mean {near}?")),
        None => error.hint(format!("there is {}", names.join(", "))),
    }
    .hint("plat new --list describes them")
}

/// People write them; in bytes.
const LARGEST_ANSWERS: u64 = 1 << 20;

async fn given(args: &Args) -> Result<Given> {
    let mut given = Given::default();
    if let Some(path) = &args.answers {
        let content = input::read_or_pipe(path, LARGEST_ANSWERS).await.and_then(input::text).map_err(|refusal| {
            Error::user(format!("the answers file {refusal}"))
                .at(path.display())
                .hint("the path of --answers is taken from the current folder")
                .because(refusal)
        })?;
        given.add_file(&path.display().to_string(), &content)?;
    }
    for assignment in &args.set {
        given.add_set(assignment)?;
    }
    if let Some(name) = &args.name {
        given.add_typed("name", name, "NAME ")?;
    }
    Ok(given)
}

/// Says that the folder is occupied before a person has answered all questions.
fn refuse_occupied(template: &Template, name: Option<&str>, parent: &Path) -> Result<()> {
    match name {
        Some(name) if template.questions.iter().any(|q| q.key == "name" && q.read(name).is_ok()) => {
            Destination::of(parent, name).map(|_| ())
        }
        _ => Ok(()),
    }
}

/// Asks a person for what is not given.
async fn interview(template: &Template, given: Given, parent: &Path) -> Result<Answers> {
    let (template, parent) = (template.clone(), parent.to_owned());
    ui::in_background(move || {
        let mut person = |question: &Question, default: Option<&Value>| ask(question, default, &parent);
        Ok(scaffold::settle(&template, &given, Some(&mut person as &mut Interviewer<'_, Error>))?)
    })
    .await
}

fn ask(question: &Question, default: Option<&Value>, parent: &Path) -> Result<Value> {
    match question.kind {
        QuestionType::Bool => {
            ui::confirm(&question.ask, default.and_then(Value::as_bool).unwrap_or(false)).map(Value::from)
        }
        QuestionType::Choice => {
            let chosen = question.choices.iter().position(|choice| default.and_then(Value::as_str) == Some(choice));
            let index = ui::select(&question.ask, &question.choices, chosen.unwrap_or(0))?;
            Ok(Value::from(question.choices[index].as_str()))
        }
        QuestionType::String | QuestionType::Int => {
            let default = default.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            let typed = ui::input(&question.ask, default.as_deref(), |typed| {
                question.read(typed).map_err(|must| format!("{} must be {must}", question.key))?;
                match question.key.as_str() {
                    "name" => Destination::of(parent, typed).map(|_| ()).map_err(|error| error.what),
                    _ => Ok(()),
                }
            })?;
            question.read(&typed).map_err(|must| Error::user(format!("{} must be {must}", question.key)))
        }
    }
}

fn tell(repository: &Repository, ui: &Ui) {
    match repository {
        Repository::Created => {}
        Repository::Inside(root) => ui.note(&format!("  part of the git repository {}", root.display())),
        Repository::None(why) => ui.warn(&format!("the project is not a git repository: {why}")),
    }
}

fn list(templates: &[Template], only: Option<&str>, ui: &Ui) -> Result<()> {
    if let Some(wanted) = only.filter(|wanted| !templates.iter().any(|template| template.name == *wanted)) {
        return Err(unknown_template(wanted, &names(templates)));
    }
    for template in templates.iter().filter(|template| only.is_none_or(|wanted| template.name == wanted)) {
        let json = json!({
            "template": template.name,
            "description": template.description,
            "default": template.is_default,
            "questions": template.questions.iter().map(question_json).collect::<Vec<_>>(),
        });
        ui.print(&json, || description(template));
    }
    Ok(())
}

fn description(template: &Template) -> String {
    let default = if template.is_default { " (default)" } else { "" };
    let width = template.questions.iter().map(|question| question.key.len()).max().unwrap_or(0);
    let questions = template.questions.iter().map(|q| format!("  {:width$}  {}  ({})", q.key, q.ask, terms(q)));
    std::iter::once(format!("{}{default}  {}", template.name, template.description))
        .chain(questions)
        .collect::<Vec<_>>()
        .join("\n")
}

fn question_json(question: &Question) -> Value {
    json!({
        "key": question.key,
        "type": question.kind.as_str(),
        "ask": question.ask,
        "default": question.default,
        "choices": question.choices,
        "when": question.when,
    })
}

/// `choice of github, none; default github`
fn terms(question: &Question) -> String {
    let kind = match question.kind {
        QuestionType::Choice => format!("choice of {}", question.choices.join(", ")),
        kind => kind.as_str().to_owned(),
    };
    let default = match &question.default {
        None => "required".to_owned(),
        Some(Value::String(text)) if text.is_empty() => "optional".to_owned(),
        Some(Value::String(text)) => format!("default {}", scaffold::example(text)),
        Some(value) => format!("default {value}"),
    };
    let when = question.when.as_ref().map(|when| format!("only when {when}"));
    [Some(kind), Some(default), when].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn template(name: &str, description: &str) -> Template {
        Template::parse(name, &format!("description: {description}"), Vec::new()).expect("a template")
    }

    #[rstest]
    #[case::none_named(None, "go-http")]
    #[case::named(Some("java"), "java")]
    fn a_second_template_does_not_change_which_one_is_taken(#[case] name: Option<&str>, #[case] expected: &str) {
        let templates = vec![template("a-worker", "A"), template("go-http", "B\ndefault: true"), template("java", "C")];
        assert_eq!(choose(templates, name).expect("a template").name, expected);
    }

    #[test]
    fn an_unknown_template_is_refused_with_the_nearest_name() {
        let error =
            choose(vec![template("go-http", "A\ndefault: true")], Some("go-htp")).expect_err("no such template");
        assert!(error.hints.iter().any(|hint| hint == "did you mean go-http?"), "{:?}", error.hints);
    }
}
