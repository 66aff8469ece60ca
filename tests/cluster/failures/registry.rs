//! Images of all sorts in the sandbox's registry, and a second door to it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::support::{Namespace, image};

/// Pushes the image with a shell under this name.
pub fn push(ns: &Namespace, name: &str) {
    load(ns, &archive(ns, "65532:65532"), name);
}

/// An archive of the image with this `USER`.
pub fn archive(ns: &Namespace, user: &str) -> PathBuf {
    let file = ns.work().join(format!("image-{}.tar", user.replace(':', "-")));
    image::write_busybox_as(&file, user);
    file
}

/// Pushes an archive under this name.
pub fn load(ns: &Namespace, file: &Path, name: &str) {
    let file = file.to_str().expect("a path of text");
    ns.plat(&["sandbox", "load", "--name", &ns.sandbox.name, "--as", name, file]).succeeds();
}

/// An index that has the image with a shell for these architectures, whatever it was built for.
pub fn push_index(ns: &Namespace, name: &str, architectures: &[&str]) {
    let (repository, tag) = name.split_once(':').expect("a tagged name");
    push(ns, &format!("{repository}:part"));
    let (head, body) = ask(ns, "GET", &format!("{repository}/manifests/part"), "");
    let header =
        |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned();
    let entry = |architecture: &&str| {
        json!({
            "mediaType": header("Content-Type:"), "digest": header("Docker-Content-Digest:"), "size": body.len(),
            "platform": { "os": "linux", "architecture": architecture },
        })
    };
    let index = json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": architectures.iter().map(entry).collect::<Vec<_>>(),
    });
    let (head, body) = ask(ns, "PUT", &format!("{repository}/manifests/{tag}"), &index.to_string());
    assert!(head.starts_with("HTTP/1.1 201"), "{head}\n{body}");
}

/// One request to the registry: head and body of its answer.
fn ask(ns: &Namespace, method: &str, path: &str, body: &str) -> (String, String) {
    let host = &ns.sandbox.registry;
    let mut stream = TcpStream::connect(host).expect("the registry listens");
    let accept = "application/vnd.oci.image.manifest.v1+json";
    write!(
        stream,
        "{method} /v2/{path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Basic {}\r\nAccept: {accept}\r\n\
         Content-Type: application/vnd.oci.image.index.v1+json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        auth(ns),
        body.len()
    )
    .expect("a request can be sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("an HTTP answer");
    (head.to_owned(), body.to_owned())
}

/// What docker would send: base64 of user and password.
pub fn auth(ns: &Namespace) -> String {
    let text = std::fs::read(ns.sandbox.docker_config.join("config.json")).expect("the registry's password");
    let config: Value = serde_json::from_slice(&text).expect("a config.json");
    config["auths"][&ns.sandbox.registry]["auth"].as_str().expect("a login").to_owned()
}

/// A Secret with a login for the registry behind this host.
pub fn pull_secret(ns: &Namespace, name: &str, host: &str, auth: &str) {
    let config = json!({ "auths": { host: { "auth": auth } } }).to_string();
    let literal = format!("--from-literal=.dockerconfigjson={config}");
    ns.kubectl(&["create", "secret", "generic", name, "--type=kubernetes.io/dockerconfigjson", &literal]);
}

/// The registry at another port of the node, for which the node has no login. Closed when dropped.
pub struct Door(Child);

impl Door {
    pub fn open(ns: &Namespace, port: u16) -> Self {
        let busybox = image::busybox_program();
        let (host, registry_port) = ns.sandbox.registry.rsplit_once(':').expect("host and port");
        let child = Command::new("nsenter")
            .arg(format!("--net={}", ns.sandbox.network_namespace.display()))
            .arg(&busybox)
            .args(["nc", "-ll", "-p", &port.to_string(), "-e"])
            .arg(&busybox)
            .args(["nc", host, registry_port])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("nsenter starts");
        Self(child)
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A port of the node that nobody else uses: out of the namespace's random name.
pub fn some_port(ns: &Namespace) -> u16 {
    let digits = ns.name.rsplit('-').next().and_then(|word| u16::from_str_radix(word.get(..4)?, 16).ok());
    20_000 + digits.unwrap_or_default() % 10_000
}
