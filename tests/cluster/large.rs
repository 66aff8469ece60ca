//! `plat deploy -f` of sets that are read by the page instead of one by one.

use std::time::{Duration, Instant};

use crate::harness::tests;
use crate::support::{Namespace, Plat, eventually};

tests![LARGE:
    many_objects_stay_within_their_budget_of_requests,
    what_somebody_changed_in_a_large_set_is_seen_and_nothing_else_is_asked_for,
    among_many_objects_of_others_a_set_is_still_found,
];

/// `plat deploy -f -` of these manifests.
fn deploy(namespace: &Namespace, args: &[&str], manifests: &str) -> Plat {
    namespace.plat(&["deploy", "-f", "-"]).args(args).input(manifests).events()
}

const ALL: &[&str] = &["get", "list", "watch", "create", "update", "patch", "delete"];

fn many_objects_stay_within_their_budget_of_requests() {
    const OBJECTS: usize = 600;
    let namespace = Namespace::new("large");
    let object = |n: usize| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: many-{n}}}\ndata: {{text: {}}}\n", "x".repeat(2000))
    };
    let text: Vec<String> = (0..OBJECTS).map(object).collect();
    let text = text.join("---\n");
    for args in [&[][..], &["--set", "many"]] {
        deploy(&namespace, args, &text).succeeds();
        let before = namespace.requests(ALL);
        assert_eq!(deploy(&namespace, args, &text).succeeds().counts(), (0, 0, OBJECTS as u64));
        let asked = namespace.requests(ALL) - before;
        assert!(asked <= 8, "{asked} requests for {OBJECTS} unchanged objects, {args:?}");
    }
    // A revision of them fits, and is as good as any.
    let revisions = namespace.plat(&["history", "many"]).events().succeeds().events;
    assert_eq!((revisions.len(), &revisions[0]["outcome"]), (1, &"deployed".into()));
}

/// One object of each kind, as people write them: defaults left out but in lists that are
/// one field as a whole, quantities as the server keeps them.
fn one_of_each(n: usize) -> String {
    format!(
        r#"
apiVersion: v1
kind: ConfigMap
metadata: {{name: large-{n}, labels: {{app: large}}}}
data: {{a: "1", b: "two"}}
---
apiVersion: v1
kind: Secret
metadata: {{name: large-{n}}}
type: Opaque
data: {{token: c2VjcmV0}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {{name: large-{n}, annotations: {{example.com/role: reader}}}}
automountServiceAccountToken: false
---
apiVersion: v1
kind: Service
metadata: {{name: large-{n}}}
spec:
  selector: {{app: large-{n}}}
  ports: [{{name: http, port: 80, targetPort: http}}, {{name: dns, port: 53, protocol: UDP}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: large-{n}}}
rules: [{{apiGroups: [""], resources: [pods], verbs: [get, list]}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: large-{n}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: large-{n}}}
subjects: [{{kind: ServiceAccount, name: large-{n}, namespace: default}}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: large-{n}}}
spec:
  podSelector: {{matchLabels: {{app: large-{n}}}}}
  policyTypes: [Ingress]
  ingress: [{{ports: [{{port: 8080, protocol: TCP}}], from: [{{podSelector: {{}}}}]}}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: large-{n}}}
spec:
  rules:
  - host: large-{n}.example.com
    http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: large-{n}, port: {{name: http}}}}}}}}]}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {{name: large-{n}}}
spec: {{maxUnavailable: 1, selector: {{matchLabels: {{app: large-{n}}}}}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {{name: large-{n}}}
spec:
  schedule: "0 3 * * *"
  suspend: true
  jobTemplate: {{spec: {{template: {{spec: {{restartPolicy: Never, containers: [{{name: c, image: example.com/c:1}}]}}}}}}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: large-{n}}}
spec:
  replicas: 0
  selector: {{matchLabels: {{app: large-{n}}}}}
  template:
    metadata: {{labels: {{app: large-{n}}}}}
    spec:
      initContainers: [{{name: init, image: "example.com/i:1", args: [a, b]}}]
      containers:
      - name: c
        image: example.com/c:1
        env: [{{name: A, value: "1"}}, {{name: B, valueFrom: {{configMapKeyRef: {{name: large-{n}, key: a}}}}}}]
        ports: [{{containerPort: 8080, name: http}}]
        resources: {{requests: {{cpu: 10m, memory: 16Mi}}}}
        readinessProbe: {{httpGet: {{path: /, port: http}}}}
        volumeMounts: [{{name: v, mountPath: /v}}]
      volumes: [{{name: v, configMap: {{name: large-{n}}}}}]
"#
    )
}

