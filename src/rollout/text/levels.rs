//! What a logger calls fatal, or an error, at the end of a program.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use super::json_log;
use crate::text::ascii_regex;

/// What it calls fatal ends a program; what it calls an error often does not, and says so last.
static FATAL: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    patterns(&[
        // klog, glog
        r"^F\d{4} [\d:.]+\s+\d+ [\w.-]+:\d+\] (?<text>.+)$",
        // PostgreSQL, zap, log4j; pino's own writer
        r"^(?:\S+ ){0,6}?\S*\b(?:FATAL|CRITICAL)\b[\]:]*(?:\s+\(\d+\):)?\s+(?<text>\S.*)$",
    ])
});
static ERROR: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    patterns(&[
        r"^(?:[\w./-]{1,30}: )?(?i:fatal(?: error)?|error): (?<text>\S.*)$",
        r"^(?<text>(?:\w+\.)*[A-Z]\w*(?:Error|Exception): \S.*)$",
        // `[error]`, nginx and Erlang; `<error>`
        r"^(?:\S+\s+){0,4}?[\[<](?i:error|err|emerg|alert|crit|critical|severe)[\]>]:?\s+(?<text>\S.*)$",
        // log4j, zap, Python's logging: after a time
        r"^\S*\d\S*\s+(?:\S+\s+){0,5}?(?:ERROR|ERR|SEVERE|CRIT)\b[:\]]?\s+(?<text>\S.*)$",
        // log.Fatal of Go
        r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d(?:\.\d+)? (?:\S+\.go:\d+: )?(?<text>\S.*)$",
    ])
});
/// Who says it: a process, a thread, a class, a place, `ERROR:` once more.
static SPEAKER: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r"^(?:<[\d.]+>|\[[^\]]{1,60}\]:?|\([\w -]{1,30}\)|ERROR:|\d+#\d+:|--- \[[^\]]*\] \S+\s+:|[\w./-]+\.go:\d+)\s+",
    )
});
/// `level=error msg="…" err="…"`
static LOGFMT: LazyLock<Regex> =
    LazyLock::new(|| ascii_regex(r#"(?:^|\s)(?<key>[\w.]+)=(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<bare>[^\s"]+))"#));
/// The `Debug` of an error of Rust's: only its message is for people.
static MESSAGE: LazyLock<Regex> =
    LazyLock::new(|| ascii_regex(r#"^(?<kind>\w+)\b.*\{.*?\bmessage: "(?<text>(?:[^"\\]|\\.)+)""#));

fn patterns(all: &[&str]) -> Vec<Regex> {
    all.iter().map(|pattern| ascii_regex(pattern)).collect()
}

/// What this line says, if its logger calls it fatal.
pub(super) fn fatal(line: &str) -> Option<String> {
    of_fields(line, &["fatal", "panic", "dpanic", "critical", "60"]).or_else(|| spoken(&FATAL, line))
}

/// What it says, if its logger calls it an error.
pub(super) fn error(line: &str) -> Option<String> {
    of_fields(line, &["error", "err", "50", "severe"]).or_else(|| spoken(&ERROR, line))
}

fn spoken(all: &[Regex], line: &str) -> Option<String> {
    let found = all.iter().find_map(|pattern| pattern.captures(line))?;
    let mut text = found.name("text")?.as_str();
    while let Some(speaker) = SPEAKER.find(text).filter(|speaker| speaker.end() < text.len()) {
        text = &text[speaker.end()..];
    }
    Some(match MESSAGE.captures(text) {
        Some(found) => format!("{}: {}", &found["kind"], found["text"].replace("\\\"", "\"")),
        None => text.to_owned(),
    })
}

/// Of a line in JSON or logfmt: what was tried, and why it failed.
fn of_fields(line: &str, levels: &[&str]) -> Option<String> {
    let is_level = |level: &str| levels.contains(&level.to_lowercase().as_str());
    if let Ok(all) = serde_json::from_str::<Map<String, Value>>(line) {
        let level = ["level", "severity", "@l", "log.level", "lvl"].iter().find_map(|name| all.get(*name))?;
        let level = level.as_str().map_or_else(|| level.to_string(), str::to_owned);
        let said: Vec<String> = json_log::said(line).filter(|_| is_level(&level))?;
        // The first line of a stack is a place, and has no words.
        let (first, more) = said.split_first()?;
        let cause = more.first().filter(|text| text.contains(' '));
        return Some(cause.map_or_else(|| first.clone(), |cause| format!("{first}: {cause}")));
    }
    let fields = || LOGFMT.captures_iter(line);
    let value = |name: &str| {
        let found = fields().find(|found| &found["key"] == name)?;
        Some(found.name("quoted").or(found.name("bare"))?.as_str().replace("\\\"", "\""))
    };
    value("level").or_else(|| value("lvl")).filter(|level| is_level(level))?;
    let said = [value("msg").or_else(|| value("message")), value("err").or_else(|| value("error"))];
    let said: Vec<String> = said.into_iter().flatten().filter(|text| !text.is_empty()).collect();
    (!said.is_empty()).then(|| said.join(": "))
}
