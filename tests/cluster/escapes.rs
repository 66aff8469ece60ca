//! Nothing that a program or somebody else's object says reaches the terminal as a control sequence.

use super::safety::{Said, get, plat, spec};
use super::support;
use crate::harness::tests;

tests![SHARED:
    what_a_crashing_program_leaves_is_escaped_in_deploy_status_and_why,
    an_event_and_a_condition_that_somebody_wrote_are_escaped,
];

/// Clears the screen, renames the window, and says a word.
const SEQUENCE: &str = "\\033[2J\\033]0;stolen\\007owned";

/// It was shown, and as text.
fn disarmed(said: &Said, shown: &str) {
    let all = format!("{}{}", said.out, said.err);
    assert!(all.contains(shown), "no {shown:?} in {all:?}");
    assert!(!all.contains(['\u{1b}', '\u{7}', '\u{9b}']), "{all:?}");
}

fn what_a_crashing_program_leaves_is_escaped_in_deploy_status_and_why() {
    let namespace = support::namespace("escape");
    spec(
        &namespace,
        "replicas: 1\npatch: {Deployment: {spec: {template: {spec: {containers: [{name: shop, command: [sh, -c, 'printf \"XX\" | tee /dev/termination-log; exit 3']}]}}}}}",
    );
    let file = namespace.work().join("plat.yaml");
    let text = std::fs::read_to_string(&file).expect("plat.yaml").replace("XX", &SEQUENCE.replace('\\', "\\\\"));
    std::fs::write(&file, text).expect("plat.yaml can be written");
    disarmed(&plat(&namespace, &["deploy"]).ends(3), "owned");
    disarmed(&plat(&namespace, &["deploy", "--output", "json"]).ends(3), "owned");
    let status = plat(&namespace, &["status"]).ends(0);
    disarmed(&status, "owned");
    disarmed(&plat(&namespace, &["why"]).ends(3), "owned");
    // Between two starts there may be no log.
    support::eventually("a log", || {
        let said = plat(&namespace, &["logs"]);
        let is_there = said.out.contains("owned");
        disarmed(&said, if is_there { "owned" } else { "" });
        is_there
    });
}

fn an_event_and_a_condition_that_somebody_wrote_are_escaped() {
    let namespace = support::namespace("escape");
    support::apply(
        &namespace,
        "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\nspec: {replicas: 1, selector: {matchLabels: {app: db}}, \
         template: {metadata: {labels: {app: db}}, spec: {serviceAccountName: nobody, containers: [{name: db, image: none}]}}}\n",
    );
    let uid = get(&namespace, "statefulset/db")["metadata"]["uid"].clone();
    let object = |kind: &str, of: &str| format!("{{kind: {kind}, name: db, namespace: {}, uid: {of}}}", namespace.name);
    let event = |owner: &str| {
        format!(
            "apiVersion: v1\nkind: Event\nmetadata: {{name: forged}}\ninvolvedObject: {owner}\ntype: Warning\n\
             reason: FailedCreate\nmessage: \"\\e[2J\\e]0;stolen\\aowned\"\nfirstTimestamp: 2030-01-01T00:00:00Z\n\
             lastTimestamp: 2030-01-01T00:00:00Z\ncount: 1\n"
        )
    };
    support::apply(&namespace, &event(&object("StatefulSet", uid.as_str().expect("a uid"))));
    disarmed(&plat(&namespace, &["why", "statefulset/db"]), "owned");
    disarmed(&plat(&namespace, &["why", "--output", "json"]), "owned");

    support::apply(
        &namespace,
        "apiVersion: batch/v1\nkind: Job\nmetadata: {name: db}\nspec: {suspend: true, template: {spec: {restartPolicy: Never, containers: [{name: db, image: none}]}}}\n",
    );
    let condition = "{\"status\":{\"startTime\":\"2026-11-23T00:00:00Z\",\"conditions\":[{\"type\":\"FailureTarget\",\"status\":\"True\",\"reason\":\"Forged\",\
                     \"message\":\"\\u001b[2J\\u001b]0;stolen\\u0007owned\"}]}}";
    support::kubectl(&namespace, &["patch", "job/db", "--subresource=status", "--type=merge", "-p", condition]);
    disarmed(&plat(&namespace, &["why", "job/db"]), "owned");
}
