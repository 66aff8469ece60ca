//! Rollouts that cannot succeed end by themselves, with the reason, the evidence and a hint; their twins, which only
//! need another moment, are waited for. docs/failures.md describes both.

use std::thread;

use serde_json::Value;

use crate::support::{self, Namespace};

/// Answers 200 on port 8080 for /, and 404 for everything else.
const SERVE: &str = "mkdir -p /tmp/www; echo hello > /tmp/www/index.html; exec httpd -f -p 8080 -h /tmp/www";

/// One rollout in a namespace of its own.
type Story = (&'static str, fn(&Namespace, &str));

#[test]
fn a_rollout_that_cannot_succeed_says_why() {
    together(&[
        ("a crash at start", |ns, image| {
            let script = "echo connecting; echo 'panic: no database at postgres://app:hunter2@db/shop'; exit 1";
            deploy(ns, &service(script, ""), image).failed(
                "CrashLoopBackOff",
                "keeps crashing: exit code 1",
                "panic: no database at postgres://app:***@db/shop",
                "mend what the log says",
            );
        }),
        ("too little memory", |ns, image| {
            deploy(ns, &service("tail /dev/zero", "resources: {memory: 16Mi}"), image).failed(
                "OOMKilled",
                "more memory than its limit of 16Mi",
                "OOMKilled (exit code 137)",
                "raise `resources.memory`",
            );
        }),
        ("a program that is not in the image", |ns, image| {
            deploy(ns, "name: shop\nport: 8080\nreplicas: 1\ncommand: [/srv]\n", image).failed(
                "StartError",
                "its program /srv is not in the image",
                "no such file or directory",
                "correct `command`",
            );
        }),
        ("a pod that fits on no node", |ns, image| {
            deploy(ns, &service(SERVE, "resources: {cpu: 640}"), image).failed(
                "Unschedulable",
                "no node is large enough: the pod asks for 640 cpu",
                "Insufficient cpu",
                "ask for less cpu",
            );
        }),
        ("a probe that never passes", |ns, image| {
            deploy(ns, &service(SERVE, "health: /readyz"), image).failed(
                "Unhealthy",
                "never passes its startup probe",
                "statuscode: 404",
                "does not serve /readyz: set `health`",
            );
        }),
        ("a tag that is not in the registry", |ns, image| {
            let (_, tag) = image.rsplit_once(':').expect("a tagged image");
            let missing = format!("{image}-oops");
            deploy(ns, &service(SERVE, ""), &missing).failed(
                "ErrImagePull",
                &format!("{missing} is not in the registry"),
                "not found",
                &format!("the repository has {tag}:"),
            );
        }),
        ("a Secret without the key", |ns, image| {
            support::kubectl(ns, &["create", "secret", "generic", "shop", "--from-literal=DB_URI=hunter2"]);
            let end = deploy(ns, &service(SERVE, "secrets: [DB_URL]"), image);
            end.failed(
                "CreateContainerConfigError",
                "Secret shop has no key DB_URL; it has DB_URI",
                "couldn't find key DB_URL",
                &format!("kubectl -n {} patch secret shop", ns.name),
            );
            assert!(!end.output.contains("hunter2"), "a Secret's value is never shown: {}", end.output);
        }),
        ("a quota without room", |ns, image| {
            support::kubectl(ns, &["create", "quota", "small", "--hard=pods=0"]);
            deploy(ns, &service(SERVE, ""), image).failed(
                "FailedCreate",
                "quota has no room",
                "exceeded quota: small",
                "describe quota",
            );
        }),
    ]);
}

#[test]
fn a_rollout_that_needs_a_moment_is_waited_for() {
    together(&[
        ("exits until its database answers", |ns, image| {
            let count = "n=$(cat /tmp/n 2>/dev/null || echo 0); echo $((n + 1)) > /tmp/n";
            let script = format!("{count}; [ $n -ge 2 ] || {{ echo no database; exit 1; }}; {SERVE}");
            deploy(ns, &service(&script, "health: /"), image).succeeded();
        }),
        ("starts slowly", |ns, image| {
            let script = format!("echo warming up; sleep 25; {SERVE}");
            deploy(ns, &service(&script, "health: /"), image).succeeded();
        }),
        ("an image that is pushed late", |ns, image| {
            let registry = image.rsplit_once('/').expect("a registry").0;
            let name = format!("{}:v1", ns.name);
            let late = format!("{registry}/{name}");
            let mend = || {
                wait_until_they_say(ns, "pods", "ErrImagePull");
                push(ns, &name);
            };
            deploy_and(mend, ns, &service(SERVE, ""), &late).succeeded();
        }),
        ("a Secret that is created late", |ns, image| {
            let mend = || {
                wait_until_they_say(ns, "pods", "CreateContainerConfigError");
                support::kubectl(ns, &["create", "secret", "generic", "shop", "--from-literal=DB_URL=x"]);
            };
            deploy_and(mend, ns, &service(SERVE, "secrets: [DB_URL]"), image).succeeded();
        }),
        ("a quota that is raised", |ns, image| {
            support::kubectl(ns, &["create", "quota", "small", "--hard=pods=0"]);
            let mend = || {
                wait_until_they_say(ns, "replicasets", "exceeded quota");
                support::kubectl(ns, &["delete", "quota", "small"]);
            };
            deploy_and(mend, ns, &service(SERVE, ""), image).succeeded();
        }),
    ]);
}

/// Tells the stories at the same time: nearly all of it is waiting, and the test runner has a thread for each core only.
fn together(stories: &[Story]) {
    let tell = |story: fn(&Namespace, &str)| {
        if let Some(ns) = support::namespace("failures") {
            let image = support::busybox(&ns);
            story(&ns, &image);
        }
    };
    let failed: Vec<&str> = thread::scope(|scope| {
        let threads: Vec<_> =
            stories.iter().map(|(title, story)| (*title, scope.spawn(move || tell(*story)))).collect();
        threads.into_iter().filter_map(|(title, thread)| thread.join().is_err().then_some(title)).collect()
    });
    assert!(failed.is_empty(), "went wrong, as shown above: {}", failed.join("; "));
}

/// A service of one replica that runs this script; `more` is more of plat.yaml.
fn service(script: &str, more: &str) -> String {
    let command = serde_json::json!(["/bin/sh", "-c", script]);
    format!("name: shop\nport: 8080\nreplicas: 1\ncommand: {command}\n{more}\n")
}

/// How a deploy ended.
struct End {
    code: Option<i32>,
    /// The last event that it printed.
    last: Value,
    output: String,
}

impl End {
    #[track_caller]
    fn failed(&self, reason: &str, what: &str, evidence: &str, hint: &str) {
        let text = |key: &str| match &self.last[key] {
            Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"),
            value => value.as_str().unwrap_or_default().to_owned(),
        };
        assert_eq!(self.code, Some(3), "{}", self.output);
        assert_eq!(text("reason"), reason, "{}", self.output);
        for (key, part) in [("error", what), ("details", evidence), ("hints", hint)] {
            assert!(text(key).contains(part), "{key} does not say \"{part}\": {}", text(key));
        }
        assert!(!text("place").is_empty(), "the object is named: {}", self.last);
    }

    #[track_caller]
    fn succeeded(&self) {
        assert_eq!(self.code, Some(0), "{}", self.output);
        assert_eq!(self.last["event"], "done", "{}", self.output);
    }
}

fn deploy(ns: &Namespace, spec: &str, image: &str) -> End {
    std::fs::write(ns.work().join("plat.yaml"), spec).expect("a plat.yaml");
    let output = support::plat(ns)
        .args(["deploy", "--output", "json", "--image", image])
        .output()
        .expect("the binary under test runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let last = text.lines().last().and_then(|line| serde_json::from_str(line).ok()).unwrap_or_default();
    End { code: output.status.code(), last, output: format!("{text}{}", String::from_utf8_lossy(&output.stderr)) }
}

/// Deploys, and mends the cause meanwhile.
fn deploy_and(mend: impl FnOnce(), ns: &Namespace, spec: &str, image: &str) -> End {
    thread::scope(|scope| {
        let deploying = scope.spawn(|| deploy(ns, spec, image));
        mend();
        deploying.join().expect("the deploy was started")
    })
}

fn wait_until_they_say(ns: &Namespace, resource: &str, words: &str) {
    support::eventually(&format!("{resource} say {words}"), || {
        support::kubectl(ns, &["get", resource, "-o", "yaml"]).contains(words)
    });
}

fn push(ns: &Namespace, name: &str) {
    let file = ns.work().join("image.tar");
    support::write_busybox(&file);
    support::plat(ns).args(["sandbox", "load", "--name", &ns.sandbox.name, "--as", name]).arg(&file).assert().success();
}
