//! The line that names the error by which a program ended: each runtime has its own words for one that nobody caught.

use std::sync::LazyLock;

use regex::Regex;

use super::escape::{escape, escape_line};
use super::levels;
use crate::text::{ascii_regex, redact};

/// What is read of one line, with those after it.
type Find = fn(&[&str]) -> Option<String>;

/// Each of them means by itself that the program ends.
const CRIES: &[Find] =
    &[dotnet, cpp, rust, anyhow, go, jvm, jvm_logged, spring, python, node, ruby, php, beam, assertion];

/// A logger's word counts so near to the end.
const LAST: usize = 3;

/// The error in one line, redacted, escaped and cut; none where the log does not clearly have one.
pub(in crate::rollout) fn uncaught(log: &str) -> Option<String> {
    // Redacted as a whole: a private key has many lines.
    let text = redact(log);
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let cry = (0..lines.len()).rev().find_map(|at| CRIES.iter().find_map(|find| find(&lines[at..])));
    let said = cry.or_else(|| lines.iter().rev().take(LAST).find_map(|line| levels::fatal(line)));
    let said = said.or_else(|| levels::error(lines.last()?))?;
    let said = said.trim().trim_end_matches(':');
    // A word alone says no more than the exit code.
    (said.chars().filter(|c| c.is_alphabetic()).count() > 2).then(|| escape(&escape_line(said)))
}

/// The last error that a program that runs has logged, in one line; none where its last lines have none.
pub(in crate::rollout) fn last_error(log: &str) -> Option<String> {
    const RECENT: usize = 20;
    let text = redact(log);
    let mut lines = text.lines().rev().map(str::trim_end).filter(|line| !line.is_empty()).take(RECENT);
    let said = lines.find_map(|line| levels::fatal(line).or_else(|| levels::error(line)))?;
    Some(escape(&escape_line(said.trim())))
}

/// `Unhandled exception. System.InvalidOperationException: no port`, with the exception within it.
fn dotnet(lines: &[&str]) -> Option<String> {
    let begins = ["Unhandled exception. ", "Unhandled Exception: ", "Process terminated. "];
    let own = begins.iter().find_map(|begin| lines[0].trim_start().strip_prefix(begin))?;
    let mut within = lines[1..].iter().take(20).filter_map(|line| line.trim_start().strip_prefix("---> "));
    // `--->` stands on the line of its exception where that is short.
    let all = within.next_back().unwrap_or(own);
    Some(all.rsplit(" ---> ").next().unwrap_or(all).to_owned())
}

/// libstdc++ says what it is in a line of its own, libc++ in the same one.
fn cpp(lines: &[&str]) -> Option<String> {
    static THROWN: LazyLock<Regex> =
        LazyLock::new(|| ascii_regex(r"^terminate called after throwing an instance of '(?<type>[^']+)'"));
    if let Some(found) = THROWN.captures(lines[0]) {
        let what = lines.get(1).and_then(|line| line.trim_start().strip_prefix("what():"));
        return Some(match what {
            Some(what) => format!("{}: {}", &found["type"], what.trim()),
            None => format!("an uncaught {}", &found["type"]),
        });
    }
    let words = ["terminating due to uncaught exception of type ", "terminating with uncaught exception of type "];
    words.iter().find_map(|words| Some(lines[0].split_once(words)?.1.to_owned()))
}

/// Its message stands on the next line, before Rust 1.73 in the same one.
fn rust(lines: &[&str]) -> Option<String> {
    static PANIC: LazyLock<Regex> = LazyLock::new(|| {
        ascii_regex(r"^thread '[^']*'(?: \(\d+\))? panicked at (?:'(?<text>.*)', \S+:\d+:\d+|\S+:\d+:\d+:)$")
    });
    let found = PANIC.captures(lines[0])?;
    match found.name("text") {
        Some(text) => Some(text.as_str().to_owned()),
        None => lines.get(1).filter(|line| !line.starts_with("note: ")).map(|line| (*line).to_owned()),
    }
}

/// `anyhow` and `eyre` of Rust: what was tried, and below it why that failed, the deepest last.
fn anyhow(lines: &[&str]) -> Option<String> {
    let tried = lines[0].strip_prefix("Error: ").filter(|_| lines.get(1) == Some(&"Caused by:"))?;
    let causes = lines[2..].iter().take_while(|line| line.starts_with(' '));
    let deepest = causes.last()?.trim().trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches(": ");
    Some(format!("{tried}: {deepest}"))
}

/// What is said again after it was recovered stands with it.
fn go(lines: &[&str]) -> Option<String> {
    let text = lines[0].strip_prefix("panic: ").or_else(|| {
        let text = lines[0].strip_prefix("fatal error: ")?;
        // git and others say so too; Go's runtime tells where it was.
        lines.iter().any(|line| line.starts_with("goroutine ")).then_some(text)
    })?;
    Some(text.trim_end_matches(" [recovered]").to_owned())
}

/// The deepest cause says most.
fn jvm(lines: &[&str]) -> Option<String> {
    let own = lines[0].strip_prefix("Exception in thread \"main\" ")?;
    Some(deepest(&lines[1..]).unwrap_or(own).to_owned())
}

/// One that a logger wrote, and nothing after it but its own frames.
fn jvm_logged(lines: &[&str]) -> Option<String> {
    static EXCEPTION: LazyLock<Regex> =
        LazyLock::new(|| ascii_regex(r"^(?:[a-z]\w*\.)+[A-Z]\w*(?:Exception|Error)(?:: \S.*)?$"));
    let is_frame = |line: &&str| {
        line.trim_start().starts_with("at ") || line.starts_with("Caused by: ") || line.trim_start().starts_with("... ")
    };
    let own = EXCEPTION.is_match(lines[0]) && lines.len() > 1 && lines[1..].iter().all(is_frame);
    own.then(|| deepest(&lines[1..]).unwrap_or(lines[0]).to_owned())
}

