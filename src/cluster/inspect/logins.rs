//! The logins that the servers of the namespace make for themselves, beside what a program logs in with. Both are compared
//! here: no value leaves this file.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::future::{join, join_all};
use k8s_openapi::api::core::v1::{ConfigMap, Container, EnvVar, Pod, Secret};
use kube::api::Api;

use super::neighbours::servers;
use crate::cluster::connect::Cluster;
use crate::rollout::{Likeness, LoginPart, LookupResult, Product, SentLogin, ServerLogin};

/// `ConfigMap`s and Secrets that are read, each by its name.
const CONFIGS: usize = 12;

/// What the images of the makers read, Bitnami's too: passwords, then users.
const SERVERS: [(Product, &[&str], &[&str]); 8] = [
    (Product::Postgres, &["POSTGRES_PASSWORD", "POSTGRESQL_PASSWORD"], &["POSTGRES_USER", "POSTGRESQL_USERNAME"]),
    (
        Product::Mysql,
        &["MYSQL_PASSWORD", "MYSQL_ROOT_PASSWORD", "MARIADB_PASSWORD", "MARIADB_ROOT_PASSWORD"],
        &["MYSQL_USER", "MARIADB_USER"],
    ),
    (Product::Redis, &["REDIS_PASSWORD", "VALKEY_PASSWORD"], &[]),
    (
        Product::Rabbitmq,
        &["RABBITMQ_DEFAULT_PASS", "RABBITMQ_PASSWORD"],
        &["RABBITMQ_DEFAULT_USER", "RABBITMQ_USERNAME"],
    ),
    (Product::Mongo, &["MONGO_INITDB_ROOT_PASSWORD", "MONGODB_ROOT_PASSWORD"], &["MONGO_INITDB_ROOT_USERNAME"]),
    (Product::Minio, &["MINIO_ROOT_PASSWORD", "MINIO_SECRET_KEY"], &["MINIO_ROOT_USER", "MINIO_ACCESS_KEY"]),
    (Product::Clickhouse, &["CLICKHOUSE_PASSWORD"], &["CLICKHOUSE_USER"]),
    (Product::Elastic, &["ELASTIC_PASSWORD", "OPENSEARCH_INITIAL_ADMIN_PASSWORD"], &[]),
];

/// `user`: whom the server refused, where that is known.
pub(super) async fn logins(cluster: &Cluster, pod: &str, container: &str, user: Option<&str>) -> LookupResult {
    let pods = Api::<Pod>::namespaced(cluster.client.clone(), &cluster.namespace);
    let (servers, pod) = join(servers(cluster), pods.get_opt(pod)).await;
    let (Some(servers), Ok(Some(pod))) = (servers, pod) else { return LookupResult::Unknown };
    let spec = pod.spec.unwrap_or_default();
    let mut all = spec.containers.iter().chain(spec.init_containers.iter().flatten());
    let Some(client) = all.find(|one| one.name == container) else { return LookupResult::Unknown };
    let servers: Vec<(String, &Container)> = servers
        .iter()
        .flat_map(|workload| {
            let title = format!("{} {}", workload.kind(), workload.name());
            workload.containers().map(move |one| (title.clone(), one))
        })
        // The program itself may be told the same variables.
        .filter(|(_, one)| one.name != client.name || one.image != client.image)
        .filter(|(_, one)| is_server(one))
        .collect();
    if servers.is_empty() {
        return LookupResult::Logins(Vec::new());
    }
    let known = Known::read(cluster, servers.iter().map(|(_, one)| *one).chain([client])).await;
    let sent = Sent::of(&known.variables(client), user);
    LookupResult::Logins(servers.iter().flat_map(|(title, one)| server_logins(title, one, &known, &sent)).collect())
}

fn is_server(container: &Container) -> bool {
    requires_password(container).is_some()
        || SERVERS.iter().any(|(_, passwords, _)| {
            let mut own = container.env.iter().flatten();
            own.any(|one| passwords.contains(&one.name.as_str()))
        })
        || container.env_from.iter().flatten().next().is_some()
}

