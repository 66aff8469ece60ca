//! Where a program has a text from that its log names: a variable, a key of a ConfigMap or a Secret, an argument.

use k8s_openapi::api::core::v1::EnvVar;

use super::given;
use crate::rollout::explain::mounts::{Config, ConfigKind};
use crate::rollout::model::{Lookup, LookupResult};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::holds;

/// `ConfigMap`s and Secrets that are looked into.
const MOST: usize = 6;
/// A longer argument is a script: whatever it names may stand in its comments.
pub(super) const ARGUMENT: usize = 200;

/// As far as it is known.
pub(super) struct Origin {
    /// `variable DB_HOST`, `key app.yaml of ConfigMap web`
    pub place: Option<String>,
    /// What would tell.
    pub lookups: Vec<Lookup>,
}

impl Origin {
    /// ` (variable DB_HOST)`; empty where it is not known.
    pub fn suffix(&self) -> String {
        self.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default()
    }
}

pub(super) fn of(container: &ContainerView, text: &str) -> Origin {
    let written = given::env(container).find(|one| one.value.as_deref().is_some_and(|value| holds(value, text)));
    if let Some(one) = written {
        return Origin { place: Some(format!("variable {}", escape(&one.name))), lookups: Vec::new() };
    }
    if let Some(field) = argument(container, text) {
        return Origin { place: Some(format!("in `{field}`")), lookups: Vec::new() };
    }
    let configs: Vec<Config> = configs(container).take(MOST).collect();
    let place = configs.iter().find_map(|config| {
        let Some(LookupResult::Present(keys)) = container.result_of(&holding(config, text)) else { return None };
        let mut keys = keys.iter();
        let (key, way) = keys.find_map(|key| Some((key, way(container, config, key)?)))?;
        let owner = format!("key {} of {} {}", escape(key), config.kind, escape(config.name));
        Some(match way {
            Way::Variable(name) if name != *key => format!("variable {}, {owner}", escape(&name)),
            _ => owner,
        })
    });
    let lookups = if text.is_empty() { Vec::new() } else { configs.iter().map(|one| holding(one, text)).collect() };
    Origin { place, lookups }
}

/// The keys that have this text in their value and reach the container from a `ConfigMap`: `key redis.conf of ConfigMap redis`.
pub(in crate::rollout) fn keys_of_maps(container: &ContainerView, text: &str) -> (Vec<String>, Vec<Lookup>) {
    let ask = |name| Lookup::ConfigMapHolding { name, text: text.to_owned() };
    let (answers, lookups) = answers(container, ConfigKind::ConfigMap, ask);
    let of = |Answer { config, all, .. }: Answer| {
        let own = all.iter().filter(|key| gives(container, &config, key));
        own.map(|key| format!("key {} of ConfigMap {}", escape(key), escape(config.name))).collect::<Vec<_>>()
    };
    (answers.into_iter().flat_map(of).collect(), lookups)
}

/// The variables that have this text in their value and come from a `ConfigMap`, each with its key.
pub(super) fn variables_of_maps(container: &ContainerView, text: &str) -> (Vec<(String, String)>, Vec<Lookup>) {
    let ask = |name| Lookup::ConfigMapHolding { name, text: text.to_owned() };
    let (answers, lookups) = answers(container, ConfigKind::ConfigMap, ask);
    let of = |Answer { config, all, .. }: Answer| {
        let named = |key: &String| {
            let owner = format!("key {} of ConfigMap {}", escape(key), escape(config.name));
            Some((variable(container, &config, key)?, owner))
        };
        all.iter().filter_map(named).collect::<Vec<_>>()
    };
    (answers.into_iter().flat_map(of).collect(), lookups)
}

fn argument(container: &ContainerView, text: &str) -> Option<&'static str> {
    let is_in = |words: &Option<Vec<String>>| {
        let mut words = words.iter().flatten().filter(|word| word.len() < ARGUMENT && !word.contains('\n'));
        words.any(|word| holds(word, text))
    };
    let spec = container.spec;
    is_in(&spec.args).then_some("args").or_else(|| is_in(&spec.command).then_some("command"))
}

fn holding(config: &Config, text: &str) -> Lookup {
    let (name, text) = (config.name.to_owned(), text.to_owned());
    match config.kind {
        ConfigKind::Secret => Lookup::SecretHolding { name, text },
        ConfigKind::ConfigMap => Lookup::ConfigMapHolding { name, text },
    }
}