fn deepest<'l>(lines: &[&'l str]) -> Option<&'l str> {
    let is_own = |line: &&&str| line.starts_with([' ', '\t']) || line.starts_with("Caused by: ");
    lines.iter().take_while(is_own).filter_map(|line| line.strip_prefix("Caused by: ")).last()
}

/// Spring Boot ends with a description, or with the exception on the line after.
fn spring(lines: &[&str]) -> Option<String> {
    if lines[0] == "APPLICATION FAILED TO START" {
        let at = lines.iter().position(|line| *line == "Description:")?;
        return lines.get(at + 1).map(|line| (*line).to_owned());
    }
    let own = lines.get(1).filter(|_| lines[0].ends_with("Application run failed"))?;
    Some(deepest(&lines[2..]).unwrap_or(own).to_owned())
}

/// The exception stands after the frames. One that was caught is logged in the same words: then much follows.
fn python(lines: &[&str]) -> Option<String> {
    /// Of a message of many lines, and of what a server says when it goes.
    const MOST: usize = 8;
    static EXCEPTION: LazyLock<Regex> = LazyLock::new(|| ascii_regex(r"^(?:\w+\.)*[A-Z]\w*(?:: \S.*)?$"));
    if !lines[0].ends_with("Traceback (most recent call last):") {
        return None;
    }
    let at = 1 + lines[1..].iter().position(|line| !line.starts_with(' '))?;
    let said = lines[at];
    let is_of_fields = said.contains("validation error");
    if lines.len() - at > MOST && !is_of_fields || !EXCEPTION.is_match(said) {
        return None;
    }
    let fields = if is_of_fields { fields(&lines[at + 1..]) } else { Vec::new() };
    Some(if fields.is_empty() { said.to_owned() } else { format!("{said}: {}", fields.join("; ")) })
}

/// pydantic says in the lines below which field it is, and below each what is wrong with it.
fn fields(lines: &[&str]) -> Vec<String> {
    let is_below = |line: &str| line.starts_with("  ");
    let said = lines.windows(2).filter(|pair| !is_below(pair[0]) && is_below(pair[1]));
    // Its type and input stand in brackets.
    let short = |text: &'_ str| text.trim().split(" [type=").next().unwrap_or_default().to_owned();
    said.map(|pair| format!("{}: {}", pair[0], short(pair[1]))).take(3).collect()
}

/// Node.js, Deno: below a caret that shows the place, or said as uncaught.
fn node(lines: &[&str]) -> Option<String> {
    static UNCAUGHT: LazyLock<Regex> =
        LazyLock::new(|| ascii_regex(r"^(?:error: )?Uncaught (?:Exception: |\(in promise\) )?(?<text>\S.*)$"));
    static ERROR: LazyLock<Regex> =
        LazyLock::new(|| ascii_regex(r"^(?:\w+\.)*\w*(?:Error|Exception|Rejection)(?: \[\w+\])?: \S.*$"));
    if let Some(found) = UNCAUGHT.captures(lines[0]) {
        return Some(found["text"].to_owned());
    }
    let is_caret = !lines[0].is_empty() && lines[0].trim().chars().all(|c| c == '^');
    // Python shows a place with carets too.
    let is_node = || lines[1..].iter().any(|line| line.starts_with("    at ") || line.starts_with("Node.js v"));
    let said = lines.get(1).filter(|line| is_caret && (ERROR.is_match(line) || line.starts_with('[')) && is_node())?;
    Some(said.trim_start_matches('[').to_owned())
}

/// `/app/a.rb:1:in 'Integer': invalid value (ArgumentError)`
fn ruby(lines: &[&str]) -> Option<String> {
    static RAISED: LazyLock<Regex> =
        LazyLock::new(|| ascii_regex(r"^\S+:\d+:in [`'][^']*': (?<text>.+) \((?<type>[A-Z]\w*(?:::\w+)*)\)$"));
    let found = RAISED.captures(lines[0])?;
    Some(format!("{}: {}", &found["type"], &found["text"]))
}

fn php(lines: &[&str]) -> Option<String> {
    static FATAL: LazyLock<Regex> = LazyLock::new(|| {
        ascii_regex(r"^(?:PHP )?Fatal error:\s+(?:Uncaught )?(?<text>.+?) in /\S+?(?::\d+| on line \d+)$")
    });
    Some(FATAL.captures(lines[0])?["text"].to_owned())
}

/// Elixir: `** (RuntimeError) no port`
fn beam(lines: &[&str]) -> Option<String> {
    static RAISED: LazyLock<Regex> = LazyLock::new(|| ascii_regex(r"^\*\* \((?<type>[A-Z][\w.]*)\) (?<text>\S.*)$"));
    let found = RAISED.captures(lines[0])?;
    Some(format!("{}: {}", &found["type"], &found["text"]))
}

/// assert(3)
fn assertion(lines: &[&str]) -> Option<String> {
    static FAILED: LazyLock<Regex> =
        LazyLock::new(|| ascii_regex(r"^\S+: (?<text>\S+:\d+: .*Assertion [`'].*' failed)\.?$"));
    Some(FAILED.captures(lines[0])?["text"].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Case {
        name: String,
        log: String,
        /// None where the log has no error that clearly ended it.
        says: Option<String>,
    }

    #[test]
    fn the_error_that_nobody_caught_is_found() {
        let cases: Vec<Case> = serde_yaml::from_str(include_str!("uncaught_cases.yaml")).expect("cases");
        for case in cases {
            assert_eq!(uncaught(&case.log), case.says, "{}", case.name);
        }
    }
}
