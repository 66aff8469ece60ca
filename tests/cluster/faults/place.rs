//! A sandbox that the tests of this group may break, one after the other: each finds it whole.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::ops::Deref;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use plat::sandbox::{Hold, Sandbox};

use crate::support::{self, Namespace, Shop, image, read_kubeconfig};

/// The sandbox, its image with a shell, and what keeps it from stopping by itself.
type Shared = (&'static Sandbox, String, Hold);

static SHARED: Mutex<Option<Shared>> = Mutex::new(None);

fn shared() -> MutexGuard<'static, Option<Shared>> {
    SHARED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A service in the sandbox, which is fixed when the value is dropped.
pub struct Place {
    shop: Shop,
    /// Components that were killed or stopped, and what undoes it.
    broken: RefCell<Vec<(String, &'static str)>>,
}

impl Deref for Place {
    type Target = Shop;

    fn deref(&self) -> &Shop {
        &self.shop
    }
}

/// Starts the sandbox, where a test before has not.
pub fn place() -> Place {
    let mut shared = shared();
    let (sandbox, image, _) = shared.get_or_insert_with(|| {
        // The pid tells test runs in two working trees apart.
        let (sandbox, hold) = support::start(&format!("faults-{}", std::process::id()));
        // It lives as long as the process.
        let sandbox: &'static Sandbox = Box::leak(Box::new(sandbox));
        let image = image::busybox_in(&Namespace::within(sandbox, "image"));
        (sandbox, image, hold)
    });
    let shop = Shop::of(Namespace::within(sandbox, "faults"), image);
    Place { shop, broken: RefCell::default() }
}

/// Ends the sandbox, where a test has started it.
pub fn down() {
    if let Some((sandbox, ..)) = shared().take() {
        let plat = env!("CARGO_BIN_EXE_plat");
        let _ = Command::new(plat).args(["sandbox", "down", "--name", &sandbox.name]).output();
    }
}

impl Place {
    /// `plat sandbox fault WHAT COMPONENT`
    pub fn fault(&self, what: &str, component: &str) {
        fault(self.sandbox, what, component);
        let mut broken = self.broken.borrow_mut();
        broken.retain(|(other, _)| other != component);
        match what {
            "kill" => broken.push((component.to_owned(), "start")),
            "stop" => broken.push((component.to_owned(), "go-on")),
            _ => {}
        }
    }

    /// Its program serves after this script has run.
    pub fn serves_after(&self, script: &str) -> Shop {
        self.runs(&format!("{script}; {}", support::SERVE))
    }

    /// This image by its digest, so that plat itself need not ask the registry.
    pub fn pinned(&self, image: &str) -> String {
        let rendered = self.run(&["render", "--image", image]).succeeds().out;
        let image = rendered.split_whitespace().find(|word| word.contains("@sha256:")).expect("a pinned image");
        image.trim_matches('"').to_owned()
    }

    /// plat (and the test's kubectl) speak as a developer who holds the built-in role `edit` here, and nothing else.
    pub fn become_developer(&self) {
        let developer = read_kubeconfig(&self.account("developer", "--clusterrole=edit"));
        self.configure(|config| *config = developer);
    }

    /// kubectl as the cluster's admin; it must succeed. Returns its stdout.
    pub fn admin(&self, args: &[&str]) -> String {
        let mut kubectl = self.kubectl_command();
        let output = kubectl.env("KUBECONFIG", &self.sandbox.kubeconfig).args(args).output().expect("kubectl runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("kubectl prints text")
    }

    /// The address of the API server, as the sandbox's own kubeconfig has it.
    pub fn server(&self) -> SocketAddr {
        let config = read_kubeconfig(&self.sandbox.kubeconfig);
        let server = config["clusters"][0]["cluster"]["server"].as_str().expect("a server");
        server.trim_start_matches("https://").parse().expect("an address")
    }

    /// Waits until the API server answers again.
    pub fn answers(&self) {
        support::eventually("the API server answers", || {
            let mut kubectl = self.kubectl_command();
            kubectl.env("KUBECONFIG", &self.sandbox.kubeconfig);
            kubectl.args(["get", "--raw", "/readyz", "--request-timeout=2s"]);
            kubectl.output().is_ok_and(|output| output.stdout == b"ok")
        });
    }

    /// Undoes every fault, and waits until the cluster is whole.
    fn fix(&self) {
        let broken = self.broken.take();
        if broken.is_empty() {
            return;
        }
        for (component, cure) in &broken {
            fault(self.sandbox, cure, component);
        }
        self.answers();
        self.admin(&["wait", "nodes", "--all", "--for=condition=Ready", "--timeout=120s"]);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What a failed test leaves is for nobody to build on, nor a sandbox that cannot be fixed.
        let whole =
            !std::thread::panicking() && std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.fix())).is_ok();
        if !whole {
            down();
        }
    }
}

/// `plat sandbox fault WHAT COMPONENT`
pub fn fault(sandbox: &Sandbox, what: &str, component: &str) {
    let mut plat = assert_cmd::Command::new(env!("CARGO_BIN_EXE_plat"));
    plat.args(["sandbox", "fault", "--name", &sandbox.name, what, component]).assert().success();
}
