//! What a database or a program finds in its data folder or in its database, and cannot go on with.

use std::sync::LazyLock;

use regex::Captures;

use super::line::{Joined, Phrase, Read, group};
use crate::rollout::explain::mounts::{is_room, kind, mounted_over};
use crate::rollout::model::{Lack, Remedy};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;

pub(super) static PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| {
    let all: [(&'static str, Read); 7] = [
        (
            r#"directory "(?<path>[^"]+)" exists but is not empty|--initialize specified but the data directory (?:(?<path2>/\S+) )?has files in it"#,
            |container, found| Some(not_empty(container, found)),
        ),
        (
            r#"data directory "(?<path>[^"]+)" has (?:invalid permissions|group or world access|wrong ownership)"#,
            |container, found| Some(permissions(container, found)),
        ),
        (
            r"initialized by PostgreSQL version (?<old>[\d.]+), which is not compatible with this version (?<new>[\d.]+)",
            |container, found| Some(version(container, found)),
        ),
        (
            r"Dirty database version (?<at>\d+)|(?<prisma>P3009)\b|[Dd]etected (?<flyway>failed migration)",
            |container, found| Some(half_done(container, found)),
        ),
        (r"Can't locate revision identified by '(?<name>[^']+)'", |container, found| {
            Some(unknown_revision(container, found))
        }),
        (r"[Cc]hecksum mismatch for migration (?:version )?(?<name>[\w.]+)", |container, found| {
            Some(changed(container, found))
        }),
        (
            r#"(?i)(?:lock file "[^"]+" already exists|could not (?:acquire|obtain) (?:change log |changelog )?lock|lock \S+: resource temporarily unavailable|already (?:locked|in use) by another process|waiting for changelog lock)"#,
            |container, found| Some(locked(container, found)),
        ),
    ];
    all.into_iter().map(Phrase::new).collect()
});

fn path_of<'c>(found: &'c Captures) -> &'c str {
    ["path", "path2"].map(|name| group(found, name)).into_iter().find(|path| !path.is_empty()).unwrap_or_default()
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

fn version(container: &ContainerView, found: &Captures) -> Joined {
    let (old, new) = (escape(group(found, "old")), escape(group(found, "new")));
    Joined::new(
        format!("{} is PostgreSQL {new}, and its data are of version {old}", container.title()),
        Remedy::given(
            found,
            format!(
                "run the image of version {old} again; the data move to {new} with pg_upgrade, or pg_dump and restore"
            ),
        ),
    )
}

fn half_done(container: &ContainerView, found: &Captures) -> Joined {
    let at = group(found, "at");
    let at = if at.is_empty() { String::new() } else { format!(" {}", escape(at)) };
    Joined::new(
        format!("{} does not migrate on: the migration{at} before failed half way", container.title()),
        Remedy::given(
            found,
            "put right by hand what that one left, then mark it (migrate force VERSION, prisma migrate resolve, flyway repair)",
        ),
    )
}

fn unknown_revision(container: &ContainerView, found: &Captures) -> Joined {
    let name = escape(group(found, "name"));
    Joined::new(
        format!("the database of {} is at the migration {name}, which the image does not have", container.title()),
        Remedy::given(
            found,
            "deploy an image that has it: this one is older than the database, or was built from another branch",
        ),
    )
}

fn changed(container: &ContainerView, found: &Captures) -> Joined {
    let name = escape(group(found, "name"));
    Joined::new(
        format!("{} has another text of migration {name} than the one that was applied", container.title()),
        Remedy::given(found, "give the applied text back, and write what changes as a new migration"),
    )
}

fn locked(container: &ContainerView, found: &Captures) -> Joined {
    Joined {
        lack: Lack::Starting,
        ..Joined::new(
            format!("{} waits for a lock on its data that somebody else holds", container.title()),
            Remedy::given(
                found,
                "does the replica before still run? Let it go first (strategy Recreate); remove a lock that a killed run left behind \
                 (liquibase release-locks, the lock file)",
            ),
        )
    }
}
