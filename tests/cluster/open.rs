//! `plat open` on a real kubelet: through it, past a pod that goes, to a clean end.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::harness::tests;
use crate::support::{Namespace, Running, busybox};

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

fn web() -> Namespace {
    let namespace = Namespace::new("open");
    namespace.apply(WEB.replace("@IMAGE@", &busybox(&namespace)));
    namespace.rolled_out("deployment/web");
    namespace
}

/// `plat open` that runs, and the address that it serves.
struct Open {
    plat: Running,
    address: String,
}

impl Open {
    fn start(namespace: &Namespace, args: &[&str]) -> Self {
        let mut plat = namespace.plat(&["open"]).args(args).start();
        let url = plat.until_line("the URL", |_| true).remove(0);
        Self { plat, address: url.trim().trim_start_matches("http://").to_owned() }
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
}

fn a_connection_goes_to_a_ready_pod_also_after_that_pod_was_replaced() {
    let namespace = web();
    let open = Open::start(&namespace, &["web"]);
    let first = open.get().expect("an answer");
    assert!(first.starts_with("web-"), "{first}");

    namespace.kubectl(&["delete", "pod", &first]);
    let second = open.get().expect("the next pod is waited for");
    assert!(second.starts_with("web-") && second != first, "{second}");

    open.plat.until_said(&format!("goes to pod {first}"));
    open.plat.until_said(&format!("pod {first} is not ready any more; goes to {second}"));
    let ended = open.plat.interrupt().succeeds();
    assert_eq!(ended.out.lines().count(), 1, "the URL and nothing else: {}", ended.out);
}

fn a_port_is_chosen_by_name_or_number_and_what_does_not_answer_is_said() {
    let namespace = web();
    for args in [["deploy/web", "--port", "http"], ["svc/web", "--port", "0:80"]] {
        let open = Open::start(&namespace, &args);
        assert!(open.get().is_some_and(|pod| pod.starts_with("web-")), "{args:?}");
    }
    let open = Open::start(&namespace, &["web", "--port", "0:9999"]);
    assert_eq!(open.get(), None);
    open.plat.until_said("a connection failed: web-");
    open.plat.until_said("refused");
    drop(open);

    for (args, expected) in [
        (["web", "--port", "grpc"], "web has no port named grpc"),
        (["wbe", "--port", "80"], "Deployments there: web"),
        (["web", "--port", "80:x:y"], "80:x:y"),
    ] {
        let said = namespace.plat(&["open"]).args(&args).run().says(expected);
        assert_ne!(said.code, 0);
    }
}
