//! Admission rules for one namespace: a webhook with a real server, one without, and a policy.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

use super::registry::some_port;
use crate::support::manifests::secure;
use crate::support::{Namespace, eventually};

/// Where the server finds its certificate and key, and the port that it is to listen on.
const SERVE: &str = "PLAT_TEST_WEBHOOK";

/// Removes the cluster-wide object, and ends the server, when dropped.
pub struct Rule<'n> {
    ns: &'n Namespace,
    kinds: &'static [&'static str],
    server: Option<Child>,
}

impl Drop for Rule<'_> {
    fn drop(&mut self) {
        for kind in self.kinds {
            let _ = self.ns.kubectl_command().args(["delete", kind, &self.ns.name]).output();
        }
        if let Some(server) = &mut self.server {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

const HOOK: &[&str] = &["validatingwebhookconfiguration"];

/// A webhook that denies every pod of the namespace. Its server is this test binary, in the API server's network.
pub fn webhook(ns: &Namespace) -> Rule<'_> {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).expect("a certificate");
    let folder = ns.work().join("webhook");
    std::fs::create_dir(&folder).expect("a folder");
    std::fs::write(folder.join("cert"), cert.der()).expect("a certificate");
    std::fs::write(folder.join("key"), signing_key.serialize_der()).expect("a key");
    let port = some_port(ns);
    let mut server = Command::new("nsenter")
        .arg(format!("--net={}", ns.sandbox.network_namespace.display()))
        .arg(std::env::current_exe().expect("this binary"))
        .env(SERVE, format!("{port} {}", folder.display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("nsenter starts");
    let mut ready = [0];
    let mut said = String::new();
    let output = server.stdout.as_mut().expect("a pipe");
    while !said.contains("listening") && output.read(&mut ready).is_ok_and(|read| read == 1) {
        said.push(char::from(ready[0]));
    }
    let rule = Rule { ns, kinds: HOOK, server: Some(server) };
    hook(ns, port, &BASE64.encode(cert.pem()));
    rule
}

/// A webhook where nothing listens.
pub fn without_server(ns: &Namespace) -> Rule<'_> {
    let rule = Rule { ns, kinds: HOOK, server: None };
    hook(ns, 1, "");
    rule
}

/// A policy that denies every pod of the namespace.
pub fn policy(ns: &Namespace) -> Rule<'_> {
    let only_here = json!({ "matchLabels": { "kubernetes.io/metadata.name": ns.name } });
    let policy = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
        "metadata": { "name": ns.name },
        "spec": {
            "matchConstraints": { "namespaceSelector": only_here, "resourceRules": [pods()] },
            "validations": [{ "expression": "false", "message": "every pod needs a label team" }],
        },
    });
    let binding = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": { "name": ns.name }, "spec": { "policyName": ns.name, "validationActions": ["Deny"] },
    });
    let kinds = &["validatingadmissionpolicybinding", "validatingadmissionpolicy"];
    let rule = Rule { ns, kinds, server: None };
    ns.apply(json!({ "apiVersion": "v1", "kind": "List", "items": [policy, binding] }));
    wait_until_it_denies(ns);
    rule
}

fn hook(ns: &Namespace, port: u16, authority: &str) {
    let mut client = json!({ "url": format!("https://127.0.0.1:{port}/") });
    if !authority.is_empty() {
        client["caBundle"] = json!(authority);
    }
    let hook = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
        "metadata": { "name": ns.name },
        "webhooks": [{
            "name": format!("{}.example.com", ns.name), "clientConfig": client, "rules": [pods()],
            "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": ns.name } },
            "admissionReviewVersions": ["v1"], "sideEffects": "None", "timeoutSeconds": 5,
        }],
    });
    ns.apply(hook);
    wait_until_it_denies(ns);
}

fn pods() -> Value {
    json!({ "apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"] })
}

/// The API server reads new rules a moment after they are made.
fn wait_until_it_denies(ns: &Namespace) {
    // Pod Security has nothing against it.
    let container = json!({ "name": "trial", "image": "trial", "securityContext": secure() });
    let trial = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "trial" }, "spec": { "containers": [container] },
    });
    std::fs::write(ns.work().join("trial.json"), trial.to_string()).expect("a manifest");
    eventually("the rule is in force", || {
        let create = ["create", "-f", "trial.json", "--dry-run=server"];
        let output = ns.kubectl_command().args(create).output().expect("kubectl runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        ["webhook", "ValidatingAdmissionPolicy"].iter().any(|word| said.contains(word))
    });
}

/// Serves the webhook until it is killed, in a process that a test has started for it; else returns at once.
pub fn serve_if_asked() {
    let Ok(asked) = std::env::var(SERVE) else { return };
    let (port, folder) = asked.split_once(' ').expect("a port and a folder");
    let _ = rustls::crypto::ring::default_provider().install_default();
    let read = |name: &str| std::fs::read(Path::new(folder).join(name)).expect("what the other process wrote");
    let key = PrivateKeyDer::try_from(read("key")).expect("a key");
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![read("cert").into()], key);
    let config = Arc::new(config.expect("a server's certificate"));
    let listener = TcpListener::bind(("127.0.0.1", port.parse().expect("a port"))).expect("a free port");
    let _ = writeln!(std::io::stdout(), "listening");
    for stream in listener.incoming().map_while(Result::ok) {
        let session = ServerConnection::new(Arc::clone(&config)).expect("a session");
        answer(StreamOwned::new(session, stream));
    }
}

/// One `AdmissionReview` a connection; a client that goes away half way is none of our business.
fn answer(mut stream: StreamOwned<ServerConnection, std::net::TcpStream>) {
    let mut text = Vec::new();
    let mut part = [0; 4096];
    let review = loop {
        let Ok(read @ 1..) = stream.read(&mut part) else { return };
        text.extend_from_slice(&part[..read]);
        let Some(end) = text.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { continue };
        if let Ok(review) = serde_json::from_slice::<Value>(&text[end + 4..]) {
            break review;
        }
    };
    let message = "every pod needs a label team";
    let response = json!({ "uid": review["request"]["uid"], "allowed": false, "status": { "message": message } });
    let body =
        json!({ "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response }).to_string();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n";
    let _ = write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len());
    stream.conn.send_close_notify();
    let _ = stream.flush();
}
