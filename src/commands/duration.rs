//! Durations on a command line.

use std::time::Duration;

use jiff::SignedDuration;

/// # Errors
/// What is not a duration, or is nothing.
pub fn positive(text: &str) -> Result<SignedDuration, String> {
    match text.parse::<SignedDuration>() {
        Ok(duration) if duration > SignedDuration::ZERO => Ok(duration),
        Ok(_) => Err("must be more than 0; use 5m or 90s".to_owned()),
        Err(_) => Err("not a duration; use 5m or 90s".to_owned()),
    }
}

/// # Errors
/// What is not a duration.
pub fn or_zero(text: &str) -> Result<Duration, String> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let parsed = text.parse::<SignedDuration>().ok().and_then(|duration| duration.try_into().ok());
    parsed.ok_or_else(|| "not a duration; use 30s, 5m or 0".to_owned())
}
