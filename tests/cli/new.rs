//! `plat new`: the project it makes, the answers it refuses, what it leaves behind.

mod packages;
mod project;
mod refusals;
#[cfg(unix)]
mod terminal;

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::Home;

/// Where `Home::plat` runs.
fn work(home: &Home) -> PathBuf {
    home.dir.path().join("work")
}

/// Names in a folder, hidden ones too.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    names
}
