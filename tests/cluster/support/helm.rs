//! Helm, and a release of the chart that the tests have.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::{Namespace, bases};

/// Who applies: the API server, as Helm 4 does it by default, or Helm itself, as all releases of Helm 3 were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applies {
    OnTheServer,
    Itself,
}

/// A release named `shop`, of `tests/cluster/charts/shop`: with a subchart, hooks, checksums of its configuration, and
/// the labels that `helm create` gives.
pub struct Release<'n> {
    /// Where Helm keeps it.
    pub namespace: &'n Namespace,
    applies: Applies,
    chart: PathBuf,
}

impl<'n> Release<'n> {
    /// Installed; its objects are in `objects`.
    pub fn install(namespace: &'n Namespace, objects: &Namespace, image: &str, applies: Applies) -> Self {
        let chart = copied(namespace);
        let release = Self { namespace, applies, chart };
        let values = format!("global.image={image},global.namespace={}", objects.name);
        release.run("install", &["--set", &values]);
        release
    }

    /// `helm upgrade` with other values, as a pipeline does it.
    pub fn upgrade(&self, args: &[&str]) -> Output {
        self.output("upgrade", &[&["--reset-then-reuse-values"], args].concat())
    }

    /// The templates of the chart itself are taken out of it; those of the subchart stay.
    pub fn without_own_templates(&self) {
        fs::remove_dir_all(self.chart.join("templates")).expect("the templates of the chart");
        let helpers = chart().join("templates/_helpers.tpl");
        fs::copy(helpers, self.chart.join("charts/cache/templates/_helpers.tpl")).expect("what the subchart uses");
    }

    pub fn uninstall(&self) -> Output {
        helm(self.namespace, &["uninstall", "shop"])
    }

    fn run(&self, command: &str, args: &[&str]) {
        let output = self.output(command, args);
        assert!(output.status.success(), "helm {command}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn output(&self, command: &str, args: &[&str]) -> Output {
        let chart = self.chart.to_str().expect("a path is text");
        let server_side = format!("--server-side={}", self.applies == Applies::OnTheServer);
        helm(self.namespace, &[&[command, "shop", chart, &server_side], args].concat())
    }
}

/// `helm ARGS` in the namespace, to its end.
pub fn helm(namespace: &Namespace, args: &[&str]) -> Output {
    let mut helm = Command::new(bases::helm().join("helm"));
    helm.args(args).args(["--namespace", &namespace.name]);
    helm.env("KUBECONFIG", &namespace.kubeconfig).env("HOME", namespace.home()).current_dir(namespace.work());
    helm.output().expect("helm runs")
}

/// The chart, in this repository.
pub fn chart() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cluster/charts/shop")
}

/// A copy that a test may change.
fn copied(namespace: &Namespace) -> PathBuf {
    let work = namespace.work();
    let copied = Command::new("cp").arg("-r").arg(chart()).arg(&work).status().expect("cp runs");
    assert!(copied.success());
    work.join("shop")
}
