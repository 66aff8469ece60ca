//! The sandbox itself, as everything else relies on it.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use plat::sandbox::{self, Name, RunState, Sandbox};

use crate::harness::tests;
use crate::support::{self, Namespace, busybox, eventually, image};

tests![SHARED:
    up_finds_a_running_sandbox_and_touches_nothing_in_it,
    status_says_where_everything_is_whatever_the_home_folder,
    a_pod_reaches_a_service_by_name_and_pulls_what_was_loaded,
    a_privileged_pod_is_refused,
    requests_are_in_the_audit_log,
    a_delayed_door_makes_requests_wait_for_the_round_trip;
    SANDBOXES:
    a_killed_sandbox_starts_afresh_beside_another_and_leaves_nothing,
    an_idle_sandbox_stops_itself_and_leaves_nothing,
];

/// Two pods behind a Service; `@IMAGE@` is a base image with a shell.
const WEB: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      containers:
      - name: web
        image: @IMAGE@
        args: [-c, 'echo hello > /tmp/index.html; exec httpd -f -p 8080 -h /tmp']
        securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
        readinessProbe: {httpGet: {port: 8080, path: /index.html}, periodSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
";

fn up_finds_a_running_sandbox_and_touches_nothing_in_it() {
    let shared = support::sandbox();
    let pids = |sandbox: &Sandbox| sandbox.processes.iter().map(|process| process.pid).collect::<Vec<_>>();
    let before = pids(shared);
    up(&shared.name, "20m");
    assert_eq!(pids(&find(&shared.name).expect("it still runs")), before);
}

fn status_says_where_everything_is_whatever_the_home_folder() {
    let ns = Namespace::new("status");
    let status = ns.plat(&["sandbox", "status", "--name", &ns.sandbox.name]).events().succeeds().events.remove(0);
    assert_eq!(status["state"], "running");
    assert_eq!(status["registry"], ns.sandbox.registry);
    for place in ["kubeconfig", "docker_config", "kubectl", "audit_log", "logs", "network_namespace"] {
        let path = status[place].as_str().expect("a path");
        assert!(fs::metadata(path).is_ok(), "{place}: {path}");
    }
}

fn a_pod_reaches_a_service_by_name_and_pulls_what_was_loaded() {
    let ns = Namespace::new("net");
    ns.apply(WEB.replace("@IMAGE@", &busybox(&ns)));
    ns.rolled_out("deployment/web");
    let url = format!("http://web.{}.svc.cluster.local/index.html", ns.name);
    let answer = ns.kubectl(&["exec", "deployment/web", "--", "wget", "-qO-", &url]);
    assert_eq!(answer, "hello\n");
}

fn a_privileged_pod_is_refused() {
    let ns = Namespace::new("psa");
    let image = "127.0.0.1:1/none";
    let output =
        ns.kubectl_command().args(["run", "bad", "--privileged", "--image", image]).output().expect("kubectl runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("violates PodSecurity \"restricted"), "{error}");
}

fn requests_are_in_the_audit_log() {
    let ns = Namespace::new("audit");
    let created = format!("\"requestURI\":\"/api/v1/namespaces/{}\"", ns.name);
    eventually("the namespace in the audit log", || {
        fs::read_to_string(&ns.sandbox.audit_log).is_ok_and(|log| log.contains(&created))
    });
}

