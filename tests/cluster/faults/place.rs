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

/// Starts the sandbox; None where no node can run.
pub fn place() -> Option<Place> {
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    // The pid tells test runs in two working trees apart.
    let (sandbox, hold) = support::start(&format!("faults-{}", std::process::id()))?;
    // It lives as long as the process; one small value a test.
    let sandbox: &'static Sandbox = Box::leak(Box::new(sandbox));
    drop(hold);
    let namespace = support::namespace_in(sandbox, "faults");
    let archive = namespace.work().join("busybox.tar");
    support::write_busybox(&archive);
    let image = support::load(sandbox, &archive);
    fs::remove_file(archive).expect("the archive can be removed");
    Some(Place { namespace, sandbox, image, _turn: turn })
}

impl Place {
    /// `plat sandbox fault WHAT COMPONENT`
    pub fn fault(&self, what: &str, component: &str) {
        let mut plat = assert_cmd::Command::new(env!("CARGO_BIN_EXE_plat"));
        plat.args(["sandbox", "fault", "--name", &self.sandbox.name, what, component]).assert().success();
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

    /// Points plat (and the test's kubectl) at another address of the same API server.
    pub fn through(&self, address: std::net::SocketAddr) {
        let text = fs::read_to_string(&self.namespace.kubeconfig).expect("the test's kubeconfig");
        let mut config: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        config["clusters"][0]["cluster"]["server"] = format!("https://{address}").into();
        fs::write(&self.namespace.kubeconfig, config.to_string()).expect("a kubeconfig");
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
            let output = support::kubectl_command(&self.namespace)
                .args(["get", "--raw", "/readyz", "--request-timeout=2s"])
                .output();
            output.is_ok_and(|output| output.stdout == b"ok")
        });
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ =
            Command::new(env!("CARGO_BIN_EXE_plat")).args(["sandbox", "down", "--name", &self.sandbox.name]).output();
    }
}
