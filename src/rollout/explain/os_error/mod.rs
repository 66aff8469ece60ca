//! What the operating system refused the program, by its log: errno's texts are the same in every language (strerror(3)).
//!
//! ```text
//! read_only  it writes where nothing may be written
//! rights     a file that is not its own, a capability that it lacks
//! port       a port that it may not have
//! taken      a port on which somebody listens; listener: who is told to
//! shortage   room or a library that it lacks
//! place      what the spec says of a path; meant: whether it is nearly where a volume is
//! line       the path and the port of a line
//! ```

mod line;
mod listener;
mod meant;
mod place;
mod port;
mod read_only;
mod rights;
mod shortage;
mod taken;
#[cfg(test)]
mod tests;

use super::explanation::Explanation;
use crate::rollout::model::Words;
use crate::rollout::view::ContainerView;

pub(super) use line::{path_in, paths};
pub(super) use place::{read_only_root, volume_field};
pub(super) use rights::lookups;

/// The cause is among the last lines that a program writes.
const LINES: usize = 20;

type Explain = fn(&ContainerView, Words) -> Explanation;

/// One line per errno, by the text that everybody prints: EROFS, EACCES, ENOSPC, and ENOENT of the loader.
const ERRNOS: &[(&str, Explain)] = &[
    ("read-only file system", read_only::read_only),
    ("permission denied", permission_denied),
    ("operation not permitted", rights::not_permitted),
    // MongoDB's words for EACCES.
    ("on a read-only directory", rights::not_allowed),
    // Laravel's, and whoever looks before it writes.
    ("present and writable", rights::not_allowed),
    ("is not writable", rights::not_allowed),
    ("is not writeable", rights::not_allowed),
    // .NET's.
    ("' is denied", rights::not_allowed),
    // MinIO's.
    ("file access denied", rights::not_allowed),
    ("no space left on device", shortage::no_space),
    ("cannot open shared object file", shortage::no_library),
];

/// The last error of the operating system that the log tells of, and how many lines come after it.
pub(super) fn os_error(container: &ContainerView, log: &str) -> Option<(usize, Explanation)> {
    let lines: Vec<&str> = log.lines().filter(|line| !line.trim().is_empty()).collect();
    (0..lines.len()).rev().take(LINES).find_map(|at| {
        let errno = ERRNOS.iter().find_map(|(errno, explain)| {
            let words = Words::in_any_case(lines[at], &[*errno])?;
            let is_other = is_of_database(words.after())
                || is_of_inotify(words)
                || is_of_ssh(words.after())
                || is_shared_memory(words);
            // A console breaks its lines: what it is about may stand in the one before.
            let broken = at
                .checked_sub(1)
                .filter(|_| line::path(words).is_none())
                .map(|before| format!("{}{}", lines[before].trim_end(), lines[at].trim_start()));
            let whole = broken
                .as_deref()
                .and_then(|both| Words::in_any_case(both, &[*errno]))
                .filter(|both| line::path(*both).is_some_and(is_file));
            (!is_other).then(|| explain(container, whole.unwrap_or(words)))
        });
        let said = errno.or_else(|| taken::taken(container, &lines, at))?;
        Some((lines.len() - 1 - at, said))
    })
}

/// Whether the name ends as that of a file does: what stands in another line is not always meant.
fn is_file(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.contains('.'))
}

/// `PostgreSQL`'s words for a missing GRANT are those of EACCES.
fn is_of_database(after: &str) -> bool {
    let named = ["table", "relation", "schema", "database", "sequence", "function", "view"];
    after.strip_prefix(" for ").is_some_and(|rest| named.iter().any(|kind| rest.starts_with(kind)))
}

/// `git@github.com: Permission denied (publickey).`
fn is_of_ssh(after: &str) -> bool {
    after.trim_start().starts_with("(publickey")
}

/// inotify(7) calls it "no space" that a user has no watches left.
fn is_of_inotify(words: Words) -> bool {
    words.before().contains("inotify")
}

/// `could not resize shared memory segment`: what it fills is /dev/shm.
fn is_shared_memory(words: Words) -> bool {
    ["shared memory segment", "/dev/shm"].iter().any(|place| words.before().contains(place))
}

fn permission_denied(container: &ContainerView, words: Words) -> Explanation {
    if line::listens(words) && (line::port(words).is_some() || line::path(words).is_none()) {
        port::not_listening(container, words)
    } else {
        rights::not_allowed(container, words)
    }
}
