//! Given answers, a person's answers and defaults -> all answers. Pure: the person is a closure.

use serde_json::{Map, Value};

use super::answers::Answers;
use super::given::{Given, Problem};
use super::question::{Question, QuestionType};
use super::render::Engine;
use super::template::{Template, WrongTemplate};

/// How a person is asked: the question and its default -> the answer.
pub type Interviewer<'a, E> = dyn FnMut(&Question, Option<&Value>) -> Result<Value, E> + 'a;

/// Why there are no answers. `E`: what can go wrong while a person is asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Stopped<E> {
    /// What is given is wrong, or something is missing and nobody is there to ask.
    Refused(Refused),
    /// The template's own expressions are wrong.
    Template(WrongTemplate),
    Person(E),
}

/// All that is wrong with the answers, at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    pub problems: Vec<Problem>,
    /// Key and words of each question that nobody answered.
    pub missing: Vec<(String, String)>,
}

impl<E> From<WrongTemplate> for Stopped<E> {
    fn from(wrong: WrongTemplate) -> Self {
        Self::Template(wrong)
    }
}

/// Answers every question of a template: what is given first, then `person` (none: nobody is there), then the default.
///
/// # Errors
/// All that is wrong with what is given, before anything is asked; or all that is missing where nobody is there.
pub fn settle<E>(
    template: &Template,
    given: &Given,
    mut person: Option<&mut Interviewer<'_, E>>,
) -> Result<Answers, Stopped<E>> {
    let mut problems = given.problems(&template.questions);
    if person.is_some() && !problems.is_empty() {
        return Err(Stopped::Refused(Refused { problems, missing: Vec::new() }));
    }
    let engine = Engine::new();
    let mut answers = Map::new();
    let mut missing = Vec::new();
    let mut complete = true;
    for question in &template.questions {
        // It may depend on an answer that is missing or wrong: what can be said without that is said.
        if !complete && (question.when.is_some() || is_computed(question)) {
            continue;
        }
        if let Some(when) = &question.when
            && !engine.is_true(when, &answers)?
        {
            problems.extend(given.not_asked(question));
            answers.insert(question.key.clone(), question.kind.empty());
            continue;
        }
        let answer = match (given.answer(question), &mut person) {
            (Some(answer), _) => Some(answer),
            (None, Some(person)) => {
                let default = default(&engine, question, &answers)?;
                Some(person(question, default.as_ref()).map_err(Stopped::Person)?)
            }
            (None, None) => default(&engine, question, &answers)?,
        };
        // A wrong answer is a problem already; a default does not hide it.
        let wrong = given.has(&question.key) && given.answer(question).is_none();
        if let Some(answer) = answer.filter(|_| !wrong) {
            answers.insert(question.key.clone(), answer);
        } else {
            complete = false;
            missing.extend((!wrong).then(|| (question.key.clone(), question.ask.clone())));
        }
    }
    if problems.is_empty() && missing.is_empty() {
        return Ok(Answers(answers));
    }
    Err(Stopped::Refused(Refused { problems, missing }))
}

/// Whether the default is made from other answers.
fn is_computed(question: &Question) -> bool {
    question.default.as_ref().and_then(Value::as_str).is_some_and(|text| text.contains("{="))
}

