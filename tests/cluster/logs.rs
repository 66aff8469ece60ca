//! `plat logs` on a real kubelet: which logs, in whose words, and nothing that drives the terminal.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use serde_json::Value;

use super::support::{self, Namespace};
use crate::harness::tests;

tests![SHARED:
    any_kind_is_read_with_its_init_containers_and_one_container_alone,
    what_a_log_says_drives_neither_a_terminal_nor_a_runner,
    following_goes_on_through_restarts_and_new_replicas,
    the_instance_before_is_the_one_that_crashed,
];

/// Any workload: `@KIND@`'s pods write what `@SCRIPT@` writes.
const WORKLOAD: &str = "
apiVersion: apps/v1
kind: @KIND@
metadata: {name: chat}
spec:
  replicas: 2
  selector: {matchLabels: {app: chat}}
  template:
    metadata: {labels: {app: chat}}
    spec:
      terminationGracePeriodSeconds: 1
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      initContainers:
      - name: prepare
        image: @IMAGE@
        args: [-c, 'echo prepared']
        securityContext: &safe {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
      containers:
      - {name: chat, image: @IMAGE@, args: [-c, '@SCRIPT@'], securityContext: *safe}
";

fn chat(namespace: &Namespace, kind: &str, script: &str) {
    let yaml = WORKLOAD.replace("@IMAGE@", &support::busybox(namespace)).replace("@KIND@", kind);
    support::apply(namespace, &yaml.replace("@SCRIPT@", &script.replace('\'', "''")));
}

fn rolled_out(namespace: &Namespace, object: &str) {
    support::kubectl(namespace, &["rollout", "status", object, "--timeout=60s"]);
}

/// Runs `plat logs`; it must succeed. Returns its lines.
fn logs(namespace: &Namespace, args: &[&str]) -> Vec<String> {
    let output = support::plat(namespace).arg("logs").args(args).assert().success();
    String::from_utf8_lossy(&output.get_output().stdout).lines().map(str::to_owned).collect()
}

/// `plat logs --follow` as a child, its lines as they come; ended with the value.
struct Followed {
    child: Child,
    lines: Receiver<String>,
}

impl Followed {
    fn start(namespace: &Namespace, args: &[&str]) -> Self {
        let plat = support::plat(namespace);
        let mut command = Command::new(plat.get_program());
        command.env_clear().current_dir(namespace.work()).args(["logs", "--follow"]).args(args);
        command.envs(plat.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("plat runs");
        let (sender, lines) = mpsc::channel();
        let out = BufReader::new(child.stdout.take().expect("a pipe"));
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, lines }
    }

    /// The lines until one that is so.
    fn until(&self, what: &str, is_so: impl Fn(&str) -> bool) -> Vec<String> {
        let mut lines = Vec::new();
        while !lines.last().is_some_and(|line: &String| is_so(line)) {
            match self.lines.recv_timeout(Duration::from_mins(1)) {
                Ok(line) => lines.push(line),
                Err(error) => panic!("no line: {what} ({error}): {lines:#?}"),
            }
        }
        lines
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn any_kind_is_read_with_its_init_containers_and_one_container_alone() {
    let namespace = support::namespace("logs");
    chat(&namespace, "StatefulSet", "echo hello from $HOSTNAME; exec sleep 3600");
    rolled_out(&namespace, "statefulset/chat");

    let expected = [
        "chat-0 prepare | prepared",
        "chat-0 | hello from chat-0",
        "chat-1 prepare | prepared",
        "chat-1 | hello from chat-1",
    ];
    assert_eq!(logs(&namespace, &["sts/chat"]), expected);
    assert_eq!(logs(&namespace, &["statefulset/chat", "--container", "chat"]), [expected[1], expected[3]]);
    assert_eq!(logs(&namespace, &["pod/chat-1", "-c", "chat"]), ["chat-1 chat | hello from chat-1"]);
    assert_eq!(logs(&namespace, &["sts/chat", "--since", "0s", "--tail", "0"]), Vec::<String>::new());

    let json = logs(&namespace, &["pod/chat-0", "-c", "chat", "--output", "json"]);
    let line: Value = serde_json::from_str(&json[0]).expect("one JSON value a line");
    assert_eq!(
        (&line["pod"], &line["container"], &line["line"]),
        (&"chat-0".into(), &"chat".into(), &"hello from chat-0".into())
    );
    assert!(line["time"].as_str().is_some_and(|time| time.parse::<jiff::Timestamp>().is_ok()), "{line}");

    for (args, expected) in [
        (["sts/chat", "-c", "caht"], "no pod of StatefulSet chat has a container caht"),
        (["sts/caht", "-c", "chat"], "the nearest is chat"),
        (["sts/chat", "--previous", "-q"], "no container of StatefulSet chat has restarted"),
        (["cm/chat", "-c", "chat"], "cm is no kind that has pods"),
    ] {
        let output = support::plat(&namespace).arg("logs").args(args).assert().failure();
        let said = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
        assert!(said.contains(expected), "{said}");
    }
}

fn what_a_log_says_drives_neither_a_terminal_nor_a_runner() {
    let namespace = support::namespace("logs");
    let script = r#"printf "\033[31mred\033[0m\n\033]0;title\007x\n\033]52;c;aGk=\007\none\rtwo\n::error::boo\n##[group]x\n"; exec sleep 3600"#;
    chat(&namespace, "StatefulSet", script);
    rolled_out(&namespace, "statefulset/chat");
    let args = ["sts/chat", "-c", "chat"];
    let output = support::plat(&namespace).arg("logs").args(args).args(["--color", "always"]).assert().success();
    let text = String::from_utf8_lossy(&output.get_output().stdout).into_owned();
    assert!(text.contains("| \u{1b}[0m \u{1b}[31mred\u{1b}[0m") || text.contains("\u{1b}[31mred"), "{text:?}");
    let plain = logs(&namespace, &args).join("\n");
    for said in [
        "chat-0 | red\n",
        r"\u{1b}]0;title\u{7}x",
        r"\u{1b}]52;c;aGk=\u{7}",
        r"one\rtwo",
        "chat-0 | ::error::boo",
        r"\u{23}#[group]x",
    ] {
        assert!(plain.contains(said), "{said} is not in {plain:?}");
    }
    assert!(plain.chars().all(|c| c == '\n' || !c.is_control()), "{plain:?}");
}

fn following_goes_on_through_restarts_and_new_replicas() {
    let namespace = support::namespace("logs");
    // Each replica counts, and ends after a while: the kubelet starts it again.
    let script = "n=0; while [ $n -lt 30 ]; do n=$((n+1)); echo line $n; sleep 0.1; done; exit 3";
    chat(&namespace, "Deployment", script);
    support::eventually("a log", || {
        support::plat(&namespace)
            .args(["logs", "deploy/chat", "-c", "chat"])
            .output()
            .is_ok_and(|o| !o.stdout.is_empty())
    });
    let followed = Followed::start(&namespace, &["deploy/chat", "-c", "chat", "--tail", "all"]);
    let first = followed.until("the first instance ends", |line| line.ends_with("| line 30"));
    let pod = first.last().and_then(|line| line.split(' ').next()).expect("a pod").to_owned();
    // A second instance begins at 1 again; none of its lines is missing and none comes twice.
    let mut lines = first;
    lines.extend(followed.until("the second instance", |line| line.starts_with(&pod) && line.ends_with("| line 30")));
    let of_pod: Vec<&str> =
        lines.iter().filter(|line| line.starts_with(&pod)).filter_map(|line| line.split("| ").nth(1)).collect();
    let expected: Vec<String> = (1..=30).chain(1..=30).map(|n| format!("line {n}")).collect();
    assert_eq!(of_pod, expected);

    support::kubectl(&namespace, &["scale", "deployment/chat", "--replicas=3"]);
    let known: std::collections::BTreeSet<String> =
        lines.iter().filter_map(|line| Some(line.split(' ').next()?.to_owned())).collect();
    followed.until("a new replica", |line| {
        line.ends_with("| line 1") && !known.iter().any(|pod| line.starts_with(pod.as_str()))
    });
}

fn the_instance_before_is_the_one_that_crashed() {
    let namespace = support::namespace("logs");
    chat(&namespace, "Deployment", "echo started at $(date +%s%N); exit 7");
    support::eventually("a crashed instance", || {
        let output = support::plat(&namespace).args(["logs", "deploy/chat", "--previous", "-c", "chat"]).output();
        output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("| started at "))
    });
}
