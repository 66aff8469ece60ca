//! What the spec says of a path.

use k8s_openapi::api::core::v1::SecurityContext;

use crate::rollout::explain::mounts::{is_room, mounted_over};
use crate::rollout::view::ContainerView;

pub(in crate::rollout) fn read_only_root<'a>(container: &ContainerView<'a>) -> Option<&'a SecurityContext> {
    container.spec.security_context.as_ref().filter(|security| security.read_only_root_filesystem == Some(true))
}

/// Whether /tmp may be written to, as far as the spec says.
pub(super) fn has_tmp(container: &ContainerView) -> bool {
    let is_mounted = mounted_over(container, "/tmp").is_some_and(|(_, volume)| is_room(volume));
    is_mounted || read_only_root(container).is_none()
}

/// How a volume that may be written to is asked for.
pub(in crate::rollout) fn volume_field(container: &ContainerView, folder: &str) -> String {
    let plat_yaml = format!("writable: [{folder}]");
    container.snapshot.source().field(&plat_yaml, &format!("emptyDir: {{}}, mountPath: {folder}"))
}

/// Where to mount a volume so that the path can be written.
pub(super) fn folder_of(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) | None => path,
        Some((folder, _)) => folder,
    }
}

/// Folders in which every image has something, and those in which people put the program.
const FILLED: [&str; 23] = [
    "/",
    "/bin",
    "/etc",
    "/home",
    "/lib",
    "/lib64",
    "/opt",
    "/root",
    "/sbin",
    "/usr",
    "/usr/bin",
    "/var",
    "/app",
    "/code",
    "/opt/app",
    "/srv",
    "/srv/app",
    "/src",
    "/usr/app",
    "/usr/share/nginx/html",
    "/usr/src/app",
    "/var/www/html",
    "/workspace",
];

/// Whether a volume there would hide what the image has, or what the container starts.
pub(super) fn is_filled(container: &ContainerView, folder: &str) -> bool {
    let spec = container.spec;
    let started = spec.command.iter().chain(&spec.args).flatten();
    let is_below = |word: &String| word.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    FILLED.contains(&folder) || spec.working_dir.as_deref() == Some(folder) || started.into_iter().any(is_below)
}

/// Nothing that an image or a volume brings.
pub(super) fn is_of_kernel(path: &str) -> bool {
    ["/dev/", "/proc/", "/sys/"].iter().any(|folder| path.starts_with(folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("/data/cache/x", "/data/cache")]
    #[case("/data", "/data")]
    fn a_volume_goes_where_the_folder_is(#[case] path: &str, #[case] expected: &str) {
        assert_eq!(folder_of(path), expected);
    }
}
