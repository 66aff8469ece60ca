//! The migration of `before:`.

use super::deploy::{SERVE, deploy, deploy_and, service, wait_until_they_say};
use super::story::{Story, doomed, recovers, stories};
use crate::support;

stories![SHARED, super::story::alone];

pub const STORIES: &[Story] = &[
    doomed("migration Job fails", |ns, image| {
        let script = "echo migrating; echo 'ERROR: no column email (password=hunter2)'; exit 3";
        let end = deploy(ns, &service(SERVE, &before(script, "retries: 1")), image)
            .failed("Error", "the migration failed", "no column email", "deploy again")
            .never_says("hunter2");
        let made = support::kubectl(ns, &["get", "deployment,service", "-o", "name"]);
        assert_eq!(made, "", "nothing of the service was written");
        end
    }),
    recovers("migration Job fails", |ns, image| {
        // Each retry is another pod: what it waits for is there when the first has failed.
        let from = "configMapKeyRef: {name: database, key: ready, optional: true}";
        let env = format!("env: [{{name: READY, valueFrom: {{{from}}}}}]");
        let patch =
            format!("patch: {{Job: {{spec: {{template: {{spec: {{containers: [{{name: before, {env}}}]}}}}}}}}}}");
        let mend = || {
            wait_until_they_say(ns, "pods", "\"exitCode\": 3");
            support::kubectl(ns, &["create", "configmap", "database", "--from-literal=ready=yes"]);
        };
        let script = r#"echo migrating; test -n "$READY" || exit 3"#;
        deploy_and(mend, ns, &service(SERVE, &format!("health: /\n{}", before(script, &patch))), image).succeeded()
    }),
];

fn before(script: &str, more: &str) -> String {
    format!("before:\n  command: [/bin/sh, -c, {script:?}]\n  {more}")
}
