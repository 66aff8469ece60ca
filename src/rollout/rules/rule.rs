//! What the table of rules holds.

use crate::rollout::diagnosis::{Class, Symptom};
use crate::rollout::model::Graces;
use crate::rollout::view::{ContainerView, PodView, RolloutView};

pub(in crate::rollout) struct Rule {
    /// Its file, and the folder of its cases in `src/rollout/cases/`.
    pub name: &'static str,
    pub class: Class,
    /// Where `docs/failures/` describes it, the main page first.
    pub pages: &'static [&'static str],
    pub check: Check,
}

/// Recognises a symptom of one subject.
pub(in crate::rollout) enum Check {
    Rollout(fn(&RolloutView, &Graces) -> Option<Symptom>),
    Pod(fn(&PodView, &Graces) -> Option<Symptom>),
    Container(fn(&ContainerView, &Graces) -> Option<Symptom>),
}
