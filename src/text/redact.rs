//! Secrets in foreign text, masked. One table; each line says what it knows a secret by.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

/// A name that ends like a secret's, the sign after it, and this value.
macro_rules! name {
    ($value:expr) => {
        concat!(
            r#"(?i)([a-z0-9_.-]*(?:password|passwd|passphrase|pwd|secret|token|credentials?|(?:api|access|account|"#,
            r#"private|signing|encryption|secret|shared[_-]?access)[_-]?key))((?:\\?["'])?\s*(?:=>|[=:])\s*)"#,
            $value
        )
    };
}

static SECRETS: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    [
        // PEM (RFC 7468): everything between the lines, also where the line breaks are written as \n
        (r"(?s)(-----BEGIN [A-Z0-9 ]*(?:KEY|KEY BLOCK)-----).*?(-----END [A-Z0-9 ]*-----|\z)", "$1***$2"),
        // user:password@ of a URL (RFC 3986); a password may hold an @ of its own
        (r"([a-zA-Z][a-zA-Z0-9+.-]*://[^\s/:@]*):[^\s/]+@", "$1:***@"),
        // a token in the place of the user
        (r"([a-zA-Z][a-zA-Z0-9+.-]*://)[A-Za-z0-9_.-]{20,}@", "$1***@"),
        // Authorization (RFC 9110): the scheme stays, the credentials go
        (r"(?i)\b(bearer|basic|digest|negotiate|apikey)\s+[a-z0-9._~+/=:-]{8,}", "$1 ***"),
        (r#"(?i)\b(authorization["']?\s*[=:]\s*["']?token)\s+[^\s"',;]+"#, "$1 ***"),
        (r"(?i)\b((?:set-)?cookie\s*:\s*[^=\s;]+)=[^\s;]+", "$1=***"),
        // name=value, name: value, "name": "value", by what the name ends in; quoted values as a whole, with their quotes
        (name!(r#"(\\")(?:[^"\\]|\\[^"])*(\\")"#), "$1$2$3***$4"),
        (name!(r#"(")(?:[^"\\]|\\.)*(")"#), "$1$2$3***$4"),
        (name!("(')[^']*(')"), "$1$2$3***$4"),
        (name!(r#"()[^\s"'\\>,;&)}\]][^\s"',;&)}\]]*()"#), "$1$2$3***$4"),
        (r#"(?i)(\s--?[a-z0-9-]*(?:password|passwd|secret|token|api-?key))\s+[^\s"'-][^\s"']*"#, "$1 ***"),
        // signed links: Azure (sig), AWS and Google (…-Signature)
        (r"(?i)([?&](?:sig|[a-z-]*signature)=)[^\s&]+", "$1***"),
        // what is known by its own shape: JSON Web Tokens, then keys by the prefix that their makers gave them
        (r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?", "***"),
        (r"\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}\b", "***"),
        (r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{20,})", "***"),
        (r"\b(?:xox[abeoprs]-[A-Za-z0-9-]{10,}|[srp]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9]{20,})", "***"),
        (r"\b(?:sk-[A-Za-z0-9_-]{20,}|AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,})", "***"),
        (r"\b(?:npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{20,}|dckr_pat_[A-Za-z0-9_-]{20,}|dop_v1_[a-f0-9]{64})", "***"),
        (
            r"\b(?:hvs\.[A-Za-z0-9_-]{20,}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|AGE-SECRET-KEY-1[A-Z0-9]{20,})",
            "***",
        ),
        (r"(https://hooks\.slack\.com/(?:services|workflows)/)\S+", "$1***"),
    ]
    .into_iter()
    .map(|(pattern, with)| (Regex::new(pattern).expect("a literal pattern"), with))
    .collect()
});

/// Masks secrets before text is shown or kept: passwords in URLs, credentials of HTTP, `key=value`, private keys, and
/// tokens that are known by their shape. Of a private key that begins before the text, whole lines are masked too.
#[must_use]
pub fn redact(text: &str) -> String {
    let text = SECRETS.iter().fold(Cow::Borrowed(text), |text, (pattern, with)| {
        if pattern.is_match(&text) { Cow::Owned(pattern.replace_all(&text, *with).into_owned()) } else { text }
    });
    if !text.lines().any(is_body_of_a_key) {
        return text.into_owned();
    }
    let masked = text.split_inclusive('\n').map(|line| match line.trim_end_matches(['\n', '\r']) {
        body if is_body_of_a_key(body) => line.replacen(body, "***", 1),
        _ => line.to_owned(),
    });
    masked.collect()
}

/// PEM breaks its lines at 64 characters, MIME at 76. A digest is as long, but has no capital letters.
fn is_body_of_a_key(line: &str) -> bool {
    let line = line.trim();
    let has = |of: fn(&char) -> bool| line.chars().any(|c| of(&c));
    matches!(line.len(), 64 | 76)
        && line.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '='))
        && has(char::is_ascii_uppercase)
        && has(char::is_ascii_lowercase)
        && has(char::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// The secret itself, in every one of these shapes.
    const SECRET: &str = "hunter2-Zq9";

    #[rstest]
    #[case::url("postgres://app:hunter2-Zq9@db:5432/shop", "postgres://app:***@db:5432/shop")]
    #[case::url_with_an_at("amqp://app:p@hunter2-Zq9@mq/", "amqp://app:***@mq/")]
    #[case::url_without_a_user("redis://:hunter2-Zq9@cache:6379/0", "redis://:***@cache:6379/0")]
    #[case::token_as_user("https://hunter2-Zq9abcdefghijk@git.example/x", "https://***@git.example/x")]
    #[case::bearer("Authorization: Bearer hunter2-Zq9", "Authorization: Bearer ***")]
    #[case::basic("authorization: Basic hunter2-Zq9==", "authorization: Basic ***")]
    #[case::token_scheme("Authorization: token hunter2-Zq9", "Authorization: token ***")]
    #[case::cookie("Set-Cookie: session=hunter2-Zq9; Path=/", "Set-Cookie: session=***; Path=/")]
    #[case::environment("DB_PASSWORD=hunter2-Zq9 port=1", "DB_PASSWORD=*** port=1")]
    #[case::aws("AWS_SECRET_ACCESS_KEY=hunter2-Zq9/x+y", "AWS_SECRET_ACCESS_KEY=***")]
    #[case::camel("SecretAccessKey: hunter2-Zq9", "SecretAccessKey: ***")]
    #[case::azure("AccountKey=hunter2-Zq9==;EndpointSuffix=x", "AccountKey=***;EndpointSuffix=x")]
    #[case::header("x-api-key: hunter2-Zq9", "x-api-key: ***")]
    #[case::json(r#"{"token": "hunter2-Zq9", "n": 1}"#, r#"{"token": "***", "n": 1}"#)]
    #[case::json_with_spaces(r#"{"password":"hunter2-Zq9 and \" more"}"#, r#"{"password":"***"}"#)]
    #[case::json_in_json(r#"{"m":"{\"password\":\"hunter2-Zq9\"}"}"#, r#"{"m":"{\"password\":\"***\"}"}"#)]
    #[case::python("{'client_secret': 'hunter2-Zq9'}", "{'client_secret': '***'}")]
    #[case::ruby(":password=>\"hunter2-Zq9\"", ":password=>\"***\"")]
    #[case::go("{User:app Password:hunter2-Zq9}", "{User:app Password:***}")]
    #[case::dsn("user=app password='hunter2-Zq9 x' host=db", "user=app password='***' host=db")]
    #[case::flag("exec mysql --password hunter2-Zq9 shop", "exec mysql --password *** shop")]
    #[case::query("GET /x?api_key=hunter2-Zq9&n=1", "GET /x?api_key=***&n=1")]
    #[case::signed("https://b.example/x?sig=hunter2-Zq9%3D&se=1", "https://b.example/x?sig=***&se=1")]
    #[case::private_key(
        "-----BEGIN RSA PRIVATE KEY-----\nhunter2-Zq9\n-----END RSA PRIVATE KEY-----\nnext",
        "-----BEGIN RSA PRIVATE KEY-----***-----END RSA PRIVATE KEY-----\nnext"
    )]
    #[case::private_key_in_one_line(
        r"key: -----BEGIN PRIVATE KEY-----\nhunter2-Zq9\n-----END PRIVATE KEY-----\n",
        r"key: -----BEGIN PRIVATE KEY-----***-----END PRIVATE KEY-----\n"
    )]
    #[case::private_key_cut_off("-----BEGIN EC PRIVATE KEY-----\nhunter2-Zq9", "-----BEGIN EC PRIVATE KEY-----***")]
    #[case::slack("https://hooks.slack.com/services/T0/B0/hunter2-Zq9", "https://hooks.slack.com/services/***")]
    fn redact_masks_a_secret_by_where_it_stands(#[case] text: &str, #[case] expected: &str) {
        assert!(text.contains(SECRET), "the case holds no secret");
        assert_eq!(redact(text), expected);
    }

    /// The bodies are made up here, so that no scanner takes this file for a leak.
    #[rstest]
    #[case::jwt("eyJ", "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl")]
    #[case::aws_id("AKIA", "ABCDEFGHIJKLMNOP")]
    #[case::github("ghp_", "abcdefghijklmnopqrst0123")]
    #[case::github_fine("github_pat_", "11ABCDEFG0abcdefghij")]
    #[case::gitlab("glpat-", "abcdefghij0123456789")]
    #[case::slack("xoxb-", "123456789012-abcdef")]
    #[case::stripe("sk_live_", "abcdefghij0123")]
    #[case::google("AIza", "abcdefghijklmnopqrstuvwxyz012345678")]
    #[case::npm("npm_", "abcdefghijklmnopqrstuvwxyz0123456789")]
    #[case::vault("hvs.", "abcdefghijklmnopqrstuvwx")]
    #[case::docker("dckr_pat_", "abcdefghijklmnopqrstu")]
    #[case::model_api("sk-", "ant-abcdefghijklmnopqrstuvwxyz")]
    #[case::body_of_a_key("MIIEvQIBADANBgkqhkiG9w0BAQEFAASC", "BKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj")]
    fn redact_masks_a_secret_by_its_shape(#[case] prefix: &str, #[case] body: &str) {
        assert_eq!(redact(&format!("{prefix}{body}")), "***");
        assert_eq!(
            redact(&format!("using {prefix}\n")),
            format!("using {prefix}\n"),
            "the prefix alone is not a secret"
        );
    }

    #[rstest]
    #[case("listening on :8080")]
    #[case("http://127.0.0.1:8080/healthz: connection refused")]
    #[case("couldn't find key DB_URL in Secret shop/api")]
    #[case("secret \"api\" not found")]
    #[case("password authentication failed for user \"app\"")]
    #[case("image 127.0.0.1:5000/shop@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    #[case("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    #[case("mail to ops@example.com about http://shop.example/")]
    #[case("-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----")]
    #[case("a basic check, a bearer of news")]
    fn redact_leaves_everything_else(#[case] text: &str) {
        assert_eq!(redact(text), text);
    }

    #[rstest]
    #[case("token=abc\r\nnext\n", "token=***\r\nnext\n")]
    #[case("", "")]
    fn redact_keeps_lines_apart(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(redact(text), expected);
    }
}
