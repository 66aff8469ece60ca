//! What a line of a log is about: a path, or a port.

use std::sync::LazyLock;

use regex::Regex;

use crate::rollout::model::Words;
use crate::text::ascii_regex;

static LISTENS: LazyLock<Regex> = LazyLock::new(|| ascii_regex(r"(?i)\b(bind|listen)"));
static PORT: LazyLock<Regex> = LazyLock::new(|| {
    // ":80", "0.0.0.0:80", "[::]:80", "localhost:80", "port 80", "('0.0.0.0', 80)", "in use: 80"; not the minutes of a time
    ascii_regex(
        r"(?i)(?:(?:^|[\s*\]'(:+]|\.\d{1,3}|localhost):|\bport(?:s|\(s\))?[ =:]+|['\x22], |(?:in use|bound): )(\d{1,5})\b",
    )
});

pub(super) fn listens(words: Words) -> bool {
    LISTENS.is_match(words.before()) || LISTENS.is_match(words.after())
}

pub(super) fn port(words: Words) -> Option<i32> {
    port_of(words.before()).or_else(|| port_of(words.after()))
}

/// The last one that stands there.
pub(super) fn port_of(text: &str) -> Option<i32> {
    PORT.captures_iter(text).last().and_then(|found| found.get(1)?.as_str().parse().ok())
}

/// What nginx adds to an error: whom it served, and what was asked for.
static REQUEST: LazyLock<Regex> =
    LazyLock::new(|| ascii_regex(r", (?:client|server|request|subrequest|upstream|host|referrer): .*$"));
/// `/etc/app.conf:3:7`
static POSITION: LazyLock<Regex> = LazyLock::new(|| ascii_regex(r"(?::\d+){1,2}$"));

/// The path that a line is about.
pub(in crate::rollout::explain) fn path_in(line: &str) -> Option<&str> {
    let about = REQUEST.find(line).map_or(line, |found| &line[..found.start()]);
    paths(about).last().map(|path| POSITION.find(path).map_or(path, |found| &path[..found.start()]))
}

/// The path that the line is about: the last one before the errno (C, Go), else the first after it (Python, Node.js).
pub(super) fn path(words: Words<'_>) -> Option<&str> {
    paths(words.before()).last().or_else(|| paths(words.after()).next())
}

/// All that look like one, in their order.
pub(in crate::rollout::explain) fn paths(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || "'\"`‘’“”()[]{},;=".contains(c))
        .map(|part| part.trim_end_matches([':', '.']))
        .map(|part| part.rsplit_once("unix:").map_or(part, |(_, path)| path))
        .filter(|part| part.starts_with('/') && !part.starts_with("//"))
        .map(|part| if part.len() > 1 { part.trim_end_matches('/') } else { part })
        .filter(|part| part.len() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn line(text: &str) -> Words<'_> {
        let errnos = ["read-only file system", "address already in use", "permission denied"];
        Words::in_any_case(text, &errnos).expect("an errno")
    }

    #[rstest]
    #[case::busybox("mkdir: can't create directory '/data/': Read-only file system", Some("/data"))]
    #[case::coreutils("mkdir: cannot create directory ‘/data/x’: Permission denied", Some("/data/x"))]
    #[case::shell("/bin/sh: can't create /etc/app.conf: Permission denied", Some("/etc/app.conf"))]
    #[case::go("2026/11/23 01:02:03 open /data/x.db: read-only file system", Some("/data/x.db"))]
    #[case::python("OSError: [Errno 30] Read-only file system: '/data/x.db'", Some("/data/x.db"))]
    #[case::node("Error: EROFS: read-only file system, open '/data/x.db'", Some("/data/x.db"))]
    #[case::java("java.nio.file.FileSystemException: /data/x.db: Read-only file system", Some("/data/x.db"))]
    #[case::nginx(
        "nginx: [emerg] open() \"/var/run/nginx.pid\" failed (13: Permission denied)",
        Some("/var/run/nginx.pid")
    )]
    #[case::rust("Error: Os { code: 30, kind: ReadOnlyFilesystem, message: \"Read-only file system\" }", None)]
    fn the_path_is_found_in_the_words_of_every_language(#[case] text: &str, #[case] expected: Option<&str>) {
        assert_eq!(path(line(text)), expected);
    }

    #[rstest]
    #[case::go("listen tcp :80: bind: permission denied", Some(80))]
    #[case::go_address("01:02:03 listen tcp 0.0.0.0:443: bind: address already in use", Some(443))]
    #[case::node("Error: listen EADDRINUSE: address already in use :::8080", Some(8080))]
    #[case::nginx("nginx: [emerg] bind() to [::]:80 failed (13: Permission denied)", Some(80))]
    #[case::kestrel("Failed to bind to address http://[::]:80: address already in use.", Some(80))]
    #[case::uvicorn(
        "[Errno 98] error while attempting to bind on address ('0.0.0.0', 8000): address already in use",
        Some(8000)
    )]
    #[case::puma("Address already in use - bind(2) for \"0.0.0.0\" port 3000 (Errno::EADDRINUSE)", Some(3000))]
    #[case::httpd("01:02:03 httpd: bind: Permission denied", None)]
    fn the_port_is_found(#[case] text: &str, #[case] expected: Option<i32>) {
        assert!(listens(line(text)));
        assert_eq!(port(line(text)), expected);
    }
}
