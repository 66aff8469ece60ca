//! Times the phases of the running command. Cheap enough to be always on.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::age;
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
    /// None where the tool is this process, which still runs.
    ended: Option<Instant>,
    /// How long a person was waited for.
    paused: Duration,
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
    paused_before: Duration,
}

/// Stops the clock until it is dropped.
#[derive(Debug)]
#[must_use = "the clock goes on when this is dropped"]
pub struct Pause<'r> {
    recorder: &'r Recorder,
    since: Instant,
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
                ended: None,
                paused: Duration::ZERO,
                phases: Vec::new(),
                facts: Facts { arm: "plat".to_owned(), ..Facts::default() },
            }),
        }
    }

    /// The run that this process is: its clock started with it.
    #[must_use]
    pub fn of_this_process(command: &'static str) -> Self {
        let age = age::of_this_process();
        let run = Self::start(command);
        let mut state = run.state();
        if let Some((started, wall)) = state.started.checked_sub(age).zip(SignedDuration::try_from(age).ok()) {
            state.started = started;
            state.started_at = state.started_at.saturating_sub(wall).unwrap_or(state.started_at);
        }
        drop(state);
        run
    }

    /// The same run, continued by another process.
    #[must_use]
    pub fn again(command: &'static str, id: Uuid, phases: Vec<Phase>) -> Self {
        let run = Self { id, ..Self::start(command) };
        run.state().phases = phases;
        run
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
        state.paused = Duration::ZERO;
        state.phases.clear();
    }

    /// The tool is another program, which gave the prompt back then.
    pub fn tool_ended(&self, at: Instant) {
        self.state().ended = Some(at);
    }

    /// The run was over then, whatever plat still does.
    pub fn stop_clock(&self, at: Instant) {
        self.state().stopped = Some(at);
    }

    /// Starts a phase; it ends when the guard is dropped.
    pub fn phase(&self, name: &'static str) -> PhaseGuard<'_> {
        PhaseGuard { recorder: self, name, started: Instant::now(), paused_before: self.state().paused }
    }

    /// A person is asked: how long they think is in no figure.
    pub fn pause(&self) -> Pause<'_> {
        Pause { recorder: self, since: Instant::now() }
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
        let now = Instant::now();
        Run {
            id: self.id,
            command: self.command.to_owned(),
            started_at: state.started_at,
            duration_ms: state.until(state.stopped.unwrap_or(now)),
            prompt_ms: Some(state.until(state.ended.unwrap_or(now))),
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
        self.until(self.stopped.unwrap_or_else(Instant::now))
    }

    fn until(&self, end: Instant) -> f64 {
        milliseconds(end.saturating_duration_since(self.started).saturating_sub(self.paused))
    }
}

impl Drop for PhaseGuard<'_> {
    fn drop(&mut self) {
        let mut state = self.recorder.state();
        let start = self.started.saturating_duration_since(state.started).saturating_sub(self.paused_before);
        let thought = state.paused.saturating_sub(self.paused_before);
        state.phases.push(Phase {
            name: self.name.to_owned(),
            start_ms: milliseconds(start),
            duration_ms: milliseconds(self.started.elapsed().saturating_sub(thought)),
        });
    }
}

impl Drop for Pause<'_> {
    fn drop(&mut self) {
        self.recorder.state().paused += self.since.elapsed();
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prompt_of_another_tool_is_back_when_it_ends() {
        let run = Recorder::start("time");
        let [ended, ready] = [100, 2000].map(|ms| Instant::now() + Duration::from_millis(ms));
        run.tool_ended(ended);
        run.stop_clock(ready);
        let run = run.finish(&Ok(Exit::Done));
        assert!(run.prompt_ms.is_some_and(|prompt| (100.0..run.duration_ms).contains(&prompt)), "{run:?}");
    }

    #[test]
    fn the_prompt_of_plat_is_back_when_it_ends() {
        let run = Recorder::of_this_process("deploy").finish(&Ok(Exit::Done));
        assert_eq!(run.prompt_ms, Some(run.duration_ms));
    }

    #[test]
    fn the_clock_of_a_process_starts_with_it() {
        let (here, process) = (Recorder::start("deploy"), Recorder::of_this_process("deploy"));
        assert!(process.state().started < here.state().started);
        assert!(process.state().started_at < here.state().started_at);
    }

    #[test]
    fn the_time_a_person_thinks_is_in_no_figure() {
        let began = Instant::now();
        let run = Recorder::start("deploy");
        let phase = run.phase("preflight");
        let thought = Instant::now();
        let thinking = run.pause();
        std::thread::sleep(Duration::from_millis(30));
        let thought = thought.elapsed();
        drop(thinking);
        drop(phase);
        let counted = run.elapsed_ms();
        let most = milliseconds(began.elapsed().saturating_sub(thought)) + 1.0;
        assert!(counted <= most, "{counted} ms of {most}");
        assert!(run.phases()[0].duration_ms <= most, "{:?} of {most}", run.phases());
    }
}
