//! What a container may write to, and its config.

use k8s_openapi::api::core::v1::{
    ConfigMapVolumeSource, EmptyDirVolumeSource, PersistentVolumeClaimVolumeSource, Volume, VolumeMount,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use sha2::{Digest, Sha256};

use super::config_map;
use super::digest::hex;
use super::persistent_volume_claim::claim_name;
use super::program::Program;
use crate::spec::VolumeKind;

/// A full folder ends this pod instead of filling the node's disk.
const SIZE: &str = "1Gi";
/// Of the name of a volume, which Kubernetes limits to 63 characters with all that is around it.
const LONGEST_SLUG: usize = 40;

pub(super) fn volumes(program: &Program) -> Vec<Volume> {
    let config = config_map::name(program).map(|name| Volume {
        name: "config".to_owned(),
        config_map: Some(ConfigMapVolumeSource { name, ..ConfigMapVolumeSource::default() }),
        ..Volume::default()
    });
    let own = own(program).map(|(name, volume)| match volume.kind {
        VolumeKind::Empty => empty(name, volume.size.as_deref().or(size(program))),
        VolumeKind::Claim => Volume {
            name: name.clone(),
            persistent_volume_claim: Some(PersistentVolumeClaimVolumeSource {
                claim_name: claim_name(program.context, name),
                ..PersistentVolumeClaimVolumeSource::default()
            }),
            ..Volume::default()
        },
    });
    let writable = writable(program).map(|path| empty(&writable_name(path), size(program)));
    let tmp = program.adds_defaults.then(|| empty("tmp", Some(SIZE)));
    tmp.into_iter().chain(config).chain(writable).chain(own).collect()
}

pub(super) fn mounts(program: &Program) -> Vec<VolumeMount> {
    let mount =
        |name: &str, path: String| VolumeMount { name: name.to_owned(), mount_path: path, ..VolumeMount::default() };
    let config = config_map::name(program).map(|_| VolumeMount {
        read_only: Some(true),
        ..mount("config", format!("/etc/{}", program.context.spec.name))
    });
    let own = own(program).map(|(name, volume)| mount(name, volume.path.clone()));
    let writable = writable(program).map(|path| mount(&writable_name(path), path.clone()));
    let tmp = program.adds_defaults.then(|| mount("tmp", "/tmp".to_owned()));
    tmp.into_iter().chain(config).chain(writable).chain(own).collect()
}

/// The image of a migration of its own may have other folders; most are the service's.
fn writable<'a>(program: &Program<'a>) -> impl Iterator<Item = &'a String> {
    program.context.spec.writable.iter()
}

/// `/var/cache` -> `writable-var-cache`. What does not fit into a name, or could be another path's, ends with a hash.
fn writable_name(path: &str) -> String {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '/';
    let slug: String =
        path.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let slug = slug.trim_matches('-');
    if path.chars().all(plain) && slug.len() <= LONGEST_SLUG {
        return format!("writable-{slug}");
    }
    let slug: String = slug.chars().take(LONGEST_SLUG).collect();
    format!("writable-{slug}-{}", hex(&Sha256::digest(path)[..4]))
}

fn own<'a>(program: &Program<'a>) -> impl Iterator<Item = (&'a String, &'a crate::spec::Volume)> {
    program.context.spec.volumes.iter().filter(|_| program.is_service)
}

/// Of what does not say how large it is.
fn size(program: &Program) -> Option<&'static str> {
    program.adds_defaults.then_some(SIZE)
}

fn empty(name: &str, size: Option<&str>) -> Volume {
    Volume {
        name: name.to_owned(),
        empty_dir: Some(EmptyDirVolumeSource {
            size_limit: size.map(|size| Quantity(size.to_owned())),
            ..EmptyDirVolumeSource::default()
        }),
        ..Volume::default()
    }
}