/// The word after `--requirepass` of Redis.
fn requires_password(container: &Container) -> Option<&str> {
    let words = container.command.iter().chain(&container.args).flatten();
    let words: Vec<&str> = words.flat_map(|word| word.split_whitespace()).collect();
    let at = words.iter().position(|word| *word == "--requirepass")?;
    words.get(at + 1).map(|word| word.trim_matches('"'))
}

/// A variable as its program sees it.
struct Variable {
    name: String,
    value: String,
    /// `DB_PASSWORD (key password of Secret app)`
    title: String,
}

/// The data of what the variables come from.
struct Known {
    maps: BTreeMap<String, BTreeMap<String, String>>,
    secrets: BTreeMap<String, BTreeMap<String, String>>,
}

impl Known {
    async fn read(cluster: &Cluster, containers: impl Iterator<Item = &Container>) -> Self {
        let (mut maps, mut secrets): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        for one in containers {
            for from in one.env.iter().flatten().filter_map(|one| one.value_from.as_ref()) {
                maps.extend(from.config_map_key_ref.iter().map(|key| key.name.clone()));
                secrets.extend(from.secret_key_ref.iter().map(|key| key.name.clone()));
            }
            for from in one.env_from.iter().flatten() {
                maps.extend(from.config_map_ref.iter().map(|map| map.name.clone()));
                secrets.extend(from.secret_ref.iter().map(|secret| secret.name.clone()));
            }
        }
        for names in [&mut maps, &mut secrets] {
            names.sort_unstable();
            names.dedup();
            names.truncate(CONFIGS);
        }
        let all_maps = Api::<ConfigMap>::namespaced(cluster.client.clone(), &cluster.namespace);
        let all_secrets = Api::<Secret>::namespaced(cluster.client.clone(), &cluster.namespace);
        let (read_maps, read_secrets) = join(
            join_all(maps.iter().map(|name| all_maps.get_opt(name))),
            join_all(secrets.iter().map(|name| all_secrets.get_opt(name))),
        )
        .await;
        let text = |secret: Secret| {
            let data = secret.data.unwrap_or_default().into_iter();
            data.filter_map(|(key, value)| Some((key, String::from_utf8(value.0).ok()?))).collect()
        };
        let maps = maps.into_iter().zip(read_maps);
        let secrets = secrets.into_iter().zip(read_secrets);
        Self {
            maps: maps.filter_map(|(name, map)| Some((name, map.ok()??.data.unwrap_or_default()))).collect(),
            secrets: secrets.filter_map(|(name, secret)| Some((name, text(secret.ok()??)))).collect(),
        }
    }

    /// What the container is given; a later one of the same name counts.
    fn variables(&self, container: &Container) -> Vec<Variable> {
        let mut all: Vec<Variable> = Vec::new();
        for from in container.env_from.iter().flatten() {
            let prefix = from.prefix.as_deref().unwrap_or_default();
            let map =
                from.config_map_ref.as_ref().and_then(|map| Some(("ConfigMap", &map.name, self.maps.get(&map.name)?)));
            let secret =
                from.secret_ref.as_ref().and_then(|one| Some(("Secret", &one.name, self.secrets.get(&one.name)?)));
            let Some((kind, owner, data)) = map.or(secret) else { continue };
            all.extend(data.iter().map(|(key, value)| Variable {
                name: format!("{prefix}{key}"),
                value: value.clone(),
                title: format!("{prefix}{key} (key {key} of {kind} {owner})"),
            }));
        }
        for one in container.env.iter().flatten() {
            if let Some((value, title)) = self.value(one, &all) {
                all.push(Variable { name: one.name.clone(), value, title });
            }
        }
        all
    }