fn default(engine: &Engine, question: &Question, answers: &Map<String, Value>) -> Result<Option<Value>, WrongTemplate> {
    let Some(default) = &question.default else { return Ok(None) };
    let Some(text) = default.as_str().filter(|_| question.kind == QuestionType::String) else {
        return Ok(Some(default.clone()));
    };
    let rendered = engine.text(&question.key, text, answers)?;
    Ok(Some(Value::from(rendered)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const TEMPLATE: &str = "
description: A demo
questions:
  - {key: module, type: string, ask: Module, default: 'example.com/{= name =}'}
  - {key: port, type: int, ask: Port, default: 8080, min: 1}
  - {key: owner, type: string, ask: Owner}
  - {key: catalog, type: bool, ask: Catalog, default: true, when: owner != ''}
";

    fn template() -> Template {
        Template::parse("demo", TEMPLATE, Vec::new()).unwrap()
    }

    fn given(file: &str, sets: &[&str]) -> Given {
        let mut given = Given::default();
        given.add_file("answers.yaml", file).unwrap();
        for set in sets {
            given.add_set(set).unwrap();
        }
        given
    }

    fn nobody(given: &Given) -> Result<Answers, Stopped<()>> {
        settle(&template(), given, None)
    }

    fn refused(given: &Given) -> Vec<String> {
        let Err(Stopped::Refused(refused)) = nobody(given) else { panic!("not refused") };
        let problems = refused.problems.into_iter().map(|problem| format!("{}: {}", problem.place, problem.message));
        problems.chain(refused.missing.into_iter().map(|(key, ask)| format!("{key} is missing: {ask}"))).collect()
    }

    fn json(answers: &Answers) -> String {
        serde_json::to_string(answers.values()).unwrap()
    }

    #[test]
    fn defaults_follow_from_the_answers_before_them() {
        let answers = nobody(&given("", &["name=shop", "owner=me"])).unwrap();
        assert_eq!(
            json(&answers),
            r#"{"name":"shop","module":"example.com/shop","port":8080,"owner":"me","catalog":true}"#
        );
    }

    #[test]
    fn the_command_line_wins_over_the_file() {
        let answers = nobody(&given("name: shop\nport: 1\nowner: ''", &["port=2"])).unwrap();
        assert_eq!(
            json(&answers),
            r#"{"name":"shop","module":"example.com/shop","port":2,"owner":"","catalog":false}"#
        );
    }

    #[test]
    fn a_person_is_asked_for_the_rest_only() {
        let mut asked = Vec::new();
        let mut person = |question: &Question, default: Option<&Value>| {
            asked.push(format!("{} [{}]", question.key, default.unwrap_or(&Value::Null)));
            Ok::<_, ()>(default.cloned().unwrap_or_else(|| Value::from("")))
        };
        settle(&template(), &given("port: 1", &["name=shop"]), Some(&mut person)).unwrap();
        assert_eq!(asked, ["module [\"example.com/shop\"]", "owner [null]"]);
    }

    #[rstest]
    #[case("", &[], &["name is missing: Name of the service", "owner is missing: Owner"])]
    #[case(
        "name: shop\nprot: 80\nport: many\nowner: 5",
        &[],
        &[
            "answers.yaml:2:7: the template does not ask for prot; did you mean port?",
            "answers.yaml:3:7: port must be a whole number",
            "answers.yaml:4:8: owner must be text (put it in quotes)",
        ]
    )]
    #[case(
        "name: Shop",
        &["port=0"],
        &[
            "answers.yaml:1:7: name must be at most 50 characters of a-z, 0-9 and -, starting with a letter (payments-api)",
            "--set port=0: port must be a number from 1",
            "owner is missing: Owner",
        ]
    )]
    fn all_that_is_wrong_is_said_at_once(#[case] file: &str, #[case] sets: &[&str], #[case] expected: &[&str]) {
        assert_eq!(refused(&given(file, sets)), expected);
    }

    #[test]
    fn an_answer_to_a_question_that_is_not_asked_is_refused() {
        let problems = refused(&given("", &["name=shop", "owner=", "catalog=true"]));
        assert_eq!(problems, ["--set catalog=true: catalog does not apply: it is asked only when owner != ''"]);
    }

    #[test]
    fn wrong_answers_are_refused_before_the_first_question() {
        let mut person = |_: &Question, _: Option<&Value>| Err("asked");
        let stopped = settle(&template(), &given("port: x", &[]), Some(&mut person)).unwrap_err();
        assert!(matches!(stopped, Stopped::Refused(_)), "{stopped:?}");
    }

    #[test]
    fn the_same_key_twice_on_the_command_line_is_refused() {
        let mut given = given("", &["port=1"]);
        assert_eq!(given.add_set("port=2").unwrap_err().message, "port is given already, by --set port=1");
        assert_eq!(given.add_set("port").unwrap_err().place, "--set port");
    }
}
