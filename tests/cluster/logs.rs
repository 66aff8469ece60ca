//! `plat logs` on a real kubelet: which logs, in whose words, and nothing that drives the terminal.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::harness::tests;
use crate::support::{Namespace, busybox, eventually};

tests![SHARED:
    any_kind_is_read_with_its_init_containers_and_one_container_alone,
    what_a_log_says_drives_neither_a_terminal_nor_a_runner,
    following_goes_on_through_restarts_and_new_replicas,
    the_instance_before_is_the_one_that_crashed,
    following_waits_for_the_first_pod,
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
    let yaml = WORKLOAD.replace("@IMAGE@", &busybox(namespace)).replace("@KIND@", kind);
    namespace.apply(yaml.replace("@SCRIPT@", &script.replace('\'', "''")));
}

/// Runs `plat logs`; it must succeed. Returns its lines.
fn logs(namespace: &Namespace, args: &[&str]) -> Vec<String> {
    namespace.plat(&["logs"]).args(args).succeeds().out.lines().map(str::to_owned).collect()
}

fn any_kind_is_read_with_its_init_containers_and_one_container_alone() {
    let namespace = Namespace::new("logs");
    chat(&namespace, "StatefulSet", "echo hello from $HOSTNAME; exec sleep 3600");
    namespace.rolled_out("statefulset/chat");

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
        (["cm/chat", "-c", "chat"], "cm is not a kind that has pods"),
    ] {
        let said = namespace.plat(&["logs"]).args(&args).run().says(expected);
        assert_ne!(said.code, 0);
    }
}

fn what_a_log_says_drives_neither_a_terminal_nor_a_runner() {
    let namespace = Namespace::new("logs");
    let script = r#"printf "\033[31mred\033[0m\n\033]0;title\007x\n\033]52;c;aGk=\007\none\rtwo\n::error::boo\n##[group]x\n"; exec sleep 3600"#;
    chat(&namespace, "StatefulSet", script);
    namespace.rolled_out("statefulset/chat");
    let args = ["sts/chat", "-c", "chat"];
    let text = namespace.plat(&["logs"]).args(&args).args(&["--color", "always"]).succeeds().out;
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
    let namespace = Namespace::new("logs");
    // Each replica counts, and ends after a while: the kubelet starts it again.
    let script = "n=0; while [ $n -lt 30 ]; do n=$((n+1)); echo line $n; sleep 0.1; done; exit 3";
    chat(&namespace, "Deployment", script);
    let log = || namespace.plat(&["logs", "deploy/chat", "-c", "chat"]).run().out;
    eventually("a log", || !log().is_empty());
    let mut follow = namespace.plat(&["logs", "--follow", "deploy/chat", "-c", "chat", "--tail", "all"]).start();
    let first = follow.until_line("the first instance ends", |line| line.ends_with("| line 30"));
    let pod = first.last().and_then(|line| line.split(' ').next()).expect("a pod").to_owned();
    // A second instance begins at 1 again; none of its lines is missing and none comes twice.
    let mut lines = first;
    lines
        .extend(follow.until_line("the second instance", |line| line.starts_with(&pod) && line.ends_with("| line 30")));
    let of_pod: Vec<&str> =
        lines.iter().filter(|line| line.starts_with(&pod)).filter_map(|line| line.split("| ").nth(1)).collect();
    let expected: Vec<String> = (1..=30).chain(1..=30).map(|n| format!("line {n}")).collect();
    assert_eq!(of_pod, expected);

    namespace.kubectl(&["scale", "deployment/chat", "--replicas=3"]);
    let known: BTreeSet<String> = lines.iter().filter_map(|line| Some(line.split(' ').next()?.to_owned())).collect();
    follow.until_line("a new replica", |line| {
        line.ends_with("| line 1") && !known.iter().any(|pod| line.starts_with(pod.as_str()))
    });
}

fn the_instance_before_is_the_one_that_crashed() {
    let namespace = Namespace::new("logs");
    chat(&namespace, "Deployment", "echo started at $(date +%s%N); exit 7");
    let previous = || namespace.plat(&["logs", "deploy/chat", "--previous", "-c", "chat"]).run().out;
    eventually("a crashed instance", || previous().contains("| started at "));
}

fn following_waits_for_the_first_pod() {
    let namespace = Namespace::new("logs");
    chat(&namespace, "Deployment", "echo hello; exec sleep 3600");
    namespace.kubectl(&["scale", "deployment/chat", "--replicas=0"]);
    let read = || namespace.plat(&["logs", "deploy/chat"]).run();
    eventually("no pods", || read().err.contains("Deployment chat has no pods now"));

    let mut follow = namespace.plat(&["logs", "--follow", "deploy/chat", "-c", "chat"]).start();
    follow.until_said("no pods yet");
    namespace.kubectl(&["scale", "deployment/chat", "--replicas=1"]);
    follow.until_line("the first line", |line| line.ends_with("| hello"));

    namespace.plat(&["logs", "--follow", "pod/chat-none"]).run().says("there is no Pod").says("chat-none");
}
