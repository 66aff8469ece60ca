//! Plain manifests of a size. Pure.

/// So many objects that run nothing: configuration, services and roles. `updated` changes
/// one in ten.
pub fn many(count: usize, namespace: &str, updated: bool) -> String {
    let documents: Vec<String> = (0..count).map(|n| one(n, namespace, updated && n % 10 == 0)).collect();
    documents.join("---\n")
}

fn one(n: usize, namespace: &str, updated: bool) -> String {
    let head = |kind: &str| {
        format!(
            "kind: {kind}\nmetadata:\n  name: object-{n}\n  namespace: {namespace}\n  labels:\n    updated: \"{updated}\"\n"
        )
    };
    match n % 5 {
        0 => format!(
            "apiVersion: v1\n{}spec:\n  selector:\n    app: app-{n}\n  ports:\n  - name: http\n    port: 80\n    targetPort: 8080\n",
            head("Service")
        ),
        1 => format!(
            "apiVersion: rbac.authorization.k8s.io/v1\n{}rules:\n- apiGroups: [\"\"]\n  resources: [pods]\n  verbs: [get, list, watch]\n",
            head("Role")
        ),
        _ => {
            let lines: Vec<String> =
                (0..10).map(|line| format!("  key-{line}: value {line} of object {n}\n")).collect();
            format!("apiVersion: v1\n{}data:\n{}", head("ConfigMap"), lines.concat())
        }
    }
}

/// With the namespace that plat and Helm make by themselves.
pub fn with_namespace(text: &str, namespace: &str) -> String {
    format!("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {namespace}\n---\n{text}")
}
