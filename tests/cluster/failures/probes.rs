//! Something runs and is not ready.

use super::deploy::{SERVE, deploy, deploy_and, service, wait_until_they_say};
use super::story::{Story, doomed, recovers, stories};
use crate::support;

stories![SHARED, super::story::alone];

pub const STORIES: &[Story] = &[
    doomed("probe wrong path", |ns, image| {
        let serve = "mkdir -p /tmp/www; echo ok > /tmp/www/healthz; exec httpd -f -p 8080 -h /tmp/www";
        deploy(ns, &service(serve, "health: /readyz"), image).failed(
            "Unhealthy",
            "never passes its startup probe",
            "statuscode: 404",
            "the program answers 200 on /healthz: set `health`",
        )
    }),
    recovers("probe wrong path", |ns, image| {
        let late = "mkdir -p /tmp/www; (sleep 20; echo ok > /tmp/www/readyz) & exec httpd -f -p 8080 -h /tmp/www";
        deploy(ns, &service(late, "health: /readyz"), image).succeeded()
    }),
    doomed("probe wrong port", |ns, image| {
        // It does not say where it listens: plat asks it.
        let serve = SERVE.replace("8080", "3000");
        let answers = "the program answers on port 3000 (GET /: 200): set `port`";
        let end = deploy(ns, &service(&serve, "health: /"), image);
        let end = end.failed("Unhealthy", "never passes its startup probe", "connection refused", answers);
        // Whoever asks later hears the same, also of the instance after it.
        for asked in [&["status"][..], &["why", "deployment/shop"]] {
            support::eventually(&format!("plat {} says where it answers", asked[0]), || {
                let said = support::plat(ns).args(asked).output().expect("plat runs");
                String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).contains(answers)
            });
        }
        end
    }),
    recovers("probe wrong port", |ns, image| {
        let moves = format!("timeout 20 httpd -f -p 3000 -h /tmp; {SERVE}");
        deploy(ns, &service(&moves, "health: /"), image).succeeded()
    }),
    doomed("probe refused", |ns, image| {
        let serve = format!("echo listening on 127.0.0.1:8080; {}", SERVE.replace("8080", "127.0.0.1:8080"));
        deploy(ns, &service(&serve, "health: /"), image).failed(
            "Unhealthy",
            "never passes its startup probe",
            "connection refused",
            "let it listen on 0.0.0.0",
        )
    }),
    recovers("probe refused", |ns, image| {
        let script = format!("echo warming up; sleep 25; {SERVE}");
        deploy(ns, &service(&script, "health: /"), image).succeeded()
    }),
    doomed("probe by a port name that does not exist", |ns, image| {
        let probe = "{httpGet: {path: /, port: web}}";
        deploy(ns, &service(SERVE, &probes(&format!("startupProbe: null, readinessProbe: {probe}"))), image).failed(
            "Unhealthy",
            "never passes its readiness probe",
            "strconv.Atoi",
            "does not declare in `ports`: it declares http (8080)",
        )
    }),
    recovers("probe by a port name that does not exist", |ns, image| {
        // Only another manifest mends a name.
        let deployed = |port: &str| {
            let probe = format!("{{httpGet: {{path: /, port: {port}}}}}");
            deploy(ns, &service(SERVE, &probes(&format!("startupProbe: null, readinessProbe: {probe}"))), image)
        };
        let _ = deployed("web");
        deployed("http").succeeded()
    }),
    doomed("liveness kills a slow starter", |ns, image| {
        let live = "{tcpSocket: {port: 8080}, periodSeconds: 1, failureThreshold: 3}";
        let script = format!("echo warming up; sleep 60; {SERVE}");
        deploy(ns, &service(&script, &probes(&format!("startupProbe: null, livenessProbe: {live}"))), image).failed(
            "Unhealthy",
            "is killed by its liveness probe",
            "Liveness probe failed",
            "give it a startup probe",
        )
    }),
    recovers("liveness kills a slow starter", |ns, image| {
        let live = "{tcpSocket: {port: 8080}, periodSeconds: 1, failureThreshold: 3}";
        let script = format!("[ -f /tmp/warm ] || {{ touch /tmp/warm; sleep 60; }}; {SERVE}");
        deploy(ns, &service(&script, &probes(&format!("startupProbe: null, livenessProbe: {live}"))), image).succeeded()
    }),
    doomed("slow startup", |ns, image| {
        let start = "{httpGet: {path: /, port: 8080}, periodSeconds: 1, failureThreshold: 12}";
        let script = format!("echo warming up; sleep 1000; {SERVE}");
        deploy(ns, &service(&script, &probes(&format!("startupProbe: {start}"))), image).failed(
            "Unhealthy",
            "never passes its startup probe",
            "warming up",
            "nothing listens there",
        )
    }),
    recovers("slow startup", |ns, image| {
        let start = "{httpGet: {path: /, port: 8080}, periodSeconds: 1, failureThreshold: 60}";
        let script = format!("echo warming up; sleep 45; {SERVE}");
        deploy(ns, &service(&script, &probes(&format!("startupProbe: {start}"))), image).succeeded()
    }),
    doomed("flapping readiness", |ns, image| {
        deploy(ns, &service(&flaps(100), FLAPPING), image).failed(
            "Unhealthy",
            "loses its readiness again and again",
            "statuscode: 404",
            "does not serve /ok",
        )
    }),
    recovers("flapping readiness", |ns, image| deploy(ns, &service(&flaps(2), FLAPPING), image).succeeded()),
    doomed("progress deadline", |ns, image| {
        deploy(ns, &service("echo waiting for the leader; exec sleep 1000", &in_twelve_seconds(20)), image).failed(
            "Unhealthy",
            "readiness probe",
            "waiting for the leader",
            "nothing listens there",
        )
    }),
    recovers("progress deadline", |ns, image| {
        // It goes on when Kubernetes has given it up, and not before.
        let script = format!("until [ -e /etc/late/late ]; do sleep 1; done; {SERVE}");
        let mend = || {
            wait_until_they_say(ns, "deployments", "ProgressDeadlineExceeded");
            support::kubectl(ns, &["create", "configmap", "late", "--from-literal=late=yes"]);
        };
        deploy_and(mend, ns, &service(&script, &in_twelve_seconds(200)), image).succeeded()
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
