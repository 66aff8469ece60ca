//! No node takes the pod.

use super::deploy::{SERVE, deploy, service};
use super::story::{Story, doomed, together};

pub const STORIES: &[Story] = &[doomed("too much CPU", |ns, image| {
    deploy(ns, &service(SERVE, "resources: {cpu: 640}"), image).failed(
        "Unschedulable",
        "no node is large enough: the pod asks for 640 cpu",
        "Insufficient cpu",
        "ask for at most",
    )
})];

#[test]
fn pods_that_no_node_takes() {
    together(STORIES);
}
