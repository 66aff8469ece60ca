//! Which of the last lines can be joined with something.

use std::borrow::Cow;

use super::line::{Joined, Phrase};
use super::{
    access, call, connection, credentials, database, dotnet, file, heap, host, memory, mode, number, one_of, own_key,
    own_login, phrases, rights, sayings, scratch, setting, settings, socket, stored, unexpanded, untold_rights, url,
    value, variable, virtual_host,
};
use crate::rollout::text::json_said;
use crate::rollout::view::ContainerView;

/// The cause is among the last lines that a program writes; the frames of its stack come after it.
const LINES: usize = 40;

/// What a program says that still runs is not of its start.
const RECENT: usize = 6;

/// The last line that can be joined with something, of a program that ended, and how many lines come after it.
pub(in crate::rollout) fn join_log(container: &ContainerView, log: &str) -> Option<(usize, Joined)> {
    join(container, log, LINES)
}

/// The same of one that runs, and is not ready.
pub(in crate::rollout) fn join_recent(container: &ContainerView, log: &str) -> Option<Joined> {
    join(container, log, RECENT).map(|(_, joined)| joined)
}

/// A line that is read, and whether it is one in JSON with all its fields.
struct Line<'l> {
    text: Cow<'l, str>,
    is_whole: bool,
    /// Lines of the log after it.
    after: usize,
}

/// Of a line in JSON its messages, and before them the whole: of those only what is named beyond doubt is read.
fn expanded(line: &str, after: usize) -> Vec<Line<'_>> {
    let messages = json_said(line);
    let whole = Line { text: Cow::Borrowed(line), is_whole: messages.is_some(), after };
    let messages = messages.into_iter().flatten().map(|text| Line { text: Cow::Owned(text), is_whole: false, after });
    std::iter::once(whole).chain(messages).collect()
}

fn join(container: &ContainerView, log: &str, most: usize) -> Option<(usize, Joined)> {
    let lines: Vec<&str> = log.lines().filter(|line| !line.trim().is_empty()).collect();
    let count = lines.len();
    let from = start(&lines, most);
    let numbered = lines.into_iter().enumerate().skip(from);
    let lines: Vec<Line> = numbered.flat_map(|(at, line)| expanded(line, count - 1 - at)).collect();
    let last: Vec<&str> = lines.iter().map(|line| line.text.as_ref()).collect();
    (0..last.len()).rev().find_map(|at| {
        let said = of_what_it_names(container, &last, at);
        let said = if lines[at].is_whole { said } else { said.or_else(|| of_what_was_given(container, &last, at)) };
        Some((lines[at].after, said?))
    })
}

/// Where the last lines begin, so many that are no frames of a stack.
fn start(lines: &[&str], most: usize) -> usize {
    let said = lines.iter().enumerate().rev().filter(|(_, line)| !line.starts_with([' ', '\t']));
    said.take(most).last().map_or(0, |(at, _)| at).max(lines.len().saturating_sub(LINES))
}

/// What a line says by words of its own.
fn of_what_it_names(container: &ContainerView, last: &[&str], at: usize) -> Option<Joined> {
    let line = last[at];
    let tables = [
        &own_login::PHRASES,
        &rights::PHRASES,
        &untold_rights::PHRASES,
        &access::PHRASES,
        &url::PHRASES,
        &host::PHRASES,
        &mode::PHRASES,
        &stored::PHRASES,
        &virtual_host::PHRASES,
        &credentials::PHRASES,
    ];
    unexpanded::of_line(container, line)
        .or_else(|| database::of_line(container, last, at))
        .or_else(|| own_key::of_line(container, line))
        .or_else(|| tables.into_iter().find_map(|table| Phrase::first(table, container, line)))
        .or_else(|| scratch::of_line(container, line))
        .or_else(|| socket::of_line(container, line))
        .or_else(|| host::of_line(container, line))
        .or_else(|| connection::of_line(container, line))
        .or_else(|| setting::of_line(container, line))
        .or_else(|| sayings::of_line(container, line))
        .or_else(|| Phrase::first(&memory::PHRASES, container, line))
}

/// What it says of something that the container was given: a field beside a message would be taken for it.
fn of_what_was_given(container: &ContainerView, last: &[&str], at: usize) -> Option<Joined> {
    let line = last[at];
    value::beyond_doubt(container, line)
        .or_else(|| dotnet::of_line(container, &last[..=at]))
        .or_else(|| settings::of_line(container, last, at))
        .or_else(|| call::of_line(container, last, at))
        .or_else(|| one_of::of_line(container, last, at))
        .or_else(|| value::of_line(container, line))
        .or_else(|| number::of_line(container, line))
        .or_else(|| variable::of_line(container, &last[..=at]))
        .or_else(|| file::of_line(container, line))
        .or_else(|| heap::of_line(container, last, at))
        .or_else(|| Phrase::first(&phrases::PHRASES, container, line))
}