    fn value(&self, one: &EnvVar, before: &[Variable]) -> Option<(String, String)> {
        if let Some(value) = &one.value {
            return Some((expanded(value, before), format!("{} (`env`)", one.name)));
        }
        let from = one.value_from.as_ref()?;
        let map = from.config_map_key_ref.as_ref().map(|key| ("ConfigMap", &key.name, &key.key, &self.maps));
        let secret = from.secret_key_ref.as_ref().map(|key| ("Secret", &key.name, &key.key, &self.secrets));
        let (kind, owner, key, all) = map.or(secret)?;
        let value = all.get(owner)?.get(key)?;
        Some((value.clone(), format!("{} (key {key} of {kind} {owner})", one.name)))
    }
}

/// `$(DB_PASSWORD)` in a value stands for the variable before it (`core/v1`, `EnvVar`).
fn expanded(value: &str, before: &[Variable]) -> String {
    before.iter().rev().fold(value.to_owned(), |value, one| value.replace(&format!("$({})", one.name), &one.value))
}

/// What a program may log in with.
struct Sent {
    users: Vec<(String, String)>,
    passwords: Vec<(String, String)>,
    refused: Option<String>,
}

impl Sent {
    fn of(variables: &[Variable], refused: Option<&str>) -> Self {
        let (mut users, mut passwords) = (Vec::new(), Vec::new());
        for one in variables {
            let name = one.name.to_uppercase();
            let is = |words: &[&str]| words.iter().any(|word| name.contains(word));
            if let Some((user, password)) = in_url(&one.value).or_else(|| in_string(&one.value)) {
                users.extend(Some((one.title.clone(), user)).filter(|(_, user)| !user.is_empty()));
                passwords.extend(password.map(|password| (one.title.clone(), password)));
            } else if is(&["PASS", "PWD", "SECRET_KEY", "SECRET_ACCESS_KEY"]) && !name.ends_with("_FILE") {
                passwords.push((one.title.clone(), one.value.clone()));
            } else if is(&["USER", "LOGIN", "ACCESS_KEY"]) {
                users.push((one.title.clone(), one.value.clone()));
            }
        }
        Self { users, passwords, refused: refused.map(str::to_owned) }
    }
}

/// `amqp://shop:hunter2@mq/`, with what is percent-encoded read.
fn in_url(value: &str) -> Option<(String, Option<String>)> {
    let url = url::Url::parse(value.trim()).ok().filter(url::Url::has_authority)?;
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    Some((decoded(url.username()), url.password().map(decoded)))
}

/// `Host=db;Username=shop;Password=hunter2`, as ADO.NET, JDBC and ODBC have it.
fn in_string(value: &str) -> Option<(String, Option<String>)> {
    let parts = || value.split(';').filter_map(|part| part.split_once('='));
    let part = |names: &[&str]| {
        let found = parts().find(|(name, _)| names.contains(&name.trim().to_lowercase().as_str()));
        found.map(|(_, text)| text.trim().trim_matches(['"', '\'']).to_owned())
    };
    let password = part(&["password", "pwd"])?;
    (parts().count() > 1)
        .then(|| (part(&["username", "user id", "userid", "user", "uid"]).unwrap_or_default(), Some(password)))
}

fn server_logins(title: &str, container: &Container, known: &Known, sent: &Sent) -> Vec<ServerLogin> {
    let variables = known.variables(container);
    let own = |name: &str| variables.iter().rev().find(|one| one.name == name);
    let login = |product, part, takes: String, value: &str| {
        let all = if part == LoginPart::User { &sent.users } else { &sent.passwords };
        let sends = all.iter().map(|(from, other)| SentLogin { from: from.clone(), likeness: likeness(value, other) });
        let refused = sent.refused.as_deref().filter(|_| part == LoginPart::User).map(|user| likeness(value, user));
        ServerLogin { server: title.to_owned(), product, part, takes, sends: sends.collect(), refused }
    };
    let of_variables = SERVERS.iter().flat_map(|(product, passwords, users)| {
        let of_root = |name: &str| *product == Product::Mysql && name.contains("_ROOT_");
        let part = move |name| if of_root(name) { LoginPart::RootPassword } else { LoginPart::Password };
        let passwords = passwords.iter().map(move |name| (*product, part(name), *name));
        passwords.chain(users.iter().map(|name| (*product, LoginPart::User, *name)))
    });
    let of_variables = of_variables.filter_map(|(product, part, name)| {
        let one = own(name).filter(|one| !one.value.is_empty())?;
        Some(login(product, part, one.title.clone(), &one.value))
    });
    let required = requires_password(container).map(|word| {
        let by = variables.iter().find(|one| word.trim_matches(['$', '(', ')', '{', '}']) == one.name);
        match by {
            Some(one) => login(Product::Redis, LoginPart::Password, format!("--requirepass {}", one.title), &one.value),
            None => login(Product::Redis, LoginPart::Password, "--requirepass".to_owned(), word),
        }
    });
    required.into_iter().chain(of_variables).collect()
}

