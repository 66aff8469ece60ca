//! A project of a template, its one line that changes, and how plat builds it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use super::stack::Stack;
use super::{Bench, PLAT, said};

/// `plat new NAME` in `below`.
pub fn make(bench: &Bench, stack: Stack, name: &str, below: &Path) -> anyhow::Result<PathBuf> {
    let template = format!("{}-http", stack.word());
    let mut new = Command::new(PLAT);
    new.args(["new", name, "--yes", "--template", &template, "--set", stack.answer()]).current_dir(below);
    said(bench.here(&mut new))?;
    Ok(below.join(name))
}

/// Says another hello.
pub fn change(project: &Path, stack: Stack, word: &str) -> anyhow::Result<()> {
    let files = ignore::Walk::new(project).flatten().map(ignore::DirEntry::into_path);
    let mut named = files.filter(|file| file.file_name().is_some_and(|name| name == stack.source()));
    let file = named.next().with_context(|| format!("{} has no {}", project.display(), stack.source()))?;
    let text = std::fs::read_to_string(&file)?;
    // `"Hello, "`, or `` `Hello, ``.
    let at = ["\"Hello", "`Hello"].iter().find_map(|hello| Some(text.find(hello)? + 1)).context("it says no hello")?;
    let (_, rest) = text[at..].split_once(", ").context("it greets nobody")?;
    Ok(std::fs::write(file, format!("{}Hello {word}, {rest}", &text[..at]))?)
}

/// With the tools that few machines have.
fn path(bench: &Bench) -> String {
    let path = std::env::var("PATH").unwrap_or_default();
    format!("{}:{path}", bench.work.join("uv/bin").display())
}

pub fn plat_build(bench: &Bench) -> Command {
    let mut build = Command::new(PLAT);
    build.arg("build").env("PATH", path(bench));
    build
}
