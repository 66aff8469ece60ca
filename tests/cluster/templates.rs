//! Every template, untouched: built, deployed under Pod Security "restricted", called through its Service, and ended
//! under load without one failed request. Their own tests are run elsewhere (tests/cli/new).

use std::process::{Command, Stdio};

use crate::harness::tests;
use crate::support::image_rules::{Image, broken};
use crate::support::load::Load;
use crate::support::{Namespace, bases, eventually};

tests![BUILDS:
    go_http_is_replaced_under_load,
    node_http_is_replaced_under_load,
    python_http_is_replaced_under_load,
    java_http_is_replaced_under_load,
    rust_http_is_replaced_under_load,
    go_worker_ends_what_it_has_begun,
    python_cron_runs_and_ends,
    kube_score_finds_what_the_docs_explain_and_nothing_else,
];

const TEMPLATES: [&str; 7] =
    ["go-http", "node-http", "python-http", "java-http", "rust-http", "go-worker", "python-cron"];

fn go_http_is_replaced_under_load() {
    replaced_under_load("go-http", "port=8081", |_| ());
}

fn node_http_is_replaced_under_load() {
    replaced_under_load("node-http", "node=24", bases::node);
}

fn python_http_is_replaced_under_load() {
    replaced_under_load("python-http", "python=3.11", bases::python);
}

fn java_http_is_replaced_under_load() {
    replaced_under_load("java-http", "java=17", bases::java);
}

fn rust_http_is_replaced_under_load() {
    replaced_under_load("rust-http", "port=8081", |_| ());
}

fn replaced_under_load(template: &str, answer: &str, base: fn(&Namespace)) {
    let ns = Namespace::new("template");
    deploy(&ns, template, answer, base);
    let load = Load::start(&ns, "http://greeter/hello/cluster");
    load.none_failed("before anything changes");

    ns.kubectl(&["rollout", "restart", "deployment/greeter"]);
    ns.rolled_out("deployment/greeter");
    load.none_failed("while all pods are replaced");

    ns.kubectl(&["scale", "deployment/greeter", "--replicas=2"]);
    ns.rolled_out("deployment/greeter");
    ns.kubectl(&["scale", "deployment/greeter", "--replicas=1"]);
    eventually("one pod is left", || pods_of_the_service(&ns) == 1);
    load.none_failed("while a pod is taken away");
}

/// `plat new` and `plat deploy`, with nothing between them.
fn deploy(ns: &Namespace, template: &str, answer: &str, base: fn(&Namespace)) {
    base(ns);
    ns.plat(&["new", "greeter", "--yes", "--template", template, "--set", answer]).succeeds();
    // The crates that a template stands on are compiled once, and not in every run.
    let target = bases::cache().join("target");
    bases::plat(ns, &["deploy"]).folder("greeter").env("CARGO_TARGET_DIR", target).succeeds();
    lint(ns, if template.ends_with("cron") { "cronjob/greeter" } else { "deployment/greeter" });
}

/// The image that was pushed keeps the rules for images, and nothing in the project is a Dockerfile that would have to.
fn lint(ns: &Namespace, workload: &str) {
    let pod = if workload.starts_with("cronjob") { ".spec.jobTemplate.spec.template" } else { ".spec.template" };
    let reference = ns.field(workload, &format!("{pod}.spec.containers[0].image"));
    let project = ns.work().join("greeter");
    let lock = std::fs::read_to_string(project.join("plat.lock")).unwrap_or_default();
    assert_eq!(broken(&Image::of(ns, &reference, lock)), [], "{workload}: {reference}");
    let names = std::fs::read_dir(project).expect("the project").map(|entry| entry.expect("a file").file_name());
    let dockerfiles: Vec<_> =
        names.filter(|name| name.to_string_lossy().to_lowercase().contains("dockerfile")).collect();
    assert!(dockerfiles.is_empty(), "{dockerfiles:?}");
}

/// Those that are being ended too.
fn pods_of_the_service(ns: &Namespace) -> usize {
    ns.kubectl(&["get", "pods", "-o", "name"]).lines().filter(|name| name.starts_with("pod/greeter-")).count()
}

fn go_worker_ends_what_it_has_begun() {
    let ns = Namespace::new("template");
    deploy(&ns, "go-worker", "ci=none", |_| ());
    let pod = ns.names("pods").into_iter().find(|name| name.starts_with("pod/greeter-")).expect("a pod");
    let log =
        ns.kubectl_command().args(["logs", "--follow", &pod]).stdout(Stdio::piped()).spawn().expect("kubectl runs");
    eventually("a job is done", || ns.kubectl(&["logs", &pod]).contains(r#""msg":"done""#));
    ns.kubectl(&["delete", &pod, "--wait=false"]);
    let said = log.wait_with_output().expect("the log ends with the pod").stdout;
    let said = String::from_utf8_lossy(&said);
    let (_, end) = said.split_once(r#""msg":"draining""#).expect("it says that it drains");
    assert!(end.trim_end().lines().last().is_some_and(|line| line.contains(r#""msg":"stopped""#)), "{said}");
    assert!(!said.contains("will be tried again") && !said.contains(r#""level":"ERROR""#), "{said}");
}

fn python_cron_runs_and_ends() {
    let ns = Namespace::new("template");
    deploy(&ns, "python-cron", "python=3.11", bases::python);
    ns.kubectl(&["create", "job", "now", "--from=cronjob/greeter"]);
    ns.kubectl(&["wait", "job/now", "--for=condition=Complete", "--timeout=90s"]);
    let log = ns.kubectl(&["logs", "job/now"]);
    assert!(log.contains(r#""done""#), "{log}");
}

fn kube_score_finds_what_the_docs_explain_and_nothing_else() {
    // docs/manifests.md says why.
    let explained = [
        "--ignore-container-cpu-limit",
        "--ignore-test=container-image-pull-policy,container-ephemeral-storage-request-and-limit",
        "--ignore-test=pod-networkpolicy,deployment-has-host-podantiaffinity",
    ];
    let ns = Namespace::new("score");
    let image = format!("example.com/shop@sha256:{}", "0".repeat(64));
    for template in TEMPLATES {
        ns.plat(&["new", template, "--yes", "--template", template]).succeeds();
        let manifests = ns.plat(&["render", "--image", &image]).folder(template).succeeds().out;
        let file = ns.write(&format!("{template}.yaml"), manifests);
        let mut score = Command::new(bases::kube_score());
        score.args(["score", "--output-format", "ci"]).args(explained).arg(file);
        let said = String::from_utf8_lossy(&score.output().expect("kube-score runs").stdout).into_owned();
        assert!(said.contains("[OK]"), "{template}: {said}");
        let findings: Vec<&str> =
            said.lines().filter(|line| !line.starts_with("[OK]") && !line.starts_with("[SKIPPED]")).collect();
        assert!(findings.is_empty(), "{template}: {findings:#?}");
    }
}
