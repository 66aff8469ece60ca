//! What a database finds in its data folder, and cannot go on with.

use std::sync::LazyLock;

use regex::Captures;

use super::line::{Joined, Phrase, Read, first_group};
use crate::rollout::explain::mounts::{is_room, kind, mounted_over};
use crate::rollout::model::Remedy;
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;

pub(super) static PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| {
    let all: [(&'static str, Read); 2] = [
        (
            r#"directory "(?<path>[^"]+)" exists but is not empty|--initialize specified but the data directory (?:(?<path2>/\S+) )?has files in it"#,
            |container, found| Some(not_empty(container, found)),
        ),
        (
            r#"data directory "(?<path>[^"]+)" has (?:invalid permissions|group or world access|wrong ownership)"#,
            |container, found| Some(permissions(container, found)),
        ),
    ];
    all.into_iter().map(Phrase::new).collect()
});

fn path_of<'c>(found: &'c Captures) -> &'c str {
    first_group(found, &["path", "path2"]).unwrap_or_default()
}

/// ` of volume data (a PersistentVolumeClaim)`, where the path is on one.
fn of_volume(container: &ContainerView, path: &str) -> Option<String> {
    let (mount, volume) = mounted_over(container, path).filter(|(_, volume)| is_room(volume))?;
    Some(format!("{} is volume {}, {}", escape(&mount.mount_path), escape(&volume.name), kind(volume)))
}

fn not_empty(container: &ContainerView, found: &Captures) -> Joined {
    let path = path_of(found);
    let shown = if path.is_empty() { String::new() } else { format!(" {}", escape(path)) };
    let own = if path.is_empty() { "PGDATA, datadir".to_owned() } else { format!("PGDATA={}/data", escape(path)) };
    Joined {
        facts: of_volume(container, path).into_iter().collect(),
        ..Joined::new(
            format!("{} finds files in its new data folder{shown}", container.title()),
            Remedy::given(
                found,
                format!(
                    "let the data be in a folder below the volume's root, where its lost+found is ({own}, or subPath of the mount); where the \
                     files are those of an earlier try, remove them"
                ),
            ),
        )
    }
}

fn permissions(container: &ContainerView, found: &Captures) -> Joined {
    let path = path_of(found);
    Joined {
        facts: of_volume(container, path).into_iter().collect(),
        ..Joined::new(
            format!("{} does not accept the owner or the mode of its data folder {}", container.title(), escape(path)),
            Remedy::given(
                found,
                format!(
                    "let the data be in a folder below the mount, which the program makes itself (PGDATA={}/data): fsGroup opens the root of a \
                     volume for its group",
                    escape(path)
                ),
            ),
        )
    }
}
