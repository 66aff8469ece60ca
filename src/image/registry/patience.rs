//! Tries again what a registry that restarts or is too busy did not take.

use std::time::{Duration, Instant};

use super::client::CONNECT_TIMEOUT;
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
        Some(Reason::RegistryFailed | Reason::RegistryRateLimited) => true,
        _ => false,
    }
}
