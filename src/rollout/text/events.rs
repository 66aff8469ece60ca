//! Events: tied to an object by UID (old pods go on sending theirs), made comparable, newest first.

use std::sync::LazyLock;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Event;
use regex::Regex;

use crate::text::ascii_regex;

static CONTAINER_ID: LazyLock<Regex> = LazyLock::new(|| ascii_regex(r"\b(?:[a-z]+://)?[0-9a-f]{64}\b"));

/// The events about the object with this UID, newest first.
pub(in crate::rollout) fn about<'a>(events: &'a [Event], uid: &str) -> Vec<&'a Event> {
    let mut about: Vec<_> =
        events.iter().filter(|e| !uid.is_empty() && e.involved_object.uid.as_deref() == Some(uid)).collect();
    about.sort_by_key(|event| std::cmp::Reverse(last_seen(event)));
    about
}

/// When it happened last; client-go's recorders fill different fields (events.k8s.io/v1 and core/v1).
fn last_seen(event: &Event) -> Option<Timestamp> {
    let series = event.series.as_ref().and_then(|series| series.last_observed_time.as_ref()).map(|time| time.0);
    let last = event.last_timestamp.as_ref().map(|time| time.0);
    let first = event.event_time.as_ref().map(|time| time.0);
    series.max(last).max(first)
}

pub(in crate::rollout) fn has_reason(event: &Event, reason: &str) -> bool {
    event.reason.as_deref() == Some(reason)
}

pub(in crate::rollout) fn message(event: &Event) -> &str {
    event.message.as_deref().unwrap_or_default()
}

/// The text without what differs from one repetition to the next, on one line.
pub(super) fn normalise(message: &str) -> String {
    let message = message.strip_prefix("(combined from similar events): ").unwrap_or(message);
    let message = CONTAINER_ID.replace_all(message, "<id>");
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("(combined from similar events): Readiness probe failed", "Readiness probe failed")]
    #[case(
        "task 3f0a6b1c3f0a6b1c3f0a6b1c3f0a6b1c3f0a6b1c3f0a6b1c3f0a6b1c3f0a6b1c failed\n  twice",
        "task <id> failed twice"
    )]
    fn repetitions_of_an_event_become_equal(#[case] message: &str, #[case] expected: &str) {
        assert_eq!(normalise(message), expected);
    }

    #[test]
    fn an_event_of_another_pod_with_the_same_name_is_not_about_this_one() {
        let events: Vec<Event> = serde_yaml::from_str(
            "- {metadata: {}, involvedObject: {uid: old, name: app-1}}\n- {metadata: {}, involvedObject: {uid: new, name: app-1}}",
        )
        .expect("valid YAML");
        assert_eq!(about(&events, "new").len(), 1);
        assert!(about(&events, "").is_empty());
    }
}
