//! A probe that is refused for its `Host` header: the kubelet calls a pod by its IP, and a program that checks by which
//! name it is called does not know that one.

use std::sync::LazyLock;

use k8s_openapi::api::core::v1::Probe;
use regex::{Captures, Regex};

use super::asked::Instead;
use crate::rollout::model::{Lookup, LookupResult, Remedy, Words};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::ascii_regex;

const STATUSES: [&str; 3] = ["statuscode: 400", "statuscode: 403", "statuscode: 421"];
/// What a program says at each request is among its last lines.
const LINES: usize = 40;

/// A wording, the setting that names the hosts, and a host that is allowed unless told otherwise.
struct Wording {
    pattern: Regex,
    setting: &'static str,
    usual: Option<&'static str>,
}

static WORDINGS: LazyLock<Vec<Wording>> = LazyLock::new(|| {
    let all: [(&str, &str, Option<&str>); 10] = [
        // Django
        (r"Invalid HTTP_HOST header: '(?<host>[^']+)'", "ALLOWED_HOSTS", None),
        // Rails
        (r"Blocked hosts?: (?<host>[^\s,]+)", "config.hosts", Some("localhost")),
        // Vite
        (
            r#"Blocked request\. This host (?:\("?(?<host>[^")]+)"?\) )?is not allowed"#,
            "server.allowedHosts",
            Some("localhost"),
        ),
        // Kestrel
        (r"The host '(?<host>[^']+)' does not match an allowed host", "AllowedHosts", None),
        // Spring Security
        (r"rejected because the domain (?<host>\S+) is untrusted", "setAllowedHostnames", None),
        // Symfony
        (r#"Untrusted Host "(?<host>[^"]+)""#, "trusted_hosts", None),
        // Nextcloud
        (r#"Trusted domain error\. "(?<host>[^"]+)""#, "trusted_domains", Some("localhost")),
        // Play
        (r"Host not allowed: (?<host>\S+)", "play.filters.hosts.allowed", Some("localhost")),
        // Jupyter
        (r"Blocking request with non-local 'Host' (?<host>\S+)", "local_hostnames", Some("localhost")),
        // webpack-dev-server, Starlette
        (r"(?i)Invalid Host(?:/Origin)? header", "allowedHosts", Some("localhost")),
    ];
    let wording = |(pattern, setting, usual)| Wording { pattern: ascii_regex(pattern), setting, usual };
    all.into_iter().map(wording).collect()
});

/// What is said of it; none where the log does not say that the host is why.
pub(super) fn blocked_host(container: &ContainerView, probe: &Probe, failure: &str, log: &str) -> Option<Instead> {
    Words::any(failure, &STATUSES)?;
    let header = probe.http_get.as_ref()?.http_headers.iter().flatten();
    let header = header.into_iter().find(|one| one.name.eq_ignore_ascii_case("host")).map(|one| one.value.as_str());
    let is_of_probe = |found: &Captures| {
        let Some(host) = found.name("host").map(|host| host.as_str()) else { return true };
        header.map_or_else(|| is_address(host), |header| without_port(host) == without_port(header))
    };
    let said = log.lines().rev().take(LINES).find_map(|line| {
        let all = WORDINGS.iter().filter_map(|one| Some((one, one.pattern.captures(line)?)));
        all.into_iter().find(|(_, said)| is_of_probe(said))
    });
    let Some((wording, said)) = said else { return unlisted(container, failure, header?) };
    let (called, name) = match header {
        Some(header) => (format!("by `{}`, its Host header", escape(header)), format!("`{}`", escape(header))),
        None => ("by the pod's IP".to_owned(), "the pod's IP".to_owned()),
    };
    let is = format!("the program is called {called}, which it does not allow");
    let (setting, lookups) = (Setting::of(container), Setting::lookups(container));
    let listed = match &setting {
        Some(setting) => format!("{} ({})", wording.setting, setting.place),
        None => wording.setting.to_owned(),
    };
    let allowed = setting.and_then(|setting| setting.host).or(wording.usual.map(str::to_owned));
    let allowed = allowed.filter(|allowed| header.is_none_or(|header| without_port(header) != allowed));
    let hint = match allowed {
        Some(host) => format!("give the probe `httpHeaders: [{{name: Host, value: {}}}]`", escape(&host)),
        None => "give the probe `httpHeaders: [{name: Host, value: …}]` with a host that it allows".to_owned(),
    };
    let hint = Remedy::given(&said, format!("{is}: {hint}, or allow {name} in {listed}"));
    Some(Instead { is, hint, lookups })
}

/// Its log says nothing, and the hosts that it allows are written without the one of the probe.
fn unlisted(container: &ContainerView, failure: &str, header: &str) -> Option<Instead> {
    Words::of(failure, STATUSES[0])?;
    let own = container.spec.env.iter().flatten().find(|one| is_setting(&one.name))?;
    let value = own.value.as_deref().filter(|value| !value.is_empty() && !value.contains('*'))?;
    let host = without_port(header);
    if value.split([',', ';', ' ']).any(|one| one.trim().trim_start_matches('.') == host) {
        return None;
    }
    let (name, shown) = (escape(&own.name), escape(header));
    let is = format!("the program is called by `{shown}`, its Host header, and {name} does not list it");
    let hint =
        format!("{is}: give the probe one of those as its Host header ({}), or add {shown} to {name}", escape(value));
    Some(Instead { is, hint: Remedy::given(own, hint), lookups: Vec::new() })
}

fn without_port(host: &str) -> &str {
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|one| one.is_ascii_digit());
    match host.rsplit_once(':') {
        Some((name, port)) if is_port(port) && (name.ends_with(']') || !name.contains(':')) => name,
        _ => host,
    }
}

/// As the kubelet calls a pod.
fn is_address(host: &str) -> bool {
    without_port(host).trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok()
}

/// Where the hosts that it allows are written.
struct Setting {
    /// `variable ALLOWED_HOSTS`, `key DJANGO_ALLOWED_HOSTS of ConfigMap web-env`
    place: String,
    /// One of them, where its value is written in the spec.
    host: Option<String>,
}

impl Setting {
    fn of(container: &ContainerView) -> Option<Self> {
        let variable = container.spec.env.iter().flatten().find(|one| is_setting(&one.name));
        if let Some(variable) = variable {
            let from = variable.value_from.as_ref().and_then(|from| from.config_map_key_ref.as_ref());
            let place = match from {
                Some(from) => format!("key {} of ConfigMap {}", escape(&from.key), escape(&from.name)),
                None => format!("variable {}", escape(&variable.name)),
            };
            let hosts = variable.value.as_deref().unwrap_or_default().split([',', ';', ' ']);
            let host = hosts.map(|host| host.trim_matches(['[', ']', '"', '\''])).find(|host| is_whole(host));
            return Some(Self { place, host: host.map(str::to_owned) });
        }
        maps(container).find_map(|name| {
            let Some(LookupResult::Present(keys)) = container.result_of(&Lookup::ConfigMap(name.to_owned())) else {
                return None;
            };
            let key = keys.iter().find(|key| is_setting(key))?;
            Some(Self { place: format!("key {} of ConfigMap {}", escape(key), escape(name)), host: None })
        })
    }

    /// Which keys its `ConfigMap`s have.
    fn lookups(container: &ContainerView) -> Vec<Lookup> {
        if container.spec.env.iter().flatten().any(|one| is_setting(&one.name)) {
            return Vec::new();
        }
        maps(container).map(|name| Lookup::ConfigMap(name.to_owned())).collect()
    }
}

fn maps<'a>(container: &ContainerView<'a>) -> impl Iterator<Item = &'a str> {
    let sources = container.spec.env_from.iter().flatten();
    sources.filter_map(|from| Some(from.config_map_ref.as_ref()?.name.as_str()))
}

