//! Every optional field of plat.yaml once, on a real API server and kubelet.

use std::fs;

use serde_json::Value;

use super::support::{self, Namespace};
use crate::harness::tests;

tests![SHARED:
    a_host_becomes_an_ingress_that_the_api_server_takes,
    a_patch_merges_as_kubectl_does_and_an_environment_removes,
    a_claim_is_bound_and_kept_and_its_service_is_recreated,
    a_changed_secret_restarts_the_service,
    extra_manifests_are_applied_in_the_service_s_namespace,
    a_job_runs_to_its_end_and_a_new_one_for_what_changed,
    a_cron_is_scheduled,
];

const SERVER: &str = "command: [/bin/busybox, httpd, -f, -p, \"8080\"]\n";

fn write(namespace: &Namespace, text: &str) {
    let image = support::busybox(namespace);
    fs::write(namespace.work().join("plat.yaml"), format!("image: {image}\n{text}"))
        .expect("a plat.yaml can be written");
}

fn deploy(namespace: &Namespace, args: &[&str]) -> String {
    let done = support::plat(namespace).arg("deploy").args(args).assert().success();
    String::from_utf8_lossy(&done.get_output().stderr).into_owned()
}

fn get(namespace: &Namespace, what: &[&str]) -> Value {
    let text = support::kubectl(namespace, &[&["get"], what, &["-o", "json"]].concat());
    serde_json::from_str(&text).expect("kubectl prints JSON")
}

fn a_host_becomes_an_ingress_that_the_api_server_takes() {
    let namespace = support::namespace("spec");
    write(
        &namespace,
        &format!(
            "name: web\nport: 8080\nreplicas: 1\nhost: web.example.com\npaths: [/a]\nroute: {{class: none, tls: web-tls}}\n{SERVER}"
        ),
    );
    deploy(&namespace, &[]);
    let rule = &get(&namespace, &["ingress", "web"])["spec"]["rules"][0];
    assert_eq!((&rule["host"], &rule["http"]["paths"][0]["path"]), (&"web.example.com".into(), &"/a".into()));
    assert!(deploy(&namespace, &[]).contains("unchanged"));
}

fn a_patch_merges_as_kubectl_does_and_an_environment_removes() {
    let namespace = support::namespace("spec");
    write(
        &namespace,
        &format!(
            "name: web\nport: 8080\nreplicas: 1\nenv: {{A: one, B: two}}\n{SERVER}\
             volumes: {{cache: {{path: /cache, kind: empty, size: 10Mi}}}}\n\
             patch:\n  ServiceAccount: {{metadata: {{annotations: {{example.com/role: web}}}}}}\n  Deployment:\n    spec:\n      template:\n        spec:\n          \
             tolerations: [{{key: dedicated, operator: Exists}}]\n          containers:\n          - name: web\n            env: [{{name: C, value: three}}]\n\
             environments:\n  dev:\n    env: {{A: ~}}\n"
        ),
    );
    deploy(&namespace, &["--env", "dev"]);
    let pod = get(&namespace, &["deployment", "web"])["spec"]["template"]["spec"].clone();
    let names: Vec<&str> =
        pod["containers"][0]["env"].as_array().expect("env").iter().filter_map(|env| env["name"].as_str()).collect();
    assert_eq!(names, ["PORT", "B", "C"]);
    assert_eq!(pod["tolerations"][0]["key"], "dedicated");
    assert_eq!(get(&namespace, &["serviceaccount", "web"])["metadata"]["annotations"]["example.com/role"], "web");
    support::kubectl(&namespace, &["exec", "deployment/web", "--", "/bin/busybox", "touch", "/cache/x"]);
}

fn a_claim_is_bound_and_kept_and_its_service_is_recreated() {
    let namespace = support::namespace("spec");
    let class = namespace.name.clone();
    let volume = format!(
        "apiVersion: v1\nkind: PersistentVolume\nmetadata: {{name: {class}}}\nspec:\n  capacity: {{storage: 1Gi}}\n  \
         accessModes: [ReadWriteOnce]\n  storageClassName: {class}\n  hostPath: {{path: /tmp/{class}, type: DirectoryOrCreate}}\n"
    );
    support::apply(&namespace, &volume);
    let done = std::panic::catch_unwind(|| {
        let text =
            format!("name: web\nport: 8080\nvolumes: {{data: {{path: /data, size: 1Gi, class: {class}}}}}\n{SERVER}");
        write(&namespace, &text);
        deploy(&namespace, &[]);
        let deployment = get(&namespace, &["deployment", "web"]);
        assert_eq!(deployment["spec"]["strategy"]["type"], "Recreate");
        assert_eq!(deployment["spec"]["replicas"], 1);
        write(&namespace, &format!("{text}env: {{A: b}}\n"));
        deploy(&namespace, &[]);
        assert_eq!(get(&namespace, &["pvc", "web-data"])["status"]["phase"], "Bound");
    });
    support::kubectl(&namespace, &["delete", "pv", &class, "--wait=false"]);
    if let Err(panic) = done {
        std::panic::resume_unwind(panic);
    }
}

