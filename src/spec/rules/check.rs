//! All rules over one service.

use super::subject::Subject;
use super::{before, kind, network, objects, program, schedule, storage};
use crate::located::Content;
use crate::located::Finding;

type Rule = fn(&Subject) -> Vec<Finding>;

const RULES: &[Rule] = &[
    kind::port_fits_the_kind,
    kind::only_for_its_kind,
    kind::health_needs_a_port,
    kind::range_is_ascending,
    kind::restart_on_needs_secrets,
    program::one_image,
    program::secrets_are_not_in_env,
    program::port_is_said_once,
    program::config_names_differ,
    program::memory_is_enough_to_start,
    network::host_comes_first,
    network::one_way_in,
    schedule::a_cron_has_one,
    schedule::fields_are_in_range,
    storage::a_claim_has_a_size,
    storage::folders_differ,
    storage::one_node_means_one_copy,
    before::does_something_else,
    before::sources_differ,
    objects::extras_are_manifests,
];

pub(in crate::spec) fn check(subject: &Subject) -> Vec<Finding> {
    if !matches!(subject.node.content, Content::Map(_)) {
        return Vec::new();
    }
    RULES.iter().flat_map(|rule| rule(subject)).collect()
}
