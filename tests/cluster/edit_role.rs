//! A developer who holds only the built-in role `edit` in one namespace can do everything.

use serde_json::{Value, json};

use super::safety::{Said, is_there, spec};
use super::support::{self, Namespace};
use crate::harness::tests;

tests![SHARED:
    the_role_edit_in_one_namespace_is_enough_for_everything,
];

/// A kubeconfig that knows nothing but the developer's token.
fn as_developer(namespace: &Namespace) -> std::path::PathBuf {
    support::kubectl(namespace, &["create", "serviceaccount", "developer"]);
    let account = format!("--serviceaccount={}:developer", namespace.name);
    support::kubectl(namespace, &["create", "rolebinding", "developer", "--clusterrole=edit", &account]);
    let token = support::kubectl(namespace, &["create", "token", "developer"]);
    let text = std::fs::read_to_string(&namespace.kubeconfig).expect("the test's kubeconfig");
    let mut kubeconfig: Value = serde_json::from_str(&text).expect("a kubeconfig as the test wrote it");
    kubeconfig["users"][0]["user"] = json!({"token": token.trim()});
    let file = namespace.work().join("developer.json");
    std::fs::write(&file, kubeconfig.to_string()).expect("a kubeconfig");
    file
}

fn the_role_edit_in_one_namespace_is_enough_for_everything() {
    let namespace = support::namespace("edit");
    let kubeconfig = as_developer(&namespace);
    let plat = |args: &[&str]| {
        let output = support::plat(&namespace).env("KUBECONFIG", &kubeconfig).args(args).output().expect("plat runs");
        Said {
            code: output.status.code().expect("plat ends by itself"),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    };
    let dev = format!("environments: {{dev: {{namespace: {}}}}}", namespace.name);
    spec(&namespace, &format!("replicas: {{min: 1, max: 2}}\nenv: {{GREETING: hello}}\n{dev}"));
    plat(&["diff", "--exit-code"]).ends(5);
    // kube-system is not theirs to read, so the cluster is known by its certificate authority.
    plat(&["deploy", "--env", "dev"]).ends(0).says("environment dev is the cluster ca:");
    plat(&["deploy", "--env", "dev"]).ends(0).says("unchanged");
    spec(&namespace, &format!("replicas: 1\nenv: {{GREETING: goodbye}}\n{dev}"));
    plat(&["diff"]).ends(0).says("- HorizontalPodAutoscaler");
    plat(&["deploy"]).ends(0);
    assert!(!is_there(&namespace, "hpa/shop"));
    plat(&["status"]).ends(0);
    plat(&["why"]).ends(0);
    plat(&["logs"]).ends(0);
    plat(&["history"]).ends(0);
    plat(&["rollback"]).ends(0);
    support::kubectl(&namespace, &["set", "env", "deployment/shop", "GREETING=theirs"]);
    plat(&["deploy", "--take", "all"]).ends(0);
    plat(&["deploy", "--adopt"]).ends(0);
    plat(&["delete", "--yes"]).ends(0);
    assert!(!is_there(&namespace, "deployment/shop") && !is_there(&namespace, "secret/plat-shop"));

    // A namespace of their own making is beyond the role: one plain line, and nothing written.
    let refused = plat(&["deploy", "-n", "no-such-namespace-of-theirs"]).ends(1);
    assert!(refused.err.lines().filter(|line| line.starts_with("error:")).count() == 1, "{}", refused.err);
}
