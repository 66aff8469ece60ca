//! What containers take of a `ConfigMap` or Secret only when they start: environment variables, and files mounted with
//! a `subPath`. Running pods keep it however the object changes; files of other mounts follow it.

use k8s_openapi::api::core::v1::{Container, EnvVar, KeyToPath, PodSpec, Volume, VolumeMount};

/// One reference of a container to an object of the pod's namespace.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken<'p> {
    /// `ConfigMap` or `Secret`
    pub kind: &'static str,
    pub name: &'p str,
    /// The container starts without it too.
    pub optional: bool,
    keys: Keys<'p>,
}

#[derive(Debug, Clone, PartialEq)]
enum Keys<'p> {
    One(&'p str),
    /// Each is a variable of its own.
    Each {
        prefix: &'p str,
        env: &'p [EnvVar],
    },
    /// Those that the mounted path is made of: all for an empty one.
    Path {
        path: &'p str,
        items: Option<&'p [KeyToPath]>,
    },
}

impl Taken<'_> {
    /// Whether this key is taken, or would be if it were there.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        match &self.keys {
            Keys::One(one) => *one == key,
            Keys::Each { prefix, env } => {
                let variable = format!("{prefix}{key}");
                let used = format!("$({variable})");
                // `env` wins over `envFrom`, unless it only adds to it.
                env.iter().all(|own| own.name != variable)
                    || env.iter().any(|own| own.value.as_ref().is_some_and(|value| value.contains(&used)))
            }
            Keys::Path { path, items: Some(items) } => {
                items.iter().any(|item| item.key == key && is_within(path, &item.path))
            }
            Keys::Path { path, items: None } => is_within(path, key),
        }
    }
}

fn is_within(path: &str, file: &str) -> bool {
    let path = path.trim_start_matches("./").trim_end_matches('/');
    matches!(path, "" | ".") || file.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// All such references of a pod's containers, those that only run before the others included: what they made of it is
/// what the pod runs with.
#[must_use]
pub fn taken(pod: &PodSpec) -> Vec<Taken<'_>> {
    let containers = pod.init_containers.iter().flatten().chain(&pod.containers);
    containers.flat_map(|container| by_env(container).chain(by_mount(pod, container))).collect()
}

fn by_env(container: &Container) -> impl Iterator<Item = Taken<'_>> {
    let env = container.env.as_deref().unwrap_or_default();
    let each = container.env_from.iter().flatten().flat_map(move |from| {
        let keys = Keys::Each { prefix: from.prefix.as_deref().unwrap_or_default(), env };
        let map = from.config_map_ref.as_ref().map(|map| of("ConfigMap", &map.name, map.optional, keys.clone()));
        let secret = from.secret_ref.as_ref().map(|secret| of("Secret", &secret.name, secret.optional, keys));
        map.into_iter().chain(secret)
    });
    let one = env.iter().filter_map(|variable| variable.value_from.as_ref()).flat_map(|from| {
        let map = from.config_map_key_ref.as_ref();
        let secret = from.secret_key_ref.as_ref();
        let map = map.map(|map| of("ConfigMap", &map.name, map.optional, Keys::One(&map.key)));
        map.into_iter().chain(secret.map(|s| of("Secret", &s.name, s.optional, Keys::One(&s.key))))
    });
    each.chain(one)
}

fn by_mount<'p>(pod: &'p PodSpec, container: &'p Container) -> impl Iterator<Item = Taken<'p>> {
    let mounts = container.volume_mounts.iter().flatten().filter_map(|mount| Some((mount, sub_path(mount)?)));
    mounts.flat_map(|(mount, path)| {
        let volume = pod.volumes.iter().flatten().find(|volume| volume.name == mount.name);
        volume.into_iter().flat_map(move |volume| of_volume(volume, path))
    })
}

/// The path within the volume; empty for one that is known only in the pod, which may be any.
fn sub_path(mount: &VolumeMount) -> Option<&str> {
    let is_some = |path: &&String| !path.is_empty();
    let path = mount.sub_path.as_ref().filter(is_some);
    path.map(String::as_str).or_else(|| mount.sub_path_expr.as_ref().filter(is_some).map(|_| ""))
}

fn of_volume<'p>(volume: &'p Volume, path: &'p str) -> Vec<Taken<'p>> {
    let keys = |items: &'p Option<Vec<KeyToPath>>| Keys::Path { path, items: items.as_deref() };
    let map = volume.config_map.as_ref();
    let map = map.map(|map| of("ConfigMap", &map.name, map.optional, keys(&map.items)));
    let secret = volume
        .secret
        .as_ref()
        .and_then(|secret| Some(of("Secret", secret.secret_name.as_deref()?, secret.optional, keys(&secret.items))));
    let projected = volume.projected.iter().flat_map(|projected| projected.sources.iter().flatten());
    let projected = projected.flat_map(|source| {
        let map = source.config_map.as_ref().map(|map| of("ConfigMap", &map.name, map.optional, keys(&map.items)));
        let secret = source.secret.as_ref().map(|s| of("Secret", &s.name, s.optional, keys(&s.items)));
        map.into_iter().chain(secret)
    });
    map.into_iter().chain(secret).chain(projected).collect()
}

fn of<'p>(kind: &'static str, name: &'p str, optional: Option<bool>, keys: Keys<'p>) -> Taken<'p> {
    Taken { kind, name, optional: optional == Some(true), keys }
}
