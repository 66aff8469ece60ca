//! Questions to the sandbox's registry, as any client of its protocol asks them.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use plat::sandbox::Sandbox;
use serde_json::Value;

pub struct Registry {
    host: String,
    /// As `Authorization: Basic` wants it.
    login: String,
}

impl Registry {
    pub fn of(sandbox: &Sandbox) -> Self {
        let config = fs::read(sandbox.docker_config.join("config.json")).expect("the sandbox's config.json");
        let config: Value = serde_json::from_slice(&config).expect("JSON");
        let login = config["auths"][&sandbox.registry]["auth"].as_str().expect("a login").to_owned();
        Self { host: sandbox.registry.clone(), login }
    }

    /// The digest of a tag, where it is there.
    pub fn digest(&self, name: &str) -> Option<String> {
        let (repository, tag) = name.rsplit_once(':').expect("NAME:TAG");
        self.head(&format!("{repository}/manifests/{tag}"))
    }

    /// A manifest by its digest.
    pub fn manifest(&self, repository: &str, digest: &str) -> Value {
        let (_, body) = self.ask("GET", &format!("{repository}/manifests/{digest}"));
        serde_json::from_str(&body).expect("a manifest")
    }

    /// A blob.
    pub fn blob(&self, repository: &str, digest: &str) -> Vec<u8> {
        let (head, body) = self.bytes("GET", &format!("{repository}/blobs/{digest}"));
        assert!(head.lines().next().is_some_and(|line| line.contains(" 200 ")), "{repository}@{digest}: {head}");
        body
    }

    /// The digest that an answer names; None for what is not there.
    fn head(&self, path: &str) -> Option<String> {
        let (head, _) = self.ask("HEAD", path);
        let header = |line: &str| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("docker-content-digest").then(|| value.trim().to_owned())
        };
        head.lines().next().is_some_and(|line| line.contains(" 200 ")).then(|| head.lines().find_map(header))?
    }

    fn ask(&self, method: &str, path: &str) -> (String, String) {
        let (head, body) = self.bytes(method, path);
        (head, String::from_utf8(body).expect("a text"))
    }

    fn bytes(&self, method: &str, path: &str) -> (String, Vec<u8>) {
        let mut stream = TcpStream::connect(&self.host).expect("the sandbox's registry");
        let accept = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
            application/vnd.docker.distribution.manifest.v2+json";
        let (host, login) = (&self.host, &self.login);
        let request = format!(
            "{method} /v2/{path} HTTP/1.0\r\nHost: {host}\r\nAuthorization: Basic {login}\r\nAccept: {accept}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).expect("a request");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(answer.len());
        let body = answer.get(end + 4..).unwrap_or_default().to_vec();
        (String::from_utf8_lossy(&answer[..end]).into_owned(), body)
    }
}
