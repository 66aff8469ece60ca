//! Secrets that are known by where they stand: in a URL, after a flag, in an element. One line each.

use std::sync::{LazyLock, OnceLock};

use regex::{Captures, Regex};

use super::mask::MASK;
use super::names::NAME;
use super::shapes;
use crate::text::{ascii, ascii_regex};

/// Whether what was found is a secret after all.
type IsSecret = fn(&Captures) -> bool;

/// Of what the pattern finds, its parts `a` and `b` stay.
pub(super) struct Rule {
    pub pattern: String,
    /// Made when the rule is needed first: most texts need none.
    regex: OnceLock<Regex>,
    is_secret: IsSecret,
}

impl Rule {
    pub fn apply(&self, line: &str) -> String {
        let regex = self.regex.get_or_init(|| ascii_regex(&self.pattern));
        let masked = |found: &Captures| {
            let part = |name: &str| found.name(name).map_or("", |part| part.as_str());
            if (self.is_secret)(found) { format!("{}{MASK}{}", part("a"), part("b")) } else { found[0].to_owned() }
        };
        regex.replace_all(line, masked).into_owned()
    }
}

fn always(_: &Captures) -> bool {
    true
}

/// `host:8080/path?mail=a@b` has a port, not a password.
fn unless_port(found: &Captures) -> bool {
    let port = found["s"].split(['/', '?', '#']).next().unwrap_or_default();
    port.len() == found["s"].len() || port.is_empty() || !port.chars().all(|c| c.is_ascii_digit())
}

/// A number, or a name or a reference in its place, is a port.
fn unless_a_port(found: &Captures) -> bool {
    let text = &found["s"];
    let is_word = text.chars().all(|c| c.is_ascii_lowercase()) && text.len() <= 6;
    // A sentence may end with it.
    let is_number = text.trim_end_matches(['.', ',', ';', '!', '\\']).chars().all(|c| c.is_ascii_digit());
    !is_number && !is_word && !text.starts_with(['$', '{', '%', '<', '*'])
}

/// Credentials of HTTP look random; `bearer authentication` does not.
fn if_random(found: &Captures) -> bool {
    let text = &found["s"];
    let has = |of: fn(char) -> bool| text.chars().skip(1).any(of);
    let is_digest = ["sha256:", "sha512:", "sha1:", "md5:"].iter().any(|hash| text.starts_with(hash));
    let is_mixed = has(|c| c.is_ascii_uppercase()) && has(|c| c.is_ascii_lowercase());
    !is_digest && (is_mixed || has(|c| c.is_ascii_digit() || c == '='))
}

/// `--user 1000:1000` is no login.
fn unless_numbers(found: &Captures) -> bool {
    !found["s"].chars().all(|c| c.is_ascii_digit())
}

/// Words by which a usage text says what a flag takes.
const USAGE: [&str; 14] = [
    "string",
    "strings",
    "stringArray",
    "value",
    "file",
    "bytes",
    "int",
    "the",
    "is",
    "and",
    "or",
    "to",
    "from",
    "for",
];

/// A word of a usage text or another flag is no secret.
fn unless_usage(found: &Captures) -> bool {
    let text = &found["s"];
    let is_other = text.starts_with(['<', '[', '-', '$', '*', '=']) || text.starts_with("{{");
    !is_other && !USAGE.contains(&text) && !found["a"].contains("initial-cluster-token")
}

fn unless_plain(found: &Captures) -> bool {
    let text = found["s"].trim();
    !text.is_empty() && !["true", "false", "null", MASK].contains(&text) && !text.starts_with("${")
}

