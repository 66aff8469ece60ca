//! Something ran and ended.

use super::deploy::{SERVE, deploy, service};
use super::story::{Story, doomed, recovers, together};

pub const STORIES: &[Story] = &[
    doomed("exit non-zero", |ns, image| {
        let script = "echo connecting; echo 'panic: no database at postgres://app:hunter2@db/shop'; exit 1";
        deploy(ns, &service(script, ""), image).failed(
            "CrashLoopBackOff",
            "keeps crashing: exit code 1",
            "panic: no database at postgres://app:***@db/shop",
            "mend what the log says",
        )
    }),
    recovers("exit non-zero", |ns, image| {
        let count = "n=$(cat /tmp/n 2>/dev/null || echo 0); echo $((n + 1)) > /tmp/n";
        let script = format!("{count}; [ $n -ge 2 ] || {{ echo no database; exit 1; }}; {SERVE}");
        deploy(ns, &service(&script, "health: /"), image).succeeded()
    }),
    doomed("OOM at start", |ns, image| {
        deploy(ns, &service("tail /dev/zero", "resources: {memory: 16Mi}"), image).failed(
            "OOMKilled",
            "more memory than its limit of 16Mi",
            "OOMKilled (exit code 137)",
            "raise `resources.memory`",
        )
    }),
    doomed("command not found", |ns, image| {
        deploy(ns, "name: shop\nport: 8080\nreplicas: 1\ncommand: [/srv]\n", image).failed(
            "StartError",
            "its program /srv is not in the image",
            "no such file or directory",
            "correct `command`",
        )
    }),
];

#[test]
fn what_ran_and_ended() {
    together(STORIES);
}
