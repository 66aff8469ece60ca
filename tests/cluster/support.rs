//! A real Kubernetes for tests: one sandbox that all of them share, a namespace for each, an image with a shell.
//!
//! ```text
//! let ns = support::namespace("deploy");
//! support::plat(&ns).args(["deploy", "--yes"]).assert().success();
//! support::kubectl(&ns, &["get", "deployment", "shop"]);
//! ```

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use plat::cli::{Color, Global, Output};
use plat::sandbox::archive::{self, Entry, Image};
use plat::sandbox::{self, Hold, Sandbox};
use plat::settings::Settings;
use plat::ui::Ui;
use serde_json::Value;
use tempfile::TempDir;

use crate::harness::ignore;

/// The reason that `plat sandbox up` gives where no node can run.
const CANNOT_RUN: &str = "PrerequisitesMissing";

/// What a build needs of the caller's environment; everything else is cleared.
const KEPT: [&str; 9] =
    ["PATH", "HOME", "GOPATH", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOSUMDB", "GOTOOLCHAIN", "SSL_CERT_FILE"];

/// The sandbox that all tests share, started by the first one that asks; `PLAT_TEST_SANDBOX` names another.
///
/// Where a node cannot run, the test is ignored; a failure where `CI` is set.
pub fn sandbox() -> &'static Sandbox {
    static SANDBOX: OnceLock<Result<(Sandbox, Hold), NoSandbox>> = OnceLock::new();
    let name = || std::env::var("PLAT_TEST_SANDBOX").unwrap_or_else(|_| "test".to_owned());
    match SANDBOX.get_or_init(|| try_start(&name())) {
        Ok((sandbox, _)) => sandbox,
        Err(none) => none.end(),
    }
}

/// Starts the sandbox of that name, or finds it running; where a node cannot run, as with [`sandbox`].
pub fn start(name: &str) -> (Sandbox, Hold) {
    try_start(name).unwrap_or_else(|none| none.end())
}

/// Why there is no sandbox.
enum NoSandbox {
    CannotRun(String),
    Failed(String),
}

impl NoSandbox {
    fn end(&self) -> ! {
        match self {
            Self::CannotRun(reason) => ignore(reason),
            Self::Failed(why) => panic!("no sandbox: {why}"),
        }
    }
}

fn try_start(name: &str) -> Result<(Sandbox, Hold), NoSandbox> {
    let output = Command::new(env!("CARGO_BIN_EXE_plat"))
        .args(["sandbox", "up", "--name", name, "--ttl", "20m", "--output", "json"])
        .output()
        .expect("the binary under test runs");
    if !output.status.success() {
        let error: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        if error["reason"] == CANNOT_RUN && std::env::var_os("CI").is_none() {
            let missing: Vec<&str> =
                error["details"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            return Err(NoSandbox::CannotRun(missing.join("; ")));
        }
        return Err(NoSandbox::Failed(format!("{error:#}\n{}", String::from_utf8_lossy(&output.stderr))));
    }
    let name = name.parse().expect("a sandbox's name");
    let sandbox = sandbox::find(&name).expect("the sandbox can be read").expect("the sandbox that was just started");
    // However long a test computes without a connection, the sandbox stays.
    let hold = sandbox.hold().expect("a running sandbox can be held");
    Ok((sandbox, hold))
}

/// A namespace of its own, and folders to work in; both are removed with the value.
pub struct Namespace {
    pub name: String,
    /// Selects the namespace too, so that neither plat nor kubectl must be told it.
    pub kubeconfig: PathBuf,
    pub sandbox: &'static Sandbox,
    folder: TempDir,
}

impl Namespace {
    /// An empty folder to run commands in.
    pub fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }
}

/// A new namespace in the shared sandbox.
pub fn namespace(prefix: &str) -> Namespace {
    namespace_in(sandbox(), prefix)
}

/// A new namespace in this sandbox.
pub fn namespace_in(sandbox: &'static Sandbox, prefix: &str) -> Namespace {
    let folder = TempDir::new().expect("a temporary folder");
    std::fs::create_dir(folder.path().join("work")).expect("a work folder");
    let name = format!("{prefix}-{}", &uuid::Uuid::new_v4().simple().to_string()[..8]);

    let text = std::fs::read_to_string(&sandbox.kubeconfig).expect("the sandbox's kubeconfig");
    let mut kubeconfig: Value = serde_json::from_str(&text).expect("a kubeconfig as the sandbox writes it");
    kubeconfig["contexts"][0]["context"]["namespace"] = name.clone().into();
    let place = folder.path().join("kubeconfig");
    std::fs::write(&place, kubeconfig.to_string()).expect("a kubeconfig of the test");

    let namespace = Namespace { name, kubeconfig: place, sandbox, folder };
    kubectl(&namespace, &["create", "namespace", &namespace.name]);
    kubectl(&namespace, &["label", "namespace", &namespace.name, &format!("plat.dev/test={prefix}")]);
    // A pod is refused until its service account is there.
    kubectl(&namespace, &["wait", "--for=create", "serviceaccount/default", "--timeout=60s"]);
    namespace
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = kubectl_command(self).args(["delete", "namespace", &self.name, "--wait=false"]).output();
    }
}

