//! Variables that a file gives a service -> lines of plat.yaml.

use super::claim::{Candidate, Evidence, Fact, Trust};
use super::words;
use crate::text::is_secret;

/// What a platform, a shell or a development setup sets by itself.
const PLATFORM: [&str; 7] = ["HOST", "HOSTNAME", "PATH", "PWD", "HOME", "TZ", "CHOKIDAR_USEPOLLING"];
/// Variables that say where a program listens, of any framework: .NET's, Spring's.
pub const PORTS: [&str; 5] = ["PORT", "ASPNETCORE_HTTP_PORTS", "ASPNETCORE_URLS", "SERVER_PORT", "HTTP_PORT"];
/// What besides is set by plat, Kubernetes, an image of a stack, a shell, a CI or a build, or is only given to change how
/// a runtime or a library behaves. A `*` stands for any end.
const NEVER_ASKED: [&str; 77] = [
    "PORT",
    "KUBERNETES_*",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LC_*",
    "TERM",
    "EDITOR",
    "COLUMNS",
    "TMP",
    "TEMP",
    "TMPDIR",
    "XDG_*",
    "APPDATA",
    "USERPROFILE",
    "CI",
    "CI_*",
    "GITHUB_ACTIONS",
    "GITHUB_SHA",
    "GITHUB_REF",
    "GITHUB_REPOSITORY",
    "GITHUB_WORKSPACE",
    "GITHUB_RUN_*",
    "GITLAB_CI",
    "JENKINS_URL",
    "NO_COLOR",
    "FORCE_COLOR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "DEBUG",
    "NODE_OPTIONS",
    "NODE_PATH",
    "NODE_DEBUG",
    "NODE_EXTRA_CA_CERTS",
    "NPM_*",
    "PNPM_*",
    "YARN_*",
    "NEXT_PUBLIC_*",
    "NEXT_RUNTIME",
    "NEXT_PHASE",
    "REACT_APP_*",
    "VITE_*",
    "GATSBY_*",
    "PYTHON*",
    "VIRTUAL_ENV",
    "DJANGO_SETTINGS_MODULE",
    "WEB_CONCURRENCY",
    "JAVA_*",
    "JDK_*",
    "CARGO_*",
    "OUT_DIR",
    "RUST_LOG",
    "RUST_BACKTRACE",
    "RUSTFLAGS",
    "GOPATH",
    "GOROOT",
    "GOOS",
    "GOARCH",
    "GOGC",
    "GODEBUG",
    "GOMAXPROCS",
    "GOMEMLIMIT",
    "GIN_MODE",
    "OTEL_*",
    "VERCEL",
    "VERCEL_*",
    "NETLIFY",
    "NETLIFY_*",
    "FLY_*",
    "RENDER",
    "RENDER_*",
    "RAILWAY_*",
    "DYNO",
];
/// Variables whose value is right at a desk and wrong in a cluster.
const MODES: [&str; 6] = ["NODE_ENV", "RAILS_ENV", "RACK_ENV", "FLASK_ENV", "APP_ENV", "ASPNETCORE_ENVIRONMENT"];

