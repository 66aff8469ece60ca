//! Times the phases of the running command. Cheap enough to be always on.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use jiff::Timestamp;
use uuid::Uuid;

use super::run::{Facts, Outcome, Phase, Run};
use crate::error::{Exit, Kind, Result};

#[derive(Debug)]
pub struct Recorder {
    id: Uuid,
    command: &'static str,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    started_at: Timestamp,
    started: Instant,
    /// None while the clock runs.
    stopped: Option<Instant>,
    phases: Vec<Phase>,
    facts: Facts,
}

/// Ends its phase when dropped.
#[derive(Debug)]
#[must_use = "a phase ends when its guard is dropped"]
pub struct PhaseGuard<'r> {
    recorder: &'r Recorder,
    name: &'static str,
    started: Instant,
}

impl Recorder {
    #[must_use]
    pub fn start(command: &'static str) -> Self {
        Self {
            id: Uuid::now_v7(),
            command,
            state: Mutex::new(State {
                started_at: Timestamp::now(),
                started: Instant::now(),
                stopped: None,
                phases: Vec::new(),
                facts: Facts { arm: "plat".to_owned(), ..Facts::default() },
            }),
        }
    }

    #[must_use]
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Starts the clock anew and forgets the phases: `plat time` gets ready before it starts what it times.
    pub fn restart_clock(&self) {
        let mut state = self.state();
        state.started_at = Timestamp::now();
        state.started = Instant::now();
        state.phases.clear();
    }

    /// The run was over then, whatever plat still does.
    pub fn stop_clock(&self, at: Instant) {
        self.state().stopped = Some(at);
    }

    /// Starts a phase; it ends when the guard is dropped.
    pub fn phase(&self, name: &'static str) -> PhaseGuard<'_> {
        PhaseGuard { recorder: self, name, started: Instant::now() }
    }

    /// Adds a phase that was measured elsewhere (from the server's timestamps, say).
    pub fn add_phase(&self, phase: Phase) {
        self.state().phases.push(phase);
    }

    /// The phases that have ended so far.
    #[must_use]
    pub fn phases(&self) -> Vec<Phase> {
        self.state().phases.clone()
    }

    /// Milliseconds since the run started.
    #[must_use]
    pub fn elapsed_ms(&self) -> f64 {
        self.state().elapsed_ms()
    }

    pub fn facts(&self, change: impl FnOnce(&mut Facts)) {
        change(&mut self.state().facts);
    }

    #[must_use]
    pub fn finish(&self, result: &Result<Exit>) -> Run {
        let (outcome, reason) = match result {
            Ok(Exit::Child(code)) if *code != 0 => (Outcome::Failure, Some(format!("Exit{code}"))),
            Ok(_) => (Outcome::Success, None),
            Err(error) => (outcome_of(error.kind), error.reason.as_ref().map(ToString::to_string)),
        };
        let state = self.state();
        Run {
            id: self.id,
            command: self.command.to_owned(),
            started_at: state.started_at,
            duration_ms: state.elapsed_ms(),
            outcome,
            reason,
            phases: state.phases.clone(),
            facts: state.facts.clone(),
            plat_version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn elapsed_ms(&self) -> f64 {
        let end = self.stopped.unwrap_or_else(Instant::now);
        end.saturating_duration_since(self.started).as_secs_f64() * 1000.0
    }
}

impl Drop for PhaseGuard<'_> {
    fn drop(&mut self) {
        let start = self.started.saturating_duration_since(self.recorder.state().started);
        self.recorder.add_phase(Phase {
            name: self.name.to_owned(),
            start_ms: start.as_secs_f64() * 1000.0,
            duration_ms: self.started.elapsed().as_secs_f64() * 1000.0,
        });
    }
}

fn outcome_of(kind: Kind) -> Outcome {
    match kind {
        Kind::User | Kind::Usage => Outcome::Failure,
        Kind::RolloutFailed => Outcome::RolloutFailed,
        Kind::TimedOut => Outcome::TimedOut,
        Kind::Interrupted => Outcome::Interrupted,
        Kind::Bug => Outcome::Error,
    }
}
