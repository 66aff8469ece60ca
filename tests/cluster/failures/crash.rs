//! Something ran and ended.

use super::deploy::{End, SERVE, deploy, service};
use super::story::{Story, doomed, recovers, together};
use crate::support::{self, Namespace};

/// Sets `n` to the number of this attempt, from 1: /tmp outlives a restart.
const ATTEMPT: &str = "n=$(cat /tmp/n 2>/dev/null || echo 0); n=$((n + 1)); echo $n > /tmp/n";

/// What must never be shown, in the shapes in which logs have it.
const SECRETS: &str = "echo 'Authorization: Bearer hunter2-abcdefgh'; echo 'AWS_SECRET_ACCESS_KEY=hunter2'; \
     echo '-----BEGIN PRIVATE KEY-----'; echo hunter2; echo '-----END PRIVATE KEY-----'; \
     echo 'FATAL: password=hunter2 is refused'";

pub const STORIES: &[Story] = &[
    doomed("exit non-zero", |ns, image| {
        let script = "echo connecting; echo 'panic: no database at postgres://app:hunter2@db/shop'; exit 1";
        deploy(ns, &service(script, ""), image)
            .failed(
                "CrashLoopBackOff",
                "keeps crashing: exit code 1",
                "panic: no database at postgres://app:***@db/shop",
                "fix what the log says",
            )
            .never_says("hunter2")
    }),
    recovers("exit non-zero", |ns, image| twice(ns, image, "echo no database; exit 1")),
    doomed("exit zero again and again", |ns, image| {
        deploy(ns, &service("echo nothing to do", ""), image).failed(
            "CrashLoopBackOff",
            "ends by itself with exit code 0",
            "nothing to do",
            "keep the program in the foreground",
        )
    }),
    recovers("exit zero again and again", |ns, image| twice(ns, image, "echo no work yet; exit 0")),
    doomed("command not found", |ns, image| {
        deploy(ns, "name: shop\nport: 8080\nreplicas: 1\ncommand: [/srv]\n", image).failed(
            "StartError",
            "its program /srv is not in the image",
            "no such file or directory",
            "correct `command`",
        )
    }),
    recovers("command not found", |ns, image| twice(ns, image, "/tmp/fetched-later || exit 127")),
    doomed("not executable", |ns, image| {
        deploy(ns, "name: shop\nport: 8080\nreplicas: 1\ncommand: [/tmp]\n", image).failed(
            "StartError",
            "is not allowed to execute its program /tmp",
            "permission denied",
            "chmod +x",
        )
    }),
    recovers("not executable", |ns, image| twice(ns, image, "touch /tmp/plugin; /tmp/plugin; exit $?")),
    doomed("wrong working folder", |ns, image| {
        deploy(ns, &service(SERVE, &container("workingDir: /bin/busybox")), image).failed(
            "StartError",
            "cannot start in its working folder /bin/busybox",
            "mkdir /bin/busybox",
            "correct `workingDir`",
        )
    }),
    recovers("wrong working folder", |ns, image| {
        // A folder that is missing is made by the runtime.
        deploy(ns, &service(SERVE, &format!("health: /\n{}", container("workingDir: /srv/made"))), image).succeeded()
    }),
    doomed("OOM at start", |ns, image| {
        out_of_memory(ns, deploy(ns, &service("tail /dev/zero", "resources: {memory: 16Mi}"), image))
    }),
    recovers("OOM at start", |ns, image| {
        let script = format!("{ATTEMPT}; [ $n -gt 1 ] || tail /dev/zero; {SERVE}");
        deploy(ns, &service(&script, "health: /\nresources: {memory: 16Mi}"), image).succeeded()
    }),
    doomed("read-only file system", |ns, image| {
        deploy(ns, &service("mkdir -p /data/cache && exec sleep 1000", ""), image).failed(
            "CrashLoopBackOff",
            "writes to /data, which is read-only",
            "Read-only file system",
            "volumes: {data: {path: /data, kind: empty}}",
        )
    }),
    recovers("read-only file system", |ns, image| twice(ns, image, "mkdir /data || exit 1")),
    doomed("permission denied", |ns, image| {
        deploy(ns, &service("cat /proc/kmsg; exit 1", ""), image).failed(
            "CrashLoopBackOff",
            "is not allowed to use /proc/kmsg",
            "Permission denied",
            "own it in the image",
        )
    }),
    recovers("permission denied", |ns, image| twice(ns, image, "cat /proc/kmsg || exit 1")),
    doomed("port below 1024", |ns, image| {
        deploy(ns, &service("exec httpd -f -p 80", ""), image).failed(
            "CrashLoopBackOff",
            "is not allowed to listen on its port",
            "bind: Permission denied",
            "below 1024",
        )
    }),
    recovers("port below 1024", |ns, image| twice(ns, image, "httpd -f -p 80; exit $?")),
    doomed("port taken in the pod", |ns, image| {
        deploy(ns, &service("httpd -p 8080; exec httpd -f -p 8080", ""), image).failed(
            "CrashLoopBackOff",
            "its port is taken in the pod",
            "Address already in use",
            "start twice",
        )
    }),
    recovers("port taken in the pod", |ns, image| twice(ns, image, "httpd -p 8080; httpd -f -p 8080; exit $?")),
    doomed("postStart hook fails", |ns, image| {
        deploy(ns, &service(SERVE, &container("lifecycle: {postStart: {exec: {command: [cat, /nope]}}}")), image)
            .failed("PostStartHookError", "its postStart hook fails", "can't open '/nope'", "fix what the hook runs")
    }),
    recovers("postStart hook fails", |ns, image| {
        let hook = format!("{ATTEMPT}; [ $n -gt 2 ] || cat /nope");
        let hook = serde_json::json!({ "postStart": { "exec": { "command": ["/bin/sh", "-c", hook] } } });
        deploy(ns, &service(SERVE, &format!("health: /\n{}", container(&format!("lifecycle: {hook}")))), image)
            .succeeded()
    }),
    doomed("a log full of secrets", |ns, image| {
        deploy(ns, &service(&format!("{SECRETS}; exit 1"), ""), image)
            .failed("CrashLoopBackOff", "exit code 1", "FATAL: password=*** is refused", "fix what the log says")
            .never_says("hunter2")
    }),
    recovers("a log full of secrets", |ns, image| {
        twice(ns, image, &format!("{SECRETS}; exit 1")).never_says("hunter2")
    }),
];

/// Fails twice in this way, then serves: what two restarts look like is no proof.
fn twice(ns: &Namespace, image: &str, fails: &str) -> End {
    let script = format!("{ATTEMPT}; [ $n -gt 2 ] || {{ {fails}; }}; {SERVE}");
    deploy(ns, &service(&script, "health: /"), image).succeeded()
}

/// The reason is what the kubelet was told of at least one of the ends. On a busy node it may hear of none; then nobody
/// may claim to know.
pub fn out_of_memory(ns: &Namespace, end: End) -> End {
    let pods = support::kubectl(ns, &["get", "pods", "-o", "json"]);
    if end.output.contains("OOMKilled") || pods.contains("OOMKilled") {
        end.failed("OOMKilled", "more memory than its limit of 16Mi", "s after its start", "raise `resources.memory`")
    } else {
        end.failed("CrashLoopBackOff", "SIGKILL", "s after its start", "memory limit of 16Mi may be too small")
    }
}

/// More of the container than plat.yaml has words for.
fn container(fields: &str) -> String {
    format!("patch: {{Deployment: {{spec: {{template: {{spec: {{containers: [{{name: shop, {fields}}}]}}}}}}}}}}")
}

#[test]
fn what_ran_and_ended() {
    together(STORIES);
}
