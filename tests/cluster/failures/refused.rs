//! The API server refuses the pods, or an object itself.

use super::deploy::{SERVE, deploy, deploy_and, service, wait_until_they_say};
use super::story::{Story, doomed, recovers, together};
use crate::support;

pub const STORIES: &[Story] = &[
    doomed("quota", |ns, image| {
        support::kubectl(ns, &["create", "quota", "small", "--hard=pods=0"]);
        deploy(ns, &service(SERVE, ""), image).failed(
            "FailedCreate",
            "quota small of namespace",
            "pods: 0 of 0 used, this asks for 1: 1 too much",
            "describe quota",
        )
    }),
    recovers("quota", |ns, image| {
        support::kubectl(ns, &["create", "quota", "small", "--hard=pods=0"]);
        let mend = || {
            wait_until_they_say(ns, "replicasets", "exceeded quota");
            support::kubectl(ns, &["delete", "quota", "small"]);
        };
        deploy_and(mend, ns, &service(SERVE, ""), image).succeeded()
    }),
];

#[test]
fn what_the_api_server_refuses() {
    together(STORIES);
}
