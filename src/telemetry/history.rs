//! The runs of this machine, for `plat report` and `plat telemetry show`: one JSON line each, two files at most.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{Run, folder};
use crate::input;

/// About a thousand runs a file; with the file before it the history holds one to two thousand.
const FULL: u64 = 1024 * 1024;

#[derive(Debug)]
pub struct History {
    current: PathBuf,
    before: PathBuf,
}

impl History {
    /// The history in a telemetry folder.
    #[must_use]
    pub fn at(telemetry_dir: &Path) -> Self {
        Self { current: telemetry_dir.join("history.jsonl"), before: telemetry_dir.join("history.1.jsonl") }
    }

    /// Appends a run.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn add(&self, run: &Run) -> io::Result<()> {
        if let Some(dir) = self.current.parent() {
            folder::make_private(dir)?;
        }
        let mut line = serde_json::to_vec(run)?;
        line.push(b'\n');
        input::can_be_written(&self.current)?;
        let mut file = OpenOptions::new().create(true).append(true).open(&self.current)?;
        // One write to a file in append mode: two plats at once do not mix their lines.
        file.write_all(&line)?;
        if file.metadata()?.len() > FULL {
            std::fs::rename(&self.current, &self.before)?;
        }
        Ok(())
    }

    /// All runs, oldest first. A line that a crash tore is skipped.
    #[must_use]
    pub fn runs(&self) -> Vec<Run> {
        let text = |path| input::read_text(path, 2 * FULL).unwrap_or_default();
        let lines = text(&self.before) + &text(&self.current);
        lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_read_back_around_a_torn_line() {
        let dir = tempfile::tempdir().expect("a folder");
        let history = History::at(dir.path());
        history.add(&Run::for_tests()).expect("a kept run");
        std::fs::write(&history.before, "{\"id\":\"tor\n").expect("a file");
        history.add(&Run::for_tests()).expect("a kept run");
        assert_eq!(history.runs(), [Run::for_tests(), Run::for_tests()]);
    }

    #[test]
    fn a_full_file_becomes_the_one_before() {
        let dir = tempfile::tempdir().expect("a folder");
        let history = History::at(dir.path());
        std::fs::write(&history.current, " ".repeat(usize::try_from(FULL).expect("a size")) + "\n").expect("a file");
        history.add(&Run::for_tests()).expect("a kept run");
        assert!(!history.current.exists(), "the full file was moved");
        history.add(&Run::for_tests()).expect("a kept run");
        assert_eq!(history.runs().len(), 2);
    }
}
