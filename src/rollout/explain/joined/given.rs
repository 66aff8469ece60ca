//! The variables that a container was given: by `env`, and by the keys of what `envFrom` names.

use k8s_openapi::api::core::v1::{EnvFromSource, EnvVar, EnvVarSource};

use crate::rollout::explain::mounts::Config;
use crate::rollout::model::{Lookup, LookupResult};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;

/// Names that are listed: the cause must stay on the screen.
const MOST: usize = 12;

/// One variable, and what gives it.
pub(super) struct Given {
    pub name: String,
    /// `env`, `ConfigMap flags`
    pub from: String,
    /// What `envFrom` puts before the name of the key.
    pub prefix: Option<String>,
}

pub(super) fn env<'a>(container: &ContainerView<'a>) -> impl Iterator<Item = &'a EnvVar> {
    container.spec.env.iter().flatten()
}

/// Its value, where that is written in `env`.
pub(super) fn written<'a>(container: &ContainerView<'a>, name: &str) -> Option<&'a str> {
    env(container).find(|one| one.name == name)?.value.as_deref()
}

/// The variable whose written value holds this text.
pub(super) fn holding<'a>(container: &ContainerView<'a>, text: &str) -> Option<&'a EnvVar> {
    env(container).find(|one| one.value.as_deref().is_some_and(|value| value.contains(text)))
}

/// What `envFrom` names: kind, name, and the look-up of its keys.
fn source(from: &EnvFromSource) -> Option<(&'static str, &str, Lookup)> {
    match (&from.config_map_ref, &from.secret_ref) {
        (Some(map), _) => Some(("ConfigMap", &map.name, Lookup::ConfigMap(map.name.clone()))),
        (None, Some(secret)) => Some(("Secret", &secret.name, Lookup::Secret(secret.name.clone()))),
        (None, None) => None,
    }
}

/// What has to be known before a name can be called missing.
pub(super) fn lookups(container: &ContainerView) -> Vec<Lookup> {
    let sources = container.spec.env_from.iter().flatten();
    sources.filter_map(|from| source(from).map(|(.., lookup)| lookup)).collect()
}

/// All of them, as far as they are known.
pub(super) fn all(container: &ContainerView) -> Vec<Given> {
    let own = env(container).map(|one| Given { name: one.name.clone(), from: "env".to_owned(), prefix: None });
    let keys = container.spec.env_from.iter().flatten().flat_map(|from| {
        let prefix = from.prefix.as_deref().unwrap_or_default();
        let Some((kind, name, lookup)) = source(from) else { return Vec::new() };
        let keys = match container.result_of(&lookup) {
            Some(LookupResult::Present(keys)) => keys.as_slice(),
            _ => &[],
        };
        keys.iter()
            .map(|key| Given {
                name: format!("{prefix}{key}"),
                from: format!("{kind} {}", escape(name)),
                prefix: from.prefix.clone().filter(|prefix| !prefix.is_empty()),
            })
            .collect()
    });
    own.chain(keys).collect()
}

/// The key that a variable is taken from: of what it is, and the look-up of its keys.
pub(super) fn key_of(source: &EnvVarSource) -> Option<(Config<'_>, &str)> {
    let map = source.config_map_key_ref.as_ref().map(|from| (Config::map(&from.name), from.key.as_str()));
    map.or_else(|| source.secret_key_ref.as_ref().map(|from| (Config::secret(&from.name), from.key.as_str())))
}

/// Sources of `envFrom` that are not there: only an optional one may be missing.
pub(super) fn absent(container: &ContainerView) -> impl Iterator<Item = String> {
    let sources = container.spec.env_from.iter().flatten().filter_map(source);
    let gone = sources.filter(|(.., lookup)| matches!(container.result_of(lookup), Some(LookupResult::Absent(_))));
    let named: Vec<String> = gone
        .map(|(kind, name, _)| format!("{kind} {}, of `envFrom`, is optional and not there", escape(name)))
        .collect();
    named.into_iter()
}

/// `it was given PORT, HOST (env) and DB_URI (ConfigMap flags)`
pub(super) fn listed(given: &[Given]) -> String {
    let mut sources: Vec<&str> = given.iter().map(|one| one.from.as_str()).collect();
    sources.dedup();
    let of = |from: &&str| {
        let names: Vec<String> = given.iter().filter(|one| one.from == **from).map(|one| escape(&one.name)).collect();
        let more = names.len().saturating_sub(MOST);
        let cut = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{cut} ({from})", names[..names.len() - more].join(", "))
    };
    if sources.is_empty() {
        "it was given no variable".to_owned()
    } else {
        format!("it was given {}", sources.iter().map(of).collect::<Vec<_>>().join("; "))
    }
}

/// Which of its variables come from Secrets: `PGPASSWORD is key password of Secret db`.
pub(super) fn of_secrets(container: &ContainerView) -> impl Iterator<Item = String> {
    let own = env(container).filter_map(|one| {
        let from = one.value_from.as_ref().filter(|from| from.secret_key_ref.is_some())?;
        Some(format!("{} is {}", escape(&one.name), described(from)?))
    });
    let whole = container.spec.env_from.iter().flatten().filter_map(|from| from.secret_ref.as_ref());
    own.chain(whole.map(|secret| format!("`envFrom` takes all keys of Secret {}", escape(&secret.name))))
}

/// What another container of the pod has of Secrets, and this one has not: `container app does: envFrom Secret shop`.
pub(super) fn beside(container: &ContainerView) -> Option<String> {
    let own_sources: Vec<&str> =
        container.spec.env_from.iter().flatten().filter_map(|from| Some(source(from)?.1)).collect();
    let has = |name: &str| env(container).any(|one| one.name == name);
    container.beside().find_map(|other| {
        let of_all = other.env_from.iter().flatten().filter_map(|from| from.secret_ref.as_ref());
        let whole = of_all.map(|one| one.name.as_str()).find(|name| !own_sources.contains(name));
        let by_whole =
            whole.map(|name| format!("container {} has it: `envFrom` Secret {}", escape(&other.name), escape(name)));
        let by_key = || {
            let is_password =
                |one: &&EnvVar| ["PASS", "PWD"].iter().any(|word| one.name.contains(word)) && !has(&one.name);
            let one = other.env.iter().flatten().find(is_password)?;
            let from = one.value_from.as_ref().and_then(described)?;
            Some(format!("container {} has it: {} from {from}", escape(&other.name), escape(&one.name)))
        };
        by_whole.or_else(by_key)
    })
}

/// `key password of Secret db`
pub(super) fn described(source: &EnvVarSource) -> Option<String> {
    let (Config { kind, name, .. }, key) = key_of(source)?;
    Some(format!("key {} of {kind} {}", escape(key), escape(name)))
}