/// `DJANGO_ALLOWED_HOSTS`, `AllowedHosts`
fn is_setting(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|one| one.to_ascii_lowercase()).collect();
    ["allowedhost", "trustedhost", "trusteddomain", "permittedhost"].iter().any(|word| plain.contains(word))
}

/// Not a pattern such as `*` or `.acme.test`.
fn is_whole(host: &str) -> bool {
    host.starts_with(|first: char| first.is_ascii_alphanumeric())
        && host.chars().all(|one| one.is_ascii_alphanumeric() || ".-".contains(one))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::explain::line_cases::wrong;
    use rstest::rstest;
    use serde_json::{Value, json};

    const DJANGO: &str =
        "ERROR Invalid HTTP_HOST header: '10.244.0.9:8000'. You may need to add '10.244.0.9' to ALLOWED_HOSTS.";
    const BAD: &str = "HTTP probe failed with statuscode: 400";

    fn check(spec: &str, probe: &str, failure: &str, log: &str, says: &[&str]) {
        let spec: Value = serde_yaml::from_str(spec).expect("a spec");
        let probe: Probe = serde_yaml::from_str(probe).expect("a probe");
        let keys =
            json!({"lookup": {"configMap": "web-env"}, "result": {"present": ["DJANGO_ALLOWED_HOSTS", "DEBUG"]}});
        let case = json!([{"name": "a", "log": log, "says": says, "spec": spec, "lookups": [keys]}]);
        let wrong = wrong(&case.to_string(), |container, log| {
            let found = blocked_host(container, &probe, failure, log)?;
            Some((found.is, found.hint))
        });
        assert!(wrong.is_empty(), "{wrong}");
    }

    #[rstest]
    #[case::django(DJANGO, BAD, "with a host that it allows, or allow the pod's IP in ALLOWED_HOSTS")]
    #[case::rails(
        "[ActionDispatch::HostAuthorization::DefaultResponseApp] Blocked hosts: 10.244.0.9:3000",
        "statuscode: 403",
        "value: localhost}]`, or allow the pod's IP in config.hosts"
    )]
    #[case::vite(
        "Blocked request. This host (\"10.244.0.9\") is not allowed.",
        "statuscode: 403",
        "server.allowedHosts"
    )]
    #[case::kestrel("The host '10.244.0.9:8080' does not match an allowed host.", BAD, "AllowedHosts")]
    #[case::spring("The request was rejected because the domain 10.244.0.9 is untrusted.", BAD, "setAllowedHostnames")]
    #[case::webpack("[webpack-dev-server] Invalid Host header", "statuscode: 403", "value: localhost")]
    #[case::ipv6("Blocked hosts: [fd00::9]:3000", "statuscode: 403", "config.hosts")]
    fn the_pod_is_called_by_its_address(#[case] log: &str, #[case] failure: &str, #[case] says: &str) {
        check("{}", "{httpGet: {port: 8000}}", failure, log, &["called by the pod's IP", says]);
    }

    #[rstest]
    #[case::variable(
        "env: [{name: ALLOWED_HOSTS, value: '.acme.test,shop.acme.test'}]",
        "value: shop.acme.test}]`, or allow the pod's IP in ALLOWED_HOSTS (variable ALLOWED_HOSTS)"
    )]
    #[case::map(
        "envFrom: [{configMapRef: {name: web-env}}]",
        "ALLOWED_HOSTS (key DJANGO_ALLOWED_HOSTS of ConfigMap web-env)"
    )]
    #[case::key(
        "env: [{name: ALLOWED_HOSTS, valueFrom: {configMapKeyRef: {name: web, key: hosts}}}]",
        "ALLOWED_HOSTS (key hosts of ConfigMap web)"
    )]
    fn where_the_hosts_are_written_is_said(#[case] spec: &str, #[case] says: &str) {
        check(&format!("{{{spec}}}"), "{httpGet: {port: 8000}}", BAD, DJANGO, &[says]);
    }

    #[test]
    fn a_header_of_the_probe_may_be_the_wrong_one() {
        let probe = "{httpGet: {port: 8000, httpHeaders: [{name: Host, value: localhost}]}}";
        let log = DJANGO.replace("10.244.0.9:8000", "localhost");
        check("{}", probe, BAD, &log, &["called by `localhost`, its Host header"]);
        check("{}", probe, BAD, DJANGO, &[]);
    }

    #[rstest]
    #[case::of_someone_else("Invalid HTTP_HOST header: 'evil.example.com'.", BAD)]
    #[case::another_status(DJANGO, "HTTP probe failed with statuscode: 500")]
    #[case::nothing_of_hosts("WARNING django.request Bad Request: /healthz/", BAD)]
    fn what_is_not_of_the_probe_is_left_alone(#[case] log: &str, #[case] failure: &str) {
        check("{}", "{httpGet: {port: 8000}}", failure, log, &[]);
    }
}
