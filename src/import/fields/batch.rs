//! What runs to its end.

use serde_json::{Value, json};

use super::look::{Fields, Look};
use super::scale::duration;
use crate::import::paths::at;

/// The longest that plat.yaml can say, in seconds.
const LONGEST: u64 = 604_800;
/// Attempts that plat.yaml can say.
const MOST: u64 = 100;

pub(super) fn of(look: &Look, original: &Value, fields: &mut Fields) {
    let job = match look.group.workload.kind.as_str() {
        "CronJob" => "/spec/jobTemplate/spec",
        "Job" => "/spec",
        _ => return,
    };
    if let Some(schedule) = original["spec"]["schedule"].as_str() {
        match original["spec"]["timeZone"].as_str() {
            Some("Etc/UTC") if !look.keeps() => fields.set("schedule", schedule),
            Some(timezone) => fields.set("schedule", json!({"cron": schedule, "timezone": timezone})),
            None => fields.set("schedule", schedule),
        }
    }
    let number = |field: &str| at(original, &format!("{job}/{field}")).as_u64();
    if let Some(retries) = number("backoffLimit").filter(|retries| *retries <= MOST) {
        fields.set("retries", retries);
    }
    if let Some(seconds) = number("activeDeadlineSeconds").filter(|seconds| (1..=LONGEST).contains(seconds)) {
        fields.set("timeout", duration(seconds));
    }
    if look.group.workload.kind == "Job" {
        fields.notes.push(
            "a Job cannot be changed: plat runs it again, under a name of its own with a hash of what it runs"
                .to_owned(),
        );
    }
}
