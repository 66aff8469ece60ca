//! Something ran and ended.

use super::story::{Story, doomed, recovers, stories};
use crate::support::{Ended, SERVE, Shop};

/// Sets `n` to the number of this attempt, from 1: /tmp outlives a restart.
const ATTEMPT: &str = "n=$(cat /tmp/n 2>/dev/null || echo 0); n=$((n + 1)); echo $n > /tmp/n";

/// What must never be shown, in the shapes in which logs have it.
const SECRETS: &str = "echo 'Authorization: Bearer hunter2-abcdefgh'; echo 'AWS_SECRET_ACCESS_KEY=hunter2'; \
     echo '-----BEGIN PRIVATE KEY-----'; echo hunter2; echo '-----END PRIVATE KEY-----'; \
     echo 'FATAL: password=hunter2 is refused'";

stories![SHARED, super::story::alone];

pub const STORIES: &[Story] = &[
    doomed("exit non-zero", |shop| {
        let script = "echo connecting; echo 'panic: no database at postgres://app:hunter2@db/shop'; exit 1";
        shop.runs(script)
            .deploy()
            .fails(3)
            .reason("CrashLoopBackOff")
            .what("keeps crashing: no database at postgres://app:***@db/shop")
            .evidence("panic: no database at postgres://app:***@db/shop")
            .hint("fix what the log says")
            .never_says("hunter2")
    }),
    recovers("exit non-zero", |shop| twice(shop, "echo no database; exit 1")),
    doomed("exit zero again and again", |shop| {
        shop.runs("echo nothing to do")
            .deploy()
            .fails(3)
            .reason("CrashLoopBackOff")
            .what("ends by itself with exit code 0")
            .evidence("nothing to do")
            .hint("keep the program in the foreground")
    }),
    recovers("exit zero again and again", |shop| twice(shop, "echo no work yet; exit 0")),
    doomed("command not found", |shop| {
        shop.with("command: [/srv]")
            .deploy()
            .fails(3)
            .reason("StartError")
            .what("its program /srv is not in the image")
            .evidence("no such file or directory")
            .hint("correct `command`")
    }),
    recovers("command not found", |shop| twice(shop, "/tmp/fetched-later || exit 127")),
    doomed("not executable", |shop| {
        shop.with("command: [/tmp]")
            .deploy()
            .fails(3)
            .reason("StartError")
            .what("is not allowed to execute its program /tmp")
            .evidence("permission denied")
            .hint("chmod +x")
    }),
    recovers("not executable", |shop| twice(shop, "touch /tmp/plugin; /tmp/plugin; exit $?")),
    doomed("wrong working folder", |shop| {
        shop.with(&container("workingDir: /bin/busybox"))
            .deploy()
            .fails(3)
            .reason("StartError")
            .what("cannot start in its working folder /bin/busybox")
            .evidence("mkdir /bin/busybox")
            .hint("correct `workingDir`")
    }),
    recovers("wrong working folder", |shop| {
        // A folder that is missing is made by the runtime.
        shop.with(&format!("health: /\n{}", container("workingDir: /srv/made"))).deploy().succeeds()
    }),
    doomed("OOM at start", |shop| {
        out_of_memory(shop, shop.runs("tail /dev/zero").with("resources: {memory: 16Mi}").deploy().run())
    }),
    recovers("OOM at start", |shop| {
        let script = format!("{ATTEMPT}; [ $n -gt 1 ] || tail /dev/zero; {SERVE}");
        shop.runs(&script).with("health: /\nresources: {memory: 16Mi}").deploy().succeeds()
    }),
    doomed("read-only file system", |shop| {
        shop.runs("mkdir -p /data/cache && exec sleep 1000")
            .deploy()
            .fails(3)
            .reason("CrashLoopBackOff")
            .what("writes to /data, which is read-only")
            .evidence("Read-only file system")
            .hint("writable: [/data]")
    }),
    recovers("read-only file system", |shop| twice(shop, "mkdir /data || exit 1")),
    doomed("permission denied", |shop| {
        shop.runs("cat /proc/kmsg; exit 1")
            .deploy()
            .fails(3)
            .reason("CrashLoopBackOff")
            .what("/proc/kmsg")
            .evidence("Permission denied")
            .hint("is of the kernel")
    }),
    recovers("permission denied", |shop| twice(shop, "cat /proc/kmsg || exit 1")),
    doomed("port below 1024", |shop| {
        shop.runs("exec httpd -f -p 80")
            .deploy()
            .fails(3)
            .reason("CrashLoopBackOff")
            .what("listen on its port")
            .evidence("bind: Permission denied")
            .hint("below 1024")
    }),
    recovers("port below 1024", |shop| twice(shop, "httpd -f -p 80; exit $?")),
    doomed("port taken in the pod", |shop| {
        shop.runs("httpd -p 8080; exec httpd -f -p 8080")
            .deploy()
            .fails(3)
            .reason("CrashLoopBackOff")
            .what("its port is taken in the pod")
            .evidence("Address already in use")
            .hint("start twice")
    }),
    recovers("port taken in the pod", |shop| twice(shop, "httpd -p 8080; httpd -f -p 8080; exit $?")),
    doomed("postStart hook fails", |shop| {
        shop.with(&container("lifecycle: {postStart: {exec: {command: [cat, /nope]}}}"))
            .deploy()
            .fails(3)
            .reason("PostStartHookError")
            .what("its postStart hook fails")
            .evidence("can't open '/nope'")
            .hint("what the hook runs")
    }),
    recovers("postStart hook fails", |shop| {
        let hook = format!("{ATTEMPT}; [ $n -gt 2 ] || cat /nope");
        let hook = serde_json::json!({ "postStart": { "exec": { "command": ["/bin/sh", "-c", hook] } } });
        shop.with(&format!("health: /\n{}", container(&format!("lifecycle: {hook}")))).deploy().succeeds()
    }),
    doomed("a log full of secrets", |shop| {
        shop.runs(&format!("{SECRETS}; exit 1"))
            .deploy()
            .fails(3)
            .reason("CrashLoopBackOff")
            .what("keeps crashing: password=*** is refused")
            .evidence("FATAL: password=*** is refused")
            .hint("fix what the log says")
            .never_says("hunter2")
    }),
    recovers("a log full of secrets", |shop| twice(shop, &format!("{SECRETS}; exit 1")).never_says("hunter2")),
];

/// Fails twice in this way, then serves: what two restarts look like is not proof.
fn twice(shop: &Shop, fails: &str) -> Ended {
    let script = format!("{ATTEMPT}; [ $n -gt 2 ] || {{ {fails}; }}; {SERVE}");
    shop.runs(&script).with("health: /").deploy().succeeds()
}

/// The reason is what the kubelet was told of at least one of the ends. On a busy node it may hear of none; then nobody
/// may claim to know.
pub fn out_of_memory(shop: &Shop, end: Ended) -> Ended {
    let pods = shop.kubectl(&["get", "pods", "-o", "json"]);
    if end.out.contains("OOMKilled") || pods.contains("OOMKilled") {
        end.fails(3)
            .reason("OOMKilled")
            .what("more memory than its limit of 16Mi")
            .evidence("s after its start")
            .hint("raise `resources.memory`")
    } else {
        end.fails(3)
            .reason("CrashLoopBackOff")
            .what("SIGKILL")
            .evidence("s after its start")
            .hint("memory limit of 16Mi may be too small")
    }
}

/// More of the container than plat.yaml has words for.
fn container(fields: &str) -> String {
    format!("patch: {{Deployment: {{spec: {{template: {{spec: {{containers: [{{name: shop, {fields}}}]}}}}}}}}}}")
}
