//! Paths that are asked for the health of a service.

/// What they end in, the best for readiness first.
const PATHS: [&str; 25] = [
    "/health/ready",
    "/healthz/ready",
    "/health/readiness",
    "/readyz",
    "/ready",
    "/readiness",
    "/-/ready",
    "/healthz",
    "/health",
    "/healthcheck",
    "/health-check",
    "/health_check",
    "/_healthz",
    "/_health",
    "/-/healthy",
    "/up",
    "/ping",
    "/heartbeat",
    "/health/live",
    "/health/liveness",
    "/healthz/live",
    "/livez",
    "/live",
    "/liveness",
    "/alive",
];

/// The path as plat.yaml takes it, where it is one of health.
#[must_use]
pub fn path(text: &str) -> Option<String> {
    let path = format!("/{}", text.trim().trim_matches('/'));
    let is_plain = path.chars().all(|c| c.is_ascii_alphanumeric() || "/-_.".contains(c));
    (is_plain && rank(&path) < PATHS.len()).then_some(path)
}

/// The smaller, the better; paths of the same kind by their length.
#[must_use]
pub fn rank(path: &str) -> usize {
    PATHS.iter().position(|known| path.ends_with(known)).unwrap_or(PATHS.len())
}

/// The path of `http://localhost:3000/healthz` in the command of a health check.
#[must_use]
pub fn in_command(command: &str) -> Option<String> {
    let (_, path) = asked(command)?.split_once('/')?;
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let is_plain = path.chars().all(|c| c.is_ascii_alphanumeric() || "/-_.".contains(c));
    is_plain.then(|| format!("/{path}"))
}

/// The port of the same, where it names one.
#[must_use]
pub fn port_in_command(command: &str) -> Option<u16> {
    let host = asked(command)?.split(['/', '?', '#']).next()?;
    host.rsplit_once(':')?.1.parse().ok()
}

/// `localhost:3000/healthz`
fn asked(command: &str) -> Option<&str> {
    let (_, rest) = command.split_once("://")?;
    let end = rest.find(|c: char| c.is_whitespace() || "\"'`)|;&,]".contains(c)).unwrap_or(rest.len());
    Some(&rest[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("/healthz", Some("/healthz"))]
    #[case("health/", Some("/health"))]
    #[case("/api/v1/ready", Some("/api/v1/ready"))]
    #[case("/health/:id", None)]
    #[case("/wealth", None)]
    #[case("/users", None)]
    fn a_health_path_is_known_by_its_end(#[case] text: &str, #[case] expected: Option<&str>) {
        assert_eq!(path(text).as_deref(), expected);
    }

    #[test]
    fn readiness_is_better_than_liveness() {
        assert!(rank("/readyz") < rank("/healthz") && rank("/healthz") < rank("/livez"));
    }

    #[rstest]
    #[case("curl -f http://localhost:3000/healthz || exit 1", Some("/healthz"))]
    #[case("wget -qO- \"http://127.0.0.1/status?x=1\"", Some("/status"))]
    #[case("curl http://localhost:3000", None)]
    #[case("curl http://localhost:${PORT}/up", Some("/up"))]
    #[case("pg_isready", None)]
    fn a_check_names_its_path(#[case] command: &str, #[case] expected: Option<&str>) {
        assert_eq!(in_command(command).as_deref(), expected);
    }

    #[rstest]
    #[case("curl -f http://localhost:3000/healthz || exit 1", Some(3000))]
    #[case("curl http://localhost:3000", Some(3000))]
    #[case("curl http://localhost/up", None)]
    #[case("curl http://localhost:${PORT}/up", None)]
    #[case("nc -z localhost 3000", None)]
    fn a_check_names_its_port(#[case] command: &str, #[case] expected: Option<u16>) {
        assert_eq!(port_in_command(command), expected);
    }
}
