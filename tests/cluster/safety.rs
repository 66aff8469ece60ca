//! What the tests of change safety share: a service, plat and what it said, the objects in the cluster.

use std::fs;

use serde_json::Value;

use super::support::{self, Namespace};

/// Writes the plat.yaml of a web server that needs nothing but the shell's image.
pub fn spec(namespace: &Namespace, more: &str) {
    let image = support::busybox(namespace);
    let text = format!(
        "name: shop\nport: 8080\nhealth: /\nimage: {image}\ncommand: [sh, -c, 'mkdir -p /tmp/www && echo hello > \
         /tmp/www/index.html && exec httpd -f -p 8080 -h /tmp/www']\n{more}\n"
    );
    fs::write(namespace.work().join("plat.yaml"), text).expect("plat.yaml can be written");
}

/// What plat said: its exit code, stdout and stderr.
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

pub fn plat(namespace: &Namespace, args: &[&str]) -> Said {
    let output = support::plat(namespace).args(args).output().expect("plat runs");
    Said {
        code: output.status.code().expect("plat ends by itself"),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl Said {
    #[track_caller]
    pub fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.out, self.err);
        self
    }

    #[track_caller]
    pub fn says(&self, text: &str) {
        assert!(self.out.contains(text) || self.err.contains(text), "no {text:?} in:\n{}\n{}", self.out, self.err);
    }
}

/// A namespace with the service deployed and ready.
pub fn deployed(prefix: &str, more: &str) -> Namespace {
    let namespace = support::namespace(prefix);
    spec(&namespace, more);
    plat(&namespace, &["deploy"]).ends(0);
    namespace
}

pub fn get(namespace: &Namespace, object: &str) -> Value {
    let text = support::kubectl(namespace, &["get", object, "-o", "json", "--show-managed-fields"]);
    serde_json::from_str(&text).expect("JSON of kubectl")
}

/// Whether kubectl finds it.
pub fn is_there(namespace: &Namespace, object: &str) -> bool {
    !support::kubectl(namespace, &["get", object, "--ignore-not-found", "-o", "name"]).is_empty()
}

pub fn managers(object: &Value) -> Vec<String> {
    let entries = object["metadata"]["managedFields"].as_array().expect("managed fields").iter();
    entries.map(|entry| entry["manager"].as_str().unwrap_or_default().to_owned()).collect()
}