fn a_delayed_door_makes_requests_wait_for_the_round_trip() {
    let ns = Namespace::new("delay");
    let mut door = Command::new(env!("CARGO_BIN_EXE_plat"))
        .args(["sandbox", "delay", "--name", &ns.sandbox.name, "--round-trip", "50ms"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary under test runs");
    let mut line = String::new();
    let output = door.stdout.take().expect("a piped stdout");
    std::io::BufRead::read_line(&mut std::io::BufReader::new(output), &mut line).expect("the door says its kubeconfig");

    let started = Instant::now();
    let answer = Command::new(&ns.sandbox.kubectl)
        .args(["get", "--raw", "/version", "--kubeconfig", line.trim()])
        .output()
        .expect("kubectl runs");
    let took = started.elapsed();
    door.kill().expect("the door is still open");
    let _ = door.wait();
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    // TCP, TLS and the request: three round trips are the least that HTTP over TLS 1.3 takes.
    assert!(took >= Duration::from_millis(150), "{took:?}");
}

fn a_killed_sandbox_starts_afresh_beside_another_and_leaves_nothing() {
    let ns = Namespace::new("kill");
    let own = Own::start("kill");
    run_a_pod(&own, &ns);

    // Its pods and their shims go on: the worst that a crash leaves.
    for process in &own.find().expect("it runs").processes {
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(process.pid), nix::sys::signal::Signal::SIGKILL)
            .expect("its processes are root's");
    }
    eventually("the killed sandbox is seen as broken", || {
        own.find().is_some_and(|sandbox| sandbox.state == RunState::Broken)
    });

    up(&own.name, "20m");
    run_a_pod(&own, &ns);
    assert_eq!(find(&ns.sandbox.name).expect("the shared one").state, RunState::Running);

    plat(&["sandbox", "down", "--name", &own.name]);
    assert_eq!(own.traces(), Vec::<String>::new());
}

fn an_idle_sandbox_stops_itself_and_leaves_nothing() {
    let own = Own::start("idle");
    up(&own.name, "1s");
    eventually("the idle sandbox has stopped itself", || own.traces().is_empty());
}

/// A sandbox of one test, removed with the value.
struct Own {
    name: String,
}

impl Own {
    /// The pid tells test runs in two working trees apart.
    fn start(prefix: &str) -> Self {
        let own = Self { name: format!("{prefix}-{}", std::process::id()) };
        up(&own.name, "20m");
        own
    }

    fn find(&self) -> Option<Sandbox> {
        find(&self.name)
    }

    /// What is left of it on this machine.
    fn traces(&self) -> Vec<String> {
        let folder = format!("/var/lib/plat/sandbox/{}", self.name);
        let mut traces: Vec<String> = [PathBuf::from(&folder)]
            .into_iter()
            .chain(
                ["unified", "memory", "pids", "."]
                    .map(|h| PathBuf::from(format!("/sys/fs/cgroup/{h}/plat-{}", self.name))),
            )
            .filter(|path| path.exists())
            .map(|path| path.display().to_string())
            .collect();
        for link in fs::read_dir("/var/log/containers").into_iter().flatten().flatten() {
            let target = fs::read_link(link.path()).unwrap_or_default();
            traces.extend(target.starts_with(&folder).then(|| link.path().display().to_string()));
        }
        let within = |line: &&str| line.contains(&format!("{folder}/"));
        let mounts = fs::read_to_string("/proc/self/mountinfo").expect("the mounts");
        traces.extend(mounts.lines().filter(within).map(str::to_owned));
        for process in fs::read_dir("/proc").expect("the processes").flatten() {
            let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            traces.extend(Some(line.as_str()).filter(within).map(str::to_owned));
        }
        traces
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let _ = Command::new(env!("CARGO_BIN_EXE_plat")).args(["sandbox", "down", "--name", &self.name]).output();
    }
}

/// Loads the image into the test's own sandbox and runs one pod of it.
fn run_a_pod(own: &Own, ns: &Namespace) {
    let sandbox = own.find().expect("it runs");
    let archive = ns.work().join("busybox.tar");
    image::write_busybox(&archive);
    let image = image::load(&sandbox, &archive);
    let kubectl = |args: &[&str]| {
        let output = Command::new(&sandbox.kubectl)
            .args(args)
            .args(["--kubeconfig", sandbox.kubeconfig.to_str().expect("a path of text")])
            .output()
            .expect("kubectl runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let file = ns.work().join("web.yaml");
    fs::write(&file, WEB.replace("@IMAGE@", &image)).expect("a manifest can be written");
    kubectl(&["apply", "-f", file.to_str().expect("a path of text")]);
    kubectl(&["rollout", "status", "deployment/web", "--timeout=60s"]);
}

fn up(name: &str, ttl: &str) {
    plat(&["sandbox", "up", "--name", name, "--ttl", ttl]);
}

fn plat(args: &[&str]) {
    assert_cmd::Command::new(env!("CARGO_BIN_EXE_plat")).args(args).assert().success();
}

fn find(name: &str) -> Option<Sandbox> {
    let name: Name = name.parse().expect("a sandbox's name");
    sandbox::find(&name).expect("the sandbox can be read")
}
