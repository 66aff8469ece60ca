//! Since when each symptom was seen. Only `now` tells the time: the cluster's clock may differ.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::class::Class;
use crate::rollout::view::Subject;

/// Since when each symptom was seen.
#[derive(Debug, Clone, Default)]
pub(in crate::rollout) struct Timers {
    spans: BTreeMap<(Subject, Class), Span>,
}

#[derive(Debug, Clone, Copy)]
struct Span {
    first: Timestamp,
    gone: Option<Timestamp>,
}

/// Reasons alternate; a symptom that was away for less than this has lasted all along.
const FLICKER: SignedDuration = SignedDuration::from_secs(5);

impl Timers {
    /// When this symptom was first seen: now, when it is new.
    pub fn since(&mut self, subject: Subject, class: Class, now: Timestamp) -> Timestamp {
        let new = Span { first: now, gone: None };
        let span = self.spans.entry((subject, class)).or_insert(new);
        if span.gone.take().is_some_and(|gone| now.duration_since(gone) >= FLICKER) {
            *span = new;
        }
        span.first
    }

    /// Forgets symptoms that are not present any more, after a moment.
    pub fn keep_only(&mut self, present: &BTreeSet<(Subject, Class)>, now: Timestamp) {
        self.spans.retain(|symptom, span| {
            present.contains(symptom) || {
                let gone = *span.gone.get_or_insert(now);
                now.duration_since(gone) < FLICKER
            }
        });
    }
}
