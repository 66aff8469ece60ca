//! What was asked of the pod of a probe, and what is said where that found the program elsewhere.

use crate::rollout::model::{Evidence, Lookup, LookupRecord, Remedy};
use crate::rollout::view::ContainerView;

/// What was asked of the pod, oldest first.
pub(super) fn records<'a>(container: &ContainerView<'a>) -> impl Iterator<Item = &'a LookupRecord> {
    let name = container.pod.metadata.name.as_deref();
    let of_pod = move |record: &&LookupRecord| match &record.lookup {
        Lookup::Http { pod, .. } | Lookup::Listens { pod, .. } => Some(pod.as_str()) == name,
        _ => false,
    };
    let mut found: Vec<&LookupRecord> = container.snapshot.lookups.iter().filter(of_pod).collect();
    found.sort_by_key(|record| record.at);
    found.into_iter()
}

/// What was found where the probe found nothing, and what to do about it.
pub(super) struct Instead {
    /// `the program answers on port 3000 (GET /: 200)`
    pub is: String,
    /// The same, and how to mend it.
    pub hint: Remedy,
    /// What would make it fuller.
    pub lookups: Vec<Lookup>,
}

impl Instead {
    pub fn new(seen: &impl Evidence, is: String, mend: &str) -> Self {
        Self { hint: Remedy::given(seen, format!("{is}: {mend}")), is, lookups: Vec::new() }
    }
}
