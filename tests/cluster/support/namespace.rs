//! A namespace of a test's own: kubectl and plat in it, and a folder to work in.

use std::collections::HashSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use plat::sandbox::Sandbox;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::api::{self, Answer};
use super::manifests::Manifests;
use super::{Plat, eventually, sandbox};

/// A namespace, and folders to work in. What runs there ends with the value, and the folders go.
pub struct Namespace {
    pub name: String,
    /// Selects the namespace too, so that neither plat nor kubectl must be told it.
    pub kubeconfig: PathBuf,
    pub sandbox: &'static Sandbox,
    pub(super) folder: TempDir,
}

impl Namespace {
    /// A new one in the sandbox that all tests share.
    pub fn new(prefix: &str) -> Self {
        Self::within(sandbox(), prefix)
    }

    /// A new one in this sandbox.
    pub fn within(sandbox: &'static Sandbox, prefix: &str) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        fs::create_dir(folder.path().join("work")).expect("a work folder");
        let name = format!("{prefix}-{}", &uuid::Uuid::new_v4().simple().to_string()[..8]);
        let kubeconfig = folder.path().join("kubeconfig");
        let namespace = Self { name, kubeconfig, sandbox, folder };
        let mut config = read_kubeconfig(&sandbox.kubeconfig);
        config["contexts"][0]["context"]["namespace"] = namespace.name.clone().into();
        fs::write(&namespace.kubeconfig, config.to_string()).expect("a kubeconfig of the test");

        let name = &namespace.name;
        let labels = json!({ "plat.dev/test": prefix });
        let body = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name, "labels": labels } });
        namespace.apply(body);
        // A pod is refused until its service account is there.
        super::eventually("the service account", || namespace.is_there("serviceaccount/default"));
        namespace
    }

    /// The folder that commands run in.
    pub fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// plat's own folder.
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("plat")
    }

    /// Writes a file of the work folder, and the folders that it is in.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let file = self.work().join(name);
        fs::create_dir_all(file.parent().expect("a file is in a folder")).expect("a folder");
        fs::write(&file, text).expect("a file can be written");
        file
    }

    /// `plat ARGS` in the work folder.
    pub fn plat(&self, args: &[&str]) -> Plat {
        Plat::new(self, args)
    }

    /// `plat deploy -f` of these manifests, with its events.
    pub fn deploy_manifests(&self, manifests: impl Into<Manifests>, args: &[&str]) -> Plat {
        self.write("manifests.yaml", manifests.into().0);
        self.plat(&[&["deploy", "-f", "manifests.yaml"], args].concat()).events()
    }

    /// kubectl (of the API server's version) in the namespace; it must succeed. Returns its stdout.
    pub fn kubectl(&self, args: &[&str]) -> String {
        let output = self.kubectl_command().args(args).output().expect("kubectl runs");
        assert!(output.status.success(), "kubectl {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("kubectl prints text")
    }

    /// kubectl in the namespace, for a test that expects a failure or changes its environment.
    pub fn kubectl_command(&self) -> Command {
        let mut command = Command::new(&self.sandbox.kubectl);
        command.env("KUBECONFIG", &self.kubeconfig).current_dir(self.work());
        command
    }

    /// kubectl with this text as its stdin.
    pub fn kubectl_reads(&self, args: &[&str], input: &str) -> Output {
        let mut kubectl = self.kubectl_command();
        let kubectl = kubectl.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = kubectl.spawn().expect("kubectl runs");
        child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("kubectl reads its input");
        child.wait_with_output().expect("kubectl ends")
    }

    /// Applies manifests with kubectl.
    pub fn apply(&self, manifests: impl Into<Manifests>) {
        let file = self.folder.path().join("apply.yaml");
        fs::write(&file, manifests.into().0).expect("a manifest can be written");
        self.kubectl(&["apply", "-f", file.to_str().expect("a temporary path is text")]);
    }

    fn read(&self, what: &str) -> Answer {
        api::read(self.sandbox, &self.name, what)
    }

    /// `kubectl get WHAT` as JSON: an object, or a list of a kind.
    pub fn get(&self, what: &str) -> Value {
        if let Answer::There(value) = self.read(what) {
            return value;
        }
        let text = self.kubectl(&["get", what, "-o", "json", "--show-managed-fields"]);
        serde_json::from_str(&text).expect("kubectl prints JSON")
    }

    /// How many requests with these verbs plat has sent to the namespace, from the audit log.
    pub fn requests(&self, verbs: &[&str]) -> usize {
        // The log is written in batches: what the marker's own request follows is there when the marker is.
        let marker = format!("marker-{}", uuid::Uuid::new_v4());
        self.kubectl(&["create", "configmap", &marker]);
        let read = || fs::read_to_string(&self.sandbox.audit_log).expect("the audit log");
        eventually("the marker in the audit log", || read().contains(&marker));
        let of = |entry: &Value| entry["objectRef"]["namespace"] == self.name.as_str();
        let by_plat = |entry: &Value| entry["userAgent"].as_str().is_some_and(|agent| agent.starts_with("plat/"));
        let is_one = |entry: &Value| entry["verb"].as_str().is_some_and(|verb| verbs.contains(&verb));
        let log = read();
        let entries = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let ours = entries.filter(|entry| of(entry) && by_plat(entry) && is_one(entry));
        ours.map(|entry| entry["auditID"].to_string()).collect::<HashSet<_>>().len()
    }

    /// One field of an object, by its `JSONPath`; empty where either is missing.
    pub fn field(&self, object: &str, path: &str) -> String {
        match self.read(object) {
            Answer::NotFound => return String::new(),
            Answer::There(value) => {
                if let Some(text) = api::text_at(&value, path) {
                    return text;
                }
            }
            Answer::Unknown => {}
        }
        self.kubectl(&["get", object, "--ignore-not-found", "-o", &format!("jsonpath={{{path}}}")])
    }

    /// The objects of these kinds, as `kind/name`.
    pub fn names(&self, kinds: &str) -> Vec<String> {
        self.kubectl(&["get", kinds, "-o", "name"]).lines().map(str::to_owned).collect()
    }

    /// Whether kubectl finds the object.
    pub fn is_there(&self, object: &str) -> bool {
        match self.read(object) {
            Answer::There(_) => true,
            Answer::NotFound => false,
            Answer::Unknown => !self.kubectl(&["get", object, "--ignore-not-found", "-o", "name"]).is_empty(),
        }
    }

    /// Waits until the cluster shows these words in the objects of a kind.
    pub fn shows(&self, kind: &str, words: &str) {
        super::eventually(&format!("{kind} show {words}"), || {
            serde_json::to_string_pretty(&self.get(kind)).is_ok_and(|text| text.contains(words))
        });
    }

    /// Waits until a workload runs as its manifest says.
    pub fn rolled_out(&self, workload: &str) {
        self.kubectl(&["rollout", "status", workload, "--timeout=120s"]);
    }

    /// `NUMBER OUTCOME` of each revision of `shop`, the newest first.
    pub fn history(&self) -> Vec<String> {
        let ended = self.plat(&["history", "shop"]).events().succeeds();
        let line = |line: &Value| format!("{} {}", line["revision"], line["outcome"].as_str().expect("an outcome"));
        ended.events.iter().map(line).collect()
    }

    /// Waits until the definition is served. `kubectl wait`, and a filter in its `JSONPath`,
    /// give up on one that has no condition yet.
    pub fn established(&self, definition: &str) {
        let is_met = |condition: &Value| condition["type"] == "Established" && condition["status"] == "True";
        super::eventually(&format!("{definition} is established"), || {
            self.get(definition)["status"]["conditions"].as_array().is_some_and(|all| all.iter().any(is_met))
        });
    }

    /// Who holds the lock of `shop`; empty for nobody.
    pub fn holder(&self) -> String {
        self.field("lease/plat-shop", ".spec.holderIdentity")
    }

    /// A kubeconfig of a new `ServiceAccount` that this role is bound to (`--clusterrole=edit`), in this namespace alone.
    pub fn account(&self, name: &str, role: &str) -> PathBuf {
        self.kubectl(&["create", "serviceaccount", name]);
        let account = format!("--serviceaccount={}:{name}", self.name);
        self.kubectl(&["create", "rolebinding", name, role, &account]);
        self.kubeconfig_of(name)
    }

    /// A kubeconfig of a new `ServiceAccount` that may do everything with these resources (`pods,deployments.apps`), in
    /// this namespace alone.
    pub fn account_with(&self, name: &str, resources: &str) -> PathBuf {
        let verbs = "get,list,watch,create,update,patch,delete,deletecollection";
        self.kubectl(&["create", "role", name, "--verb", verbs, "--resource", resources]);
        self.account(name, &format!("--role={name}"))
    }

    /// A kubeconfig that knows nothing but the token of this `ServiceAccount`.
    pub fn kubeconfig_of(&self, account: &str) -> PathBuf {
        let token = self.kubectl(&["create", "token", account]);
        let mut config = read_kubeconfig(&self.kubeconfig);
        config["users"][0]["user"] = json!({ "token": token.trim() });
        self.write(&format!("{account}.kubeconfig"), config.to_string())
    }

    /// Points plat (and kubectl) at another address of the same API server.
    pub fn through(&self, server: &str) {
        self.configure(|config| config["clusters"][0]["cluster"]["server"] = server.into());
    }

    /// Changes the test's kubeconfig.
    pub fn configure(&self, change: impl FnOnce(&mut Value)) {
        let mut config = read_kubeconfig(&self.kubeconfig);
        change(&mut config);
        fs::write(&self.kubeconfig, config.to_string()).expect("a kubeconfig can be written");
    }
}

/// What runs, or makes something run. The rest of a namespace stays until the sandbox goes: emptying one kind after the
/// other took the API server as long as all that the tests ask of it.
const RUNS: &str = "deployments,statefulsets,daemonsets,cronjobs,jobs,replicasets,horizontalpodautoscalers,pods,\
    persistentvolumeclaims";

impl Drop for Namespace {
    fn drop(&mut self) {
        // As the cluster's admin: the test may have become someone else.
        let mut kubectl = self.kubectl_command();
        kubectl.env("KUBECONFIG", &self.sandbox.kubeconfig);
        let _ = kubectl.args(["delete", RUNS, "--all", "--wait=false", "--grace-period=1", "-n", &self.name]).output();
    }
}

/// A kubeconfig as the sandbox writes it: JSON.
pub fn read_kubeconfig(file: &Path) -> Value {
    let text = fs::read_to_string(file).expect("a kubeconfig");
    serde_json::from_str(&text).expect("a kubeconfig as the sandbox writes it")
}
