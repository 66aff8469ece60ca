//! Whether a sandbox is in use: the relay counts its connections, the watchdog reads the count.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;

/// Whether and when someone used the sandbox.
#[derive(Debug)]
pub struct Activity {
    open: Cell<usize>,
    last: Cell<Instant>,
}

impl Default for Activity {
    fn default() -> Self {
        Self { open: Cell::new(0), last: Cell::new(Instant::now()) }
    }
}

impl Activity {
    /// How long there has been no connection.
    pub fn idle(&self) -> Duration {
        if self.open.get() > 0 { Duration::ZERO } else { self.last.get().elapsed() }
    }
}

/// Counts as use from its accept to its end.
pub struct Connection {
    activity: Rc<Activity>,
}

impl Connection {
    pub fn open(activity: &Rc<Activity>) -> Self {
        activity.open.set(activity.open.get() + 1);
        Self { activity: Rc::clone(activity) }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.activity.open.set(self.activity.open.get().saturating_sub(1));
        self.activity.last.set(Instant::now());
    }
}
