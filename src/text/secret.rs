//! Which variables hold secrets: by their names, and by what their values look like. A value is never passed on.

use super::redact;

/// What [`redact`] masks only in a line of a log, and a variable is called all the same.
const NAMES: [&str; 8] =
    ["DATABASE_URL", "DB_URL", "DSN", "CONNECTION_STRING", "PASSWD", "PASSPHRASE", "PRIVATE", "SALT"];

/// A key opens something, unless it is one of these.
const KEYS_OF_DATA: [&str; 9] =
    ["PUBLIC", "CACHE", "SORT", "PARTITION", "ROUTING", "PRIMARY", "FOREIGN", "PUBLISHABLE", "MESSAGE"];

/// Whether a variable of this name and value belongs into a Secret.
#[must_use]
pub fn is_secret(name: &str, value: &str) -> bool {
    let upper = name.to_uppercase();
    let line = format!("{name}={value}");
    // `X` stands for a value that says nothing by itself.
    let by_name = redact(&format!("{name}=Xq7")) != format!("{name}=Xq7")
        || NAMES.iter().any(|known| upper.ends_with(known))
        || is_key(&upper);
    let is_switch = matches!(value.to_ascii_lowercase().as_str(), "true" | "false" | "0" | "1" | "yes" | "no" | "");
    (by_name && !is_switch) || redact(&line) != line || redact(value) != value
}

fn is_key(upper: &str) -> bool {
    let of = upper.strip_suffix("_KEY");
    of.is_some_and(|of| KEYS_OF_DATA.iter().all(|known| !of.ends_with(known)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("DB_PASSWORD", "postgres", true)]
    #[case("API_KEY", "abc", true)]
    #[case("DATABASE_URL", "postgres://db/shop", true)]
    #[case("QUEUE", "amqp://guest:guest@mq", true)]
    #[case("STRIPE_KEY", "x", true)]
    #[case("JWT_PUBLIC_KEY", "x", false)]
    #[case("LOG_LEVEL", "info", false)]
    #[case("REDIS_HOST", "redis", false)]
    #[case("TOKEN_CHECK", "true", false)]
    #[case("NODE_ENV", "production", false)]
    fn a_secret_is_known_by_name_or_value(#[case] name: &str, #[case] value: &str, #[case] expected: bool) {
        assert_eq!(is_secret(name, value), expected);
    }
}
