//! A run as it goes over the wire: `CloudEvents` 1.0 that carry `CDEvents` 0.5. `docs/telemetry.md` describes the format.

use jiff::{SignedDuration, Timestamp};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};

use super::{Outcome, Run};

pub const STRUCTURED: &str = "application/cloudevents+json";
pub const BATCH: &str = "application/cloudevents-batch+json";

/// The type of the event that every run is.
pub const RUN_TYPE: &str = "dev.cdevents.taskrun.finished.0.3.0";
const DEPLOYED_TYPE: &str = "dev.cdevents.service.deployed.0.3.0";
const UPGRADED_TYPE: &str = "dev.cdevents.service.upgraded.0.3.0";
const CDEVENTS: &str = "0.5.0";

/// The attributes of a `CloudEvent` in its JSON format; extensions are kept as they came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CloudEvent {
    pub specversion: String,
    pub id: String,
    pub source: String,
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "time")]
    pub time: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datacontenttype: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
    #[serde(flatten)]
    pub extensions: Map<String, Value>,
}

impl CloudEvent {
    /// The run in a [`RUN_TYPE`] event that a plat sent; none in every other event.
    ///
    /// # Errors
    /// The sentence that says why what is there is no run.
    pub fn run(&self) -> Result<Option<Run>, String> {
        if !self.kind.starts_with("dev.cdevents.taskrun.finished.") {
            return Ok(None);
        }
        let Some(run) = self.data.as_ref().and_then(|data| data.get("customData")?.get("run")) else { return Ok(None) };
        let run = Run::deserialize(run).map_err(|e| format!("customData.run is no run: {e}"))?;
        run.check().map_err(|why| format!("customData.run: {why}"))?;
        Ok(Some(run))
    }
}

/// RFC 3339 allows any number of digits of a second; nine of them are kept.
fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let (before, after) = text.split_once('.').unwrap_or((&text, ""));
    let digits = after.chars().take_while(char::is_ascii_digit).count();
    let kept = if digits > 9 { format!("{before}.{}{}", &after[..9], &after[digits..]) } else { text.clone() };
    kept.parse().map(Some).map_err(D::Error::custom)
}

/// The events of one run. The same run gives the same ids each time, so that the endpoint counts it once.
#[must_use]
pub fn of_run(run: &Run, source: &str) -> Vec<CloudEvent> {
    let outcome = match run.outcome {
        Outcome::Success => "success",
        Outcome::Failure | Outcome::RolloutFailed | Outcome::TimedOut => "failure",
        Outcome::Interrupted => "cancel",
        Outcome::Error => "error",
    };
    let mut content = json!({ "taskName": format!("plat {}", run.command), "outcome": outcome });
    if let Some(reason) = &run.reason {
        content["errors"] = json!(reason);
    }
    let id = run.id.to_string();
    let custom_data = json!({ "run": run });
    let finished = CdEvent { kind: RUN_TYPE, id: id.clone(), subject: id, content, custom_data };
    std::iter::once(finished.of(run, source)).chain(service_event(run, source)).collect()
}

/// What `CDEvents` calls a deployed or upgraded service. Its content needs the artifact, so a run without an image
/// digest has none.
fn service_event(run: &Run, source: &str) -> Option<CloudEvent> {
    if run.outcome != Outcome::Success || run.command != "deploy" {
        return None;
    }
    let facts = &run.facts;
    let kind = match (facts.first, facts.changed) {
        (Some(true), _) => DEPLOYED_TYPE,
        (Some(false), Some(true)) => UPGRADED_TYPE,
        _ => return None,
    };
    let (service, digest) = (facts.service.as_ref()?, facts.image_digest.as_ref()?);
    let environment = facts.environment.as_ref().or(facts.namespace.as_ref())?;
    let content = json!({
        // Package URL of type oci: the version is the digest, percent-encoded.
        "artifactId": format!("pkg:oci/{service}@{}", digest.replace(':', "%3A")),
        "environment": { "id": environment },
    });
    let custom_data = json!({ "runId": run.id });
    let event = CdEvent { kind, id: format!("{}-service", run.id), subject: service.clone(), content, custom_data };
    Some(event.of(run, source))
}

/// What `CDEvents` says in an event, beside its origin and its time.
struct CdEvent {
    kind: &'static str,
    id: String,
    subject: String,
    content: Value,
    custom_data: Value,
}