/// A value that is written in the repository becomes `env`, a secret or one that is not there `secrets`, the port `port`.
pub fn give(candidate: &mut Candidate, name: &str, value: Option<&str>, evidence: Evidence) {
    let Some(value) = value.map(interpolated) else {
        return candidate.claim(Fact::Secret(name.to_owned()), Trust::Variable, without_value(evidence, name));
    };
    match value {
        _ if !is_name(name) || PLATFORM.contains(&name) => {}
        Value::Text(text) if PORTS.contains(&name) => {
            if let Some(port) = words::last_port(&text) {
                candidate.claim(Fact::Port(port), Trust::Variable, evidence.clone());
            }
            // plat sets that one.
            if name != "PORT" {
                candidate.claim(Fact::Env(name.to_owned(), text), Trust::Variable, evidence);
            }
        }
        Value::Unknown if name == "PORT" => {}
        // `${A:-}`: it may be left out.
        Value::Text(text) if text.is_empty() => {
            candidate.claim(Fact::Given(name.to_owned()), Trust::Variable, evidence);
        }
        Value::Text(text) if is_for_development(name, &text) => {
            candidate.remarks.push(format!("{evidence}: is for development, and not taken"));
        }
        // The images of the stacks set it.
        Value::Text(text) if name == "NODE_ENV" && text == "production" => {}
        Value::Text(text) if !is_secret(name, &text) => {
            candidate.claim(Fact::Env(name.to_owned(), text), Trust::Variable, evidence);
        }
        _ => candidate.claim(Fact::Secret(name.to_owned()), Trust::Variable, without_value(evidence, name)),
    }
}

/// Whether nobody has to set a variable that a program reads.
#[must_use]
pub fn is_never_asked(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let is_it = |known: &str| known.strip_suffix('*').map_or(name == known, |begin| name.starts_with(begin));
    PLATFORM.contains(&name.as_str()) || MODES.contains(&name.as_str()) || NEVER_ASKED.into_iter().any(is_it)
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
}

/// Whether it puts a program into the mode of a desk.
#[must_use]
pub fn is_for_development(name: &str, value: &str) -> bool {
    MODES.contains(&name)
        && ["dev", "development", "test", "local", "debug"].contains(&value.to_ascii_lowercase().as_str())
}

/// A reader is shown that it is there, and not what it is.
fn without_value(evidence: Evidence, name: &str) -> Evidence {
    Evidence { text: format!("{name}, whose value stays out of plat.yaml"), ..evidence }
}

enum Value {
    Text(String),
    /// It comes from the machine of whoever starts it.
    Unknown,
}

/// `${A:-x}` is x; `${A}` is not known.
fn interpolated(text: &str) -> Value {
    let text = text.replace("$$", "\u{0}");
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let Some((inner, behind)) = after.strip_prefix('{').and_then(|inner| inner.split_once('}')) else {
            return Value::Unknown;
        };
        let default = inner.split_once(":-").or_else(|| inner.split_once('-'));
        let Some((_, default)) = default else { return Value::Unknown };
        out.push_str(default);
        rest = behind;
    }
    out.push_str(rest);
    Value::Text(out.replace('\u{0}', "$"))
}

/// `8080:${PORT:-3000}` with what is known put in; none where nothing is.
#[must_use]
pub fn known(text: &str) -> Option<String> {
    match interpolated(text) {
        Value::Text(text) => Some(text),
        Value::Unknown => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::claim::Is;
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("LOG_LEVEL", Some("info"), Some(Fact::Env("LOG_LEVEL".to_owned(), "info".to_owned())))]
    #[case("LOG_LEVEL", Some("${LOG_LEVEL:-warn}"), Some(Fact::Env("LOG_LEVEL".to_owned(), "warn".to_owned())))]
    #[case("LOG_LEVEL", Some("${LOG_LEVEL}"), Some(Fact::Secret("LOG_LEVEL".to_owned())))]
    #[case("DB_PASSWORD", Some("postgres"), Some(Fact::Secret("DB_PASSWORD".to_owned())))]
    #[case("API_TOKEN", None, Some(Fact::Secret("API_TOKEN".to_owned())))]
    #[case("PORT", Some("3000"), Some(Fact::Port(3000)))]
    #[case("NODE_ENV", Some("development"), None)]
    fn a_variable(#[case] name: &str, #[case] value: Option<&str>, #[case] expected: Option<Fact>) {
        let mut candidate = Candidate::new("", Is::Description);
        give(&mut candidate, name, value, Evidence::of("compose.yaml", ""));
        assert_eq!(candidate.claims.into_iter().next().map(|claim| claim.fact), expected);
    }
}