/// Those that variables are made of, then those that are mounted.
fn configs<'a>(container: &ContainerView<'a>) -> impl Iterator<Item = Config<'a>> {
    let of_key = given::env(container).filter_map(|one| {
        let from = one.value_from.as_ref()?;
        let map = from.config_map_key_ref.as_ref().map(|key| Config::map(&key.name));
        map.or_else(|| from.secret_key_ref.as_ref().map(|key| Config::secret(&key.name)))
    });
    let of_all = container.spec.env_from.iter().flatten().filter_map(|from| {
        let map = from.config_map_ref.as_ref().map(|map| Config::map(&map.name));
        map.or_else(|| from.secret_ref.as_ref().map(|secret| Config::secret(&secret.name)))
    });
    let mounts = container.spec.volume_mounts.iter().flatten();
    let volumes = container.pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten());
    let mounted = volumes.filter(move |volume| mounts.clone().any(|mount| mount.name == volume.name));
    let mut seen: Vec<(ConfigKind, &str)> = Vec::new();
    of_key.chain(of_all).chain(mounted.filter_map(Config::of)).filter(move |config| {
        let is_new = !seen.contains(&(config.kind, config.name));
        seen.push((config.kind, config.name));
        is_new
    })
}

/// What was answered about one of them.
pub(super) struct Answer<'a> {
    pub config: Config<'a>,
    pub result: &'a LookupResult,
    /// Keys, or what stands for them.
    pub all: &'a [String],
}

/// The same question about all of a kind: what is known, and what is asked.
pub(super) fn answers<'a>(
    container: &ContainerView<'a>,
    kind: ConfigKind,
    ask: impl Fn(String) -> Lookup,
) -> (Vec<Answer<'a>>, Vec<Lookup>) {
    let of_kind: Vec<Config> = configs(container).filter(|config| config.kind == kind).collect();
    let lookups: Vec<Lookup> = of_kind.iter().map(|config| ask(config.name.to_owned())).collect();
    let known = of_kind.into_iter().zip(&lookups).filter_map(|(config, lookup)| match container.result_of(lookup)? {
        result @ LookupResult::Present(all) => Some(Answer { config, result, all }),
        _ => None,
    });
    (known.collect(), lookups)
}

/// How a key reaches the container.
enum Way {
    Variable(String),
    File,
}

/// Whether this key reaches the container at all.
pub(super) fn gives(container: &ContainerView, config: &Config, key: &str) -> bool {
    way(container, config, key).is_some()
}

/// The variable by which it does.
pub(super) fn variable(container: &ContainerView, config: &Config, key: &str) -> Option<String> {
    match way(container, config, key)? {
        Way::Variable(name) => Some(name),
        Way::File => None,
    }
}

fn way(container: &ContainerView, config: &Config, key: &str) -> Option<Way> {
    let is_secret = config.kind == ConfigKind::Secret;
    let is_it = |one: &&EnvVar| {
        let from = one.value_from.as_ref();
        let map = from.and_then(|from| from.config_map_key_ref.as_ref()).filter(|_| !is_secret);
        let secret = from.and_then(|from| from.secret_key_ref.as_ref()).filter(|_| is_secret);
        map.is_some_and(|own| own.name == config.name && own.key == key)
            || secret.is_some_and(|own| own.name == config.name && own.key == key)
    };
    if let Some(one) = given::env(container).find(is_it) {
        return Some(Way::Variable(one.name.clone()));
    }
    let mut sources = container.spec.env_from.iter().flatten();
    let of_all = sources.find(|from| {
        let map = from.config_map_ref.as_ref().filter(|_| !is_secret);
        let secret = from.secret_ref.as_ref().filter(|_| is_secret);
        map.is_some_and(|own| own.name == config.name) || secret.is_some_and(|own| own.name == config.name)
    });
    if let Some(from) = of_all {
        return Some(Way::Variable(format!("{}{key}", from.prefix.as_deref().unwrap_or_default())));
    }
    let mut volumes = container.pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten()).filter_map(Config::of);
    volumes.any(|own| own.kind == config.kind && own.name == config.name).then_some(Way::File)
}