impl CdEvent {
    /// The event at the end of a run.
    fn of(self, run: &Run, source: &str) -> CloudEvent {
        let Self { kind, id, subject, content, custom_data } = self;
        let took = SignedDuration::try_from_secs_f64(run.duration_ms / 1000.0).unwrap_or_default();
        let time = run.started_at.saturating_add(took).unwrap_or(run.started_at);
        let data = json!({
            // The CloudEvents binding of CDEvents wants id, source, type and time in both places.
            "context": { "specversion": CDEVENTS, "id": id, "source": source, "type": kind, "timestamp": time },
            "subject": { "id": subject, "source": source, "content": content },
            "customData": custom_data,
            "customDataContentType": "application/json",
        });
        CloudEvent {
            specversion: "1.0".to_owned(),
            id,
            source: source.to_owned(),
            kind: kind.to_owned(),
            subject: Some(subject),
            time: Some(time),
            datacontenttype: Some("application/json".to_owned()),
            data: Some(data),
            extensions: Map::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const SOURCE: &str = "urn:uuid:3f1c8a52-6c1e-4f0e-9f44-2f6b1d7f0a11";

    #[test]
    fn a_first_deploy_is_a_finished_task_and_a_deployed_service() {
        insta::assert_yaml_snapshot!(of_run(&Run::for_tests(), SOURCE));
    }

    #[rstest]
    #[case("an unchanged deploy", |run: &mut Run| (run.facts.first, run.facts.changed) = (Some(false), Some(false)))]
    #[case("a failed deploy", |run: &mut Run| run.outcome = Outcome::RolloutFailed)]
    #[case("a timed kubectl", |run: &mut Run| run.command = "time".to_owned())]
    #[case("an unknown image", |run: &mut Run| run.facts.image_digest = None)]
    fn is_a_finished_task_only(#[case] what: &str, #[case] change: fn(&mut Run)) {
        let mut run = Run::for_tests();
        change(&mut run);
        let kinds: Vec<_> = of_run(&run, SOURCE).into_iter().map(|event| event.kind).collect();
        assert_eq!(kinds, [RUN_TYPE], "{what}");
    }

    #[rstest]
    #[case(Some(true), DEPLOYED_TYPE)]
    #[case(Some(false), UPGRADED_TYPE)]
    fn the_cdevents_sdk_reads_what_plat_sends(#[case] first: Option<bool>, #[case] kind: &str) {
        let mut run = Run::for_tests();
        run.facts.first = first;
        let events = of_run(&run, SOURCE);
        assert_eq!(events.last().map(|event| event.kind.as_str()), Some(kind));
        for event in events {
            let data = event.data.clone().expect("every event has data");
            let read: cdevents_sdk::CDEvent = serde_json::from_value(data).expect("a CDEvent");
            assert_eq!(read.ty(), event.kind);
            assert_eq!(read.id().to_string(), event.id);
            assert_eq!(Some(read.subject().id().to_string()), event.subject);
        }
    }

    #[test]
    fn a_run_is_read_back_from_its_event() {
        let events = of_run(&Run::for_tests(), SOURCE);
        assert_eq!(events[0].run(), Ok(Some(Run::for_tests())));
        assert_eq!(events[1].run(), Ok(None));
    }

    #[rstest]
    #[case("2026-11-22T10:00:00Z", true)]
    #[case("2026-11-22T10:00:00.1234567891Z", true)]
    #[case("2026-11-22T10:00:00.12345678912345+01:00", true)]
    #[case("2026-11-22T10:00:00.Z", false)]
    #[case("yesterday", false)]
    fn a_time_has_any_number_of_digits(#[case] time: &str, #[case] is_one: bool) {
        let event = json!({"specversion": "1.0", "id": "1", "source": "/ci", "type": "t", "time": time});
        assert_eq!(CloudEvent::deserialize(event).is_ok(), is_one);
    }

    #[rstest]
    #[case::negative(|run: &mut Value| run["duration_ms"] = json!(-1.0))]
    #[case::a_hundred_years(|run: &mut Value| run["duration_ms"] = json!(3.2e12))]
    #[case::a_negative_prompt(|run: &mut Value| run["prompt_ms"] = json!(-5))]
    #[case::a_negative_phase(|run: &mut Value| run["phases"][0]["duration_ms"] = json!(-5))]
    #[case::a_long_name(|run: &mut Value| run["facts"]["service"] = json!("x".repeat(300)))]
    #[case::no_duration(|run: &mut Value| run["duration_ms"] = Value::Null)]
    fn what_cannot_have_been_is_no_run(#[case] change: fn(&mut Value)) {
        let mut event = of_run(&Run::for_tests(), SOURCE).remove(0);
        change(&mut event.data.as_mut().expect("data")["customData"]["run"]);
        assert!(event.run().is_err());
    }

    #[test]
    fn a_time_out_of_range_is_no_panic() {
        let mut run = Run::for_tests();
        run.duration_ms = f64::MAX;
        assert_eq!(of_run(&run, SOURCE)[0].time, Some(run.started_at));
    }
}
