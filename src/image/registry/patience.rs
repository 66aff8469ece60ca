//! Tries again what a registry that restarts or is too busy did not take.

use std::time::{Duration, Instant};

use super::client::CONNECT_TIMEOUT;
use super::exchange::Cause;
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::reason::Reason;
use crate::text::seconds;

/// Between the attempts: a registry that restarts is back by then, and an address that is wrong costs no more.
const WAITS: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// # Errors
/// What no attempt more would change, or did.
pub async fn patiently<T>(progress: &dyn Progress, mut attempt: impl AsyncFnMut() -> Result<T>) -> Result<T> {
    let began = Instant::now();
    let mut waits = WAITS.into_iter();
    loop {
        let started = Instant::now();
        let error = match attempt().await {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        if !may_pass(&error, started.elapsed()) {
            return Err(error);
        }
        let Some(wait) = waits.next() else {
            let attempts = WAITS.len() + 1;
            return Err(error.detail(format!("tried {attempts} times in {}", seconds(began.elapsed()))));
        };
        progress.warn(&format!("{}; trying again in {}", error.what, seconds(wait)));
        tokio::time::sleep(wait).await;
    }
}

/// Whether the same request may go well in a moment: a registry that restarts, or is too busy. As docker and crane, no
/// refusal is tried again; nor is what took long to be silent, because that is a wait already.
fn may_pass(error: &Error, took: Duration) -> bool {
    match error.reason {
        Some(Reason::RegistryUnreachable) => took < CONNECT_TIMEOUT / 2,
        Some(Reason::RegistryFailed | Reason::RegistryRateLimited) => !is_refusal(error),
        _ => false,
    }
}

/// Whether it is about what was sent. An upload that is no longer known is not: a registry that restarts forgets it.
fn is_refusal(error: &Error) -> bool {
    match error.cause.as_ref().and_then(|cause| cause.downcast_ref()) {
        Some(Cause::Refused { code: Some(code), .. }) => {
            ["MANIFEST_INVALID", "MANIFEST_UNVERIFIED", "NAME_INVALID", "TAG_INVALID", "UNSUPPORTED"].contains(&&**code)
        }
        Some(Cause::Refused { status, .. }) => [400, 405, 413, 415].contains(status),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn refused(status: u16, code: Option<&str>) -> Cause {
        Cause::Refused { status, code: code.map(str::to_owned), message: String::new() }
    }

    #[rstest]
    #[case::a_manifest_that_it_does_not_take(refused(400, Some("MANIFEST_INVALID")), false)]
    #[case::without_a_word(refused(415, None), false)]
    #[case::an_upload_that_it_has_forgotten(refused(404, Some("BLOB_UPLOAD_UNKNOWN")), true)]
    #[case::it_restarts(refused(503, None), true)]
    #[case::something_between(Cause::Unexpected("no".to_owned()), true)]
    fn a_refusal_is_not_tried_again(#[case] cause: Cause, #[case] expected: bool) {
        let error = Error::user("x").reason(Reason::RegistryFailed).because(anyhow::Error::new(cause));
        assert_eq!(may_pass(&error, Duration::ZERO), expected);
    }
}
