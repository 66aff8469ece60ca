//! Whether runs leave this machine, who said so, and the notice that comes before the first send.

use std::io;

use url::{Host, Url};

use super::folder;
use crate::error::{Error, Result};
use crate::event::Events;
use crate::input;
use crate::settings::{Settings, TelemetryMode};

/// What decided the mode in force, most powerful first.
#[must_use]
pub fn decided_by(settings: &Settings) -> &'static str {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if std::env::var("DO_NOT_TRACK").is_ok_and(|value| !value.is_empty() && value != "0") {
        "DO_NOT_TRACK in the environment"
    } else if set("PLAT_TELEMETRY") {
        "PLAT_TELEMETRY in the environment"
    } else if settings.file.telemetry.mode.is_some() {
        "the settings file"
    } else if set("PLAT_TELEMETRY_ENDPOINT") {
        "PLAT_TELEMETRY_ENDPOINT in the environment"
    } else if settings.file.telemetry.endpoint.is_some() {
        "the endpoint in the settings file"
    } else {
        "the default"
    }
}

/// Where runs are sent: none unless the mode is on and an endpoint is configured.
///
/// # Errors
/// When the configured endpoint is not an address that events can be sent to.
pub fn endpoint(settings: &Settings) -> Result<Option<Url>> {
    match &settings.file.telemetry.endpoint {
        Some(text) if settings.file.telemetry.effective_mode() == TelemetryMode::On => parse(text).map(Some),
        _ => Ok(None),
    }
}

/// Reads an endpoint as a person wrote it.
///
/// # Errors
/// When it is not an http or https address, or holds a password.
pub fn parse(text: &str) -> Result<Url> {
    let bad = |what: &str| {
        Err(Error::user(format!("the telemetry endpoint {what}"))
            .at(crate::text::foreign_line(text, 200))
            .hint("give the base URL of a `plat serve`, such as http://127.0.0.1:7070"))
    };
    let Ok(url) = Url::parse(text) else {
        return bad("is not a URL");
    };
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return bad("is not an http or https address");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return bad("holds a user name or password, which would end up in logs");
    }
    Ok(url)
}

/// Whether only programs on this machine can listen there.
#[must_use]
pub fn is_loopback(endpoint: &Url) -> bool {
    match endpoint.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// An address; in bytes.
const LARGEST: u64 = 64 << 10;

/// Tells, once for each endpoint, that runs are sent from now on. A notice that cannot be remembered is told again.
///
/// # Errors
/// When it cannot be remembered.
pub fn notice_once(events: &Events, settings: &Settings, endpoint: &Url) -> io::Result<()> {
    let file = folder::path(settings).join("notice");
    if input::read_text(&file, LARGEST).is_ok_and(|shown| shown == endpoint.as_str()) {
        return Ok(());
    }
    // A warning, so that --quiet does not hide it.
    events.warn(format!(
        "plat sends the timing and outcome of its runs to {endpoint} from now on, under a random pseudonym \
         (`plat telemetry show` prints what, `plat telemetry off` stops it)"
    ));
    remember_notice(settings, endpoint)
}

/// Remembers that the user knows about this endpoint.
///
/// # Errors
/// When the state folder cannot be written.
pub fn remember_notice(settings: &Settings, endpoint: &Url) -> io::Result<()> {
    let dir = folder::path(settings);
    folder::make_private(&dir)?;
    let file = dir.join("notice");
    input::can_be_written(&file)?;
    std::fs::write(file, endpoint.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("http://127.0.0.1:7070", true)]
    #[case("http://[::1]:7070", true)]
    #[case("http://localhost:7070/plat", true)]
    #[case("https://localhost.example.com", false)]
    #[case("https://plat.example.com", false)]
    fn loopback_is_known(#[case] text: &str, #[case] expected: bool) {
        assert_eq!(is_loopback(&parse(text).expect("an endpoint")), expected);
    }

    #[rstest]
    #[case("plat.example.com:7070")]
    #[case("ftp://plat.example.com")]
    #[case("https://me:secret@plat.example.com")]
    #[case("")]
    fn a_bad_endpoint_is_refused(#[case] text: &str) {
        let error = parse(text).expect_err("no endpoint");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
