//! Who may run now: in the order of registration, as many as the run and the group of each allow.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::Group;

/// Where each test waits for its turn.
pub struct Gate {
    at_once: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Turns that have not begun yet.
    waiting: BTreeSet<usize>,
    /// Turns whose thread has come, and their groups.
    here: BTreeMap<usize, &'static Group>,
    running: BTreeMap<&'static str, usize>,
}

impl State {
    fn may_run(&self, turn: usize, at_once: usize) -> bool {
        let room = |group: &Group| self.running.get(group.name).copied().unwrap_or_default() < group.at_once;
        self.running.values().sum::<usize>() < at_once
            && self.waiting.iter().find(|turn| self.here.get(turn).is_none_or(|group| room(group))) == Some(&turn)
    }
}

impl Gate {
    pub fn new(at_once: usize) -> Self {
        Self { at_once: at_once.max(1), state: Mutex::default(), changed: Condvar::new() }
    }

    /// The test of this turn will come: nobody with a later turn overtakes it while its group has room.
    pub fn expect(&self, turn: usize) {
        self.lock().waiting.insert(turn);
    }

    /// Waits for the turn.
    pub fn enter(&self, turn: usize, group: &'static Group) -> Pass<'_> {
        let mut state = self.lock();
        state.here.insert(turn, group);
        self.changed.notify_all();
        while !state.may_run(turn, self.at_once) {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.waiting.remove(&turn);
        *state.running.entry(group.name).or_default() += 1;
        self.changed.notify_all();
        Pass { gate: self, group }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The permission to run; given back with the value.
pub struct Pass<'g> {
    gate: &'g Gate,
    group: &'static Group,
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if let Some(running) = self.gate.lock().running.get_mut(self.group.name) {
            *running -= 1;
        }
        self.gate.changed.notify_all();
    }
}
