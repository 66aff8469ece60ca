//! The migration of `before:`.

use super::story::{Story, doomed, recovers, stories};

stories![SHARED, super::story::alone];

pub const STORIES: &[Story] = &[
    doomed("migration Job fails", |shop| {
        let script = "echo migrating; echo 'ERROR: no column email (password=hunter2)'; exit 3";
        let end = shop
            .with(&before(script, "retries: 1"))
            .deploy()
            .fails(3)
            .reason("Error")
            .what("the migration failed")
            .evidence("no column email")
            .hint("deploy again")
            .never_says("hunter2");
        assert!(shop.names("deployment,service").is_empty(), "nothing of the service was written");
        end
    }),
    recovers("migration Job fails", |shop| {
        // Each retry is another pod: what it waits for is there when the first has failed.
        let from = "configMapKeyRef: {name: database, key: ready, optional: true}";
        let env = format!("env: [{{name: READY, valueFrom: {{{from}}}}}]");
        let patch =
            format!("patch: {{Job: {{spec: {{template: {{spec: {{containers: [{{name: before, {env}}}]}}}}}}}}}}");
        let script = r#"echo migrating; test -n "$READY" || exit 3"#;
        let deploy = shop.with("health: /").with(&before(script, &patch)).deploy().start();
        shop.shows("pods", "\"exitCode\": 3");
        shop.kubectl(&["create", "configmap", "database", "--from-literal=ready=yes"]);
        deploy.ends().succeeds()
    }),
];

fn before(script: &str, more: &str) -> String {
    format!("before:\n  command: [/bin/sh, -c, {script:?}]\n  {more}")
}