/// `plat` in the namespace's work folder, with nothing of the caller's environment but what builds need.
pub fn plat(namespace: &Namespace) -> assert_cmd::Command {
    assert_cmd::Command::from_std(plat_process(namespace))
}

/// The same, for a test that reads what it prints while it runs.
pub fn plat_process(namespace: &Namespace) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plat"));
    command
        .env_clear()
        .envs(KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
        .envs(namespace.sandbox.environment())
        .env("KUBECONFIG", &namespace.kubeconfig)
        .env("PLAT_HOME", namespace.folder.path().join("plat"))
        .current_dir(namespace.work());
    command
}

/// Runs kubectl (of the API server's version) in the namespace; it must succeed. Returns its stdout.
pub fn kubectl(namespace: &Namespace, args: &[&str]) -> String {
    let output = kubectl_command(namespace).args(args).output().expect("kubectl runs");
    assert!(output.status.success(), "kubectl {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("kubectl prints text")
}

/// kubectl in the namespace, for a test that expects a failure or pipes something in.
pub fn kubectl_command(namespace: &Namespace) -> Command {
    let mut command = Command::new(&namespace.sandbox.kubectl);
    command.env("KUBECONFIG", &namespace.kubeconfig).current_dir(namespace.work());
    command
}

/// Applies YAML with kubectl.
pub fn apply(namespace: &Namespace, yaml: &str) {
    let file = namespace.folder.path().join("apply.yaml");
    std::fs::write(&file, yaml).expect("a manifest can be written");
    kubectl(namespace, &["apply", "-f", file.to_str().expect("a temporary path is text")]);
}

/// A real base image with a shell: Debian's static busybox in the shared sandbox's registry. It runs as user 65532.
pub fn busybox(namespace: &Namespace) -> String {
    static REFERENCE: OnceLock<String> = OnceLock::new();
    REFERENCE
        .get_or_init(|| {
            let file = namespace.folder.path().join("busybox.tar");
            write_busybox(&file);
            load(namespace.sandbox, &file)
        })
        .clone()
}

/// `plat sandbox load`; returns the reference that it prints.
pub fn load(sandbox: &Sandbox, file: &Path) -> String {
    let output = assert_cmd::Command::new(env!("CARGO_BIN_EXE_plat"))
        .args(["sandbox", "load", "--name", &sandbox.name])
        .arg(file)
        .assert()
        .success();
    String::from_utf8_lossy(&output.get_output().stdout).trim().to_owned()
}

/// Debian's static busybox, as the sandbox keeps it.
pub fn busybox_program() -> PathBuf {
    let ui = Ui::new(&Global { output: Output::Text, color: Color::Never, verbose: 0, quiet: true });
    let settings = Settings::load().expect("the caller's settings");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(sandbox::busybox(&ui, &settings)).expect("Debian's busybox-static")
}

/// Writes the archive of `busybox:1.35` (or whatever version this Debian has).
pub fn write_busybox(file: &Path) {
    write_busybox_as(file, "65532:65532");
}

/// The same, for an image whose `USER` is another.
pub fn write_busybox_as(file: &Path, user: &str) {
    let program = busybox_program();
    let list = Command::new(&program).arg("--list").output().expect("busybox runs").stdout;
    let list = String::from_utf8(list).expect("busybox lists words");
    let links: Vec<String> = list.lines().filter(|name| *name != "busybox").map(|name| format!("bin/{name}")).collect();
    // "BusyBox v1.35.0 (Debian …) multi-call binary."
    let banner = Command::new(&program).output().expect("busybox runs").stdout;
    let banner = String::from_utf8_lossy(&banner);
    let version = banner.split(['v', ' ']).find(|word| word.starts_with("1.")).unwrap_or("1.0");
    let version: Vec<&str> = version.split('.').take(2).collect();

    let bytes = std::fs::read(&program).expect("busybox can be read");
    let mut entries =
        vec![Entry::folder("bin", 0o755), Entry::folder("tmp", 0o1777), Entry::program("bin/busybox", &bytes)];
    entries.extend(links.iter().map(|link| Entry::link(link, "busybox")));
    let image = Image {
        reference: &format!("busybox:{}", version.join(".")),
        architecture: if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" },
        entrypoint: &["/bin/sh"],
        user,
        entries: &entries,
    };
    std::fs::write(file, archive::write(&image).expect("an archive in memory")).expect("an archive can be written");
}

/// Asks every 100 ms until the answer is yes, for a minute at most.
pub fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !is_so() {
        assert!(Instant::now() < deadline, "not within a minute: {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}
