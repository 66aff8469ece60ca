//! A path that is not served where the probe asks: the program serves below another, or only once it is told to.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::asked::Instead;
use crate::rollout::model::{Remedy, Words};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::ascii_regex;

/// Tomcat, Jetty, Undertow, Quarkus, Grafana, Gunicorn.
static BASE: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r#"(?i)context[- ]?path(?: is)?[=:]? ?['"]?(?<base>/[\w/.-]+)|(?:base|root|sub)[- _]?(?:path|url)(?: is)?[=:]? ?['"]?(?:https?://[^/\s'"]+)?(?<base2>/[\w/.-]+)|(?:serving|mounted|available) (?:at|under|below) (?:https?://[^/\s'"]+)?(?<base3>/[\w/.-]+)"#,
    )
});
/// Variables that name it.
const VARIABLES: [&str; 9] = [
    "SERVER_SERVLET_CONTEXT_PATH",
    "SPRING_WEBFLUX_BASE_PATH",
    "QUARKUS_HTTP_ROOT_PATH",
    "KC_HTTP_RELATIVE_PATH",
    "CONTEXT_PATH",
    "BASE_PATH",
    "ROOT_PATH",
    "URL_PREFIX",
    "PUBLIC_PATH",
];

/// Who says so, the path, and what turns it on.
const TURNED_ON: [(&str, &str, &str); 7] = [
    ("Keycloak", "/health", "KC_HEALTH_ENABLED=true (--health-enabled), on its management port 9000"),
    ("Traefik", "/ping", "--ping=true"),
    ("traefik", "/ping", "--ping=true"),
    ("quarkus", "/q/health", "the extension quarkus-smallrye-health"),
    (
        "Tomcat",
        "/actuator/health/",
        "management.endpoint.health.probes.enabled=true (MANAGEMENT_ENDPOINT_HEALTH_PROBES_ENABLED)",
    ),
    (
        "Netty started",
        "/actuator/health/",
        "management.endpoint.health.probes.enabled=true (MANAGEMENT_ENDPOINT_HEALTH_PROBES_ENABLED)",
    ),
    ("Micronaut", "/health", "the dependency micronaut-management"),
];

/// Below what the program serves, as its log or its variables say.
pub(super) fn base(container: &ContainerView, log: &str) -> Option<String> {
    said(log).map(|(base, _)| base).or_else(|| written(container).map(|(base, _)| base))
}

fn said(log: &str) -> Option<(String, Captures<'_>)> {
    let found = log.lines().find_map(|line| BASE.captures(line))?;
    let base =
        ["base", "base2", "base3"].iter().find_map(|name| found.name(name))?.as_str().trim_end_matches(['/', '.']);
    (!base.is_empty()).then(|| (base.to_owned(), found))
}

fn written<'a>(container: &ContainerView<'a>) -> Option<(String, &'a k8s_openapi::api::core::v1::EnvVar)> {
    let mut own = container.spec.env.iter().flatten();
    own.find_map(|one| {
        let value = one.value.as_deref().filter(|_| VARIABLES.contains(&one.name.as_str()))?.trim_end_matches('/');
        (value.starts_with('/') && value.len() > 1).then(|| (value.to_owned(), one))
    })
}

/// The path of the probe is not below it.
pub(super) fn served_below(container: &ContainerView, path: &str, log: &str, field: &str) -> Option<Instead> {
    let mend = |base: &str| format!("set {field} to {}{}", escape(base), escape(path));
    let is_outside = |base: &str| !path.starts_with(base);
    if let Some((base, found)) = said(log).filter(|(base, _)| is_outside(base)) {
        let is = format!("the program serves below {}, as its log says", escape(&base));
        return Some(Instead::new(&found, is, &mend(&base)));
    }
    let (base, variable) = written(container).filter(|(base, _)| is_outside(base))?;
    let is = format!("the program serves below {}, as its variable {} says", escape(&base), escape(&variable.name));
    Some(Instead::new(variable, is, &mend(&base)))
}

/// What serves this path only when told to.
pub(super) fn turned_on(path: &str, log: &str) -> Option<Remedy> {
    TURNED_ON.iter().filter(|(_, own, _)| path.starts_with(own)).find_map(|(who, _, by)| {
        Words::of(log, who)?;
        Some(Remedy::look(format!(
            "is it told to serve {}? It does so only with {by}; else its path or port is another",
            escape(path)
        )))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::tomcat("Tomcat started on port 8080 (http) with context path '/orders'", Some("/orders"))]
    #[case::tomcat_of_the_root("Tomcat started on port 8080 (http) with context path ''", None)]
    #[case::tomcat_as_a_slash("Tomcat started on port 8080 (http) with context path '/'", None)]
    #[case::jetty("Started ServerConnector, contextPath=/shop/", Some("/shop"))]
    #[case::url("Base URL: https://shop.example/app", Some("/app"))]
    #[case::nothing("Server listening on :8080", None)]
    fn a_log_says_below_what_it_serves(#[case] log: &str, #[case] expected: Option<&str>) {
        assert_eq!(said(log).map(|(base, _)| base).as_deref(), expected);
    }

    #[rstest]
    #[case("/health/ready", "Keycloak 26.2.4 on JVM", true)]
    #[case("/health/ready", "Example app", false)]
    #[case("/metrics", "Keycloak 26.2.4 on JVM", false)]
    fn some_serve_health_only_when_told_to(#[case] path: &str, #[case] log: &str, #[case] expected: bool) {
        assert_eq!(turned_on(path, log).is_some(), expected);
    }
}
