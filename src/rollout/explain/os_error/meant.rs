//! A path that is nearly where a volume is mounted.

use crate::rollout::explain::mounts::{is_room, volume};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::{edits, nearest};

/// Folders that every system has: that two paths have one of them says nothing.
const COMMON: [&str; 13] =
    ["app", "bin", "etc", "home", "lib", "local", "mnt", "opt", "run", "share", "srv", "usr", "var"];
/// Shorter names are near to all that is short.
const SHORT: usize = 4;

/// `was /loki meant to be /var/loki, where volume data is mounted?`, of a path that no volume covers.
pub(super) fn question(container: &ContainerView, path: &str) -> Option<String> {
    let mounts = container.spec.volume_mounts.iter().flatten().filter(|mount| mount.read_only != Some(true));
    let rooms: Vec<_> = mounts
        .filter_map(|mount| Some((mount.mount_path.trim_end_matches('/'), volume(container, mount)?)))
        .filter(|(at, volume)| is_room(volume) && !last(at).is_empty())
        .collect();
    // Of several that are called alike, the one that shares most of its way.
    let shared = |at: &str| at.split('/').zip(path.split('/')).take_while(|(one, other)| one == other).count();
    let called = |name: &str| rooms.iter().filter(|(at, _)| last(at) == name).max_by_key(|(at, _)| shared(at));
    let (folder, (at, volume)) = folders(path).find_map(|folder| {
        let near = || {
            // A file is called like many folders.
            let is_file = folder == path && last(folder).contains('.');
            let beside =
                |at: &str| at.rsplit_once('/').map(|(above, _)| above) == path.rsplit_once('/').map(|(above, _)| above);
            let rooms = rooms.iter().filter(|(at, _)| !is_file || beside(at));
            let names = rooms.map(|(at, _)| last(at)).filter(|name| is_alike(last(folder), name));
            called(nearest(last(folder), names)?)
        };
        Some((folder, called(last(folder)).or_else(near)?))
    })?;
    Some(format!(
        "was {} meant to be {}, where volume {} is mounted?",
        escape(folder),
        escape(at),
        escape(&volume.name)
    ))
}

/// `loki` and `lokidata`, `grafana` and `graphana`.
fn is_alike(name: &str, other: &str) -> bool {
    let short = name.len().min(other.len());
    let slips = if short < 6 { 1 } else { 2 };
    short >= SHORT && (name.contains(other) || other.contains(name) || edits(name, other) <= slips)
}

/// A question whose answer may be all that is needed, and what to do otherwise.
pub(super) fn first(question: Option<String>, otherwise: String) -> String {
    match question {
        Some(question) => format!("{question} If not, {otherwise}"),
        None => otherwise,
    }
}

fn last(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or_default();
    if COMMON.contains(&name) { "" } else { name }
}

/// The folders that lead to a path, from the root on, and the path itself.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    let ends = path.match_indices('/').map(|(at, _)| at).filter(|at| *at > 0).chain([path.len()]);
    ends.map(|end| &path[..end]).filter(|folder| !last(folder).is_empty())
}
