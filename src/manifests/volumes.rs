//! What a container may write to, and its config.

use k8s_openapi::api::core::v1::{
    ConfigMapVolumeSource, EmptyDirVolumeSource, PersistentVolumeClaimVolumeSource, Volume, VolumeMount,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use super::config_map;
use super::persistent_volume_claim::claim_name;
use super::program::Program;
use crate::spec::VolumeKind;

/// A full folder ends this pod instead of filling the node's disk.
const SIZE: &str = "1Gi";

pub(super) fn volumes(program: &Program) -> Vec<Volume> {
    let config = config_map::name(program).map(|name| Volume {
        name: "config".to_owned(),
        config_map: Some(ConfigMapVolumeSource { name, ..ConfigMapVolumeSource::default() }),
        ..Volume::default()
    });
    let own = own(program).map(|(name, volume)| match volume.kind {
        VolumeKind::Empty => empty(name, volume.size.as_deref().unwrap_or(SIZE)),
        VolumeKind::Claim => Volume {
            name: name.clone(),
            persistent_volume_claim: Some(PersistentVolumeClaimVolumeSource {
                claim_name: claim_name(program.context, name),
                ..PersistentVolumeClaimVolumeSource::default()
            }),
            ..Volume::default()
        },
    });
    std::iter::once(empty("tmp", SIZE)).chain(config).chain(own).collect()
}

pub(super) fn mounts(program: &Program) -> Vec<VolumeMount> {
    let mount =
        |name: &str, path: String| VolumeMount { name: name.to_owned(), mount_path: path, ..VolumeMount::default() };
    let config = config_map::name(program).map(|_| VolumeMount {
        read_only: Some(true),
        ..mount("config", format!("/etc/{}", program.context.spec.name))
    });
    let own = own(program).map(|(name, volume)| mount(name, volume.path.clone()));
    std::iter::once(mount("tmp", "/tmp".to_owned())).chain(config).chain(own).collect()
}

fn own<'a>(program: &Program<'a>) -> impl Iterator<Item = (&'a String, &'a crate::spec::Volume)> {
    program.context.spec.volumes.iter().filter(|_| program.has_volumes)
}

fn empty(name: &str, size: &str) -> Volume {
    Volume {
        name: name.to_owned(),
        empty_dir: Some(EmptyDirVolumeSource {
            size_limit: Some(Quantity(size.to_owned())),
            ..EmptyDirVolumeSource::default()
        }),
        ..Volume::default()
    }
}
