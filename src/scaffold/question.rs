//! One question of a template: its type, and what an answer must be. Pure.

use regex::Regex;
use serde::Deserialize;
use serde_json::Value;

use crate::text;

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The name the files use it by, and the key of `--set` and answers files.
    pub key: String,
    #[serde(rename = "type")]
    pub kind: QuestionType,
    /// The words a person sees.
    pub ask: String,
    /// Used where nobody answers; a text may use the answers before it. None: an answer is required.
    #[serde(default)]
    pub default: Option<Value>,
    /// What a choice chooses from.
    #[serde(default)]
    pub choices: Vec<String>,
    /// A regular expression that the whole text must match.
    #[serde(default)]
    pub matches: Option<String>,
    /// Said when it does not match.
    #[serde(default)]
    pub message: Option<String>,
    #[serde(default)]
    pub min: Option<i64>,
    #[serde(default)]
    pub max: Option<i64>,
    /// An expression over the answers before it; the question is asked only where it is true.
    #[serde(default)]
    pub when: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum QuestionType {
    String,
    Int,
    Bool,
    Choice,
}

impl QuestionType {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Int => "int",
            Self::Bool => "bool",
            Self::Choice => "choice",
        }
    }

    /// What a question answers where it is not asked.
    pub(super) fn empty(self) -> Value {
        match self {
            Self::String | Self::Choice => Value::from(""),
            Self::Int => Value::from(0),
            Self::Bool => Value::from(false),
        }
    }
}

impl Question {
    /// Reads an answer that was typed (`--set port=8080`, or at the prompt).
    ///
    /// # Errors
    /// The sentence that tells what an answer must be.
    pub fn read(&self, typed: &str) -> Result<Value, String> {
        let value = match self.kind {
            QuestionType::String | QuestionType::Choice => Value::from(typed),
            QuestionType::Int => Value::from(typed.trim().parse::<i64>().map_err(|_| "a whole number".to_owned())?),
            QuestionType::Bool => match typed.trim() {
                "true" | "yes" | "y" => Value::from(true),
                "false" | "no" | "n" => Value::from(false),
                _ => return Err("true or false".to_owned()),
            },
        };
        self.check(&value)?;
        Ok(value)
    }

    /// Checks an answer; the error ends the sentence "KEY must be …".
    ///
    /// # Errors
    /// The sentence that tells what an answer must be.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        match (self.kind, value) {
            (QuestionType::String, Value::String(answer)) => self.check_text(answer),
            (QuestionType::Choice, Value::String(answer)) => self.check_choice(answer),
            (QuestionType::Int, Value::Number(answer)) if answer.is_i64() => {
                self.check_range(answer.as_i64().unwrap_or_default())
            }
            (QuestionType::Bool, Value::Bool(_)) => Ok(()),
            (QuestionType::String, _) => Err("text (put it in quotes)".to_owned()),
            (QuestionType::Choice, _) => Err(format!("one of {}", self.choices.join(", "))),
            (QuestionType::Int, _) => Err("a whole number".to_owned()),
            (QuestionType::Bool, _) => Err("true or false".to_owned()),
        }
    }

    fn check_text(&self, answer: &str) -> Result<(), String> {
        // Whatever the pattern says: no answer may break out of the line it is put into.
        if answer.chars().any(char::is_control) {
            return Err("one line of text".to_owned());
        }
        let Some(pattern) = &self.matches else { return Ok(()) };
        match whole(pattern) {
            Ok(regex) if regex.is_match(answer) => Ok(()),
            _ => Err(self.message.clone().unwrap_or_else(|| format!("text that matches {pattern}"))),
        }
    }

    fn check_choice(&self, answer: &str) -> Result<(), String> {
        if self.choices.iter().any(|choice| choice == answer) {
            return Ok(());
        }
        let all = format!("one of {}", self.choices.join(", "));
        Err(match text::nearest(answer, self.choices.iter().map(String::as_str)) {
            Some(near) => format!("{all}; did you mean {near}?"),
            None => all,
        })
    }

    fn check_range(&self, answer: i64) -> Result<(), String> {
        let fits = self.min.is_none_or(|min| answer >= min) && self.max.is_none_or(|max| answer <= max);
        match (fits, self.min, self.max) {
            (true, ..) => Ok(()),
            (false, Some(min), Some(max)) => Err(format!("a number from {min} to {max}")),
            (false, Some(min), None) => Err(format!("a number from {min}")),
            (false, None, max) => Err(format!("a number up to {}", max.unwrap_or(i64::MAX))),
        }
    }

    /// What a template's author can get wrong in one question.
    pub(super) fn check_itself(&self) -> Result<(), String> {
        let key = &self.key;
        if let Some(Err(e)) = self.matches.as_deref().map(whole) {
            return Err(format!("{key}: {e}"));
        }
        if self.kind == QuestionType::Choice && self.choices.is_empty() {
            return Err(format!("{key} is a choice of nothing"));
        }
        match &self.default {
            // A text may be a template itself: it is checked once it is rendered.
            Some(default) if self.kind != QuestionType::String => {
                self.check(default).map_err(|must| format!("the default of {key} must be {must}"))
            }
            Some(default) if !default.is_string() => Err(format!("the default of {key} must be text")),
            _ => Ok(()),
        }
    }
}

/// A pattern that must match from end to end.
fn whole(pattern: &str) -> Result<Regex, regex::Error> {
    Regex::new(&format!("^(?:{pattern})$"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn question(yaml: &str) -> Question {
        serde_yaml::from_str(&format!("{{key: k, ask: K, {yaml}}}")).unwrap()
    }

    #[rstest]
    #[case("type: string", "any thing", Ok("\"any thing\""))]
    #[case("type: string", "two\nlines", Err("one line of text"))]
    #[case("type: string, matches: '[a-z]+', message: 'lower case'", "abc", Ok("\"abc\""))]
    #[case("type: string, matches: '[a-z]+', message: 'lower case'", "abc1", Err("lower case"))]
    #[case("type: string, matches: 'a|b'", "ab", Err("text that matches a|b"))]
    #[case("type: int", "8080", Ok("8080"))]
    #[case("type: int", "80x", Err("a whole number"))]
    #[case("type: int, min: 1024, max: 65535", "80", Err("a number from 1024 to 65535"))]
    #[case("type: int, max: 9", "10", Err("a number up to 9"))]
    #[case("type: bool", "yes", Ok("true"))]
    #[case("type: bool", "maybe", Err("true or false"))]
    #[case("type: choice, choices: [github, none]", "github", Ok("\"github\""))]
    #[case("type: choice, choices: [github, none]", "gihub", Err("one of github, none; did you mean github?"))]
    fn typed_answers_are_read_by_type(#[case] yaml: &str, #[case] typed: &str, #[case] expected: Result<&str, &str>) {
        let read = question(yaml).read(typed).map(|value| value.to_string());
        assert_eq!(read.as_deref().map_err(String::as_str), expected);
    }

    #[rstest]
    #[case("type: string", "8080", "text (put it in quotes)")]
    #[case("type: int", "'8080'", "a whole number")]
    #[case("type: int", "1.5", "a whole number")]
    #[case("type: bool", "'yes'", "true or false")]
    #[case("type: choice, choices: [a]", "[a]", "one of a")]
    fn a_files_answer_must_have_the_type(#[case] yaml: &str, #[case] value: &str, #[case] must: &str) {
        let value: Value = serde_yaml::from_str(value).unwrap();
        assert_eq!(question(yaml).check(&value), Err(must.to_owned()));
    }
}
