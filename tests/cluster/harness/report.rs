//! What a run says beside libtest's own lines: who passed on the second try only, and how long each test took.

use std::fmt::Write as _;
use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[derive(Default)]
pub struct Report {
    /// Name, and what its first try ended with.
    again: Mutex<Vec<(String, String)>>,
    times: Mutex<Vec<(Duration, String)>>,
}

impl Report {
    pub fn passed_on_another_try(&self, name: &str, first: &str) {
        lock(&self.again).push((name.to_owned(), first.to_owned()));
    }

    pub fn took(&self, name: &str, time: Duration) {
        lock(&self.times).push((time, name.to_owned()));
    }

    /// Writes what there is to say after the result.
    pub fn end(&self) {
        let again = lock(&self.again);
        if !again.is_empty() {
            let mut text = "passed only on the second try:".to_owned();
            for (name, first) in again.iter() {
                let first = first.lines().next().unwrap_or_default();
                let _ = write!(text, "\n    {name}\n        {first}");
            }
            line(&mut std::io::stdout(), &text);
        }
        if let Some(file) = std::env::var_os("PLAT_TEST_TIMES") {
            let mut times = lock(&self.times);
            times.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
            let mut text = String::new();
            for (time, name) in times.iter() {
                let _ = writeln!(text, "{:7.1} {name}", time.as_secs_f64());
            }
            std::fs::write(file, text).expect("the file of PLAT_TEST_TIMES can be written");
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A line of the runner's own; a reader that has gone away does not end the run.
pub fn line(out: &mut impl Write, text: &str) {
    let _ = writeln!(out, "{text}");
}
