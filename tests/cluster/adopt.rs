//! Taking objects over from kubectl apply and from Helm: nothing that plat drops later stays behind.

use serde_json::Value;

use crate::harness::tests;
use crate::support::{Namespace, Shop};
#[cfg(target_os = "linux")]
use crate::support::{bases, helm::helm};

tests![SHARED:
    what_kubectl_apply_made_is_adopted_without_undeletable_fields,
    objects_of_argo_cd_and_flux_are_refused_by_name_until_adopted;
BUILDS:
    #[cfg(target_os = "linux")]
    a_helm_release_is_refused_by_name_and_adopted_without_undeletable_fields,
];

const DEBUG: &str = "        - {name: DEBUG, value: \"1\"}\n";

/// A Deployment named as the service, with its selector, as someone wrote it by hand.
fn by_hand(shop: &Shop, env: &str) -> String {
    let image = shop.image();
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

fn managers(object: &Value) -> Vec<String> {
    let entries = object["metadata"]["managedFields"].as_array().expect("managed fields").iter();
    entries.map(|entry| entry["manager"].as_str().unwrap_or_default().to_owned()).collect()
}

/// After adoption everything of the object is plat's to delete: what the tool set, and what plat sets from now on.
fn nothing_stays_behind(shop: &Shop) {
    let object = shop.get("deployment/shop");
    assert_eq!(env_names(&object), ["GREETING"], "what only the other tool had is gone");
    assert_eq!(object["metadata"]["annotations"]["acme.io/note"], Value::Null);
    for manager in ["kubectl-client-side-apply", "helm", "kubectl", "before-first-apply"] {
        assert!(!managers(&object).contains(&manager.to_owned()), "{:?}", managers(&object));
    }
    shop.without("env").deploy().succeeds();
    assert_eq!(env_names(&shop.get("deployment/shop")), Vec::<String>::new());
}

fn what_kubectl_apply_made_is_adopted_without_undeletable_fields() {
    let shop = Shop::new("adopt").with("env: {GREETING: hello}");
    shop.apply(by_hand(&shop, &format!("        - {{name: GREETING, value: hi}}\n{DEBUG}")));
    shop.run(&["deploy"]).fails(1).says("--adopt");

    shop.run(&["diff", "--adopt"])
        .succeeds()
        .says("env[name=\"DEBUG\"].value: 1 (removed)")
        .never_says("revisionHistoryLimit:");
    shop.run(&["deploy", "--adopt"]).succeeds();
    nothing_stays_behind(&shop);
}

fn objects_of_argo_cd_and_flux_are_refused_by_name_until_adopted() {
    let namespace = Namespace::new("adopt");
    let map = |name: &str, metadata: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, {metadata}}}\ndata: {{a: b}}\n")
    };
    let argo = "annotations: {argocd.argoproj.io/tracking-id: \"web:/ConfigMap:x/one\"}";
    let flux = "labels: {kustomize.toolkit.fluxcd.io/name: web, kustomize.toolkit.fluxcd.io/namespace: flux}";
    namespace.apply(format!("{}---\n{}", map("one", argo), map("two", flux)));
    let plain = format!("{}---\n{}", map("one", "labels: {}"), map("two", "labels: {}"));
    namespace.write("all.yaml", plain);

    namespace
        .plat(&["deploy", "-f", "all.yaml"])
        .fails(1)
        .says("belongs to the Argo CD application web")
        .says("belongs to the Flux Kustomization flux/web");
    namespace
        .plat(&["deploy", "-f", "all.yaml", "--adopt"])
        .succeeds()
        .says("Argo CD sets its objects back as long as");
    for object in ["configmap/one", "configmap/two"] {
        let metadata = &namespace.get(object)["metadata"];
        let marks = format!("{}{}", metadata["annotations"], metadata["labels"]);
        assert!(!marks.contains("argocd") && !marks.contains("fluxcd"), "{marks}");
    }
    namespace.plat(&["deploy", "-f", "all.yaml"]).succeeds();
}

#[cfg(target_os = "linux")]
fn a_helm_release_is_refused_by_name_and_adopted_without_undeletable_fields() {
    bases::helm();
    let shop = Shop::new("adopt").with("env: {GREETING: hello}");
    shop.write("chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n");
    let deployment = by_hand(&shop, &format!("        - {{name: GREETING, value: hi}}\n{DEBUG}"));
    shop.write("chart/templates/deployment.yaml", deployment);
    let installed = helm(&shop, &["install", "web", "./chart"]);
    assert!(installed.status.success(), "{}", String::from_utf8_lossy(&installed.stderr));

    shop.run(&["deploy"])
        .fails(1)
        .says(&format!("belongs to the Helm release {}/web", shop.name))
        .says("kubectl delete secret");
    shop.run(&["deploy", "--adopt"]).succeeds().says("Helm still has its release");
    nothing_stays_behind(&shop);
    assert!(shop.is_there("secret/sh.helm.release.v1.web.v1"), "the release is left to the user");
    let annotations = shop.get("deployment/shop")["metadata"]["annotations"].to_string();
    assert!(!annotations.contains("meta.helm.sh"), "{annotations}");
}
