//! Runs a toolchain and shows what it says; when it fails, that becomes the error.

use std::path::Path;
use std::time::Duration;

use tokio::process::Command;

use crate::error::{Error, Result};
use crate::program::{self, Failure, Followed, Limits};
use crate::progress::Step;
use crate::reason::Reason;
use crate::text;

/// Lines of a toolchain that an error shows.
const SHOWN: usize = 20;
/// A question that a toolchain answers from what it has.
const ASKED: Limits = Limits { time: Duration::from_mins(2), output: 64 << 20 };

/// A program of a stack, as messages name it.
#[derive(Debug, Clone, Copy)]
pub struct Tool<'a> {
    /// `npm`
    pub program: &'a str,
    /// `Node`
    pub stack: &'a str,
    /// What installs it, as a hint.
    pub install: &'a str,
}

impl Tool<'_> {
    pub fn command(&self, folder: &Path) -> Command {
        let mut command = Command::new(self.program);
        command.current_dir(folder);
        command
    }

    /// Runs it to its end, and shows each line as it comes.
    ///
    /// # Errors
    /// When it does not start. What it said is the caller's to read where it fails.
    pub async fn follow(&self, command: Command, step: &mut dyn Step) -> Result<Followed> {
        step.said(&written(&command));
        let mut show = |line: &str| {
            step.said(line);
            if !line.trim().is_empty() {
                step.pass(&text::foreign_line(line.trim(), 100));
            }
        };
        program::follow(command, &mut show).await.map_err(|failure| self.cannot_start(&failure))
    }

    /// What it prints, for a question that it answers at once.
    ///
    /// # Errors
    /// When it does not start or does not succeed.
    pub async fn ask(&self, command: Command) -> Result<Vec<u8>> {
        let ended = program::run(command, &[], ASKED).await.map_err(|failure| self.cannot_start(&failure))?;
        if ended.status.success() {
            return Ok(ended.stdout);
        }
        let said = String::from_utf8_lossy(&ended.stderr).lines().map(str::to_owned).collect::<Vec<_>>();
        Err(explained(Error::user(format!("{} failed ({})", self.program, ended.status)), &said, Shown::First))
    }

    fn cannot_start(&self, failure: &Failure) -> Error {
        let Self { program, stack, install } = self;
        let error = match failure {
            Failure::NotFound => {
                Error::user(format!("this is a {stack} project, and there is no \"{program}\" on PATH"))
                    .hint(format!("install it: {install}"))
            }
            failure => Error::user(format!("\"{program}\" {failure}")).hint(format!("try: {program} --version")),
        };
        error.hint("or set image: in plat.yaml to an image that is built elsewhere").reason(Reason::NoToolchain)
    }
}

/// `$ npm ci`
pub fn written(command: &Command) -> String {
    let command = command.as_std();
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    format!("$ {}", words.join(" "))
}

/// Which lines say what is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// A compiler's: the rest follows from them.
    First,
    /// A package manager's.
    Last,
}

/// The lines that say it, and a next step for what is not a fault of the code.
pub fn explained(error: Error, said: &[String], shown: Shown) -> Error {
    let lines: Vec<&str> = said.iter().map(|line| line.trim_end()).filter(|line| !line.trim().is_empty()).collect();
    let left = lines.len().saturating_sub(SHOWN);
    let chosen = match shown {
        Shown::First => &lines[..lines.len() - left],
        Shown::Last => &lines[left..],
    };
    let mut error = error.reason(Reason::BuildFailed);
    if left > 0 && shown == Shown::Last {
        error = error.detail(format!("{left} lines before"));
    }
    for line in chosen {
        error = error.detail(text::foreign_line(line, 300));
    }
    if left > 0 && shown == Shown::First {
        error = error.detail(format!("and {left} lines more"));
    }
    match outside(&lines) {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// What every toolchain says when something around it is missing.
const OUTSIDE: [(&[&str], &str); 4] = [
    (
        &["no space left on device", "enospc", "disk quota exceeded", "os error 28"],
        "the disk is full: make room, or set PLAT_HOME (and TMPDIR) to a folder on another disk",
    ),
    (
        &["did not resolve to an alias"],
        "write the whole name in FROM, such as docker.io/library/golang:1.26, or set unqualified-search-registries in registries.conf",
    ),
    (
        &["initializing source docker://", "failed to resolve source metadata", "pinging container registry"],
        "the base image could not be pulled: look at the network and the registry; a mirror of it is PLAT_MIRRORS=docker.io=HOST/PATH \
         for podman and buildah, registry-mirrors in daemon.json for docker, certs.d for nerdctl",
    ),
    (
        &[
            "dial tcp",
            "i/o timeout",
            "enotfound",
            "etimedout",
            "econnrefused",
            "eai_again",
            "could not resolve host",
            "connection refused",
            "connection timed out",
            "temporary failure in name resolution",
            "name or service not known",
            "network is unreachable",
            "unknown host",
            "newconnectionerror",
            "failed to lookup address",
            "error sending request",
            "connect to server",
            "failed to connect to",
            "tcp connect error",
        ],
        "a package could not be downloaded: look at the network, the proxy, and the registry that the toolchain is set to",
    ),
];

fn outside(lines: &[&str]) -> Option<&'static str> {
    let says = |words: &[&str]| lines.iter().any(|line| words.iter().any(|word| line.to_lowercase().contains(word)));
    OUTSIDE.iter().find(|(words, _)| says(words)).map(|(_, hint)| *hint)
}
