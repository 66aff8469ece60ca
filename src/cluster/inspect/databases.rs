//! Which databases the workloads of the namespace make at their first start, as their variables say.

use k8s_openapi::api::core::v1::Container;

use super::neighbours::servers;
use crate::cluster::connect::Cluster;
use crate::rollout::{DatabaseMade, LookupResult, Workload};

/// What the images of `PostgreSQL`, `MySQL`, `MariaDB` and `RabbitMQ` read, Bitnami's too.
const VARIABLES: [&str; 6] = [
    "POSTGRES_DB",
    "POSTGRESQL_DATABASE",
    "MYSQL_DATABASE",
    "MARIADB_DATABASE",
    "RABBITMQ_DEFAULT_VHOST",
    "RABBITMQ_VHOST",
];
/// The image of `PostgreSQL` calls the database like its user where nothing else is said.
const USER: &str = "POSTGRES_USER";

pub(super) async fn databases(cluster: &Cluster) -> LookupResult {
    match servers(cluster).await {
        Some(servers) => LookupResult::Databases(servers.iter().flat_map(made_by).collect()),
        None => LookupResult::Unknown,
    }
}

/// Only what is written as it is: nothing of a Secret leaves the cluster.
fn made_by(workload: &Workload) -> Vec<DatabaseMade> {
    let by = format!("{} {}", workload.kind(), workload.name());
    let made = workload.containers().filter_map(|container| {
        let named = VARIABLES.iter().find_map(|variable| Some((*variable, written(container, variable)?)));
        if let Some((variable, name)) = named {
            return Some(DatabaseMade { name: name.to_owned(), variable: variable.to_owned(), by: by.clone() });
        }
        let user = container.env.iter().flatten().find(|one| one.name == USER).filter(|_| !says_database(container))?;
        let of_secret = user.value_from.as_ref().and_then(|from| from.secret_key_ref.as_ref());
        let variable = match of_secret {
            Some(key) => format!("{USER}, key {} of Secret {}", key.key, key.name),
            None => USER.to_owned(),
        };
        let name = user.value.clone().unwrap_or_default();
        (of_secret.is_some() || !name.is_empty()).then(|| DatabaseMade { name, variable, by: by.clone() })
    });
    made.collect()
}

fn written<'c>(container: &'c Container, variable: &str) -> Option<&'c str> {
    let mut own = container.env.iter().flatten();
    own.find(|one| one.name == variable)?.value.as_deref().filter(|value| !value.is_empty())
}

/// Whether its name may come from somewhere that is not read.
fn says_database(container: &Container) -> bool {
    let is_named = container.env.iter().flatten().any(|one| VARIABLES.contains(&one.name.as_str()));
    is_named || container.env_from.iter().flatten().next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::{Value, json};

    #[rstest]
    #[case::postgres(json!([{"name": "POSTGRES_DB", "value": "shop"}]), Some(("shop", "POSTGRES_DB")))]
    #[case::mysql(json!([{"name": "MYSQL_DATABASE", "value": "shop"}]), Some(("shop", "MYSQL_DATABASE")))]
    #[case::like_its_user(json!([{"name": "POSTGRES_USER", "value": "app"}]), Some(("app", "POSTGRES_USER")))]
    #[case::of_a_secret(
        json!([{"name": "POSTGRES_USER", "value": "app"}, {"name": "POSTGRES_DB", "valueFrom": {"secretKeyRef": {"name": "db", "key": "name"}}}]),
        None
    )]
    #[case::like_a_user_of_a_secret(
        json!([{"name": "POSTGRES_USER", "valueFrom": {"secretKeyRef": {"name": "db", "key": "user"}}}]),
        Some(("", "POSTGRES_USER, key user of Secret db"))
    )]
    #[case::virtual_host(json!([{"name": "RABBITMQ_DEFAULT_VHOST", "value": "/shop"}]), Some(("/shop", "RABBITMQ_DEFAULT_VHOST")))]
    #[case::no_database(json!([{"name": "DB_HOST", "value": "db"}]), None)]
    fn a_database_is_made_as_its_variables_say(#[case] env: Value, #[case] expected: Option<(&str, &str)>) {
        let set = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"}, "spec": {
            "selector": {}, "serviceName": "db", "template": {"spec": {"containers": [{"name": "db", "env": env}]}}}});
        let made = made_by(&Workload::read(&set).expect("a StatefulSet"));
        let expected = expected.map(|(name, variable)| DatabaseMade {
            name: name.to_owned(),
            variable: variable.to_owned(),
            by: "StatefulSet db".to_owned(),
        });
        assert_eq!(made, expected.into_iter().collect::<Vec<_>>());
    }
}