fn what_somebody_changed_in_a_large_set_is_seen_and_nothing_else_is_asked_for() {
    const EACH: usize = 9;
    const KINDS: usize = 11;
    let namespace = Namespace::new("large");
    let text = (0..EACH).map(one_of_each).collect::<Vec<_>>().join("---\n");
    let all = (EACH * KINDS) as u64;
    assert_eq!(deploy(&namespace, &[], &text).succeeds().counts(), (all, 0, 0));

    let patched = namespace.requests(&["patch"]);
    assert_eq!(deploy(&namespace, &[], &text).succeeds().counts(), (0, 0, all));
    assert_eq!(namespace.requests(&["patch"]), patched, "each object tells by itself that nothing changes");

    let kubectl = |args: &[&str]| namespace.kubectl(args);
    // Nobody's business but theirs.
    kubectl(&["label", "configmap/large-1", "mine=too"]);
    kubectl(&["annotate", "deployment/large-2", "note=x"]);
    assert_eq!(deploy(&namespace, &[], &text).succeeds().counts(), (0, 0, all));

    kubectl(&["delete", "service/large-3"]);
    assert_eq!(deploy(&namespace, &[], &text).succeeds().counts(), (1, 0, all - 1));

    kubectl(&["patch", "configmap/large-4", "--type=merge", "-p", r#"{"data": {"a": "changed"}}"#]);
    kubectl(&["set", "image", "deployment/large-5", "c=example.com/c:2"]);
    deploy(&namespace, &[], &text).fails(1).says("large-4").says("large-5");
    assert_eq!(deploy(&namespace, &["--take", "all"], &text).succeeds().counts(), (0, 2, all - 2));

    let changed = text.replace("\"two\"", "\"three\"");
    assert_eq!(deploy(&namespace, &[], &changed).succeeds().counts(), (0, EACH as u64, all - EACH as u64));
    let left_out = changed.replace("suspend: true\n", "suspend: true\n  startingDeadlineSeconds: 60\n");
    assert_eq!(deploy(&namespace, &[], &left_out).succeeds().counts(), (0, EACH as u64, all - EACH as u64));
    // A field that is no longer applied is removed.
    assert_eq!(deploy(&namespace, &[], &changed).succeeds().counts(), (0, EACH as u64, all - EACH as u64));
    let deadline = kubectl(&["get", "cronjob/large-0", "-o", "jsonpath={.spec.startingDeadlineSeconds}"]);
    assert_eq!(deadline, "");
}

fn among_many_objects_of_others_a_set_is_still_found() {
    let namespace = Namespace::new("large");
    // Three pages of names that come before those of the set.
    let others: Vec<String> =
        (0..700).map(|n| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a-{n}}}\n")).collect();
    deploy(&namespace, &[], &others.join("---\n")).succeeds();
    let ours: Vec<String> = (0..20)
        .map(|n| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: z-{n}}}\ndata: {{n: \"{n}\"}}\n"))
        .collect();
    let ours = ours.join("---\n");
    assert_eq!(deploy(&namespace, &[], &ours).succeeds().counts(), (20, 0, 0));
    // Times of writes have whole seconds: an object that was written just now counts as one that may change.
    let written = Instant::now();
    eventually("the writes are of the past", || written.elapsed() > Duration::from_secs(3));
    let before = namespace.requests(ALL);
    assert_eq!(deploy(&namespace, &[], &ours).succeeds().counts(), (0, 0, 20));
    let asked = namespace.requests(ALL) - before;
    assert!(asked <= 20 + 8, "{asked} requests for 20 unchanged objects");
}
