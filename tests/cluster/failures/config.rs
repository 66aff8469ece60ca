//! What the container is configured with is missing, or forbidden.

use super::deploy::{SERVE, deploy, deploy_and, service, wait_until_they_say};
use super::story::{Story, doomed, recovers, together};
use crate::support;

pub const STORIES: &[Story] = &[
    doomed("key of a Secret missing", |ns, image| {
        support::kubectl(ns, &["create", "secret", "generic", "shop", "--from-literal=DB_URI=hunter2"]);
        let end = deploy(ns, &service(SERVE, "secrets: [DB_URL]"), image);
        end.never_says("hunter2").failed(
            "CreateContainerConfigError",
            "Secret shop has no key DB_URL; it has DB_URI",
            "couldn't find key DB_URL",
            &format!("kubectl -n {} patch secret shop", ns.name),
        )
    }),
    recovers("key of a Secret missing", |ns, image| {
        let mend = || {
            wait_until_they_say(ns, "pods", "CreateContainerConfigError");
            support::kubectl(ns, &["create", "secret", "generic", "shop", "--from-literal=DB_URL=x"]);
        };
        deploy_and(mend, ns, &service(SERVE, "secrets: [DB_URL]"), image).succeeded()
    }),
];

#[test]
fn configuration_that_is_missing() {
    together(STORIES);
}