fn is_encoded(one: &str, other: &str) -> bool {
    let decoded = STANDARD.decode(one.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.is_some_and(|text| !text.is_empty() && text.trim() == other.trim())
}

fn likeness(own: &str, other: &str) -> Likeness {
    match () {
        () if own == other => Likeness::Same,
        () if own.trim() == other.trim() => Likeness::Spaced,
        () if is_encoded(own, other) || is_encoded(other, own) => Likeness::Encoded,
        () => Likeness::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::{Value, json};

    fn seen(server: &Value, client: &Value, secrets: &Value) -> Vec<ServerLogin> {
        let container = |value: &Value| serde_json::from_value::<Container>(value.clone()).expect("a container");
        let secrets = serde_json::from_value(secrets.clone()).expect("Secrets");
        let known = Known { maps: BTreeMap::new(), secrets };
        let sent = Sent::of(&known.variables(&container(client)), None);
        server_logins("StatefulSet db", &container(server), &known, &sent)
    }

    #[rstest]
    #[case::same(json!({"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "app", "key": "same"}}}), Likeness::Same)]
    #[case::line_break(json!({"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "app", "key": "broken"}}}), Likeness::Spaced)]
    #[case::other(json!({"name": "DB_PASSWORD", "value": "hunter3"}), Likeness::Other)]
    #[case::encoded(json!({"name": "DB_PASSWORD", "value": "aHVudGVyMg=="}), Likeness::Encoded)]
    #[case::in_a_connection_string(json!({"name": "ConnectionStrings__Shop", "value": "Host=db;Username=shop;Password=hunter2"}), Likeness::Same)]
    #[case::in_a_wrong_connection_string(json!({"name": "ConnectionStrings__Shop", "value": "Host=db;Username=shop;Password=hunter"}), Likeness::Other)]
    #[case::in_a_url(json!({"name": "DB_URL", "value": "postgres://shop:hunt%65r2@db/shop"}), Likeness::Same)]
    fn what_a_program_sends_is_compared(#[case] variable: Value, #[case] expected: Likeness) {
        let server = json!({"name": "db", "env": [{"name": "POSTGRES_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}]});
        let secrets = json!({"db": {"password": "hunter2"}, "app": {"same": "hunter2", "broken": "hunter2\n"}});
        let seen = seen(&server, &json!({"name": "app", "env": [variable]}), &secrets);
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].takes, "POSTGRES_PASSWORD (key password of Secret db)");
        assert_eq!(seen[0].sends.iter().map(|one| one.likeness).collect::<Vec<_>>(), [expected]);
        assert!(!format!("{seen:?}").contains("hunter"));
    }

    #[test]
    fn redis_is_told_by_its_argument() {
        let server = json!({"name": "redis", "args": ["--requirepass", "$(PASS)"],
            "env": [{"name": "PASS", "valueFrom": {"secretKeyRef": {"name": "cache", "key": "pw"}}}]});
        let client = json!({"name": "app", "envFrom": [{"secretRef": {"name": "app"}}]});
        let seen = seen(&server, &client, &json!({"cache": {"pw": "a"}, "app": {"REDIS_PASSWORD": "b"}}));
        assert_eq!(seen[0].takes, "--requirepass PASS (key pw of Secret cache)");
        assert_eq!(seen[0].sends[0].from, "REDIS_PASSWORD (key REDIS_PASSWORD of Secret app)");
    }
}
