//! A sandbox that one test may break; nobody else is in it.

use std::fs;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use plat::sandbox::Sandbox;

use crate::support::{self, Namespace};

/// One broken sandbox at a time: two cores cannot tell two faults from one that is slow.
static TURN: Mutex<()> = Mutex::new(());

/// A sandbox and a namespace in it; all of it is removed with the value.
pub struct Place {
    pub namespace: Namespace,
    sandbox: &'static Sandbox,
    /// Image with a shell.
    pub image: String,
    _turn: MutexGuard<'static, ()>,
}

/// Starts the sandbox.
pub fn place() -> Place {
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    // The pid tells test runs in two working trees apart.
    let (sandbox, hold) = support::start(&format!("faults-{}", std::process::id()));
    // It lives as long as the process; one small value a test.
    let sandbox: &'static Sandbox = Box::leak(Box::new(sandbox));
    drop(hold);
    let namespace = support::namespace_in(sandbox, "faults");
    let archive = namespace.work().join("busybox.tar");
    support::write_busybox(&archive);
    let image = support::load(sandbox, &archive);
    fs::remove_file(archive).expect("the archive can be removed");
    Place { namespace, sandbox, image, _turn: turn }
}

impl Place {
    pub fn fault(&self, what: &str, component: &str) {
        fault(self.sandbox, what, component);
    }

    /// Writes plat.yaml of the service `shop`; its replica answers HTTP after `start` (shell words) has run.
    pub fn spec(&self, start: &str, more: &str) {
        let text = format!(
            "name: shop
port: 8080
health: /
image: {}
replicas: 1
command: [sh, -c, 'mkdir -p /tmp/www; echo hello > /tmp/www/index.html; {start}; exec httpd -f -p 8080 -h /tmp/www']
{more}\n",
            self.image
        );
        fs::write(self.namespace.work().join("plat.yaml"), text).expect("plat.yaml can be written");
    }

    /// The image by its digest, so that plat itself need not ask the registry.
    pub fn pinned(&self) -> String {
        let rendered = support::plat(&self.namespace).arg("render").assert().success();
        let rendered = String::from_utf8_lossy(&rendered.get_output().stdout).into_owned();
        let image = rendered.split_whitespace().find(|word| word.contains("@sha256:")).expect("a pinned image");
        image.trim_matches('"').to_owned()
    }

    /// Points plat (and the test's kubectl) at another address of the same API server.
    pub fn through(&self, server: &str) {
        self.configure(|config| config["clusters"][0]["cluster"]["server"] = server.into());
    }

    /// plat (and the test's kubectl) speak as a developer who holds the built-in role `edit` here, and nothing else.
    pub fn become_developer(&self) {
        let namespace = &self.namespace;
        support::kubectl(namespace, &["create", "serviceaccount", "developer"]);
        let account = format!("--serviceaccount={}:developer", namespace.name);
        support::kubectl(namespace, &["create", "rolebinding", "developer", "--clusterrole=edit", &account]);
        let token = support::kubectl(namespace, &["create", "token", "developer"]);
        self.configure(|config| config["users"][0]["user"] = serde_json::json!({ "token": token.trim() }));
    }

    fn configure(&self, change: impl FnOnce(&mut serde_json::Value)) {
        let text = fs::read_to_string(&self.namespace.kubeconfig).expect("the test's kubeconfig");
        let mut config: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        change(&mut config);
        fs::write(&self.namespace.kubeconfig, config.to_string()).expect("a kubeconfig");
    }

    /// kubectl as the cluster's admin; it must succeed. Returns its stdout.
    pub fn admin(&self, args: &[&str]) -> String {
        let mut kubectl = support::kubectl_command(&self.namespace);
        let output = kubectl.env("KUBECONFIG", &self.sandbox.kubeconfig).args(args).output().expect("kubectl runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("kubectl prints text")
    }

    /// The address of the API server, as the sandbox's own kubeconfig has it.
    pub fn server(&self) -> std::net::SocketAddr {
        let text = fs::read_to_string(&self.sandbox.kubeconfig).expect("the sandbox's kubeconfig");
        let config: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let server = config["clusters"][0]["cluster"]["server"].as_str().expect("a server");
        server.trim_start_matches("https://").parse().expect("an address")
    }

    /// Waits until the API server answers again.
    pub fn answers(&self) {
        support::eventually("the API server answers", || {
            let mut kubectl = support::kubectl_command(&self.namespace);
            kubectl.args(["get", "--raw", "/readyz", "--request-timeout=2s"]);
            kubectl.output().is_ok_and(|output| output.stdout == b"ok")
        });
    }
}

/// `plat sandbox fault WHAT COMPONENT`
pub fn fault(sandbox: &Sandbox, what: &str, component: &str) {
    let mut plat = assert_cmd::Command::new(env!("CARGO_BIN_EXE_plat"));
    plat.args(["sandbox", "fault", "--name", &sandbox.name, what, component]).assert().success();
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ =
            Command::new(env!("CARGO_BIN_EXE_plat")).args(["sandbox", "down", "--name", &self.sandbox.name]).output();
    }
}
