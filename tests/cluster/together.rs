//! A set is judged as a set: what the same run brings counts while it is planned.

use crate::harness::tests;
use crate::support::manifests::gadget_definition;
use crate::support::{Namespace, busybox};

tests![SHARED:
    a_definition_grows_with_its_object,
    what_the_new_definition_does_not_know_either_is_refused_before_the_rest_is_written,
    what_admission_looks_up_comes_with_what_it_admits,
    what_only_looks_like_it_is_refused_before_anything_is_written,
];

/// A definition whose objects have these fields, and an object of it.
fn gadgets(group: &str, versions: &[&str], fields: &str, spec: &str) -> String {
    let newest = versions.last().expect("a version");
    let version = |version: &&str| {
        let storage = version == newest;
        format!(
            "{{name: {version}, served: true, storage: {storage}, schema: {{openAPIV3Schema: {{type: object, properties: \
             {{spec: {{type: object, properties: {{{fields}}}}}}}}}}}}}"
        )
    };
    let versions: Vec<String> = versions.iter().map(version).collect();
    let object = format!("---\napiVersion: {group}/{newest}\nkind: Gadget\nmetadata: {{name: g}}\nspec: {spec}\n");
    gadget_definition(group, &versions.join(", ")) + &object
}

const SMALL: &str = "size: {type: integer}";
const LARGE: &str = "size: {type: integer}, colour: {type: string}";

fn a_definition_grows_with_its_object() {
    let namespace = Namespace::new("together");
    let group = format!("{}.example.com", namespace.name);
    let deploy = |manifests: &str| namespace.deploy_manifests(manifests, &[]);
    let value = |field: &str| namespace.field(&format!("gadgets.{group}/g"), field);
    deploy(&gadgets(&group, &["v1"], SMALL, "{size: 3}")).succeeds();

    let two = gadgets(&group, &["v1"], LARGE, "{size: 3, colour: blue}");
    let plan = deploy(&two).succeeds().event("plan").to_string();
    assert_eq!(value(".spec.colour"), "blue");
    assert!(plan.contains("planned again once its definition is written"), "{plan}");

    // A version that is served only from now on, of an object that is there.
    let three = gadgets(&group, &["v1", "v2"], LARGE, "{size: 3, colour: red}");
    let plan = deploy(&three).succeeds().event("plan").to_string();
    assert!(!plan.contains(r#""action":"create""#), "the object is there: {plan}");
    assert_eq!(value(".spec.colour"), "red");
    namespace.plat(&["diff", "-f", "manifests.yaml", "--exit-code"]).succeeds();
    namespace.kubectl(&["delete", "crd", &format!("gadgets.{group}")]);
}

fn what_the_new_definition_does_not_know_either_is_refused_before_the_rest_is_written() {
    let namespace = Namespace::new("together");
    let group = format!("{}.example.com", namespace.name);
    let other = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\ndata: {a: b}\n";
    let manifests = gadgets(&group, &["v1"], LARGE, "{size: 3, shape: round}") + other;
    let refused = namespace.deploy_manifests(manifests, &[]).fails(1).evidence("shape");
    refused.says("already written: CustomResourceDefinition");
    assert!(!namespace.is_there("configmap/other"));
    namespace.kubectl(&["delete", "crd", &format!("gadgets.{group}")]);
}

/// A pod that needs all of it.
fn admitted(namespace: &Namespace) -> String {
    format!(
        "apiVersion: v1
kind: Pod
metadata: {{name: needy}}
spec:
  serviceAccountName: needy
  priorityClassName: {name}
  terminationGracePeriodSeconds: 1
  containers:
  - name: needy
    image: {image}
    args: [-c, 'exec sleep 3600']
    resources: {{requests: {{cpu: 10m, memory: 64Mi}}, limits: {{cpu: 100m, memory: 64Mi}}}}
    securityContext: {{runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: {{drop: [ALL]}}, seccompProfile: {{type: RuntimeDefault}}}}
",
        name = namespace.name,
        image = busybox(namespace)
    )
}

fn what_admission_looks_up_comes_with_what_it_admits() {
    let namespace = Namespace::new("together");
    let name = &namespace.name;
    namespace.kubectl(&["create", "quota", "room", "--hard=pods=0"]);
    let needed = format!(
        "---
apiVersion: v1
kind: ServiceAccount
metadata: {{name: needy}}
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {{name: {name}}}
value: 7
---
apiVersion: v1
kind: ResourceQuota
metadata: {{name: room}}
spec: {{hard: {{pods: 3}}}}
"
    );
    // The quota is somebody else's, so the answer about it comes first.
    let manifests = admitted(&namespace) + &needed;
    namespace.deploy_manifests(manifests, &["--take", "all"]).succeeds();
    assert_eq!(namespace.field("pod/needy", ".status.phase"), "Running");
    namespace.kubectl(&["delete", "priorityclass", name]);
}

fn what_only_looks_like_it_is_refused_before_anything_is_written() {
    let namespace = Namespace::new("together");
    // Nobody brings the account; one of another name comes along.
    let other = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: other}\n";
    let pod = admitted(&namespace).replace(&format!("  priorityClassName: {}\n", namespace.name), "");
    let refused = namespace.deploy_manifests(pod + other, &[]).fails(1);
    refused.what("needy").hint("nothing was written");
    assert!(!namespace.is_there("serviceaccount/other"));
}
