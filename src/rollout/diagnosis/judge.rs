//! Which symptoms are proven.

use jiff::{SignedDuration, Timestamp};

use super::class::Class;
use super::symptom::{Proof, Symptom};
use crate::rollout::model::{Lookup, LookupRecord, LookupResult, newest_record};
use crate::rollout::view::Subject;

/// Without a result the kubelet's own next attempt must show it: the third pull comes some 28 s after the second
/// (a back-off of 20 s, and a sync each 10 to 15 s: `pkg/kubelet/pod_workers.go`).
const NEXT_ATTEMPT: SignedDuration = SignedDuration::from_secs(30);

/// So long after the grace a look-up may still be under way; it has a shorter limit.
const LOOKUPS: SignedDuration = SignedDuration::from_secs(6);

/// What one rule recognised of one subject.
pub(in crate::rollout) struct Recognised {
    pub class: Class,
    pub subject: Subject,
    pub symptom: Symptom,
}

/// By what a proof is judged.
#[derive(Clone, Copy)]
pub(in crate::rollout) struct Circumstances<'a> {
    /// When the symptom was first seen; where an exit decided, when that was.
    pub since: Timestamp,
    pub lookups: &'a [LookupRecord],
    pub now: Timestamp,
}

/// A symptom, and whether it is proven.
pub(in crate::rollout) struct Diagnosis {
    pub class: Class,
    pub subject: Subject,
    pub symptom: Symptom,
    pub proven: bool,
    /// When it will be proven unless something changes; none when time alone does not decide. Of a proven one: when
    /// the evidence for it was complete.
    pub due: Option<Timestamp>,
    pub needs_lookups: Vec<Lookup>,
}

impl Diagnosis {
    pub fn new(recognised: Recognised, circumstances: Circumstances) -> Self {
        let Recognised { class, subject, symptom } = recognised;
        let Judged { proven, due, needs_lookups } = circumstances.judge(&symptom.proof);
        Self { class, subject, symptom, proven, due, needs_lookups }
    }
}

#[derive(Default)]
struct Judged {
    proven: bool,
    due: Option<Timestamp>,
    needs_lookups: Vec<Lookup>,
}

impl Circumstances<'_> {
    fn judge(self, proof: &Proof) -> Judged {
        match proof {
            // `since` may come from the cluster's clock, which may be ahead of this one.
            Proof::Immediate(_) | Proof::Counted(_) => {
                Judged { proven: true, due: Some(self.since.min(self.now)), needs_lookups: Vec::new() }
            }
            Proof::Lasting(grace) => self.proven_at(self.since + *grace),
            Proof::Until { expected, .. } if self.now < *expected => self.proven_at(*expected),
            Proof::Until { latest, .. } => self.proven_at(*latest),
            Proof::Never | Proof::Open(_) => Judged::default(),
            Proof::Confirmed { grace, lookup, key } => self.confirm(*grace, lookup, key.as_deref()),
            Proof::Informed { lookups, proof } => self.inform(self.judge(proof), lookups),
        }
    }

    fn proven_at(self, due: Timestamp) -> Judged {
        Judged { proven: self.now >= due, due: Some(due), needs_lookups: Vec::new() }
    }

    /// The verdict does not depend on these look-ups; what is said does, so it waits a moment for them.
    fn inform(self, judged: Judged, lookups: &[Lookup]) -> Judged {
        let is_open =
            |lookup: &&Lookup| newest_record(self.lookups, lookup).is_none_or(|record| record.at < self.since);
        let open: Vec<Lookup> = lookups.iter().filter(is_open).cloned().collect();
        let latest = judged.due.map(|due| due + LOOKUPS);
        let waits = judged.proven && !open.is_empty() && latest.is_some_and(|latest| self.now < latest);
        let due = if waits { latest } else { judged.due };
        Judged { proven: judged.proven && !waits, due, needs_lookups: [judged.needs_lookups, open].concat() }
    }

    /// After the grace the look-up decides; when it shows that the thing is there by now, a new grace begins, in which the
    /// kubelet sees it too. It is made at once too: what is there instead is worth saying early.
    fn confirm(self, grace: SignedDuration, lookup: &Lookup, key: Option<&str>) -> Judged {
        let of_this = || self.lookups.iter().filter(|record| record.lookup == *lookup);
        let appeared = of_this().filter(|record| record.result.is_there(key)).map(|record| record.at).max();
        let due = appeared.map_or(self.since, |appeared| appeared.max(self.since)) + grace;
        let needs_lookups = || vec![lookup.clone()];
        if self.now < due {
            let needs_lookups = if of_this().next().is_none() { needs_lookups() } else { Vec::new() };
            return Judged { proven: false, due: Some(due), needs_lookups };
        }
        let later = due + NEXT_ATTEMPT;
        match newest_record(self.lookups, lookup).filter(|record| record.at >= due) {
            Some(record) if record.result == LookupResult::Unknown => self.proven_at(later),
            Some(record) => self.proven_at(record.at),
            // It is being made, and takes a moment.
            None if self.now < due + LOOKUPS => {
                Judged { proven: false, due: Some(due), needs_lookups: needs_lookups() }
            }
            None => Judged { needs_lookups: needs_lookups(), ..self.proven_at(later) },
        }
    }
}
