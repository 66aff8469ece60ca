//! What is mounted where in a container.

use std::fmt;

use k8s_openapi::api::core::v1::{Volume, VolumeMount};

use crate::rollout::model::Lookup;
use crate::rollout::view::ContainerView;

/// The volume that is mounted over this path, whatever the image has there.
pub(super) fn mounted_over<'a>(container: &ContainerView<'a>, path: &str) -> Option<(&'a VolumeMount, &'a Volume)> {
    let mounts = container.spec.volume_mounts.as_deref().unwrap_or_default();
    let (mount, _) = covering(mounts, path)?;
    Some((mount, volume(container, mount)?))
}

/// The volume that the program writes its data to, where there is but one.
pub(super) fn only_room<'a>(container: &ContainerView<'a>) -> Option<(&'a VolumeMount, &'a Volume)> {
    let mounts = container.spec.volume_mounts.as_deref().unwrap_or_default().iter();
    let mut rooms = mounts
        .filter_map(|mount| Some((mount, volume(container, mount)?)))
        .filter(|(mount, volume)| is_room(volume) && mount.read_only != Some(true) && mount.mount_path != "/tmp");
    let only = rooms.next()?;
    rooms.next().is_none().then_some(only)
}

/// The innermost mount that holds the path, and the path within it.
pub(super) fn covering<'m, 'p>(mounts: &'m [VolumeMount], path: &'p str) -> Option<(&'m VolumeMount, &'p str)> {
    let within = |mount: &'m VolumeMount| {
        let rest = path.strip_prefix(mount.mount_path.trim_end_matches('/'))?;
        Some((mount, if rest.is_empty() { rest } else { rest.strip_prefix('/')? }))
    };
    mounts.iter().filter_map(within).max_by_key(|(mount, _)| mount.mount_path.len())
}

pub(super) fn volume<'a>(container: &ContainerView<'a>, mount: &VolumeMount) -> Option<&'a Volume> {
    container.pod.spec.as_ref()?.volumes.as_deref()?.iter().find(|volume| volume.name == mount.name)
}

/// What has keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ConfigKind {
    Secret,
    ConfigMap,
}

impl ConfigKind {
    /// As kubectl's commands have it.
    pub fn command(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::ConfigMap => "configmap",
        }
    }
}

impl fmt::Display for ConfigKind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Secret => "Secret",
            Self::ConfigMap => "ConfigMap",
        })
    }
}

/// A ConfigMap or Secret whose keys are files.
#[derive(Debug, Clone)]
pub(super) struct Config<'a> {
    pub kind: ConfigKind,
    pub name: &'a str,
    pub lookup: Lookup,
}

impl<'a> Config<'a> {
    pub fn map(name: &'a str) -> Self {
        Self { kind: ConfigKind::ConfigMap, name, lookup: Lookup::ConfigMap(name.to_owned()) }
    }

    pub fn secret(name: &'a str) -> Self {
        Self { kind: ConfigKind::Secret, name, lookup: Lookup::Secret(name.to_owned()) }
    }

    pub fn of(volume: &'a Volume) -> Option<Self> {
        let secret = volume.secret.as_ref().and_then(|secret| secret.secret_name.as_ref());
        let map = volume.config_map.as_ref().map(|map| Self::map(&map.name));
        map.or_else(|| secret.map(|name| Self::secret(name)))
    }
}

/// The key that is the file at this path, and whose it is.
pub(super) fn key_at<'a>(container: &ContainerView<'a>, path: &str) -> Option<(String, Config<'a>)> {
    let mounts = container.spec.volume_mounts.as_deref().unwrap_or_default();
    let (mount, rest) = covering(mounts, path)?;
    let volume = volume(container, mount)?;
    let file = mount.sub_path.as_deref().filter(|_| rest.is_empty()).unwrap_or(rest);
    let of_map = volume.config_map.as_ref().and_then(|map| map.items.as_deref());
    let items = of_map.or_else(|| volume.secret.as_ref()?.items.as_deref()).unwrap_or_default();
    let key = items.iter().find(|item| item.path == file).map_or(file, |item| &item.key);
    Some((key.to_owned(), Config::of(volume)?))
}

/// Whether it begins without files of its own: what the image has at its place is hidden.
pub(super) fn is_room(volume: &Volume) -> bool {
    volume.empty_dir.is_some() || volume.persistent_volume_claim.is_some() || volume.host_path.is_some()
}

/// In words.
pub(super) fn kind(volume: &Volume) -> &'static str {
    match volume {
        Volume { empty_dir: Some(_), .. } => "an emptyDir, which is empty at first",
        Volume { persistent_volume_claim: Some(_), .. } => "a PersistentVolumeClaim",
        Volume { host_path: Some(_), .. } => "a folder of the node",
        Volume { config_map: Some(_), .. } => "a ConfigMap",
        Volume { secret: Some(_), .. } => "a Secret",
        _ => "a volume",
    }
}
