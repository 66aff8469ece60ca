//! A line of the log and the spec together name the cause: what the program misses is in the cluster under another name.

use serde_json::{Value, json};

use super::story::{Story, doomed, recovers, stories};
use crate::support::manifests::{container, deployment_of, job, pod, with};
use crate::support::{Ended, SERVE, Shop};

stories![SHARED, super::story::alone];

pub const STORIES: &[Story] = &[
    doomed("variable misspelt", |shop| {
        shop.apply(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "flags"}, "data": {"database-url": "x", "mode": "y"}}));
        let script = "echo 'ERROR: DATABASE_URL is not set'; exit 1";
        let from = json!({"containers": [{"name": "app", "image": shop.image(), "command": ["/bin/sh", "-c", script], "envFrom": [{"configMapRef": {"name": "flags"}}]}]});
        shop.deploy_pod(&from)
            .fails(3)
            .reason("CrashLoopBackOff")
            .what("misses the variable DATABASE_URL")
            .evidence("(ConfigMap flags)")
            .hint("it was given database-url (ConfigMap flags): one of the two names is wrong")
    }),
    recovers("variable misspelt", |shop| twice(shop, "echo 'ERROR: DATABASE_URL is not set'; exit 1")),
    doomed("variable missing", |shop| {
        shop.with("env: {DB_HOST: db}")
            .runs(": ${DB_PASS_FILE:?parameter not set}")
            .deploy()
            .fails(3)
            .reason("CrashLoopBackOff")
            .what("misses the variable DB_PASS_FILE")
            .evidence("it was given")
            .hint("`env: {DB_PASS_FILE: …}` in plat.yaml")
    }),
    recovers("variable missing", |shop| twice(shop, "echo DB_PASS_FILE: parameter not set; exit 2")),
    doomed("value that it cannot use", |shop| {
        shop.with("env: {WORKERS: four}")
            .runs("echo \"panic: strconv.Atoi: parsing \\\"$WORKERS\\\": invalid syntax\"; exit 2")
            .deploy()
            .fails(3)
            .reason("CrashLoopBackOff")
            .what("cannot use the value of its variable WORKERS")
            .evidence("WORKERS=four")
            .hint("correct `env.WORKERS` in plat.yaml")
    }),
    recovers("value that it cannot use", |shop| {
        twice(&shop.with("env: {WORKERS: four}"), "echo \"cannot parse '$WORKERS' yet\"; exit 2")
    }),
    doomed("argument that it does not know", |shop| {
        shop.with("command: [httpd, -f, -p, '8080', -Z]")
            .deploy()
            .fails(3)
            .reason("CrashLoopBackOff")
            .what("does not know its argument Z")
            .evidence("invalid option")
            .hint("correct `command`")
    }),
    recovers("argument that it does not know", |shop| twice(shop, "echo 'unknown flag: --later'; exit 2")),
    doomed("host misspelt", |shop| {
        shop.apply(service("database"));
        shop.runs("echo \"wget: bad address 'databse:8080'\"; exit 1")
            .deploy()
            .fails(3)
            .reason("CrashLoopBackOff")
            .what("does not find the host databse")
            .evidence("bad address")
            .hint("there is no Service databse in namespace")
            .hint("there is database")
    }),
    recovers("host misspelt", |shop| {
        // From its third start on it waits itself: how soon the Service comes is up to the machine.
        let looks = "nslookup db.$NS.svc.cluster.local >/dev/null";
        let counts = "n=$(cat /tmp/n 2>/dev/null || echo 0); echo $((n + 1)) > /tmp/n";
        let gives_up = "[ $n -ge 2 ] || { echo bad address \\'db\\'; exit 1; }; sleep 1";
        let deploy = shop.runs(&format!("{counts}; until {looks}; do {gives_up}; done; {SERVE}"));
        let deploy = deploy.with(&format!("health: /\nenv: {{NS: {}}}", shop.name)).deploy().start();
        shop.shows("pods", "CrashLoopBackOff");
        shop.apply(service("db"));
        deploy.ends().succeeds()
    }),
    doomed("localhost is the pod itself", |shop| {
        shop.with("env: {DB_URL: 'postgres://localhost:5432/shop'}")
            .runs("echo 'Error: connect ECONNREFUSED 127.0.0.1:5432'; exit 1")
            .deploy()
            .fails(3)
            .reason("CrashLoopBackOff")
            .what("looks for port 5432 on localhost, which is its own pod")
            .evidence("ECONNREFUSED")
            .hint("name the Service that is meant in the variable DB_URL")
    }),
    recovers("localhost is the pod itself", |shop| twice(shop, "echo connect ECONNREFUSED 127.0.0.1:5432; exit 1")),
    doomed("nobody behind the Service", |shop| {
        shop.apply(service("redis"));
        shop.runs("echo 'Error 111 connecting to redis:6379. Connection refused.'; exit 1")
            .deploy()
            .fails(3)
            .reason("CrashLoopBackOff")
            .what("is refused by redis:6379")
            .evidence("Service redis has the port 8080")
            .hint("does not offer port 6379: use 8080")
    }),
    recovers("nobody behind the Service", |shop| {
        twice(shop, "echo 'Error 111 connecting to redis:6379. Connection refused.'; exit 1")
    }),
    doomed("forbidden by RBAC", |shop| {
        let said = format!(
            "pods is forbidden: User \"system:serviceaccount:{}:reader\" cannot list resource \"pods\" in API group \"\" in the namespace \"{0}\"",
            shop.name
        );
        shop.kubectl(&["create", "serviceaccount", "reader"]);
        shop.kubectl(&["create", "role", "peeks", "--verb=get", "--resource=configmaps"]);
        let account = format!("--serviceaccount={}:reader", shop.name);
        shop.kubectl(&["create", "rolebinding", "peeks", "--role=peeks", &account]);
        shop.runs(&format!("echo '{said}'; exit 1"))
            .deploy()
            .fails(3)
            .reason("CrashLoopBackOff")
            .what(&format!("may not list pods in namespace {}", shop.name))
            .evidence("Role peeks")
            .hint("Role peeks lacks it: add the verb list on pods")
    }),
    recovers("forbidden by RBAC", |shop| {
        twice(
            shop,
            "echo 'User \"system:serviceaccount:shop:x\" cannot list resource \"pods\" in API group \"\"'; exit 1",
        )
    }),
    doomed("login refused", |shop| {
        shop.kubectl(&["create", "secret", "generic", "db", "--from-literal=password=hunter2"]);
        let script = "echo 'FATAL:  password authentication failed for user \"shop\"'; exit 1";
        let env = json!([{"name": "PGPASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}]);
        let pod = json!({"containers": [{"name": "app", "image": shop.image(), "command": ["/bin/sh", "-c", script], "env": env}]});
        shop.deploy_pod(&pod)
            .fails(3)
            .reason("CrashLoopBackOff")
            .what("is refused its login as shop")
            .evidence("PGPASSWORD is key password of Secret db")
            .hint("compare these keys")
            .never_says("hunter2")
    }),
    recovers("login refused", |shop| twice(shop, "echo authentication failed; exit 1")),
    doomed("key of a mounted ConfigMap missing", |shop| {
        shop.apply(
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "app"}, "data": {"app.yml": "x"}}),
        );
        let mounted = mounts(
            shop,
            &json!({"name": "config", "configMap": {"name": "app"}}),
            "/etc/app",
            "cat /etc/app/app.yaml || exit 1",
        );
        shop.deploy_pod(&mounted)
            .fails(3)
            .reason("CrashLoopBackOff")
            .what("does not find /etc/app/app.yaml")
            .evidence("/etc/app is ConfigMap app, with app.yml")
            .hint("it has app.yml: one of the two names is wrong")
    }),
    recovers("key of a mounted ConfigMap missing", |shop| {
        shop.apply(
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "app"}, "data": {"other": "x"}}),
        );
        let script = format!("cat /etc/app/app.yaml || exit 1; {SERVE}");
        let deploy = shop
            .deploy_pod(&mounts(shop, &json!({"name": "config", "configMap": {"name": "app"}}), "/etc/app", &script))
            .start();
        shop.shows("pods", "CrashLoopBackOff");
        shop.kubectl(&["patch", "configmap", "app", "-p", r#"{"data": {"app.yaml": "x"}}"#]);
        // The kubelet brings it into the volume before the next start, or after it.
        let end = deploy.ends();
        if end.code == 0 {
            end
        } else {
            shop.deploy_pod(&mounts(shop, &json!({"name": "config", "configMap": {"name": "app"}}), "/etc/app", SERVE))
                .succeeds()
        }
    }),
    doomed("volume hides the program", |shop| {
        let mut hidden = mounts(shop, &json!({"name": "data", "emptyDir": {}}), "/bin", "true");
        hidden["containers"][0]["command"] = json!(["/bin/busybox", "httpd", "-f"]);
        shop.deploy_pod(&hidden)
            .fails(3)
            .reason("StartError")
            .what("volume data, mounted at /bin, hides its program /bin/busybox")
            .evidence("an emptyDir, which is empty at first")
            .hint("mount volume data elsewhere")
    }),
    recovers("volume hides the program", |shop| {
        // A sidecar brings it, and takes its time.
        let mut late = mounts(shop, &json!({"name": "data", "emptyDir": {}}), "/opt/tools", "true");
        late["containers"][0]["command"] = json!(["/opt/tools/httpd", "-f", "-p", "8080"]);
        let copy = "sleep 8; cp /bin/busybox /opt/tools/httpd; exec sleep 1000";
        late["initContainers"] = json!([{
            "name": "brings", "image": shop.image(), "restartPolicy": "Always", "command": ["/bin/sh", "-c", copy],
            "securityContext": crate::support::manifests::secure(), "volumeMounts": [{"name": "data", "mountPath": "/opt/tools"}]
        }]);
        let mut served = deployment_of(&late);
        served["spec"]["template"]["spec"]["containers"][0]["command"] = late["containers"][0]["command"].clone();
        shop.deploy_objects(&[served]).succeeds()
    }),
    doomed("script with Windows line endings", |shop| {
        script(shop, "#!/bin/sh\r\nexec httpd -f -p 8080\r\n")
            .fails(3)
            .reason("CrashLoopBackOff")
            .what("/scripts/run.sh")
            .evidence("no such file or directory")
            .hint("LF (not CRLF)")
    }),
    recovers("script with Windows line endings", |shop| script(shop, "#!/bin/sh\nexec httpd -f -p 8080\n").succeeds()),
    doomed("memory of a LimitRange", |shop| {
        let limits =
            json!([{"type": "Container", "default": {"memory": "12Mi"}, "defaultRequest": {"memory": "12Mi"}}]);
        shop.apply(json!({"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "small"}, "spec": {"limits": limits}}));
        let pod = json!({"containers": [{"name": "app", "image": shop.image(), "command": ["/bin/sh", "-c", "tail /dev/zero"]}]});
        shop.deploy_pod(&pod)
            .fails(3)
            .reason("OOMKilled")
            .what("which LimitRange small sets where nobody writes one")
            .evidence("the workload itself sets no limit of memory")
            .hint("write the limit that it needs: `resources.limits.memory`")
    }),
    recovers("memory of a LimitRange", |shop| {
        let limits =
            json!([{"type": "Container", "default": {"memory": "32Mi"}, "defaultRequest": {"memory": "32Mi"}}]);
        shop.apply(json!({"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "small"}, "spec": {"limits": limits}}));
        let script = format!("[ -f /tmp/again ] || {{ touch /tmp/again; tail /dev/zero; }}; {SERVE}");
        let pod = json!({"containers": [with(container("app", shop.image(), &script), json!({"args": null, "command": ["/bin/sh", "-c", script]}))],
            "volumes": [{"name": "tmp", "emptyDir": {}}]});
        shop.deploy_pod(&pod).succeeds()
    }),
    doomed("Job whose program is missing", |shop| {
        let none = with(container("shop", shop.image(), "true"), json!({"command": ["/migrate"]}));
        shop.deploy_manifests(job(pod(&[none]), json!({})), &[])
            .fails(3)
            .reason("StartError")
            .what("its program /migrate is not in the image")
            .evidence("no such file or directory")
            .hint("correct `command`")
    }),
    recovers("Job whose program is missing", |shop| {
        let script = "[ -f /tmp/n ] || { touch /tmp/n; exit 127; }; true";
        let again = json!({"spec": {"template": {"spec": {"restartPolicy": "OnFailure"}}}});
        shop.deploy_manifests(job(pod(&[container("shop", shop.image(), script)]), again), &[]).succeeds()
    }),
    doomed("Job ended by its deadline tells its last lines", |shop| {
        let limit = json!({"spec": {"activeDeadlineSeconds": 9}});
        let script = "n=0; while true; do n=$((n+1)); echo step $n of 100; sleep 1; done";
        shop.deploy_manifests(job(pod(&[container("shop", shop.image(), script)]), limit), &[])
            .fails(3)
            .reason("DeadlineExceeded")
            .what("not done within its activeDeadlineSeconds of 9")
            .evidence("of 100")
            .hint("raise activeDeadlineSeconds")
    }),
    recovers("Job ended by its deadline tells its last lines", |shop| {
        let limit = json!({"spec": {"activeDeadlineSeconds": 60}});
        shop.deploy_manifests(job(pod(&[container("shop", shop.image(), "echo step 1; sleep 8")]), limit), &[])
            .succeeds()
    }),
];

/// Fails so in its first two attempts.
fn twice(shop: &Shop, fails: &str) -> Ended {
    let attempt = "n=$(cat /tmp/n 2>/dev/null || echo 0); n=$((n + 1)); echo $n > /tmp/n";
    shop.runs(&format!("{attempt}; if [ $n -lt 3 ]; then {fails}; fi; {SERVE}")).with("health: /").deploy().succeeds()
}

fn service(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {"ports": [{"port": 8080}], "selector": {"app": name}}})
}

/// A pod that has this volume there and runs this script.
fn mounts(shop: &Shop, volume: &Value, at: &str, script: &str) -> Value {
    let name = volume["name"].clone();
    json!({
        "containers": [{
            "name": "app", "image": shop.image(), "command": ["/bin/sh", "-c", script],
            "volumeMounts": [{"name": name, "mountPath": at}, {"name": "tmp", "mountPath": "/tmp"}]
        }],
        "volumes": [volume, {"name": "tmp", "emptyDir": {}}]
    })
}

/// Runs this script, which is a file of a ConfigMap.
fn script(shop: &Shop, text: &str) -> Ended {
    shop.apply(
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "scripts"}, "data": {"run.sh": text}}),
    );
    let volume = json!({"name": "scripts", "configMap": {"name": "scripts", "defaultMode": 493}});
    let mut pod = mounts(shop, &volume, "/scripts", "true");
    pod["containers"][0]["command"] = json!(["/scripts/run.sh"]);
    let mut object = deployment_of(&pod);
    object["spec"]["template"]["spec"]["containers"][0]["command"] = json!(["/scripts/run.sh"]);
    shop.deploy_objects(&[object]).run()
}
