//! How long each class of failure may last before plat believes it.

use jiff::SignedDuration;

use crate::spec::Deadline;

/// The defaults are those of docs/failures/README.md; `deadline` in plat.yaml changes them by class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Graces {
    /// The whole rollout. The caller ends the wait at this deadline (exit code 4); the tracker never does.
    pub rollout: SignedDuration,
    /// An image that cannot be pulled: CI may still be pushing it.
    pub image: SignedDuration,
    /// A Secret, `ConfigMap` or key that is missing: an operator may still be creating it.
    pub config: SignedDuration,
    /// No node that could ever fit: a node may be on its way.
    pub unschedulable: SignedDuration,
    /// Pods that admission or quota refuses; a third of it where a rule forbids them, which no time changes.
    pub refused: SignedDuration,
    /// A probe that still fails after the startup budget that the probe itself grants.
    pub probe: SignedDuration,
}

impl Default for Graces {
    fn default() -> Self {
        Self {
            rollout: SignedDuration::from_secs(300),
            image: SignedDuration::from_secs(20),
            config: SignedDuration::from_secs(20),
            unschedulable: SignedDuration::from_secs(30),
            refused: SignedDuration::from_secs(30),
            probe: SignedDuration::from_secs(30),
        }
    }
}

impl From<&Deadline> for Graces {
    fn from(deadline: &Deadline) -> Self {
        let default = Self::default();
        let or = |seconds: Option<u32>, default| seconds.map_or(default, |s| SignedDuration::from_secs(i64::from(s)));
        Self {
            rollout: or(deadline.rollout, default.rollout),
            image: or(deadline.image, default.image),
            config: or(deadline.config, default.config),
            unschedulable: or(deadline.unschedulable, default.unschedulable),
            refused: or(deadline.refused, default.refused),
            probe: or(deadline.probe, default.probe),
        }
    }
}
