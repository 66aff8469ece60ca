//! What was wrong, as the reader meets it.

use super::given::Problem;
use super::interview::{Refused, Stopped};
use super::template::WrongTemplate;
use crate::error::Error;
use crate::reason::Reason;

/// Templates come with plat, so a wrong one is plat's own bug.
impl From<WrongTemplate> for Error {
    fn from(wrong: WrongTemplate) -> Self {
        Self::bug(format!("a template is wrong: {}", wrong.what)).at(wrong.place)
    }
}

impl From<Stopped<Self>> for Error {
    fn from(stopped: Stopped<Self>) -> Self {
        match stopped {
            Stopped::Person(error) => error,
            Stopped::Template(wrong) => wrong.into(),
            Stopped::Refused(refused) => refused.into(),
        }
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Refused { problems: vec![problem], missing: Vec::new() }.into()
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        let Refused { problems, missing } = refused;
        // What the command line says wrong is a matter of usage; a file is the user's to fix.
        let kind = if problems.iter().any(|problem| problem.in_file) { Self::user } else { Self::usage };
        let absent = missing.iter().map(|(key, ask)| format!("{key} is missing: {ask}"));
        let mut error = match (problems.as_slice(), missing.len()) {
            ([problem], 0) => kind(problem.message.clone()).at(&problem.place),
            ([], 1) => kind(format!("an answer is needed: {}", absent.collect::<String>())),
            _ => {
                let mut error = kind(format!("the answers have {} problems", problems.len() + missing.len()));
                error.details =
                    problems.iter().map(|problem| format!("{}: {}", problem.place, problem.message)).collect();
                error.details.extend(absent);
                error
            }
        };
        let keys: Vec<&str> = missing.iter().map(|(key, _)| key.as_str()).collect();
        if keys.contains(&"name") {
            error = error.hint("give the name: plat new NAME");
        }
        if let Some(key) = keys.iter().find(|key| **key != "name") {
            error = error.hint(format!("give each: --set {key}=VALUE, or run plat new on a terminal to be asked"));
        }
        error.hint("plat new --list shows what each template asks for").reason(Reason::BadAnswers)
    }
}
