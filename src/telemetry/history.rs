//! The runs of this machine, for `plat report` and `plat telemetry show`: one JSON line each, two files at most.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
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
        input::can_be_written(&self.current)?;
        let mut file = OpenOptions::new().create(true).append(true).read(true).open(&self.current)?;
        // What a crash tore stays a line of its own.
        let mut line = if ends_torn(&mut file)? { vec![b'\n'] } else { Vec::new() };
        serde_json::to_writer(&mut line, run)?;
        line.push(b'\n');
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
        // Bytes: a line may be torn inside a letter.
        let bytes = |path| input::read(path, 2 * FULL).unwrap_or_default();
        let of = |bytes: Vec<u8>| -> Vec<Run> {
            bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect()
        };
        [of(bytes(&self.before)), of(bytes(&self.current))].concat()
    }
}

/// Whether the file does not end with a whole line.
fn ends_torn(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
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
    fn a_run_that_is_torn_inside_a_letter_costs_itself_alone() {
        let dir = tempfile::tempdir().expect("a folder");
        let history = History::at(dir.path());
        for _ in 0..2 {
            history.add(&Run::for_tests()).expect("a kept run");
        }
        let mut torn = std::fs::read(&history.current).expect("a file");
        torn.extend_from_slice("{\"id\":\"ö".as_bytes().split_last().expect("bytes").1);
        std::fs::write(&history.current, torn).expect("a file");
        history.add(&Run::for_tests()).expect("a kept run");
        assert_eq!(history.runs().len(), 3);
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
