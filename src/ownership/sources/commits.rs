//! The commits of a repository, as git logs them.

use jiff::Timestamp;

use crate::ownership::identity;
use crate::ownership::model::Party;

/// What `git log --format` must print: one record per commit, names and addresses through the mailmap.
pub const FORMAT: &str = "%x1e%aN%x1f%aE%x1f%aI";

/// More than this in one commit is an import, a move or generated code, and no sign of knowing it. In lines.
const MOST_LINES: u64 = 500;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    pub author: Party,
    pub date: Timestamp,
    pub lines: u64,
}

/// Commits of people, newest first. `--numstat` lines are added up where they are there.
#[must_use]
pub fn commits(text: &str) -> Vec<Commit> {
    text.split('\u{1e}').filter_map(commit).collect()
}

fn commit(record: &str) -> Option<Commit> {
    let mut lines = record.lines();
    let mut fields = lines.next()?.split('\u{1f}');
    let (name, email, date) = (fields.next()?, fields.next()?, fields.next()?);
    if identity::is_bot(name, email) {
        return None;
    }
    let changed: u64 = lines.filter_map(changed).sum();
    Some(Commit {
        author: identity::author(name, email),
        date: date.trim().parse().ok()?,
        lines: changed.min(MOST_LINES),
    })
}

/// `3\t1\tsrc/main.rs`; `-\t-\t…` for a binary file.
fn changed(line: &str) -> Option<u64> {
    let mut columns = line.split('\t');
    Some(columns.next()?.parse::<u64>().ok()? + columns.next()?.parse::<u64>().ok()?)
}
