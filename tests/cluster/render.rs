//! What `plat render` prints is taken by kubectl, the API server and the kubelet as it is.

use serde_json::Value;

use crate::harness::tests;
use crate::support::{Namespace, busybox};

tests![SHARED:
    the_api_server_takes_minimal_without_a_word,
    the_api_server_takes_full_without_a_word,
    the_api_server_takes_scaled_without_a_word,
    the_api_server_takes_worker_without_a_word,
    the_api_server_takes_web_without_a_word,
    the_api_server_takes_routed_without_a_word,
    the_api_server_takes_cron_without_a_word,
    the_api_server_takes_job_without_a_word,
    rendered_pods_run_restricted_and_rendering_again_changes_nothing,
    every_text_arrives_as_it_was_written,
];

/// Texts that a YAML 1.1 reader takes for something else, or that are hard to write in YAML.
const TEXTS: &[&str] = &[
    "yes",
    "0644",
    "1e3",
    "null",
    "",
    "~",
    "1_000",
    "12:30:45",
    "2026-11-22",
    "<<",
    "a: b #c",
    "\ta\n",
    " a\n",
    "a\nb",
    "a\n\n\n",
    "\n\na",
    "a \n\tb\n",
    "a\r\nb\r\n",
    "---\n...\n",
    "%a\n%b",
    "\u{feff}a",
    "\u{a0}",
    "\u{1b}[31m",
];

/// `plat render` of the plat.yaml in the work folder, with an image that the sandbox has.
fn render(namespace: &Namespace, more: &[&str]) -> String {
    namespace.plat(&["render", "--image", &busybox(namespace)]).args(more).succeeds().out
}

fn the_api_server_takes_minimal_without_a_word() {
    taken_without_a_word(include_str!("../../src/manifests/testdata/minimal.plat.yaml"));
}

fn the_api_server_takes_full_without_a_word() {
    taken_without_a_word(include_str!("../../src/manifests/testdata/full.plat.yaml"));
}

fn the_api_server_takes_scaled_without_a_word() {
    taken_without_a_word(include_str!("../../src/manifests/testdata/scaled.plat.yaml"));
}

fn the_api_server_takes_worker_without_a_word() {
    taken_without_a_word(include_str!("../../src/manifests/testdata/worker.plat.yaml"));
}

fn the_api_server_takes_web_without_a_word() {
    taken_without_a_word(include_str!("../../src/manifests/testdata/web.plat.yaml"));
}

fn the_api_server_takes_routed_without_a_word() {
    taken_without_a_word(include_str!("../../src/manifests/testdata/routed.plat.yaml"));
}

fn the_api_server_takes_cron_without_a_word() {
    taken_without_a_word(include_str!("../../src/manifests/testdata/cron.plat.yaml"));
}

fn the_api_server_takes_job_without_a_word() {
    taken_without_a_word(include_str!("../../src/manifests/testdata/job.plat.yaml"));
}

fn taken_without_a_word(plat_yaml: &str) {
    let namespace = Namespace::new("render");
    // So that a pod template that breaks "restricted" is told at the apply of its Deployment.
    let warn = "pod-security.kubernetes.io/warn=restricted";
    namespace.kubectl(&["label", "--overwrite", "namespace", &namespace.name, warn]);
    namespace.write("plat.yaml", plat_yaml);
    namespace.write("conf/app.yaml", "listen: :9000\n");
    namespace.write("conf/banner.txt", "yes\n");
    for format in [&[][..], &["--output", "json"]] {
        let manifests = render(&namespace, format);
        for how in [&[][..], &["--server-side", "--field-manager=plat"]] {
            let args = [&["apply", "--dry-run=server", "--validate=strict", "-f", "-"], how].concat();
            let applied = namespace.kubectl_reads(&args, &manifests);
            let stderr = String::from_utf8_lossy(&applied.stderr);
            assert_eq!((applied.status.code(), stderr.as_ref()), (Some(0), ""), "{format:?} {how:?}");
        }
    }
}

fn rendered_pods_run_restricted_and_rendering_again_changes_nothing() {
    let namespace = Namespace::new("render");
    namespace.write(
        "plat.yaml",
        "name: web\nport: 8080\nhealth: /index.html\nconfig: [index.html]\n\
         command: [/bin/busybox, httpd, -f, -p, 8080, -h, /etc/web]\n",
    );
    namespace.write("index.html", "hello\n");
    let manifests = render(&namespace, &[]);
    namespace.apply(&manifests);
    namespace.kubectl(&["rollout", "status", "deployment/web", "--timeout=120s"]);
    let who = namespace.kubectl(&["exec", "deployment/web", "--", "/bin/busybox", "id"]);
    // The image's own.
    assert_eq!(who.trim(), "uid=65532 gid=65532 groups=65532");
    let diff = namespace.kubectl_reads(&["diff", "-f", "-"], &render(&namespace, &[]));
    assert_eq!((diff.status.code(), String::from_utf8_lossy(&diff.stdout).as_ref()), (Some(0), ""));
}

fn every_text_arrives_as_it_was_written() {
    let namespace = Namespace::new("render");
    let names: Vec<String> = (0..TEXTS.len()).map(|n| format!("text-{n}")).collect();
    namespace.write("plat.yaml", format!("name: texts\nport: 8080\nconfig: [{}]\n", names.join(", ")));
    for (name, text) in names.iter().zip(TEXTS) {
        namespace.write(name, text);
    }
    let manifests = render(&namespace, &[]);
    for how in [&["apply", "-o", "json", "-f", "-"][..], &["apply", "--server-side", "-o", "json", "-f", "-"]] {
        let applied = namespace.kubectl_reads(&[how, &["--dry-run=server"]].concat(), &manifests);
        let list: Value = serde_json::from_slice(&applied.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&applied.stderr)));
        let items = list["items"].as_array().expect("a list");
        let config = items.iter().find(|item| item["kind"] == "ConfigMap").expect("a ConfigMap");
        for (name, text) in names.iter().zip(TEXTS) {
            assert_eq!(config["data"][name], *text, "by {how:?}");
        }
    }
}
