//! Taking objects over from kubectl apply and from Helm: nothing that plat drops later stays behind.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::safety::{get, is_there, managers, plat, spec};
use super::support::{self, Namespace};
use crate::harness::tests;

tests![SHARED:
    what_kubectl_apply_made_is_adopted_without_undeletable_fields,
    objects_of_argo_cd_and_flux_are_refused_by_name_until_adopted,
    a_helm_release_is_refused_by_name_and_adopted_without_undeletable_fields,
];

const DEBUG: &str = "        - {name: DEBUG, value: \"1\"}\n";

/// A Deployment named as the service, with its selector, as somebody wrote it by hand.
fn by_hand(namespace: &Namespace, env: &str) -> String {
    let image = support::busybox(namespace);
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: shop, annotations: {{acme.io/note: old}}}}\nspec:\n  \
         replicas: 1\n  selector: {{matchLabels: {{app.kubernetes.io/name: shop}}}}\n  template:\n    metadata: \
         {{labels: {{app.kubernetes.io/name: shop}}}}\n    spec:\n      securityContext: {{runAsNonRoot: true, \
         seccompProfile: {{type: RuntimeDefault}}}}\n      containers:\n      - name: shop\n        image: {image}\n        \
         args: [-c, 'sleep 3600']\n        securityContext: {{allowPrivilegeEscalation: false, capabilities: {{drop: \
         [ALL]}}}}\n        env:\n{env}"
    )
}

/// The variables beside `PORT`, which plat always sets.
fn env_names(object: &Value) -> Vec<String> {
    let env = object["spec"]["template"]["spec"]["containers"][0]["env"].as_array().cloned().unwrap_or_default();
    let names = env.iter().filter_map(|item| item["name"].as_str());
    names.filter(|name| *name != "PORT").map(str::to_owned).collect()
}

/// After adoption everything of the object is plat's to delete: what the tool set, and what plat sets from now on.
fn nothing_stays_behind(namespace: &Namespace) {
    let object = get(namespace, "deployment/shop");
    assert_eq!(env_names(&object), ["GREETING"], "what only the other tool had is gone");
    assert_eq!(object["metadata"]["annotations"]["acme.io/note"], Value::Null);
    for manager in ["kubectl-client-side-apply", "helm", "kubectl", "before-first-apply"] {
        assert!(!managers(&object).contains(&manager.to_owned()), "{:?}", managers(&object));
    }
    spec(namespace, "replicas: 1");
    plat(namespace, &["deploy"]).ends(0);
    assert_eq!(env_names(&get(namespace, "deployment/shop")), Vec::<String>::new());
}

fn what_kubectl_apply_made_is_adopted_without_undeletable_fields() {
    let namespace = support::namespace("adopt");
    support::apply(&namespace, &by_hand(&namespace, &format!("        - {{name: GREETING, value: hi}}\n{DEBUG}")));
    spec(&namespace, "replicas: 1\nenv: {GREETING: hello}");
    plat(&namespace, &["deploy"]).ends(1).says("--adopt");

    let preview = plat(&namespace, &["diff", "--adopt"]).ends(0);
    preview.says("env[name=\"DEBUG\"].value: 1 (removed)");
    assert!(!preview.out.contains("revisionHistoryLimit:"), "the server's defaults stay: {}", preview.out);
    plat(&namespace, &["deploy", "--adopt"]).ends(0);
    nothing_stays_behind(&namespace);
}

fn objects_of_argo_cd_and_flux_are_refused_by_name_until_adopted() {
    let namespace = support::namespace("adopt");
    let map = |name: &str, metadata: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, {metadata}}}\ndata: {{a: b}}\n")
    };
    let argo = "annotations: {argocd.argoproj.io/tracking-id: \"web:/ConfigMap:x/one\"}";
    let flux = "labels: {kustomize.toolkit.fluxcd.io/name: web, kustomize.toolkit.fluxcd.io/namespace: flux}";
    support::apply(&namespace, &format!("{}---\n{}", map("one", argo), map("two", flux)));
    let plain = format!("{}---\n{}", map("one", "labels: {}"), map("two", "labels: {}"));
    std::fs::write(namespace.work().join("all.yaml"), plain).expect("manifests");

    let refused = plat(&namespace, &["deploy", "-f", "all.yaml"]).ends(1);
    refused.says("belongs to the Argo CD application web");
    refused.says("belongs to the Flux Kustomization flux/web");
    let adopted = plat(&namespace, &["deploy", "-f", "all.yaml", "--adopt"]).ends(0);
    adopted.says("Argo CD sets its objects back as long as");
    for object in ["configmap/one", "configmap/two"] {
        let metadata = &get(&namespace, object)["metadata"];
        let marks = format!("{}{}", metadata["annotations"], metadata["labels"]);
        assert!(!marks.contains("argocd") && !marks.contains("fluxcd"), "{marks}");
    }
    plat(&namespace, &["deploy", "-f", "all.yaml"]).ends(0);
}

/// Helm, where the machine has it: `PLAT_HELM`, else on PATH.
fn helm() -> PathBuf {
    let found = std::env::var_os("PLAT_HELM").map(PathBuf::from).or_else(|| {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).map(|folder| folder.join("helm")).find(|file| file.is_file())
    });
    // Also in CI: the machine need not have it.
    found.unwrap_or_else(|| crate::harness::ignore("no helm on PATH and no PLAT_HELM"))
}

fn a_helm_release_is_refused_by_name_and_adopted_without_undeletable_fields() {
    let (helm, namespace) = (helm(), support::namespace("adopt"));
    let chart = namespace.work().join("chart");
    std::fs::create_dir_all(chart.join("templates")).expect("a chart");
    std::fs::write(chart.join("Chart.yaml"), "apiVersion: v2\nname: web\nversion: 1.0.0\n").expect("a chart");
    let deployment = by_hand(&namespace, &format!("        - {{name: GREETING, value: hi}}\n{DEBUG}"));
    std::fs::write(chart.join("templates/deployment.yaml"), deployment).expect("a template");
    let run = |args: &[&str]| {
        let output = Command::new(&helm)
            .args(args)
            .env("KUBECONFIG", &namespace.kubeconfig)
            .env("HOME", namespace.work())
            .current_dir(namespace.work())
            .output()
            .expect("helm runs");
        assert!(output.status.success(), "helm: {}", String::from_utf8_lossy(&output.stderr));
    };
    run(&["install", "web", "./chart", "--namespace", &namespace.name]);

    spec(&namespace, "replicas: 1\nenv: {GREETING: hello}");
    let refused = plat(&namespace, &["deploy"]).ends(1);
    refused.says(&format!("belongs to the Helm release {}/web", namespace.name));
    refused.says("kubectl delete secret");
    plat(&namespace, &["deploy", "--adopt"]).ends(0).says("Helm still has its release");
    nothing_stays_behind(&namespace);
    assert!(is_there(&namespace, "secret/sh.helm.release.v1.web.v1"), "the release is left to the user");
    let annotations = get(&namespace, "deployment/shop")["metadata"]["annotations"].to_string();
    assert!(!annotations.contains("meta.helm.sh"), "{annotations}");
}
