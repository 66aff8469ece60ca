//! The `ApplySet` of a service (KEP-3659): marks, pruning, and other tools' sets.

use super::safety::{deployed, get, is_there, plat, spec};
use super::support;
use crate::harness::tests;

tests![SHARED:
    the_parent_and_its_members_bear_the_marks_of_the_kep,
    what_is_no_longer_asked_for_is_shown_first_and_deleted_after_success,
    a_failed_deploy_prunes_nothing_and_the_next_one_finds_all_that_is_left_over,
    volumes_and_secrets_of_others_are_never_pruned,
    kubectl_and_plat_refuse_each_others_sets_by_name_and_adopt_takes_over,
];

const PARENT: &str = "secret/plat-shop";

fn kubectl_prune(namespace: &support::Namespace, parent: &str, file: &str) -> (bool, String) {
    let output = support::kubectl_command(namespace)
        .env("KUBECTL_APPLYSET", "true")
        .args(["apply", "--prune", "--namespace", &namespace.name, &format!("--applyset={parent}"), "-f", file])
        .output()
        .expect("kubectl runs");
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: note}\ndata: {a: b}\n";

fn the_parent_and_its_members_bear_the_marks_of_the_kep() {
    let namespace = deployed("set", "replicas: 1");
    let parent = get(&namespace, PARENT);
    let annotations = &parent["metadata"]["annotations"];
    assert_eq!(annotations["applyset.kubernetes.io/tooling"], "plat/v0");
    assert_eq!(
        annotations["applyset.kubernetes.io/contains-group-kinds"],
        "Deployment.apps,NetworkPolicy.networking.k8s.io,Service,ServiceAccount"
    );
    let id = parent["metadata"]["labels"]["applyset.kubernetes.io/id"].as_str().expect("an id").to_owned();
    let of = format!("applyset.kubernetes.io/part-of={id}");
    let members = support::kubectl(&namespace, &["get", "sa,svc,netpol,deploy", "-l", &of, "-o", "name"]);
    assert_eq!(members.lines().count(), 4, "{members}");
    // The pods are not members: a changed label would restart them.
    assert_eq!(support::kubectl(&namespace, &["get", "pods", "-l", &of, "-o", "name"]), "");
}

fn what_is_no_longer_asked_for_is_shown_first_and_deleted_after_success() {
    let namespace = deployed("set", "replicas: {min: 1, max: 2}");
    assert!(is_there(&namespace, "hpa/shop"));
    spec(&namespace, "replicas: 1");
    let gone = format!("- HorizontalPodAutoscaler {}/shop (deleted after success)", namespace.name);
    plat(&namespace, &["diff"]).ends(0).says(&gone);
    assert!(is_there(&namespace, "hpa/shop"));
    plat(&namespace, &["deploy"]).ends(0);
    assert!(!is_there(&namespace, "hpa/shop"));
    let kinds =
        get(&namespace, PARENT)["metadata"]["annotations"]["applyset.kubernetes.io/contains-group-kinds"].clone();
    assert!(!kinds.as_str().expect("kinds").contains("HorizontalPodAutoscaler"), "shrunk: {kinds}");
    plat(&namespace, &["diff", "--exit-code"]).ends(0);
}

fn a_failed_deploy_prunes_nothing_and_the_next_one_finds_all_that_is_left_over() {
    let namespace = support::namespace("set");
    let work = namespace.work();
    let write = |text: &str| std::fs::write(work.join("all.yaml"), text).expect("manifests");
    let second = MAP.replace("note", "second");
    write(&format!("{MAP}---\n{second}"));
    plat(&namespace, &["deploy", "-f", "all.yaml", "--set", "notes"]).ends(0);

    // A new object comes and another goes, but one is refused by the server: nothing goes.
    write(&format!("{MAP}---\n{}", MAP.replace("note", "Not-A-Name")));
    plat(&namespace, &["deploy", "-f", "all.yaml", "--set", "notes"]).ends(1);
    assert!(is_there(&namespace, "configmap/second"));

    write(MAP);
    plat(&namespace, &["deploy", "-f", "all.yaml", "--set", "notes"]).ends(0);
    assert!(!is_there(&namespace, "configmap/second"));
    assert!(is_there(&namespace, "configmap/note"));
}

fn volumes_and_secrets_of_others_are_never_pruned() {
    let namespace = support::namespace("set");
    support::kubectl(&namespace, &["create", "secret", "generic", "theirs", "--from-literal=a=b"]);
    let claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec: {accessModes: \
                 [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}\n";
    let secret =
        |name: &str| format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}}}\nstringData: {{c: d}}\n");
    let all = format!("{MAP}---\n{}---\n{}---\n{claim}", secret("theirs"), secret("ours"));
    std::fs::write(namespace.work().join("all.yaml"), all).expect("manifests");
    // A claim that nobody uses is never bound here; what counts is that it is there.
    let _ = plat(&namespace, &["deploy", "-f", "all.yaml", "--set", "store", "--deadline", "5s"]);
    assert!(is_there(&namespace, "pvc/data"));
    std::fs::write(namespace.work().join("all.yaml"), MAP).expect("manifests");
    let said = plat(&namespace, &["deploy", "-f", "all.yaml", "--set", "store"]).ends(0);
    said.says("leaves PersistentVolumeClaim");
    said.says("plat did not create this Secret");
    let left = ["pvc/data", "secret/theirs", "secret/ours"].map(|object| is_there(&namespace, object));
    assert_eq!(left, [true, true, false]);
}

fn kubectl_and_plat_refuse_each_others_sets_by_name_and_adopt_takes_over() {
    let namespace = deployed("set", "replicas: 1");
    std::fs::write(namespace.work().join("note.yaml"), MAP).expect("a manifest");
    let (done, said) = kubectl_prune(&namespace, PARENT, "note.yaml");
    assert!(!done && said.contains("managed by tooling \"plat\" instead of \"kubectl\""), "{said}");

    // A set of kubectl under the name that plat would use.
    let (done, said) = kubectl_prune(&namespace, "secret/plat-notes", "note.yaml");
    assert!(done, "{said}");
    let deploy = ["deploy", "-f", "note.yaml", "--set", "notes"];
    let refused = plat(&namespace, &deploy).ends(1);
    refused.says("the set notes belongs to kubectl/v");
    refused.says("--adopt");
    plat(&namespace, &[&deploy[..], &["--adopt"]].concat()).ends(0);
    let (done, said) = kubectl_prune(&namespace, "secret/plat-notes", "note.yaml");
    assert!(!done && said.contains("managed by tooling \"plat\""), "{said}");
    plat(&namespace, &deploy).ends(0);

    // A member of a set of kubectl under another name.
    std::fs::write(namespace.work().join("other.yaml"), MAP.replace("note", "other")).expect("a manifest");
    let (done, said) = kubectl_prune(&namespace, "secret/theirs", "other.yaml");
    assert!(done, "{said}");
    let deploy = ["deploy", "-f", "other.yaml", "--set", "mine"];
    let refused = plat(&namespace, &deploy).ends(1);
    refused.says("belongs to another ApplySet");
    refused.says(&format!("the parent of that set is Secret {}/theirs, of kubectl/v", namespace.name));
    plat(&namespace, &[&deploy[..], &["--adopt"]].concat()).ends(0);
    // Its old owner prunes it no more.
    let (done, said) = kubectl_prune(&namespace, "secret/theirs", "note.yaml");
    assert!(!done || is_there(&namespace, "configmap/other"), "{said}");
    assert!(is_there(&namespace, "configmap/other"));
}
