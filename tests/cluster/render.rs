//! What `plat render` prints is taken by kubectl, the API server and the kubelet as it is.

use std::io::Write;
use std::process::{Output, Stdio};

use serde_json::Value;

use crate::harness::tests;
use crate::support::{self, Namespace};

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

fn write(namespace: &Namespace, name: &str, text: &str) {
    let path = namespace.work().join(name);
    std::fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("the folder can be made");
    std::fs::write(path, text).expect("the file can be written");
}

/// `plat render` of the plat.yaml in the work folder, with an image that the sandbox has.
fn render(namespace: &Namespace, more: &[&str]) -> String {
    let image = support::busybox(namespace);
    let output = support::plat(namespace).args(["render", "--image", &image]).args(more).assert().success();
    String::from_utf8(output.get_output().stdout.clone()).expect("plat prints text")
}

fn kubectl_with_input(namespace: &Namespace, args: &[&str], input: &str) -> Output {
    let mut child = support::kubectl_command(namespace)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("kubectl runs");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("kubectl reads its input");
    child.wait_with_output().expect("kubectl ends")
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
    let namespace = support::namespace("render");
    // So that a pod template that breaks "restricted" is told at the apply of its Deployment.
    let warn = "pod-security.kubernetes.io/warn=restricted";
    support::kubectl(&namespace, &["label", "--overwrite", "namespace", &namespace.name, warn]);
    write(&namespace, "plat.yaml", plat_yaml);
    write(&namespace, "conf/app.yaml", "listen: :9000\n");
    write(&namespace, "conf/banner.txt", "yes\n");
    for format in [&[][..], &["--output", "json"]] {
        let manifests = render(&namespace, format);
        for how in [&[][..], &["--server-side", "--field-manager=plat"]] {
            let args = [&["apply", "--dry-run=server", "--validate=strict", "-f", "-"], how].concat();
            let applied = kubectl_with_input(&namespace, &args, &manifests);
            let stderr = String::from_utf8_lossy(&applied.stderr);
            assert_eq!((applied.status.code(), stderr.as_ref()), (Some(0), ""), "{format:?} {how:?}");
        }
    }
}

fn rendered_pods_run_restricted_and_rendering_again_changes_nothing() {
    let namespace = support::namespace("render");
    write(
        &namespace,
        "plat.yaml",
        "name: web\nport: 8080\nhealth: /index.html\nconfig: [index.html]\n\
         command: [/bin/busybox, httpd, -f, -p, 8080, -h, /etc/web]\n",
    );
    write(&namespace, "index.html", "hello\n");
    let manifests = render(&namespace, &[]);
    support::apply(&namespace, &manifests);
    support::kubectl(&namespace, &["rollout", "status", "deployment/web", "--timeout=120s"]);
    let who = support::kubectl(&namespace, &["exec", "deployment/web", "--", "/bin/busybox", "id"]);
    assert_eq!(who.trim(), "uid=10001 gid=10001 groups=10001");
    let diff = kubectl_with_input(&namespace, &["diff", "-f", "-"], &render(&namespace, &[]));
    assert_eq!((diff.status.code(), String::from_utf8_lossy(&diff.stdout).as_ref()), (Some(0), ""));
}

fn every_text_arrives_as_it_was_written() {
    let namespace = support::namespace("render");
    let names: Vec<String> = (0..TEXTS.len()).map(|n| format!("text-{n}")).collect();
    write(&namespace, "plat.yaml", &format!("name: texts\nport: 8080\nconfig: [{}]\n", names.join(", ")));
    for (name, text) in names.iter().zip(TEXTS) {
        write(&namespace, name, text);
    }
    let manifests = render(&namespace, &[]);
    for how in [&["apply", "-o", "json", "-f", "-"][..], &["apply", "--server-side", "-o", "json", "-f", "-"]] {
        let applied = kubectl_with_input(&namespace, &[how, &["--dry-run=server"]].concat(), &manifests);
        let list: Value = serde_json::from_slice(&applied.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&applied.stderr)));
        let items = list["items"].as_array().expect("a list");
        let config = items.iter().find(|item| item["kind"] == "ConfigMap").expect("a ConfigMap");
        for (name, text) in names.iter().zip(TEXTS) {
            assert_eq!(config["data"][name], *text, "by {how:?}");
        }
    }
}
