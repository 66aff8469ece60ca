//! `plat deploy` as a story needs it: run, timed, and read by its events.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;
use std::thread;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::support::{self, Namespace};

/// Answers 200 on port 8080 for /, and 404 for everything else.
pub const SERVE: &str = "mkdir -p /tmp/www; echo hello > /tmp/www/index.html; exec httpd -f -p 8080 -h /tmp/www";

/// A service of one replica that runs this script; `more` is more of plat.yaml.
pub fn service(script: &str, more: &str) -> String {
    let command = serde_json::json!(["/bin/sh", "-c", script]);
    format!("name: shop\nport: 8080\nreplicas: 1\ncommand: {command}\n{more}\n")
}

/// How a deploy ended.
#[must_use]
pub struct End {
    pub code: Option<i32>,
    /// The last event that it printed.
    pub last: Value,
    /// All that it printed.
    pub output: String,
    /// Seconds from the apply to the verdict.
    pub verdict: f64,
    /// Seconds from the apply to the moment when the last evidence was there that the verdict needed.
    pub conclusive: Option<f64>,
}

impl End {
    pub fn is_success(&self) -> bool {
        self.code == Some(0)
    }

    /// The rollout failed, for this reason.
    #[track_caller]
    pub fn failed(self, reason: &str, what: &str, evidence: &str, hint: &str) -> Self {
        assert_eq!(self.code, Some(3), "{}", self.output);
        self.says(reason, what, evidence, hint)
    }

    /// plat or the API server refused it before the rollout began.
    #[track_caller]
    pub fn refused(self, reason: &str, what: &str, evidence: &str, hint: &str) -> Self {
        assert_eq!(self.code, Some(1), "{}", self.output);
        self.says(reason, what, evidence, hint)
    }

    /// The deadline is over, for this reason.
    #[track_caller]
    pub fn timed_out(self, reason: &str, what: &str, evidence: &str, hint: &str) -> Self {
        assert_eq!(self.code, Some(4), "{}", self.output);
        self.says(reason, what, evidence, hint)
    }

    #[track_caller]
    fn says(self, reason: &str, what: &str, evidence: &str, hint: &str) -> Self {
        let text = |key: &str| match &self.last[key] {
            Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"),
            value => value.as_str().unwrap_or_default().to_owned(),
        };
        assert_eq!(text("reason"), reason, "{}", self.output);
        for (key, part) in [("error", what), ("details", evidence), ("hints", hint)] {
            assert!(text(key).contains(part), "{key} does not say \"{part}\": {}", text(key));
        }
        assert!(!text("place").is_empty(), "the object is named: {}", self.last);
        self
    }

    #[track_caller]
    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{}", self.output);
        assert_eq!(self.last["event"], "done", "{}", self.output);
        self
    }

    /// Neither the output nor its evidence shows this.
    #[track_caller]
    pub fn never_says(self, secret: &str) -> Self {
        assert!(!self.output.contains(secret), "\"{secret}\" is never shown: {}", self.output);
        self
    }
}

pub fn deploy(ns: &Namespace, spec: &str, image: &str) -> End {
    std::fs::write(ns.work().join("plat.yaml"), spec).expect("a plat.yaml");
    run(ns, &["deploy", "--output", "json", "--image", image])
}

/// Deploys, and mends the cause meanwhile.
pub fn deploy_and(mend: impl FnOnce(), ns: &Namespace, spec: &str, image: &str) -> End {
    meanwhile(mend, || deploy(ns, spec, image))
}

pub fn meanwhile(mend: impl FnOnce(), deploy: impl FnOnce() -> End + Send) -> End {
    thread::scope(|scope| {
        let deploying = scope.spawn(deploy);
        mend();
        deploying.join().expect("the deploy was started")
    })
}

pub fn run(ns: &Namespace, args: &[&str]) -> End {
    run_with(ns, args, &[])
}

pub fn run_with(ns: &Namespace, args: &[&str], environment: &[(&str, &str)]) -> End {
    let mut child = support::plat_process(ns)
        .args(args)
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary under test runs");
    let mut errors = child.stderr.take().expect("a pipe");
    let errors = thread::spawn(move || {
        let mut text = String::new();
        let _ = errors.read_to_string(&mut text);
        text
    });
    let mut applied = Timestamp::now();
    let mut conclusive = None;
    let mut output = String::new();
    let mut last = Value::Null;
    for line in BufReader::new(child.stdout.take().expect("a pipe")).lines().map_while(Result::ok) {
        last = serde_json::from_str(&line).unwrap_or_default();
        if last["event"] == "plan" {
            applied = Timestamp::now();
        }
        let at = last["conclusive_at"].as_str().and_then(|at| at.parse::<Timestamp>().ok());
        conclusive = conclusive.or(at);
        output.push_str(&line);
        output.push('\n');
    }
    let code = child.wait().expect("the child was started").code();
    let since = |at: Timestamp| at.duration_since(applied).as_secs_f64();
    let verdict = since(Timestamp::now());
    output.push_str(&errors.join().expect("a reader"));
    End { code, last, output, verdict, conclusive: conclusive.map(since) }
}

/// Waits until the cluster shows it.
pub fn wait_until_they_say(ns: &Namespace, resource: &str, words: &str) {
    support::eventually(&format!("{resource} say {words}"), || {
        support::kubectl(ns, &["get", resource, "-o", "json"]).contains(words)
    });
}

/// A Deployment of one replica named `shop` with this pod, as JSON; Pod Security "restricted" lets it pass.
pub fn deployment(pod: &Value) -> Value {
    let mut pod = pod.clone();
    for container in pod["containers"].as_array_mut().expect("containers") {
        if container["securityContext"].is_null() {
            container["securityContext"] = secure();
        }
        if container["command"].is_null() {
            container["command"] = json!(["/bin/sh", "-c", SERVE]);
        }
    }
    pod["terminationGracePeriodSeconds"] = json!(1);
    let labels = json!({ "app.kubernetes.io/name": "shop" });
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "shop", "labels": labels },
        "spec": {
            "replicas": 1, "selector": { "matchLabels": labels },
            "template": { "metadata": { "labels": labels }, "spec": pod },
        },
    })
}

/// What Pod Security "restricted" asks for.
pub fn secure() -> Value {
    json!({
        "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] }, "runAsNonRoot": true,
        "seccompProfile": { "type": "RuntimeDefault" },
    })
}

/// `plat deploy -f` of these objects.
pub fn deploy_objects(ns: &Namespace, objects: &[Value]) -> End {
    let list = json!({ "apiVersion": "v1", "kind": "List", "items": objects });
    std::fs::write(ns.work().join("objects.json"), list.to_string()).expect("a manifest");
    run(ns, &["deploy", "-f", "objects.json", "--output", "json"])
}

/// `plat deploy -f` of a Deployment with this pod.
pub fn deploy_pod(ns: &Namespace, pod: &Value) -> End {
    deploy_objects(ns, &[deployment(pod)])
}

/// The same, while the cause is mended.
pub fn deploy_pod_and(mend: impl FnOnce(), ns: &Namespace, pod: &Value) -> End {
    meanwhile(mend, || deploy_pod(ns, pod))
}
