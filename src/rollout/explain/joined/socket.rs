//! A socket of another container that is not there: a socket is a file, and is shared only by a volume that both mount.

use std::sync::LazyLock;

use k8s_openapi::api::core::v1::{Container, VolumeMount};
use regex::Regex;

use super::line::Joined;
use crate::rollout::explain::mounts::{is_room, mounted_over};
use crate::rollout::explain::os_error::path_in;
use crate::rollout::model::{Lack, Remedy};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::ascii_regex;

/// errno 2, as C, Go, Python, Node.js and the clients of databases write it.
static NOT_THERE: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(r"(?i)no such file or directory|\bENOENT\b|socket '[^']+' \(2\)|socket file .*not found")
});
static SOCKET: LazyLock<Regex> = LazyLock::new(|| ascii_regex(r"\.sock(?:et)?$|/\.s\.PGSQL\.\d+$"));

pub(super) fn of_line(container: &ContainerView, line: &str) -> Option<Joined> {
    let found = NOT_THERE.captures(line)?;
    let path = path_in(line).filter(|path| SOCKET.is_match(path) || line.contains(&format!("unix:{path}")))?;
    let own = container.name();
    let spec = container.pod.spec.as_ref()?;
    let others: Vec<&Container> = spec
        .containers
        .iter()
        .chain(spec.init_containers.iter().flatten().filter(|one| one.restart_policy.is_some()))
        .filter(|one| one.name != own)
        .collect();
    let names = others.iter().map(|one| escape(&one.name)).collect::<Vec<_>>().join(", ");
    let (title, shown) = (container.title(), escape(path));
    let what = format!("{title} does not find the socket {shown}");
    let Some((mount, volume)) = mounted_over(container, path).filter(|(_, volume)| is_room(volume)) else {
        // Alone in its pod it may make the socket itself.
        if others.is_empty() {
            return None;
        }
        let folder = escape(path.rsplit_once('/').map_or(path, |(folder, _)| folder));
        return Some(Joined::new(
            format!("{what}: no volume is mounted there, and containers of a pod do not see each other's files"),
            Remedy::given(
                &found,
                format!("mount one emptyDir at {folder} in {title} and in the one that makes the socket ({names})"),
            ),
        ));
    };
    // A folder of the node is filled by the node.
    if volume.host_path.is_some() {
        return None;
    }
    let (at, name) = (escape(&mount.mount_path), escape(&volume.name));
    let elsewhere: Vec<(&Container, &VolumeMount)> = others
        .iter()
        .flat_map(|one| one.volume_mounts.iter().flatten().map(move |mount| (*one, mount)))
        .filter(|(_, mount)| mount.name == volume.name)
        .collect();
    if !elsewhere.is_empty() {
        let by = elsewhere
            .iter()
            .map(|(one, mount)| format!("container {} mounts it at {}", escape(&one.name), escape(&mount.mount_path)));
        let hint = "does that one run, and does it make its socket there, by this name?";
        return Some(Joined {
            facts: vec![format!("{at} is volume {name}; {}", by.collect::<Vec<_>>().join(", "))],
            lack: Lack::Starting,
            ..Joined::new(what, Remedy::look(hint))
        });
    }
    let (why, hint) = if others.is_empty() {
        (
            format!("volume {name} is mounted there, and no other container of the pod makes it"),
            format!(
                "run what makes the socket as a container of this pod that mounts volume {name} too, or connect by TCP"
            ),
        )
    } else {
        (
            format!("volume {name} is mounted there only in {title}, not in {names}"),
            format!("mount volume {name} in the container that makes the socket too ({names}), where it makes it"),
        )
    };
    Some(Joined::new(format!("{what}: {why}"), Remedy::given(volume, hint)))
}
