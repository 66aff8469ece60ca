//! Something runs and is not ready.

use super::story::{Story, doomed, recovers, stories};
use crate::support::{SERVE, eventually};

stories![SHARED, super::story::alone];

pub const STORIES: &[Story] = &[
    doomed("probe wrong path", |shop| {
        let serve = "mkdir -p /tmp/www; echo ok > /tmp/www/healthz; exec httpd -f -p 8080 -h /tmp/www";
        shop.runs(serve)
            .with("health: /readyz")
            .deploy()
            .fails(3)
            .reason("Unhealthy")
            .what("never passes its startup probe")
            .evidence("statuscode: 404")
            .hint("the program answers 200 on /healthz: set `health`")
    }),
    recovers("probe wrong path", |shop| {
        let late = "mkdir -p /tmp/www; (sleep 20; echo ok > /tmp/www/readyz) & exec httpd -f -p 8080 -h /tmp/www";
        shop.runs(late).with("health: /readyz").deploy().succeeds()
    }),
    doomed("probe wrong port", |shop| {
        // It does not say where it listens: plat asks it.
        let serve = SERVE.replace("8080", "3000");
        let answers = "the program answers on port 3000 (GET /: 200): set `port`";
        let end = shop
            .runs(&serve)
            .with("health: /")
            .deploy()
            .fails(3)
            .reason("Unhealthy")
            .what("never passes its startup probe")
            .evidence("connection refused")
            .hint(answers);
        // Whoever asks later hears the same, also of the instance after it.
        for asked in [&["status"][..], &["why", "deployment/shop"]] {
            eventually(&format!("plat {} says where it answers", asked[0]), || {
                let said = shop.plat(asked).run();
                said.out.contains(answers) || said.err.contains(answers)
            });
        }
        end
    }),
    recovers("probe wrong port", |shop| {
        let moves = format!("timeout 20 httpd -f -p 3000 -h /tmp; {SERVE}");
        shop.runs(&moves).with("health: /").deploy().succeeds()
    }),
    doomed("probe refused", |shop| {
        let serve = format!("echo listening on 127.0.0.1:8080; {}", SERVE.replace("8080", "127.0.0.1:8080"));
        shop.runs(&serve)
            .with("health: /")
            .deploy()
            .fails(3)
            .reason("Unhealthy")
            .what("never passes its startup probe")
            .evidence("connection refused")
            .hint("let it listen on 0.0.0.0")
    }),
    recovers("probe refused", |shop| {
        let script = format!("echo warming up; sleep 25; {SERVE}");
        shop.runs(&script).with("health: /").deploy().succeeds()
    }),
    doomed("probe by a port name that does not exist", |shop| {
        let probe = "{httpGet: {path: /, port: web}}";
        shop.with(&probes(&format!("startupProbe: null, readinessProbe: {probe}")))
            .deploy()
            .fails(3)
            .reason("Unhealthy")
            .what("never passes its readiness probe")
            .evidence("strconv.Atoi")
            .hint("does not declare in `ports`: it declares http (8080)")
    }),
    recovers("probe by a port name that does not exist", |shop| {
        // Only another manifest fixes a name.
        let deployed = |port: &str| {
            let probe = format!("{{httpGet: {{path: /, port: {port}}}}}");
            shop.with(&probes(&format!("startupProbe: null, readinessProbe: {probe}"))).deploy()
        };
        deployed("web").run();
        deployed("http").succeeds()
    }),
    doomed("liveness kills a slow starter", |shop| {
        let live = "{tcpSocket: {port: 8080}, periodSeconds: 1, failureThreshold: 3}";
        let script = format!("echo warming up; sleep 60; {SERVE}");
        shop.runs(&script)
            .with(&probes(&format!("startupProbe: null, livenessProbe: {live}")))
            .deploy()
            .fails(3)
            .reason("Unhealthy")
            .what("is killed by its liveness probe")
            .evidence("Liveness probe failed")
            .hint("give it a startup probe")
    }),
    recovers("liveness kills a slow starter", |shop| {
        let live = "{tcpSocket: {port: 8080}, periodSeconds: 1, failureThreshold: 3}";
        let script = format!("[ -f /tmp/warm ] || {{ touch /tmp/warm; sleep 60; }}; {SERVE}");
        shop.runs(&script).with(&probes(&format!("startupProbe: null, livenessProbe: {live}"))).deploy().succeeds()
    }),
    doomed("slow startup", |shop| {
        let start = "{httpGet: {path: /, port: 8080}, periodSeconds: 1, failureThreshold: 12}";
        let script = format!("echo warming up; sleep 1000; {SERVE}");
        shop.runs(&script)
            .with(&probes(&format!("startupProbe: {start}")))
            .deploy()
            .fails(3)
            .reason("Unhealthy")
            .what("never passes its startup probe")
            .evidence("warming up")
            .hint("nothing listened on port 8080 in the 12 s that this probe leaves it")
    }),
    recovers("slow startup", |shop| {
        let start = "{httpGet: {path: /, port: 8080}, periodSeconds: 1, failureThreshold: 60}";
        let script = format!("echo warming up; sleep 45; {SERVE}");
        shop.runs(&script).with(&probes(&format!("startupProbe: {start}"))).deploy().succeeds()
    }),
    doomed("flapping readiness", |shop| {
        shop.runs(&flaps(100))
            .with(FLAPPING)
            .deploy()
            .fails(3)
            .reason("Unhealthy")
            .what("loses its readiness again and again")
            .evidence("statuscode: 404")
            .hint("it passed this probe before")
    }),
    recovers("flapping readiness", |shop| shop.runs(&flaps(2)).with(FLAPPING).deploy().succeeds()),
    doomed("progress deadline", |shop| {
        shop.runs("echo waiting for the leader; exec sleep 1000")
            .with(&in_twelve_seconds(20))
            .deploy()
            .fails(3)
            .reason("Unhealthy")
            .what("readiness probe")
            .evidence("waiting for the leader")
            .hint("nothing listens on port 8080 so far")
    }),
    recovers("progress deadline", |shop| {
        // It goes on when Kubernetes has given it up, and not before.
        let script = format!("until [ -e /etc/late/late ]; do sleep 1; done; {SERVE}");
        let deploy = shop.runs(&script).with(&in_twelve_seconds(200)).deploy().start();
        shop.shows("deployments", "ProgressDeadlineExceeded");
        shop.kubectl(&["create", "configmap", "late", "--from-literal=late=yes"]);
        deploy.ends().succeeds()
    }),
];