fn a_changed_secret_restarts_the_service() {
    let namespace = support::namespace("spec");
    support::kubectl(&namespace, &["create", "secret", "generic", "web", "--from-literal=KEY=one"]);
    write(&namespace, &format!("name: web\nport: 8080\nreplicas: 1\nsecrets: [KEY]\nrestartOn: secrets\n{SERVER}"));
    deploy(&namespace, &[]);
    let read = || support::kubectl(&namespace, &["exec", "deployment/web", "--", "/bin/sh", "-c", "echo $KEY"]);
    assert_eq!(read().trim(), "one");
    assert!(deploy(&namespace, &[]).contains("unchanged"));
    let patch = r#"{"stringData":{"KEY":"two"}}"#;
    support::kubectl(&namespace, &["patch", "secret", "web", "-p", patch]);
    deploy(&namespace, &[]);
    support::eventually("the new pod alone", || read().trim() == "two");
    let template = get(&namespace, &["deployment", "web"])["spec"]["template"]["metadata"]["annotations"].to_string();
    assert!(!template.contains("two"), "{template}");
}

fn extra_manifests_are_applied_in_the_service_s_namespace() {
    let namespace = support::namespace("spec");
    fs::write(
        namespace.work().join("more.yaml"),
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: from-file}\ndata: {mode: \"0644\"}\n",
    )
    .expect("a manifest can be written");
    write(
        &namespace,
        &format!(
            "name: web\nport: 8080\nreplicas: 1\n{SERVER}extra:\n- more.yaml\n\
             - {{apiVersion: v1, kind: ConfigMap, metadata: {{name: inline}}, data: {{a: b}}}}\n"
        ),
    );
    deploy(&namespace, &[]);
    assert_eq!(get(&namespace, &["configmap", "from-file"])["data"]["mode"], "0644");
    assert_eq!(get(&namespace, &["configmap", "inline"])["data"]["a"], "b");
}

fn a_job_runs_to_its_end_and_a_new_one_for_what_changed() {
    let namespace = support::namespace("spec");
    write(&namespace, "name: import\nkind: job\ncommand: [/bin/sh, -c, \"echo imported\"]\n");
    let said = deploy(&namespace, &[]);
    assert!(said.contains("import is complete: ") && !said.contains("0 replicas"), "{said}");
    let said = deploy(&namespace, &[]);
    assert!(said.contains("import is unchanged and complete: "), "{said}");
    write(&namespace, "name: import\nkind: job\nretries: 0\ncommand: [/bin/sh, -c, \"echo no input; exit 4\"]\n");
    let failed = support::plat(&namespace).arg("deploy").assert().code(3);
    let said = String::from_utf8_lossy(&failed.get_output().stderr).into_owned();
    assert!(said.contains("no input"), "{said}");
}

fn a_cron_is_scheduled() {
    let namespace = support::namespace("spec");
    write(
        &namespace,
        "name: report\nkind: cron\nschedule: {cron: \"30 6 * * MON-FRI\", timezone: Europe/Berlin}\ncommand: [/bin/sh, -c, \"echo ok\"]\n",
    );
    let next = |said: &str| {
        let at = said.find("next run ").unwrap_or_else(|| panic!("no next run: {said}"));
        said[at..].split_once(", in ").expect("how long until then").0.to_owned()
    };
    let said = deploy(&namespace, &[]);
    assert!(said.contains("report is scheduled: next run 20") && !said.contains("0 replicas"), "{said}");
    let expected = next(&said);
    assert!(expected.ends_with(" 06:30 Europe/Berlin"), "{expected}");
    assert!(deploy(&namespace, &[]).contains("report is unchanged and scheduled: next run 20"));
    let told = |args: &[&str]| {
        let done = support::plat(&namespace).args(args).assert().success();
        String::from_utf8_lossy(&done.get_output().stdout).into_owned()
    };
    assert_eq!(next(&told(&["status"])), expected);
    assert_eq!(next(&told(&["why", "cronjob/report"])), expected);
    let status: Value = serde_json::from_str(&told(&["status", "--output", "json"])).expect("one value");
    assert!(status["next_run"].as_str().is_some_and(|at| at.ends_with("30:00Z")), "{status}");
    let cron = get(&namespace, &["cronjob", "report"]);
    assert_eq!(
        (&cron["spec"]["timeZone"], &cron["spec"]["concurrencyPolicy"]),
        (&"Europe/Berlin".into(), &"Forbid".into())
    );
    support::kubectl(&namespace, &["create", "job", "now", "--from=cronjob/report"]);
    support::kubectl(&namespace, &["wait", "--for=condition=complete", "job/now", "--timeout=60s"]);
}