pub(super) static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let name = &*NAME;
    let table: Vec<(String, IsSecret)> = vec![
        // user:password@ of a URL (RFC 3986); a password may hold an @ or a / of its own
        (r#"(?i)(?P<a>[a-z][a-z0-9+.-]*:(?:\\?/){2}[^\s/:@"'<>?#]*:)(?P<s>[^\s"'<>]*[^\s"'<>\\])(?P<b>@)"#.into(), unless_port),
        // the same cut off before the @, as a parser quotes what it took for a port
        (r#"(?i)(?P<a>[a-z][a-z0-9+.-]*:(?:\\?/){2}[^\s/:@"'<>?#\[\]]+:)(?P<s>[^\s"'<>/?@\]]+)(?P<b>["'])"#.into(), unless_a_port),
        (r#"(?i)(?P<a>invalid port "?:?)(?P<s>[^\s"':]+)"#.into(), unless_a_port),
        (r#"(?i)(?P<a>port could not be cast to integer value as ['"])(?P<s>[^\s"']+)"#.into(), unless_a_port),
        (r"(?i)(?P<a>%3a%2f%2f[^\s%]*%3a)(?P<s>[^\s&]+?)(?P<b>%40)".into(), always),
        // a token in the place of the user: any of HTTP, a long one elsewhere
        (r#"(?i)(?P<a>https?:(?:\\?/){2})[^\s/:@"'<>?#*]+(?P<b>@[\w\[])"#.into(), always),
        (r"(?i)(?P<a>[a-z][a-z0-9+.-]*:(?:\\?/){2})[a-z0-9_.-]{20,}(?P<b>@)".into(), always),
        // databases that have an address of their own: Go's MySQL, Oracle's JDBC
        (r"(?P<a>\b[\w.-]+:)[^\s@/]+(?P<b>@(?:tcp|unix|udp)\()".into(), always),
        (r"(?i)(?P<a>jdbc:oracle:\w+:[^\s/@]+/)[^\s@]+(?P<b>@)".into(), always),
        // HTTP (RFC 9110): the scheme stays, the credentials go
        (r"(?i)(?P<a>\b(?:bearer|basic|negotiate|apikey)\s+)(?P<s>[a-z0-9._~+/=:-]{8,})".into(), if_random),
        (r"(?i)(?P<a>\bdigest\s+)username=.*?(?P<b>['`]|$)".into(), always),
        // signed links: Azure (sig), AWS and Google (…-Signature), GitHub's jwt
        (r#"(?i)(?P<a>[?&;#](?:sig|[a-z-]*signature|jwt)=)[^\s&"'<>]+"#.into(), always),
        // a flag and its value: as a shell has them, as a list of JSON or YAML has them
        (
            format!(r#"(?i)(?P<a>(?:^|[\s"'\[(,=])--?[a-z0-9-]*(?:{name})(?:\s+["']?|\\*["'],?\s*(?:-\s*)?\\*["']))(?P<s>[^\s"'\\,\]]+)"#),
            unless_usage,
        ),
        (r#"(?P<a>\b(?:curl|wget)\b.*?[\s"'](?:-u|--user|--proxy-user|-U)(?:[\s=]*["']?|["'],?\s*["'])[^\s:"'-][^\s:"']*:)(?P<s>[^\s"']+)"#.into(), unless_numbers),
        (r#"(?P<a>\b(?:mysql\w*|mariadb[\w-]*|sshpass|mysqlsh|7z)\b.*?[\s"']-p["']?)(?P<s>[^\s"']+)"#.into(), unless_usage),
        (r#"(?P<a>\b(?:sshpass|login|mongo\w*|cqlsh)\b.*?[\s"']-p(?:\s+["']?|["'],?\s*["']))(?P<s>[^\s"']+)"#.into(), unless_usage),
        (r#"(?P<a>\b(?:redis-cli|keydb-cli|valkey-cli)\b.*?[\s"'](?:-a|--pass)(?:\s+["']?|["'],?\s*["']))(?P<s>[^\s"']+)"#.into(), unless_usage),
        (r#"(?P<a>\bldap\w+\b.*?[\s"']-w(?:\s+["']?|["'],?\s*["']))(?P<s>[^\s"']+)"#.into(), unless_usage),
        (r#"(?P<a>\bsmbclient\b.*?%)(?P<s>[^\s"']+)"#.into(), always),
        (r#"(?P<a>-pass(?:in|out)?\s+["']?pass:)(?P<s>[^\s"']+)"#.into(), always),
        (r#"(?i)(?P<a>\blogin\s+\S+\s+password\s+)(?P<s>[^\s"']+)"#.into(), always),
        (r"(?i)(?P<a>\b(?:password|(?:user|role|to|for)\s+\S+\s+identified\s+(?:with\s+\S+\s+)?by)\s+(?:as\s+)?')(?P<s>[^']+)(?P<b>')".into(), unless_plain),
        // XML
        (format!(r"(?i)(?P<a><(?:[\w.-]+:)?[\w.-]*(?:{name})(?:\s[^<>]*)?>(?:<!\[CDATA\[)?)(?P<s>[^<\]]+)(?P<b>(?:\]\]>)?</)"), unless_plain),
        // the addresses of chats' hooks are secrets
        (r"(?i)(?P<a>https://hooks\.slack\.com/(?:services|workflows|triggers)/)[^\s\x22\x27]+".into(), always),
        (r"(?i)(?P<a>https://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/\d+/)[^\s\x22\x27]+".into(), always),
        (r"(?i)(?P<a>https://[\w.-]+\.webhook\.office\.com/webhookb2/)[^\s\x22\x27]+".into(), always),
        (shapes::pattern(), always),
    ];
    table
        .into_iter()
        .map(|(pattern, is_secret)| Rule { pattern: ascii(&pattern), regex: OnceLock::new(), is_secret })
        .collect()
});
