//! EROFS: a mount that nobody writes to, or the root file system.

use k8s_openapi::api::core::v1::{Volume, VolumeMount};

use super::line::path;
use super::meant;
use super::place::{folder_of, has_tmp, is_filled, is_of_kernel, read_only_root, volume_field};
use crate::rollout::explain::explanation::Explanation;
use crate::rollout::explain::mounts::{kind, mounted_over};
use crate::rollout::model::{Remedy, Words};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;

pub(super) fn read_only(container: &ContainerView, words: Words) -> Explanation {
    let title = container.title();
    let root = read_only_root(container);
    let Some(path) = path(words) else {
        return Explanation {
            what: format!("{title} writes to its file system, which is read-only"),
            hint: match root {
                Some(root) => {
                    let volume = format!("mount a volume where it writes: {}", volume_field(container, "…"));
                    Remedy::given(root, or_tmp(container, volume))
                }
                None => Remedy::look("which file system is it? The container has no readOnlyRootFilesystem"),
            },
        };
    };
    let hint = match (mounted_over(container, path), root) {
        (Some((mount, volume)), _) => read_only_volume(container, mount, volume),
        (None, Some(root)) if !is_of_kernel(path) => {
            let folder = folder_of(path);
            let way_out = if is_filled(container, folder) {
                elsewhere(container, folder)
            } else {
                or_tmp(container, format!("give it a volume: {}", volume_field(container, &escape(folder))))
            };
            let otherwise = format!("the root file system is read-only: {way_out}");
            Remedy::given(root, meant::first(meant::question(container, path), otherwise))
        }
        (None, None) if let Some(question) = meant::question(container, path) => Remedy::look(question),
        (None, _) => Remedy::look(format!("nothing in the pod makes {} read-only: is it of the kernel?", escape(path))),
    };
    Explanation { what: format!("{title} writes to {}, which is read-only", escape(path)), hint }
}

/// A mount that nobody writes to, or a volume whose storage refuses it.
fn read_only_volume(container: &ContainerView, mount: &VolumeMount, volume: &Volume) -> Remedy {
    let at = escape(&mount.mount_path);
    let kind = match volume {
        Volume { config_map: Some(_), .. } => "ConfigMap",
        Volume { secret: Some(_), .. } => "Secret",
        Volume { projected: Some(_), .. } => "projected volume",
        _ if mount.read_only == Some(true) => "volume with readOnly",
        _ => {
            return Remedy::look(format!(
                "{at} is volume {}, {}, and nothing in the pod makes it read-only: what does its storage say?",
                escape(&volume.name),
                kind(volume)
            ));
        }
    };
    let such_as = if has_tmp(container) { ", such as /tmp" } else { "" };
    Remedy::given(mount, format!("{at} is a mounted {kind}, which is read-only: let it write elsewhere{such_as}"))
}

/// A volume there would hide what the image has.
fn elsewhere(container: &ContainerView, folder: &str) -> String {
    let tmp = if has_tmp(container) { "/tmp, or to " } else { "" };
    let volume = volume_field(container, "…");
    format!(
        "let it write to {tmp}a folder of its own with a volume: {volume}; one over {} would hide what the image has there",
        escape(folder)
    )
}

fn or_tmp(container: &ContainerView, otherwise: String) -> String {
    if has_tmp(container) { format!("let it write to /tmp, or {otherwise}") } else { otherwise }
}
