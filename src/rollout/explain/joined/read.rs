//! Which of the last lines can be joined with something.

use super::line::{Joined, Phrase};
use super::{
    access, connection, credentials, database, dotnet, file, host, one_of, own_login, phrases, sayings, settings,
    stored, value, variable,
};
use crate::rollout::view::ContainerView;

/// The cause is among the last lines that a program writes; the frames of its stack come after it.
const LINES: usize = 40;

/// What a program says that still runs is not of its start.
const RECENT: usize = 6;

/// The last line that can be joined with something, of a program that ended.
pub(in crate::rollout) fn join_log(container: &ContainerView, log: &str) -> Option<Joined> {
    join(container, log, LINES)
}

/// The same of one that runs, and is not ready.
pub(in crate::rollout) fn join_recent(container: &ContainerView, log: &str) -> Option<Joined> {
    join(container, log, RECENT)
}

fn join(container: &ContainerView, log: &str, most: usize) -> Option<Joined> {
    let lines: Vec<&str> = log.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = &lines[lines.len().saturating_sub(most)..];
    (0..last.len()).rev().find_map(|at| {
        let line = last[at];
        let tables = [&own_login::PHRASES, &access::PHRASES, &host::PHRASES, &stored::PHRASES, &credentials::PHRASES];
        database::of_line(container, last, at)
            .or_else(|| tables.into_iter().find_map(|table| Phrase::first(table, container, line)))
            .or_else(|| host::of_line(container, line))
            .or_else(|| connection::of_line(container, line))
            .or_else(|| sayings::of_line(container, line))
            .or_else(|| dotnet::of_line(container, &last[..=at]))
            .or_else(|| settings::of_line(container, last, at))
            .or_else(|| one_of::of_line(container, last, at))
            .or_else(|| value::of_line(container, line))
            .or_else(|| variable::of_line(container, &last[..=at]))
            .or_else(|| file::of_line(container, line))
            .or_else(|| Phrase::first(&phrases::PHRASES, container, line))
    })
}