/// Kubernetes gives it 12 s; its probe gives it longer. It sees the ConfigMap `late` when that is made.
fn in_twelve_seconds(budget: u32) -> String {
    let ready = format!("{{httpGet: {{path: /, port: 8080}}, periodSeconds: 1, failureThreshold: {budget}}}");
    let container = format!(
        "{{name: shop, startupProbe: null, livenessProbe: null, readinessProbe: {ready}, volumeMounts: [{{name: late, mountPath: /etc/late}}]}}"
    );
    let volume = "{name: late, configMap: {name: late, optional: true}}";
    format!(
        "health: /\npatch: {{Deployment: {{spec: {{progressDeadlineSeconds: 12, template: {{spec: {{containers: [{container}], volumes: [{volume}]}}}}}}}}}}"
    )
}

/// Available only when it was ready for a while without a break.
const FLAPPING: &str = "health: /ok\npatch: {Deployment: {spec: {minReadySeconds: 8, template: {spec: {containers: [{name: shop, startupProbe: null, \
     livenessProbe: null, readinessProbe: {httpGet: {path: /ok, port: 8080}, periodSeconds: 1, failureThreshold: 1}}]}}}}}";

/// Ready for 4 s and not for 4 s, so many times, then ready.
fn flaps(times: u32) -> String {
    format!(
        "mkdir -p /tmp/www; (for i in $(seq {times}); do echo ok > /tmp/www/ok; sleep 4; rm /tmp/www/ok; echo lost; sleep 4; done; \
         echo ok > /tmp/www/ok) & exec httpd -f -p 8080 -h /tmp/www"
    )
}

fn probes(fields: &str) -> String {
    format!(
        "health: /\npatch: {{Deployment: {{spec: {{template: {{spec: {{containers: [{{name: shop, {fields}}}]}}}}}}}}}}"
    )
}
