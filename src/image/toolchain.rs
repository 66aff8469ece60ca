//! Runs `go build`: a static binary, free of paths and commits.

use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use super::plan::Platform;
use crate::error::{Error, Result};
use crate::reason::Reason;
use crate::text;

/// Lines of the compiler that an error shows; the first ones are the cause, the rest follows from them.
const SHOWN_LINES: usize = 20;

/// Builds `package` (`.` or `./cmd/api`) of the module around `folder` into `output`.
///
/// The output of the last build should still lie there: Go then sees that it is current and does not link again
/// (0.09 s instead of 0.27 s).
///
/// # Errors
/// When there is no Go, or the program does not compile: with the compiler's own lines and the first one's place.
pub async fn go_build(folder: &Path, package: &str, platform: &Platform, output: &Path) -> Result<()> {
    // go leaves its work folder behind when it is killed; inside this one it is removed with it.
    let work = tempfile::tempdir()
        .map_err(|e| Error::user("no temporary folder can be made").at(std::env::temp_dir().display()).because(e))?;
    let ran = Command::new("go")
        .args(["build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o"])
        .arg(output)
        .arg(package)
        .current_dir(folder)
        .env("CGO_ENABLED", "0")
        .env("GOOS", &platform.os)
        .env("GOARCH", &platform.architecture)
        .env("GOTMPDIR", work.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|e| cannot_start(&e, folder))?
        .wait_with_output()
        .await
        .map_err(|e| Error::user("the Go build was lost").at(folder.display()).because(e))?;
    if ran.status.success() {
        return Ok(());
    }
    Err(build_failed(&String::from_utf8_lossy(&ran.stderr), folder, package))
}

fn cannot_start(cause: &std::io::Error, folder: &Path) -> Error {
    let error = if cause.kind() == std::io::ErrorKind::NotFound {
        Error::user("this is a Go project, and there is no \"go\" on PATH")
            .hint("install Go (https://go.dev/dl), or put its bin folder on PATH")
            .hint("or set image: in plat.yaml to an image that is built elsewhere")
    } else {
        Error::user(format!("\"go\" does not start: {cause}")).hint("try: go version")
    };
    error.at(folder.display()).reason(Reason::NoToolchain)
}

/// The compiler's lines, the place of the first one, and a next step for what is not a fault of the code.
fn build_failed(stderr: &str, folder: &Path, package: &str) -> Error {
    let lines: Vec<&str> =
        stderr.lines().map(str::trim_end).filter(|line| !line.is_empty() && !line.starts_with("# ")).collect();
    let place = lines.iter().find_map(|line| location(line));
    let mut error = Error::user("the Go program does not build").reason(Reason::BuildFailed).at(match place {
        Some(place) => folder.join(place.trim_start_matches("./")).display().to_string(),
        None => folder.display().to_string(),
    });
    for line in lines.iter().take(SHOWN_LINES) {
        error = error.detail(text::foreign_line(line, 300));
    }
    if lines.len() > SHOWN_LINES {
        error = error.detail(format!("and {} lines more", lines.len() - SHOWN_LINES));
    }
    if stderr.contains("requires go >=") {
        error = error.hint("install that Go version, or allow go to fetch it: GOTOOLCHAIN=auto");
    } else if stderr.contains("missing go.sum entry") || stderr.contains("updates to go.mod needed") {
        error = error.hint(format!("try: cd {} && go mod tidy", folder.display()));
    } else if stderr.contains("dial tcp") || stderr.contains("i/o timeout") {
        error = error.hint("a module could not be downloaded: look at the network, GOPROXY and GOPRIVATE");
    }
    error.hint(format!("see it alone: cd {} && go build -o /dev/null {package}", folder.display()))
}

/// `./main.go:5:2` of `./main.go:5:2: undefined: foo`.
fn location(line: &str) -> Option<&str> {
    let end = line.find(": ")?;
    let place = &line[..end];
    let mut parts = place.rsplitn(3, ':');
    let numbers = parts.next()?.parse::<u32>().is_ok() && parts.next()?.parse::<u32>().is_ok();
    (numbers && Path::new(parts.next()?).extension() == Some("go".as_ref())).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("./main.go:5:2: undefined: foo", Some("./main.go:5:2"))]
    #[case("main.go:12:10: no required module provides package example.com/x", Some("main.go:12:10"))]
    #[case("go: go.mod requires go >= 1.99", None)]
    #[case("\tconsider: something", None)]
    fn location_is_the_compilers(#[case] line: &str, #[case] expected: Option<&str>) {
        assert_eq!(location(line), expected);
    }

    #[test]
    fn a_failed_build_shows_the_compilers_lines_and_the_first_place() {
        let stderr = "# example.com/shop\n./main.go:5:2: undefined: foo\n./main.go:9:1: \u{1b}[31mred\n";
        let error = build_failed(stderr, Path::new("shop"), ".");
        assert_eq!(error.place.as_deref(), Some("shop/main.go:5:2"));
        assert_eq!(error.details, ["./main.go:5:2: undefined: foo", "./main.go:9:1: \\u{1b}[31mred"]);
    }
}
