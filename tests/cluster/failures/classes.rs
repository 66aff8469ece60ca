//! The classes of failure that are shown on a real kubelet; each has a doomed story and one that recovers.

use std::collections::BTreeSet;

use super::story::{Story, Way};
use super::{
    config, crash, images, init, jobs, joined, migrations, nodes, probes, refused, runtime, scheduling, storage, waits,
};
use crate::harness::tests;

tests![LOCAL:
    every_class_is_told_both_ways,
];

const TOLD: &[&[Story]] = &[
    config::STORIES,
    crash::STORIES,
    images::STORIES,
    init::STORIES,
    jobs::STORIES,
    joined::STORIES,
    migrations::STORIES,
    nodes::STORIES,
    probes::STORIES,
    refused::STORIES,
    runtime::STORIES,
    scheduling::STORIES,
    storage::STORIES,
    waits::STORIES,
];

/// A class that nobody tells any more was lost by mistake.
const AT_LEAST: usize = 100;

fn every_class_is_told_both_ways() {
    let told: BTreeSet<(&str, Way)> =
        TOLD.iter().flat_map(|stories| stories.iter()).map(|story| (story.class, story.way)).collect();
    let classes: BTreeSet<&str> = told.iter().map(|(class, _)| *class).collect();
    let lacks = |class: &str, way| (!told.contains(&(class, way))).then(|| format!("{class} ({way:?})"));
    let missing: Vec<String> =
        classes.iter().flat_map(|class| [lacks(class, Way::Doomed), lacks(class, Way::Recovers)]).flatten().collect();
    assert!(missing.is_empty(), "no story: {}", missing.join("; "));
    assert!(classes.len() >= AT_LEAST, "a class is lost: {classes:?}");
}
