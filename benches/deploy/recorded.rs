//! What plat records of itself, beside the stopwatch.

use std::path::Path;
use std::time::Duration;

use plat::telemetry::history::History;

/// By how much the time until the prompt that the newest run has recorded is less than what a shell saw.
pub fn less(home: &Path, took: Duration) -> Option<Duration> {
    let run = History::at(&home.join("state/telemetry")).runs().pop()?;
    took.checked_sub(Duration::try_from_secs_f64(run.prompt_ms? / 1000.0).ok()?)
}
