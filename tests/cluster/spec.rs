//! Every optional field of plat.yaml once, on a real API server and kubelet.

use crate::harness::tests;
use crate::support::{Shop, eventually};

tests![SHARED:
    a_host_becomes_an_ingress_that_the_api_server_takes,
    a_patch_merges_as_kubectl_does_and_an_environment_removes,
    a_claim_is_bound_and_kept_and_its_service_is_recreated,
    a_changed_secret_restarts_the_service,
    extra_manifests_are_applied_in_the_service_s_namespace,
    a_job_runs_to_its_end_and_a_new_one_for_what_changed,
    a_cron_is_scheduled,
];

/// A service named `web` that serves.
fn web() -> Shop {
    Shop::new("spec").without("health").with("name: web").runs("exec httpd -f -p 8080")
}

fn a_host_becomes_an_ingress_that_the_api_server_takes() {
    let web = web().with("host: web.example.com\npaths: [/a]\nroute: {class: none, tls: web-tls}");
    web.deploy().succeeds();
    let rule = web.get("ingress/web")["spec"]["rules"][0].clone();
    assert_eq!((&rule["host"], &rule["http"]["paths"][0]["path"]), (&"web.example.com".into(), &"/a".into()));
    web.run(&["deploy"]).succeeds().says("unchanged");
}

fn a_patch_merges_as_kubectl_does_and_an_environment_removes() {
    let web = web().with(
        "env: {A: one, B: two}
volumes: {cache: {path: /cache, kind: empty, size: 10Mi}}
patch:
  ServiceAccount: {metadata: {annotations: {example.com/role: web}}}
  Deployment:
    spec:
      template:
        spec:
          tolerations: [{key: dedicated, operator: Exists}]
          containers:
          - name: web
            env: [{name: C, value: three}]
environments:
  dev:
    env: {A: ~}
",
    );
    web.run(&["deploy", "--env", "dev"]).succeeds();
    let pod = web.get("deployment/web")["spec"]["template"]["spec"].clone();
    let names: Vec<&str> =
        pod["containers"][0]["env"].as_array().expect("env").iter().filter_map(|env| env["name"].as_str()).collect();
    assert_eq!(names, ["PORT", "B", "C"]);
    assert_eq!(pod["tolerations"][0]["key"], "dedicated");
    assert_eq!(web.get("serviceaccount/web")["metadata"]["annotations"]["example.com/role"], "web");
    web.kubectl(&["exec", "deployment/web", "--", "/bin/busybox", "touch", "/cache/x"]);
}

fn a_claim_is_bound_and_kept_and_its_service_is_recreated() {
    let web = web();
    let class = web.name.clone();
    web.apply(format!(
        "apiVersion: v1\nkind: PersistentVolume\nmetadata: {{name: {class}}}\nspec:\n  capacity: {{storage: 1Gi}}\n  \
         accessModes: [ReadWriteOnce]\n  storageClassName: {class}\n  hostPath: {{path: /tmp/{class}, type: DirectoryOrCreate}}\n"
    ));
    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let web =
            web.without("replicas").with(&format!("volumes: {{data: {{path: /data, size: 1Gi, class: {class}}}}}"));
        web.deploy().succeeds();
        let deployment = web.get("deployment/web");
        assert_eq!(deployment["spec"]["strategy"]["type"], "Recreate");
        assert_eq!(deployment["spec"]["replicas"], 1);
        web.with("env: {A: b}").deploy().succeeds();
        assert_eq!(web.get("pvc/web-data")["status"]["phase"], "Bound");
    }));
    web.kubectl(&["delete", "pv", &class, "--wait=false"]);
    if let Err(panic) = done {
        std::panic::resume_unwind(panic);
    }
}

fn a_changed_secret_restarts_the_service() {
    let web = web().with("secrets: [KEY]\nrestartOn: secrets");
    web.kubectl(&["create", "secret", "generic", "web", "--from-literal=KEY=one"]);
    web.deploy().succeeds();
    let read = || web.kubectl(&["exec", "deployment/web", "--", "/bin/sh", "-c", "echo $KEY"]);
    assert_eq!(read().trim(), "one");
    web.run(&["deploy"]).succeeds().says("unchanged");
    web.kubectl(&["patch", "secret", "web", "-p", r#"{"stringData":{"KEY":"two"}}"#]);
    web.deploy().succeeds();
    eventually("the new pod alone", || read().trim() == "two");
    let template = web.get("deployment/web")["spec"]["template"]["metadata"]["annotations"].to_string();
    assert!(!template.contains("two"), "{template}");
}

fn extra_manifests_are_applied_in_the_service_s_namespace() {
    let web = web().with(
        "extra:
- more.yaml
- {apiVersion: v1, kind: ConfigMap, metadata: {name: inline}, data: {a: b}}
",
    );
    let more = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: from-file}\ndata: {mode: \"0644\"}\n";
    web.write("more.yaml", more);
    web.deploy().succeeds();
    assert_eq!(web.get("configmap/from-file")["data"]["mode"], "0644");
    assert_eq!(web.get("configmap/inline")["data"]["a"], "b");
}

/// What runs and ends: a service has nothing of it.
fn ending(name: &str, kind: &str) -> Shop {
    let ending = Shop::new("spec").without("port").without("health").without("replicas").without("bake");
    ending.with(&format!("name: {name}\nkind: {kind}"))
}

fn a_job_runs_to_its_end_and_a_new_one_for_what_changed() {
    let job = ending("import", "job").runs("echo imported");
    job.run(&["deploy"]).succeeds().says("import is complete: ").never_says("0 replicas");
    job.run(&["deploy"]).succeeds().says("import is unchanged and complete: ");
    job.with("retries: 0").runs("echo no input; exit 4").run(&["deploy"]).fails(3).says("no input");
}

fn a_cron_is_scheduled() {
    let cron = ending("report", "cron").runs("echo ok");
    let cron = cron.with("schedule: {cron: \"30 6 * * MON-FRI\", timezone: Europe/Berlin}");
    let next = |said: &str| {
        let at = said.find("next run ").unwrap_or_else(|| panic!("no next run: {said}"));
        said[at..].split_once(", in ").expect("how long until then").0.to_owned()
    };
    let said = cron.run(&["deploy"]).succeeds().says("report is scheduled: next run 20").never_says("0 replicas");
    let expected = next(&format!("{}{}", said.out, said.err));
    assert!(expected.ends_with(" 06:30 Europe/Berlin"), "{expected}");
    cron.run(&["deploy"]).succeeds().says("report is unchanged and scheduled: next run 20");
    assert_eq!(next(&cron.run(&["status"]).succeeds().out), expected);
    assert_eq!(next(&cron.run(&["why", "cronjob/report"]).succeeds().out), expected);
    let status = cron.run(&["status"]).events().succeeds().events.remove(0);
    assert!(status["next_run"].as_str().is_some_and(|at| at.ends_with("30:00Z")), "{status}");
    let spec = cron.get("cronjob/report")["spec"].clone();
    assert_eq!((&spec["timeZone"], &spec["concurrencyPolicy"]), (&"Europe/Berlin".into(), &"Forbid".into()));
    cron.kubectl(&["create", "job", "now", "--from=cronjob/report"]);
    cron.kubectl(&["wait", "--for=condition=complete", "job/now", "--timeout=60s"]);
}
