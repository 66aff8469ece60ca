//! A service that deploys: what the tests of locks, revisions and rollbacks have in common.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::support::{self, Namespace};

/// Serves the content of its config file, at once.
pub const SERVE: &str = "exec httpd -f -p 8080 -h /etc/shop";
/// Serves it after some seconds: time for somebody else.
pub const SLOW: &str = "sleep 5; exec httpd -f -p 8080 -h /etc/shop";
/// Ends before it serves.
pub const CRASH: &str = "echo password=hunter2; exit 3";

/// Writes plat.yaml and its config file to a folder of this name; returns the folder.
pub fn project(namespace: &Namespace, folder: &str, config: &str, program: &str, more: &str) -> PathBuf {
    let dir = namespace.work().join(folder);
    fs::create_dir_all(&dir).expect("a folder");
    fs::write(dir.join("index.html"), config).expect("a config file");
    let text = format!(
        "name: shop\nport: 8080\nhealth: /\nimage: {}\nconfig: [index.html]\ncommand: [sh, -c, '{program}']\n{more}\n",
        support::busybox(namespace)
    );
    let text = if more.contains("replicas:") { text } else { format!("{text}replicas: 1\n") };
    fs::write(dir.join("plat.yaml"), text).expect("plat.yaml");
    dir
}

/// `plat` in a folder of the work folder, with JSON events.
pub fn command(namespace: &Namespace, folder: &str, args: &[&str]) -> Command {
    let plat = support::plat(namespace);
    let mut command = Command::new(plat.get_program());
    command.env_clear().current_dir(namespace.work().join(folder)).args(args).args(["--output", "json"]);
    command.envs(plat.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command
}

/// Runs plat to its end; returns its exit code and events.
pub fn run(namespace: &Namespace, folder: &str, args: &[&str]) -> (i32, Vec<Value>) {
    let output = command(namespace, folder, args).output().expect("plat runs");
    let events = String::from_utf8_lossy(&output.stdout).lines().map(event_of).collect();
    (output.status.code().expect("plat ends by itself"), events)
}

fn event_of(line: &str) -> Value {
    serde_json::from_str(line).expect("one JSON value a line")
}

pub fn deployed(namespace: &Namespace, folder: &str, args: &[&str]) -> Vec<Value> {
    let (code, events) = run(namespace, folder, &[&["deploy"], args].concat());
    assert_eq!(code, 0, "{events:#?}");
    events
}

pub fn find<'e>(events: &'e [Value], name: &str) -> Option<&'e Value> {
    events.iter().find(|event| event["event"] == name)
}

pub fn event<'e>(events: &'e [Value], name: &str) -> &'e Value {
    find(events, name).unwrap_or_else(|| panic!("no event {name}: {events:#?}"))
}

/// A plat that runs in the background.
pub struct Running {
    child: Child,
    lines: Box<dyn Iterator<Item = String>>,
    pub events: Vec<Value>,
}

impl Running {
    pub fn start(namespace: &Namespace, folder: &str, args: &[&str]) -> Self {
        let mut child = command(namespace, folder, args).stdout(Stdio::piped()).spawn().expect("plat runs");
        let out = BufReader::new(child.stdout.take().expect("a pipe"));
        Self { child, lines: Box::new(out.lines().map_while(Result::ok)), events: Vec::new() }
    }

    /// Reads until the event is there; it must come.
    pub fn until(&mut self, name: &str) -> &Value {
        while find(&self.events, name).is_none() {
            let line = self.lines.next().unwrap_or_else(|| panic!("it ended before {name}: {:#?}", self.events));
            self.events.push(event_of(&line));
        }
        event(&self.events, name)
    }

    pub fn end(mut self) -> (i32, Vec<Value>) {
        self.events.extend(self.lines.by_ref().map(|line| event_of(&line)));
        let status = self.child.wait().expect("plat ends");
        (status.code().unwrap_or(-1), self.events)
    }

    /// SIGKILL: nothing of its own runs any more.
    pub fn kill(mut self) {
        self.child.kill().and_then(|()| self.child.wait()).expect("plat ends");
    }

    /// Ctrl-C.
    pub fn interrupt(self) -> (i32, Vec<Value>) {
        let sent = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().expect("kill runs");
        assert!(sent.success());
        self.end()
    }
}

pub fn get(namespace: &Namespace, args: &[&str]) -> Value {
    let args = [&["get"], args, &["-o", "json"]].concat();
    serde_json::from_str(&support::kubectl(namespace, &args)).expect("JSON of kubectl")
}

/// `3 rolled-back`, newest first.
pub fn history(namespace: &Namespace) -> Vec<String> {
    let (code, lines) = {
        fs::create_dir_all(namespace.work().join("history")).expect("a folder");
        run(namespace, "history", &["history", "shop"])
    };
    assert_eq!(code, 0, "{lines:#?}");
    let text = |line: &Value| format!("{} {}", line["revision"], line["outcome"].as_str().expect("an outcome"));
    lines.iter().map(text).collect()
}

/// Who holds the lock; empty for nobody.
pub fn holder(namespace: &Namespace) -> String {
    support::kubectl(
        namespace,
        &["get", "lease/plat-shop", "--ignore-not-found", "-o", "jsonpath={.spec.holderIdentity}"],
    )
}

/// What the pods are to serve, by way of the ConfigMap that the Deployment names.
pub fn served(namespace: &Namespace) -> String {
    let deployment = get(namespace, &["deployment/shop"]);
    let volumes = deployment["spec"]["template"]["spec"]["volumes"].as_array().expect("volumes").clone();
    let name = volumes.iter().find_map(|volume| volume["configMap"]["name"].as_str()).expect("a ConfigMap");
    let map = get(namespace, &["configmap", name]);
    map["data"]["index.html"].as_str().expect("the file").to_owned()
}

/// Who may do everything that the built-in role `edit` may, in this namespace only; returns the kubeconfig.
pub fn account(namespace: &Namespace, role: &str) -> PathBuf {
    support::kubectl(namespace, &["create", "serviceaccount", "dev"]);
    let account = format!("--serviceaccount={}:dev", namespace.name);
    support::kubectl(namespace, &["create", "rolebinding", "dev", role, &account]);
    let token = support::kubectl(namespace, &["create", "token", "dev"]);
    let text = fs::read_to_string(&namespace.kubeconfig).expect("the test's kubeconfig");
    let mut kubeconfig: Value = serde_json::from_str(&text).expect("JSON");
    kubeconfig["users"][0]["user"] = serde_json::json!({ "token": token.trim() });
    let place = namespace.work().join("dev.kubeconfig");
    fs::write(&place, kubeconfig.to_string()).expect("a kubeconfig can be written");
    place
}
