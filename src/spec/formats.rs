//! The texts that have a form: what is allowed, how it is said, and what was probably meant.

use std::sync::OnceLock;

use regex::Regex;

/// One `format` of the schema.
pub(super) struct Format {
    pub name: &'static str,
    /// A pattern that both Rust's regex and ECMA 262 (editors) read.
    pub pattern: &'static str,
    /// Ends the sentence "`x` must be …".
    pub says: &'static str,
    /// A guess at what was meant; shown only if it fits the pattern.
    guess: fn(&str) -> String,
    /// Said when there is no guess.
    pub hint: &'static str,
    /// Compiled when first needed: a command that reads a small plat.yaml needs only a few.
    regex: OnceLock<Regex>,
}

macro_rules! label {
    ($rest:literal) => {
        concat!("^[a-z](?:[-a-z0-9]{0,", $rest, "}[a-z0-9])?$")
    };
}

/// github.com/distribution/reference: domain and path. A first part without dot and port is no host but a folder of
/// Docker Hub (its normalize.go).
macro_rules! image {
    (host) => {
        "(?:localhost|[a-zA-Z0-9][-a-zA-Z0-9]*(?:(?:\\.[a-zA-Z0-9][-a-zA-Z0-9]*)+|:[0-9]{1,5}))(?::[0-9]{1,5})?"
    };
    (path) => {
        "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*"
    };
}

static FORMATS: [Format; 12] = [
    Format {
        name: "name",
        pattern: label!("48"),
        says: "a DNS label of at most 50 characters: a-z, 0-9 and `-`, starting with a letter",
        guess: as_label,
        hint: "Kubernetes puts it into host names (RFC 1035)",
        regex: OnceLock::new(),
    },
    Format {
        name: "environment-name",
        pattern: label!("48"),
        says: "a name of at most 50 characters: a-z, 0-9 and `-`, starting with a letter",
        guess: as_label,
        hint: "such as `staging`",
        regex: OnceLock::new(),
    },
    Format {
        name: "namespace",
        pattern: "^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$",
        says: "a DNS label of at most 63 characters: a-z, 0-9 and `-`",
        guess: as_label,
        hint: "as Kubernetes names namespaces",
        regex: OnceLock::new(),
    },
    Format {
        name: "line",
        pattern: r"^\S(?:[^\x00-\x1f\x7f]*\S)?$",
        says: "one line of text, without spaces around it",
        guess: |text| text.trim().to_owned(),
        hint: "remove line breaks and control characters",
        regex: OnceLock::new(),
    },
    Format {
        name: "image",
        pattern: concat!(
            "^(?:",
            image!(host),
            "/)?",
            image!(path),
            r"(?::[a-zA-Z0-9_][-.a-zA-Z0-9_]{0,127})?(?:@sha256:[a-f0-9]{64})?$"
        ),
        says: "an image reference",
        guess: without_scheme,
        hint: "such as `registry.example.com/shop/cart:1.2` or with `@sha256:` and 64 hex digits",
        regex: OnceLock::new(),
    },
    Format {
        name: "registry",
        pattern: concat!("^", image!(host), "(?:/", image!(path), ")?$"),
        says: "a registry host, with a path if need be",
        guess: without_scheme,
        hint: "such as `registry.example.com/shop`",
        regex: OnceLock::new(),
    },
    Format {
        name: "env-name",
        // Kubernetes' own rule for the name of an environment variable, and for the key of a Secret.
        pattern: "^[-._a-zA-Z][-._a-zA-Z0-9]*$",
        says: "the name of an environment variable: letters, digits, `_`, `-` and `.`, not starting with a digit",
        guess: as_env_name,
        hint: "such as `DB_URL`",
        regex: OnceLock::new(),
    },
    Format {
        name: "relative-path",
        pattern: r"^(?:(?:\.?[^./\\\x00-\x1f][^/\\\x00-\x1f]*|\.)/)*(?:\.?[^./\\\x00-\x1f][^/\\\x00-\x1f]*|\.)/?$",
        says: "a path below the folder of plat.yaml",
        guess: as_relative,
        hint: "absolute paths and `..` would leave the project",
        regex: OnceLock::new(),
    },
    Format {
        name: "config-file",
        // The file name becomes a key of the ConfigMap.
        pattern: r"^(?:(?:\.?[^./\\\x00-\x1f][^/\\\x00-\x1f]*|\.)/)*\.?[-_a-zA-Z0-9][-._a-zA-Z0-9]{0,200}$",
        says: "a path below the folder of plat.yaml, whose file name has only letters, digits, `.`, `_` and `-`",
        guess: as_relative,
        hint: "absolute paths and `..` would leave the project",
        regex: OnceLock::new(),
    },
    Format {
        name: "health",
        pattern: r"^(?:/[^\s\x00-\x1f\x7f]*|tcp|none)$",
        says: "an HTTP path that starts with `/`, or `tcp`, or `none`",
        guess: as_health,
        hint: "such as `/healthz`",
        regex: OnceLock::new(),
    },
    Format {
        name: "cpu",
        pattern: r"^(?:[1-9][0-9]*m|[1-9][0-9]*(?:\.[0-9]{1,3})?|0\.(?:00[1-9]|0[1-9][0-9]?|[1-9][0-9]{0,2}))$",
        says: "an amount of CPU: cores such as `0.5` or `2`, or thousandths such as `100m`",
        guess: |text| text.trim().to_lowercase().trim_end_matches("cpu").replace("millicores", "m"),
        hint: "`1` is one core, `100m` a tenth of it",
        regex: OnceLock::new(),
    },
    Format {
        name: "memory",
        pattern: r"^[1-9][0-9]*(?:\.[0-9]+)?(?:k|M|G|T|Ki|Mi|Gi|Ti)?$",
        says: "an amount of memory such as `128Mi` or `1Gi`",
        guess: as_memory,
        hint: "`Mi` and `Gi` are powers of two; `m` would be a thousandth of a byte",
        regex: OnceLock::new(),
    },
];

