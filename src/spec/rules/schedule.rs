//! When a cron runs.

use super::subject::Subject;
use crate::located::Finding;
use crate::located::{Content, Node};
use crate::spec::cron;

pub(super) fn a_cron_has_one(subject: &Subject) -> Vec<Finding> {
    match (subject.kind(), subject.entry("schedule")) {
        (Some("cron"), None) => {
            let at = subject.entry("kind").map_or(subject.node.span, |entry| entry.key_span);
            vec![Finding::new(at, "`schedule` is missing").hint("add `schedule: \"0 3 * * *\"` (every day at 3)")]
        }
        (Some(kind), Some(schedule)) if kind != "cron" => vec![
            Finding::new(schedule.key_span, format!("a {kind} has no `schedule`"))
                .hint("make it `kind: cron`, or remove the line"),
        ],
        _ => Vec::new(),
    }
}

pub(super) fn fields_are_in_range(subject: &Subject) -> Vec<Finding> {
    let Some(schedule) = subject.entry("schedule") else { return Vec::new() };
    let node: Option<&Node> = match &schedule.value.content {
        Content::Map(_) => schedule.value.entry("cron").map(|entry| &entry.value),
        _ => Some(&schedule.value),
    };
    // What has not the form of a schedule has been said already.
    let value = &subject.value["schedule"];
    let Some((node, text)) = node.zip(value.as_str().or_else(|| value["cron"].as_str())) else { return Vec::new() };
    match cron::Cron::parse(text) {
        Ok(_) => Vec::new(),
        Err(why) => {
            vec![Finding::new(node.span, why).hint("minute 0-59, hour 0-23, day 1-31, month 1-12, weekday 0-6")]
        }
    }
}
