//! Requests without a pause, from inside the cluster: over connections that are kept and over fresh ones.

use std::path::Path;
use std::sync::OnceLock;

use super::{Namespace, eventually};

/// A pod that asks until the namespace goes.
pub struct Load<'n> {
    namespace: &'n Namespace,
}

/// What it has counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    pub answered: usize,
    pub failed: usize,
    /// What the first failure was.
    pub first: String,
}

impl<'n> Load<'n> {
    /// Asks this host and path, by the name of a Service: `http://shop/hello`.
    pub fn start(namespace: &'n Namespace, url: &str) -> Self {
        let host = url.trim_start_matches("http://").split('/').next().expect("a host").to_owned();
        let url = url.replacen(&host, &format!("{host}:80"), 1);
        namespace.apply(pod(&image(namespace), &url));
        let load = Self { namespace };
        eventually("the load runs", || load.counted().is_some_and(|counted| counted.answered > 100));
        load
    }

    /// What it counted up to now; None before it has begun.
    pub fn counted(&self) -> Option<Counted> {
        let logs = self.namespace.kubectl_command().args(["logs", "load", "--tail=1"]).output().expect("kubectl runs");
        let text = String::from_utf8_lossy(&logs.stdout).into_owned();
        let of = |name: &str| Some(text.split_once(name)?.1.split([' ', '\n']).next()?.to_owned());
        let number = |name: &str| of(name)?.parse().ok();
        let first = text.split_once("first=")?.1.trim().to_owned();
        Some(Counted { answered: number("answered=")?, failed: number("failed=")?, first })
    }

    /// Requests are still answered, and none has failed.
    pub fn none_failed(&self, when: &str) {
        let before = self.counted().expect("the load runs");
        eventually("more requests", || self.counted().is_some_and(|now| now.answered > before.answered + 100));
        let counted = self.counted().expect("the load runs");
        assert_eq!(counted.failed, 0, "{when}: {counted:?}");
    }
}

/// The image of the program, built once for a run.
fn image(namespace: &Namespace) -> String {
    static IMAGE: OnceLock<String> = OnceLock::new();
    let build = || {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cluster/load");
        for file in ["go.mod", "main.go", "plat.yaml"] {
            namespace.write(&format!("load/{file}"), std::fs::read(source.join(file)).expect("the program's source"));
        }
        namespace.plat(&["build", "--quiet"]).folder("load").succeeds().out.trim().to_owned()
    };
    IMAGE.get_or_init(build).clone()
}

fn pod(image: &str, url: &str) -> String {
    format!(
        r#"
apiVersion: v1
kind: Pod
metadata: {{name: load}}
spec:
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: 0
  securityContext: {{runAsNonRoot: true, runAsUser: 10001, seccompProfile: {{type: RuntimeDefault}}}}
  containers:
  - name: load
    image: {image}
    args: ["{url}"]
    securityContext: {{allowPrivilegeEscalation: false, capabilities: {{drop: [ALL]}}}}
"#
    )
}
