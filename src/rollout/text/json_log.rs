//! A line of a log in JSON: what it says, without the fields that only tell where and when.

use serde_json::{Map, Value};

/// The fields that hold a message, from what was tried to why it failed: ECS, zap, pino, logback, Serilog.
const MESSAGES: [&str; 17] = [
    "message",
    "msg",
    "@m",
    "@mt",
    "detail",
    "details",
    "err",
    "error",
    "error.message",
    "reason",
    "exception",
    "@x",
    "cause",
    "stack",
    "stacktrace",
    "stack_trace",
    "error.stack_trace",
];

/// What a line in JSON says, a line each, the cause last; none where it is no JSON or has no message.
pub(in crate::rollout) fn said(line: &str) -> Option<Vec<String>> {
    let line = line.trim();
    if !line.starts_with('{') {
        return None;
    }
    let all: Map<String, Value> = serde_json::from_str(line).ok()?;
    let mut said: Vec<String> = Vec::new();
    for text in messages(&all) {
        // A stack begins with its message, and its frames say nothing.
        let lines = text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty() && !is_frame(line));
        for line in lines {
            if !said.iter().any(|before| before == line) {
                said.push(line.to_owned());
            }
        }
    }
    (!said.is_empty()).then_some(said)
}

/// An error may be an object of its own: `{"err":{"type":"Error","message":"…","stack":"…"}}`.
fn messages(all: &Map<String, Value>) -> Vec<&str> {
    MESSAGES
        .iter()
        .filter_map(|name| all.get(*name))
        .flat_map(|value| match value {
            Value::String(text) => vec![text.as_str()],
            Value::Object(within) => messages(within),
            _ => Vec::new(),
        })
        .collect()
}

fn is_frame(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("at ") || line.starts_with("... ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::ecs(
        r#"{"message":"boot","elasticsearch.cluster.name":"logs","error.message":"unknown setting [a]","error.stack_trace":"E: unknown setting [a]\n\tat a.b\nCaused by: c"}"#,
        Some(vec!["boot", "unknown setting [a]", "E: unknown setting [a]", "Caused by: c"])
    )]
    #[case::pino(
        r#"{"level":50,"err":{"type":"Error","message":"no db","stack":"Error: no db\n    at x"},"msg":"failed"}"#,
        Some(vec!["failed", "no db", "Error: no db"])
    )]
    #[case::no_message(r#"{"ts":1,"name":"a"}"#, None)]
    #[case::no_json("{failed: x", None)]
    fn only_its_messages_are_read(#[case] line: &str, #[case] expected: Option<Vec<&str>>) {
        assert_eq!(said(line), expected.map(|all| all.into_iter().map(str::to_owned).collect()));
    }
}
