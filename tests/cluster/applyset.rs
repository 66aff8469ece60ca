//! The `ApplySet` of a service (KEP-3659): marks, pruning, and other tools' sets.

use crate::harness::tests;
use crate::support::{Namespace, Shop};

tests![SHARED:
    the_parent_and_its_members_bear_the_marks_of_the_kep,
    what_is_no_longer_asked_for_is_shown_first_and_deleted_after_success,
    a_failed_deploy_prunes_nothing_and_the_next_one_finds_all_that_is_left_over,
    volumes_and_secrets_of_others_are_never_pruned,
    kubectl_and_plat_refuse_each_others_sets_by_name_and_adopt_takes_over,
];

const PARENT: &str = "secret/plat-shop";

fn kubectl_prune(namespace: &Namespace, parent: &str, file: &str) -> (bool, String) {
    let output = namespace
        .kubectl_command()
        .env("KUBECTL_APPLYSET", "true")
        .args(["apply", "--prune", "--namespace", &namespace.name, &format!("--applyset={parent}"), "-f", file])
        .output()
        .expect("kubectl runs");
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: note}\ndata: {a: b}\n";

fn the_parent_and_its_members_bear_the_marks_of_the_kep() {
    let shop = Shop::new("set");
    shop.deploy().succeeds();
    let parent = shop.get(PARENT);
    let annotations = &parent["metadata"]["annotations"];
    assert_eq!(annotations["applyset.kubernetes.io/tooling"], "plat/v0");
    assert_eq!(
        annotations["applyset.kubernetes.io/contains-group-kinds"],
        "Deployment.apps,NetworkPolicy.networking.k8s.io,Service,ServiceAccount"
    );
    let id = parent["metadata"]["labels"]["applyset.kubernetes.io/id"].as_str().expect("an id").to_owned();
    let of = format!("applyset.kubernetes.io/part-of={id}");
    let members = shop.kubectl(&["get", "sa,svc,netpol,deploy", "-l", &of, "-o", "name"]);
    assert_eq!(members.lines().count(), 4, "{members}");
    // The pods are not members: a changed label would restart them.
    assert_eq!(shop.kubectl(&["get", "pods", "-l", &of, "-o", "name"]), "");
}

fn what_is_no_longer_asked_for_is_shown_first_and_deleted_after_success() {
    let base = Shop::new("set");
    let shop = base.with("replicas: {min: 1, max: 2}");
    shop.deploy().succeeds();
    assert!(shop.is_there("hpa/shop"));
    let gone = format!("- HorizontalPodAutoscaler {}/shop (deleted after success)", shop.name);
    base.run(&["diff"]).succeeds().says(&gone);
    assert!(shop.is_there("hpa/shop"));
    base.run(&["deploy"]).succeeds();
    assert!(!shop.is_there("hpa/shop"));
    let kinds = shop.get(PARENT)["metadata"]["annotations"]["applyset.kubernetes.io/contains-group-kinds"].clone();
    assert!(!kinds.as_str().expect("kinds").contains("HorizontalPodAutoscaler"), "shrunk: {kinds}");
    base.run(&["diff", "--exit-code"]).succeeds();
}

fn a_failed_deploy_prunes_nothing_and_the_next_one_finds_all_that_is_left_over() {
    let namespace = Namespace::new("set");
    let write = |text: &str| namespace.write("all.yaml", text);
    let second = MAP.replace("note", "second");
    write(&format!("{MAP}---\n{second}"));
    namespace.plat(&["deploy", "-f", "all.yaml", "--set", "notes"]).succeeds();

    // A new object comes and another goes, but one is refused by the server: nothing goes.
    write(&format!("{MAP}---\n{}", MAP.replace("note", "Not-A-Name")));
    namespace.plat(&["deploy", "-f", "all.yaml", "--set", "notes"]).fails(1);
    assert!(namespace.is_there("configmap/second"));

    write(MAP);
    namespace.plat(&["deploy", "-f", "all.yaml", "--set", "notes"]).succeeds();
    assert!(!namespace.is_there("configmap/second"));
    assert!(namespace.is_there("configmap/note"));
}

fn volumes_and_secrets_of_others_are_never_pruned() {
    let namespace = Namespace::new("set");
    namespace.kubectl(&["create", "secret", "generic", "theirs", "--from-literal=a=b"]);
    let claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec: {accessModes: \
                 [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}\n";
    let secret =
        |name: &str| format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}}}\nstringData: {{c: d}}\n");
    let all = format!("{MAP}---\n{}---\n{}---\n{claim}", secret("theirs"), secret("ours"));
    namespace.write("all.yaml", all);
    // A claim that nobody uses is never bound here; what counts is that it is there.
    let _ = namespace.plat(&["deploy", "-f", "all.yaml", "--set", "store", "--deadline", "5s", "--no-rollback"]).run();
    assert!(namespace.is_there("pvc/data"));
    namespace.write("all.yaml", MAP);
    namespace
        .plat(&["deploy", "-f", "all.yaml", "--set", "store"])
        .succeeds()
        .says("leaves PersistentVolumeClaim")
        .says("plat did not create this Secret");
    let left = ["pvc/data", "secret/theirs", "secret/ours"].map(|object| namespace.is_there(object));
    assert_eq!(left, [true, true, false]);
}

fn kubectl_and_plat_refuse_each_others_sets_by_name_and_adopt_takes_over() {
    let shop = Shop::new("set");
    shop.deploy().succeeds();
    shop.write("note.yaml", MAP);
    let (done, said) = kubectl_prune(&shop, PARENT, "note.yaml");
    assert!(!done && said.contains("managed by tooling \"plat\" instead of \"kubectl\""), "{said}");

    // A set of kubectl under the name that plat would use.
    let (done, said) = kubectl_prune(&shop, "secret/plat-notes", "note.yaml");
    assert!(done, "{said}");
    let deploy = ["deploy", "-f", "note.yaml", "--set", "notes"];
    shop.plat(&deploy).fails(1).says("the set notes belongs to kubectl/v").says("--adopt");
    shop.plat(&deploy).args(&["--adopt"]).succeeds();
    let (done, said) = kubectl_prune(&shop, "secret/plat-notes", "note.yaml");
    assert!(!done && said.contains("managed by tooling \"plat\""), "{said}");
    shop.plat(&deploy).succeeds();

    // A member of a set of kubectl under another name.
    shop.write("other.yaml", MAP.replace("note", "other"));
    let (done, said) = kubectl_prune(&shop, "secret/theirs", "other.yaml");
    assert!(done, "{said}");
    let deploy = ["deploy", "-f", "other.yaml", "--set", "mine"];
    shop.plat(&deploy)
        .fails(1)
        .says("belongs to another ApplySet")
        .says(&format!("the parent of that set is Secret {}/theirs, of kubectl/v", shop.name));
    shop.plat(&deploy).args(&["--adopt"]).succeeds();
    // Its old owner prunes it no more.
    let (done, said) = kubectl_prune(&shop, "secret/theirs", "note.yaml");
    assert!(!done || shop.is_there("configmap/other"), "{said}");
    assert!(shop.is_there("configmap/other"));
}
