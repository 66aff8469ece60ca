//! Waits for the workloads that a command changed.

use std::time::{Duration, Instant};

use crate::cluster::watch::{Changed, Observer, Progress};
use crate::error::{Error, Kind, Result};
use crate::reason::Reason;
use crate::text::foreign_line;
use crate::text::seconds;
use crate::ui::Ui;

/// Waits until all are ready, and returns when the last one was.
///
/// # Errors
/// When a controller gave up, or the deadline is over.
pub async fn until_ready(observer: &mut Observer, changed: &[Changed], deadline: Duration, ui: &Ui) -> Result<Instant> {
    let mut step = ui.step("ready");
    let mut timeout = std::pin::pin!(tokio::time::sleep(deadline));
    loop {
        let progress: Vec<_> = changed.iter().map(|changed| (changed, observer.progress(changed))).collect();
        if let Some((failed, why)) = progress.iter().find_map(failure) {
            return Err(Error::new(Kind::RolloutFailed, format!("{} failed", failed.workload.describe()))
                .detail(foreign_line(why, 300))
                .hint(see(failed))
                .reason(Reason::ProgressDeadlineExceeded));
        }
        let Some((waiting, what)) = progress.iter().find_map(waits) else {
            let ready = progress.iter().filter_map(|(_, progress)| match progress {
                Progress::Ready(at) => Some(*at),
                _ => None,
            });
            // Everything was deleted again: there is nothing to wait for.
            return Ok(ready.max().unwrap_or_else(Instant::now));
        };
        step.tell(&format!("{}: {}", waiting.workload.describe(), foreign_line(what, 120)));
        tokio::select! {
            () = observer.next() => {}
            () = &mut timeout => {
                return Err(Error::new(Kind::TimedOut, format!("{} was not ready within {}", waiting.workload.describe(), seconds(deadline)))
                    .detail(foreign_line(what, 300))
                    .hint(see(waiting))
                    .hint("give it more time with --deadline")
                    .reason(Reason::DeadlineExceeded));
            }
        }
    }
}

fn failure<'p>((changed, progress): &'p (&'p Changed, Progress)) -> Option<(&'p Changed, &'p str)> {
    match progress {
        Progress::Failed(why) => Some((changed, why)),
        _ => None,
    }
}

fn waits<'p>((changed, progress): &'p (&'p Changed, Progress)) -> Option<(&'p Changed, &'p str)> {
    match progress {
        Progress::Waits(what) => Some((changed, what)),
        _ => None,
    }
}

fn see(changed: &Changed) -> String {
    let workload = &changed.workload;
    format!(
        "see its pods and events: kubectl describe {} {} -n {}",
        workload.kind.to_lowercase(),
        workload.name,
        workload.namespace
    )
}
