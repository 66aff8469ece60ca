//! Writes that someone else's may come in between of: they are tried again, on what is there by then.

use std::time::Duration;

/// How often someone else may write in between.
pub const ATTEMPTS: u32 = 8;
const PAUSE: Duration = Duration::from_millis(100);

/// Lets a controller that writes several times in a row come to its end; the first attempt waits for nothing.
pub async fn pause_before(attempt: u32) {
    tokio::time::sleep(PAUSE * attempt).await;
}
