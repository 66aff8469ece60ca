//! Nothing that a program or someone else's object says reaches the terminal as a control sequence.

use crate::harness::tests;
use crate::support::{Ended, Namespace, Shop, eventually};

tests![SHARED:
    what_a_crashing_program_leaves_is_escaped_in_deploy_status_and_why,
    an_event_and_a_condition_that_somebody_wrote_are_escaped,
];

/// Clears the screen, renames the window, and says a word.
const SEQUENCE: &str = "\\033[2J\\033]0;stolen\\007owned";

/// It was shown, and as text.
fn disarmed(said: &Ended, shown: &str) {
    let all = format!("{}{}", said.out, said.err);
    assert!(all.contains(shown), "no {shown:?} in {all:?}");
    assert!(!all.contains(['\u{1b}', '\u{7}', '\u{9b}']), "{all:?}");
}

fn what_a_crashing_program_leaves_is_escaped_in_deploy_status_and_why() {
    let shop = Shop::new("escape").with(&"patch: {Deployment: {spec: {template: {spec: {containers: [{name: shop, command: [sh, -c, 'printf \"XX\" | tee /dev/termination-log; exit 3']}]}}}}}".replace("XX", &SEQUENCE.replace('\\', "\\\\")));
    disarmed(&shop.run(&["deploy"]).fails(3), "owned");
    disarmed(&shop.run(&["deploy", "--output", "json"]).fails(3), "owned");
    disarmed(&shop.run(&["status"]).succeeds(), "owned");
    disarmed(&shop.run(&["why"]).fails(3), "owned");
    // Between two starts there may be no log.
    eventually("a log", || {
        let said = shop.run(&["logs"]).run();
        let is_there = said.out.contains("owned");
        disarmed(&said, if is_there { "owned" } else { "" });
        is_there
    });
}

fn an_event_and_a_condition_that_somebody_wrote_are_escaped() {
    let namespace = Namespace::new("escape");
    namespace.apply("apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\nspec: {replicas: 1, selector: {matchLabels: {app: db}}, \
         template: {metadata: {labels: {app: db}}, spec: {serviceAccountName: nobody, containers: [{name: db, image: none}]}}}\n");
    let uid = namespace.get("statefulset/db")["metadata"]["uid"].clone();
    let object = |kind: &str, of: &str| format!("{{kind: {kind}, name: db, namespace: {}, uid: {of}}}", namespace.name);
    let event = |owner: &str| {
        format!(
            "apiVersion: v1\nkind: Event\nmetadata: {{name: forged}}\ninvolvedObject: {owner}\ntype: Warning\n\
             reason: FailedCreate\nmessage: \"\\e[2J\\e]0;stolen\\aowned\"\nfirstTimestamp: 2030-01-01T00:00:00Z\n\
             lastTimestamp: 2030-01-01T00:00:00Z\ncount: 1\n"
        )
    };
    namespace.apply(event(&object("StatefulSet", uid.as_str().expect("a uid"))));
    disarmed(&namespace.plat(&["why", "statefulset/db"]).run(), "owned");
    disarmed(&namespace.plat(&["why", "--output", "json"]).run(), "owned");

    namespace.apply("apiVersion: batch/v1\nkind: Job\nmetadata: {name: db}\nspec: {suspend: true, template: {spec: {restartPolicy: Never, containers: [{name: db, image: none}]}}}\n");
    let condition = "{\"status\":{\"startTime\":\"2026-11-23T00:00:00Z\",\"conditions\":[{\"type\":\"FailureTarget\",\"status\":\"True\",\"reason\":\"Forged\",\
                     \"message\":\"\\u001b[2J\\u001b]0;stolen\\u0007owned\"}]}}";
    namespace.kubectl(&["patch", "job/db", "--subresource=status", "--type=merge", "-p", condition]);
    disarmed(&namespace.plat(&["why", "job/db"]).run(), "owned");
}