/// Finds a format of the schema by its name.
pub(super) fn find(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

impl Format {
    pub fn accepts(&self, text: &str) -> bool {
        self.regex.get_or_init(|| Regex::new(self.pattern).expect("a literal pattern")).is_match(text)
    }

    /// What was probably meant.
    pub fn guess(&self, text: &str) -> Option<String> {
        Some((self.guess)(text)).filter(|guess| guess != text && self.accepts(guess))
    }
}

fn as_label(text: &str) -> String {
    let mut label = String::new();
    for c in text.trim().chars().map(|c| c.to_ascii_lowercase()) {
        match c {
            'a'..='z' | '0'..='9' => label.push(c),
            _ if !label.ends_with('-') => label.push('-'),
            _ => {}
        }
    }
    label.truncate(50);
    label.trim_start_matches(|c: char| c == '-' || c.is_ascii_digit()).trim_end_matches('-').to_owned()
}

fn without_scheme(text: &str) -> String {
    let text = text.trim();
    text.split_once("://").map_or(text, |(_, rest)| rest).trim_end_matches('/').to_owned()
}

fn as_env_name(text: &str) -> String {
    let name: String = text.trim().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name }
}

fn as_relative(text: &str) -> String {
    text.trim().replace('\\', "/").trim_start_matches("./").to_owned()
}

fn as_health(text: &str) -> String {
    match text.trim().to_lowercase().as_str() {
        "tcp" | "port" => "tcp".to_owned(),
        "none" | "off" | "no" | "false" | "disabled" => "none".to_owned(),
        _ => format!("/{}", without_scheme(text).trim_start_matches('/')),
    }
}

fn as_memory(text: &str) -> String {
    let text = text.trim().replace(' ', "");
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text[digits.len()..].to_lowercase().as_str() {
        "k" | "kb" | "ki" | "kib" => "Ki",
        "m" | "mb" | "mi" | "mib" => "Mi",
        "g" | "gb" | "gi" | "gib" => "Gi",
        "t" | "tb" | "ti" | "tib" => "Ti",
        _ => return text,
    };
    format!("{digits}{unit}")
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
    fn a_guess_is_shown_only_if_it_would_be_accepted(
        #[case] format: &str,
        #[case] text: &str,
        #[case] expected: Option<&str>,
    ) {
        assert_eq!(find(format).unwrap().guess(text).as_deref(), expected);
    }
}
