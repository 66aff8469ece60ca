//! Questions to the sandbox's registry, as any client of its protocol asks them.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use plat::sandbox::Sandbox;
use serde_json::Value;

pub struct Registry {
    host: String,
    /// As `Authorization: Basic` wants it; none for a registry that asks nobody.
    login: Option<String>,
}

impl Registry {
    pub fn of(sandbox: &Sandbox) -> Self {
        let config = fs::read(sandbox.docker_config.join("config.json")).expect("the sandbox's config.json");
        let config: Value = serde_json::from_slice(&config).expect("JSON");
        let login = config["auths"][&sandbox.registry]["auth"].as_str().expect("a login").to_owned();
        Self { host: sandbox.registry.clone(), login: Some(login) }
    }

    /// Another one on this machine.
    pub fn at(host: &str) -> Self {
        Self { host: host.to_owned(), login: None }
    }

    /// The digest of a tag, where it is there.
    pub fn digest(&self, name: &str) -> Option<String> {
        let (repository, tag) = name.rsplit_once(':').expect("NAME:TAG");
        self.head(&format!("{repository}/manifests/{tag}"))
    }

    /// A manifest by its digest or tag.
    pub fn manifest(&self, repository: &str, name: &str) -> Value {
        let (_, body) = self.ask("GET", &format!("{repository}/manifests/{name}"));
        serde_json::from_str(&body).expect("a manifest")
    }

    /// A blob.
    pub fn blob(&self, repository: &str, digest: &str) -> Vec<u8> {
        let (head, body) = self.send("GET", &format!("{repository}/blobs/{digest}"), None);
        assert!(is_well(&head), "{repository}@{digest}: {head}");
        body
    }

    /// What refers to a manifest, where the registry keeps such lists.
    pub fn referrers(&self, repository: &str, digest: &str) -> Option<Value> {
        let (head, body) = self.ask("GET", &format!("{repository}/referrers/{digest}"));
        is_well(&head).then(|| serde_json::from_str(&body).expect("a list"))
    }

    /// Puts a manifest under a tag.
    pub fn put(&self, repository: &str, tag: &str, manifest: &Value) {
        let media_type = manifest["mediaType"].as_str().expect("a media type");
        let content = Some((media_type, manifest.to_string()));
        let (head, body) = self.send("PUT", &format!("{repository}/manifests/{tag}"), content);
        assert!(head.starts_with("HTTP/1.") && head.contains(" 201 "), "{head}\n{}", String::from_utf8_lossy(&body));
    }

    /// The digest that an answer names; None for what is not there.
    fn head(&self, path: &str) -> Option<String> {
        let (head, _) = self.ask("HEAD", path);
        let header = |line: &str| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("docker-content-digest").then(|| value.trim().to_owned())
        };
        is_well(&head).then(|| head.lines().find_map(header))?
    }

    fn ask(&self, method: &str, path: &str) -> (String, String) {
        let (head, body) = self.send(method, path, None);
        (head, String::from_utf8(body).expect("a text"))
    }

    /// `content`: its media type and itself.
    fn send(&self, method: &str, path: &str, content: Option<(&str, String)>) -> (String, Vec<u8>) {
        let mut stream = TcpStream::connect(&self.host).expect("a registry");
        let accept = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
            application/vnd.docker.distribution.manifest.v2+json";
        let host = &self.host;
        let login = self.login.as_ref().map(|login| format!("Authorization: Basic {login}\r\n")).unwrap_or_default();
        let (about, body) = match content {
            Some((kind, body)) => (format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len()), body),
            None => (String::new(), String::new()),
        };
        let request =
            format!("{method} /v2/{path} HTTP/1.0\r\nHost: {host}\r\n{login}Accept: {accept}\r\n{about}\r\n{body}");
        stream.write_all(request.as_bytes()).expect("a request");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(answer.len());
        let body = answer.get(end + 4..).unwrap_or_default().to_vec();
        (String::from_utf8_lossy(&answer[..end]).into_owned(), body)
    }
}

fn is_well(head: &str) -> bool {
    head.lines().next().is_some_and(|line| line.contains(" 200 "))
}
