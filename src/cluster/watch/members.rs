//! Which objects one watch holds. kube's reflector holds the objects, and does not tell which were deleted while the
//! watch was away; that is what is of interest here.

use std::collections::BTreeSet;

use kube::ResourceExt;
use kube::api::DynamicObject;
use kube::runtime::watcher::Event;

/// The UIDs that one watch holds.
#[derive(Default)]
pub(super) struct Members {
    now: BTreeSet<String>,
    /// Collected while the watch (re)starts: what is not among them was deleted meanwhile.
    listing: BTreeSet<String>,
}

/// What an event of the watch says.
pub(super) enum Change {
    Seen(Box<DynamicObject>),
    /// The UIDs of what is no longer there.
    Gone(Vec<String>),
    /// The first or another listing is complete; what it no longer has is gone.
    Listed(Vec<String>),
    Nothing,
}

impl Members {
    /// Notes an event. `keep`: whether the object is of interest; the others are forgotten at once.
    pub fn note(&mut self, event: Event<DynamicObject>, keep: impl Fn(&DynamicObject) -> bool) -> Change {
        let uid = |object: &DynamicObject| object.uid().unwrap_or_default();
        match event {
            Event::Apply(object) if keep(&object) => {
                self.now.insert(uid(&object));
                Change::Seen(Box::new(object))
            }
            Event::InitApply(object) if keep(&object) => {
                self.listing.insert(uid(&object));
                Change::Seen(Box::new(object))
            }
            Event::Apply(_) | Event::InitApply(_) => Change::Nothing,
            Event::Delete(object) => {
                let uid = uid(&object);
                if self.now.remove(&uid) { Change::Gone(vec![uid]) } else { Change::Nothing }
            }
            Event::Init => {
                self.listing.clear();
                Change::Nothing
            }
            Event::InitDone => {
                let before = std::mem::replace(&mut self.now, std::mem::take(&mut self.listing));
                Change::Listed(before.difference(&self.now).cloned().collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(uid: &str) -> DynamicObject {
        serde_json::from_value(json!({ "metadata": { "name": uid, "uid": uid } })).expect("an object")
    }

    fn gone(change: Change) -> Vec<String> {
        match change {
            Change::Gone(gone) | Change::Listed(gone) => gone,
            Change::Seen(_) | Change::Nothing => Vec::new(),
        }
    }

    #[test]
    fn what_was_deleted_while_the_watch_was_away_is_gone() {
        let mut members = Members::default();
        let listing = |uids: &[&str]| {
            let items = uids.iter().map(|uid| Event::InitApply(object(uid)));
            std::iter::once(Event::Init).chain(items).chain([Event::InitDone]).collect::<Vec<_>>()
        };
        let mut note = |event| gone(members.note(event, |object| object.name_any() != "stranger"));
        assert!(listing(&["a", "b", "stranger"]).into_iter().flat_map(&mut note).next().is_none());
        assert!(note(Event::Apply(object("c"))).is_empty());
        // A listing that breaks off and begins anew forgets nothing.
        assert!(
            [Event::Init, Event::InitApply(object("a")), Event::Init].into_iter().flat_map(&mut note).next().is_none()
        );
        let left: Vec<String> = listing(&["b"]).into_iter().flat_map(&mut note).collect();
        assert_eq!(left, ["a", "c"]);
        assert!(note(Event::Delete(object("stranger"))).is_empty());
        assert_eq!(note(Event::Delete(object("b"))), ["b"]);
    }
}
