//! Images that are nobody's own service: databases, queues, proxies.

/// What the last part of their names begins with.
const KNOWN: [&str; 54] = [
    "postgres",
    "postgis",
    "timescaledb",
    "pgvector",
    "mysql",
    "mariadb",
    "mssql",
    "mongo",
    "redis",
    "valkey",
    "keydb",
    "dragonfly",
    "memcached",
    "rabbitmq",
    "kafka",
    "cp-",
    "zookeeper",
    "redpanda",
    "nats",
    "activemq",
    "elasticmq",
    "elasticsearch",
    "opensearch",
    "kibana",
    "logstash",
    "meilisearch",
    "typesense",
    "solr",
    "clickhouse",
    "cassandra",
    "scylla",
    "cockroach",
    "neo4j",
    "influxdb",
    "minio",
    "mc",
    "localstack",
    "azurite",
    "nginx",
    "traefik",
    "caddy",
    "haproxy",
    "envoy",
    "prometheus",
    "grafana",
    "loki",
    "tempo",
    "jaeger",
    "zipkin",
    "otel",
    "opentelemetry",
    "mailhog",
    "mailpit",
    "keycloak",
];

/// Whether an image is likely the project's own: it names a registry, or is all that there is.
#[must_use]
pub fn is_own(image: &str, is_all: bool) -> bool {
    let name = image.split('@').next().unwrap_or(image);
    let last = name.rsplit('/').next().unwrap_or(name);
    let host = name
        .split('/')
        .next()
        .filter(|host| name.contains('/') && (host.contains('.') || host.contains(':') || *host == "localhost"));
    let is_foreign = KNOWN.iter().any(|known| last.starts_with(known))
        || matches!(
            host,
            Some(
                "docker.io"
                    | "quay.io"
                    | "mcr.microsoft.com"
                    | "gcr.io"
                    | "docker.elastic.co"
                    | "registry.k8s.io"
                    | "public.ecr.aws"
            )
        );
    !is_foreign && (host.is_some() || (is_all && name.contains('/')))
}

/// `postgres:16` of `docker.io/library/postgres:16-alpine`, for a reader.
#[must_use]
pub fn short(image: &str) -> &str {
    image.split('@').next().unwrap_or(image).rsplit('/').next().unwrap_or(image)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("postgres:16", true, false)]
    #[case("ghcr.io/acme/shop:1", false, true)]
    #[case("acme/shop:1", true, true)]
    #[case("acme/shop:1", false, false)]
    #[case("docker.io/bitnami/redis", true, false)]
    #[case("localhost:5000/shop", false, true)]
    fn the_projects_own_images(#[case] image: &str, #[case] is_all: bool, #[case] expected: bool) {
        assert_eq!(is_own(image, is_all), expected);
    }
}
