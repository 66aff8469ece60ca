//! `plat open` on a real kubelet: through it, past a pod that goes, to a clean end.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::support::{self, Namespace};
use crate::harness::tests;

tests![SHARED:
    a_connection_goes_to_a_ready_pod_also_after_that_pod_was_replaced,
    a_port_is_chosen_by_name_or_number_and_what_does_not_answer_is_said,
];

const WEB: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app.kubernetes.io/name: web}}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web, app.kubernetes.io/name: web}}
    spec:
      terminationGracePeriodSeconds: 1
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      containers:
      - name: web
        image: @IMAGE@
        args: [-c, 'echo $HOSTNAME > /tmp/index.html; exec httpd -f -p 8080 -h /tmp']
        ports: [{name: http, containerPort: 8080}]
        securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
        readinessProbe: {httpGet: {port: 8080, path: /index.html}, periodSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: http}]}
";

fn web(prefix: &str) -> Namespace {
    let namespace = support::namespace(prefix);
    support::apply(&namespace, &WEB.replace("@IMAGE@", &support::busybox(&namespace)));
    support::kubectl(&namespace, &["rollout", "status", "deployment/web", "--timeout=60s"]);
    namespace
}

/// `plat open` as a child, and the address that it serves.
struct Open {
    child: Child,
    address: String,
    out: BufReader<ChildStdout>,
    /// Its standard error.
    log: PathBuf,
}

impl Open {
    fn start(namespace: &Namespace, args: &[&str]) -> Self {
        let plat = support::plat(namespace);
        let mut command = Command::new(plat.get_program());
        command.env_clear().current_dir(namespace.work()).arg("open").args(args);
        command.envs(plat.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let log = namespace.work().join("open.log");
        let errors = File::create(&log).expect("a log can be written");
        let mut child = command.stdout(Stdio::piped()).stderr(errors).spawn().expect("plat runs");
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut url = String::new();
        out.read_line(&mut url).expect("the URL");
        let address = url.trim().trim_start_matches("http://").to_owned();
        Self { child, address, out, log }
    }

    /// The body of `GET /index.html`, or none when the connection was closed without one.
    fn get(&self) -> Option<String> {
        let mut stream = TcpStream::connect(&self.address).ok()?;
        stream.write_all(b"GET /index.html HTTP/1.0\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (_, body) = answer.split_once("\r\n\r\n")?;
        Some(body.trim().to_owned())
    }

    fn says(&self, text: &str) {
        support::eventually(text, || std::fs::read_to_string(&self.log).is_ok_and(|said| said.contains(text)));
    }

    /// Ctrl-C; returns its exit code and what else it printed.
    fn end(mut self) -> (Option<i32>, String) {
        let pid = i32::try_from(self.child.id()).expect("a pid");
        kill(Pid::from_raw(pid), Signal::SIGINT).expect("it runs");
        let mut out = String::new();
        self.out.read_to_string(&mut out).expect("text");
        (self.child.wait().expect("it ends").code(), out)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn a_connection_goes_to_a_ready_pod_also_after_that_pod_was_replaced() {
    let namespace = web("open");
    let open = Open::start(&namespace, &["web"]);
    let first = open.get().expect("an answer");
    assert!(first.starts_with("web-"), "{first}");

    support::kubectl(&namespace, &["delete", "pod", &first]);
    let second = open.get().expect("the next pod is waited for");
    assert!(second.starts_with("web-") && second != first, "{second}");

    open.says(&format!("goes to pod {first}"));
    open.says(&format!("pod {first} is not ready any more; goes to {second}"));
    assert_eq!(open.end(), (Some(0), String::new()));
}

fn a_port_is_chosen_by_name_or_number_and_what_does_not_answer_is_said() {
    let namespace = web("open");
    for args in [["deploy/web", "--port", "http"], ["svc/web", "--port", "0:80"]] {
        let open = Open::start(&namespace, &args);
        assert!(open.get().is_some_and(|pod| pod.starts_with("web-")), "{args:?}");
    }
    let open = Open::start(&namespace, &["web", "--port", "0:9999"]);
    assert_eq!(open.get(), None);
    open.says("a connection failed: web-");
    open.says("refused");
    open.end();

    for (args, expected) in [
        (["web", "--port", "grpc"], "web has no port named grpc"),
        (["wbe", "--port", "80"], "Deployments there: web"),
        (["web", "--port", "80:x:y"], "is no port"),
    ] {
        let output = support::plat(&namespace).arg("open").args(args).assert().failure();
        let said = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
        assert!(said.contains(expected), "{said}");
    }
}
