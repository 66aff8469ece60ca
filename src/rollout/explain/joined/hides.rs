//! A ConfigMap or Secret that is mounted over a folder of the image: only its keys are there.

use super::line::Joined;
use crate::rollout::explain::mounts::{Config, covering, mounted_over};
use crate::rollout::model::{Lack, LookupResult, Remedy};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;

/// What a program is, rather than what it is told: nobody means to keep it in a ConfigMap that has none of the kind.
const PROGRAMS: [&str; 19] = [
    "dll", "exe", "jar", "war", "class", "js", "mjs", "cjs", "ts", "py", "pyc", "rb", "php", "pl", "so", "node", "ex",
    "wasm", "sh",
];

/// What the image has at this path, a file or a module of the program, and the keys hide.
pub(super) fn by_config(container: &ContainerView, path: &str, shown: &str) -> Option<Joined> {
    let (mount, volume) = mounted_over(container, path)?;
    // A single file hides nothing beside it.
    let (_, rest) = covering(std::slice::from_ref(mount), path)?;
    let Config { kind, name, lookup } = Config::of(volume).filter(|_| !rest.is_empty())?;
    let keys = match container.result_of(&lookup) {
        Some(LookupResult::Present(keys)) => keys.as_slice(),
        _ => &[],
    };
    // A program that is kept in keys is no program of the image.
    if !is_program(rest) || keys.iter().any(|key| is_program(key)) {
        return None;
    }
    let at = escape(mount.mount_path.trim_end_matches('/'));
    let (volume_name, name) = (escape(&volume.name), escape(name));
    let listed = keys.iter().take(8).map(|key| escape(key)).collect::<Vec<_>>().join(", ");
    let has = if keys.is_empty() { String::new() } else { format!(", with {listed}") };
    let key = keys.first().map_or_else(|| "KEY".to_owned(), |key| escape(key));
    Some(Joined {
        facts: vec![format!("{at} is {kind} {name}{has}")],
        lookups: vec![lookup],
        lack: Lack::Given,
        ..Joined::new(
            format!(
                "{} does not find {}: volume {volume_name} hides what the image has at {at}",
                container.title(),
                escape(shown)
            ),
            Remedy::given(
                volume,
                format!(
                    "mount its keys as single files beside those of the image (mountPath: {at}/{key}, subPath: {key}), or the volume elsewhere"
                ),
            ),
        )
    })
}

fn is_program(path: &str) -> bool {
    // Ruby names its modules without.
    let is_boot = ["boot", "environment", "application", "routes"].contains(&path);
    is_boot
        || path
            .rsplit('/')
            .next()
            .and_then(|file| file.rsplit_once('.'))
            .is_some_and(|(_, kind)| PROGRAMS.contains(&kind))
}

/// A path as the program means it: below its `workingDir`, where that is set.
pub(super) fn whole(container: &ContainerView, path: &str) -> Option<String> {
    let folder = container.spec.working_dir.as_deref()?.trim_end_matches('/');
    Some(format!("{folder}/{}", path.trim_start_matches("./")))
}
