//! A Dockerfile, by buildah: as whom its image runs, where it may write, and when it is built.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

use super::{build, write};
use crate::harness::{ignore, tests};
use crate::support::registry::Registry;
use crate::support::{Ended, Namespace, bases};

tests![BUILDS:
    a_numeric_user_is_kept_and_the_same_sources_are_not_built_again,
    a_base_image_comes_from_the_mirror,
    the_stage_and_the_arguments_that_plat_yaml_names_are_built,
    root_and_a_user_by_name_are_said_before_the_deploy,
    a_port_that_the_image_does_not_expose_is_said_before_the_deploy,
    what_writes_where_it_must_not_is_named_with_the_line_that_helps,
    what_does_not_build_is_shown_with_its_line,
    without_a_program_that_reads_it_the_four_are_named,
];

/// Serves; `WRITES` is where it writes before.
const SERVER: &str = "FROM REGISTRY/hub/shell:1\nCOPY index.html /srv/index.html\nUSER 1234\n\
    ENTRYPOINT [\"/bin/sh\", \"-c\", \"WRITES exec httpd -f -p 8080 -h /srv\"]\n";

fn project(prefix: &str, dockerfile: &str, more: &str) -> Namespace {
    static BASE: OnceLock<()> = OnceLock::new();
    let ns = Namespace::new(prefix);
    buildah();
    BASE.get_or_init(|| drop(bases::shell(&ns, "hub/shell:1", bases::HERE)));
    write(&ns, "shop", &[("index.html", "hello\n")]);
    ns.write("shop/Dockerfile", dockerfile.replace("REGISTRY", &ns.sandbox.registry));
    ns.write("shop/plat.yaml", format!("name: {}\nport: 8080\nhealth: /\nreplicas: 1\nbake: 0\n{more}", ns.name));
    ns
}

/// From Debian, where it is not there.
pub fn buildah() {
    let is_there = || Command::new("buildah").arg("--version").output().is_ok();
    if is_there() {
        return;
    }
    let _ = Command::new("apt-get").args(["install", "--yes", "--no-install-recommends", "buildah"]).output();
    if !is_there() {
        ignore("a Dockerfile is built by buildah, and apt-get could not install it");
    }
}

/// What the registry has of an image.
fn config(ns: &Namespace, reference: &str) -> Value {
    let registry = Registry::of(ns.sandbox);
    let (_, digest) = reference.split_once('@').expect("a digest");
    let manifest = registry.manifest(&ns.name, digest);
    let blob = registry.blob(&ns.name, manifest["config"]["digest"].as_str().expect("a config"));
    serde_json::from_slice(&blob).expect("JSON")
}

fn deploy(ns: &Namespace) -> Ended {
    bases::plat(ns, &["deploy"]).folder("shop").events().run()
}

fn a_numeric_user_is_kept_and_the_same_sources_are_not_built_again() {
    let ns = project("docker", &SERVER.replace("WRITES", ""), "");
    deploy(&ns).succeeds();
    assert_eq!(ns.field(&format!("deployment/{}", ns.name), ".spec.template.spec.securityContext.runAsUser"), "1234");
    let again = bases::plat(&ns, &["build"]).folder("shop").env("PATH", "/nonexistent");
    again.succeeds().says("the registry has these sources");
    ns.write("shop/index.html", "another\n");
    assert!(!build(&ns, "shop").reference.is_empty());
}

fn the_stage_and_the_arguments_that_plat_yaml_names_are_built() {
    let stages = "ARG SHOWS=none\nFROM REGISTRY/hub/shell:1 AS serve\nARG SHOWS\nENV SHOWN=$SHOWS\nUSER 1234\n\
        ENTRYPOINT [\"/bin/sh\", \"-c\", \"exec httpd -f -p 8080 -h /bin\"]\n\nFROM serve AS last\nUSER 4321\n";
    let ns = project("stage", stages, "build: {target: serve, args: {SHOWS: two words}}\n");
    let build = |ns: &Namespace| build(ns, "shop").reference;
    let serve = build(&ns);
    let made = config(&ns, &serve);
    assert_eq!(made["config"]["User"], "1234", "{made}");
    let shown = made["config"]["Env"].as_array().expect("variables");
    assert!(shown.iter().any(|variable| variable == "SHOWN=two words"), "{made}");
    // What is built otherwise is another image, not the one that is there.
    let yaml = std::fs::read_to_string(ns.work().join("shop/plat.yaml")).expect("plat.yaml");
    ns.write("shop/plat.yaml", yaml.replace("two words", "three"));
    assert_ne!(build(&ns), serve);
    ns.write("shop/plat.yaml", yaml.replace("target: serve, ", ""));
    assert_eq!(config(&ns, &build(&ns))["config"]["User"], "4321");
    ns.write("shop/plat.yaml", yaml.replace("serve", "gone"));
    deploy(&ns).fails(1).hint("the Dockerfile has no stage gone (serve, last): fix build.target in plat.yaml");
}

fn a_base_image_comes_from_the_mirror() {
    // As people write it: no registry, which is docker.io.
    let dockerfile = SERVER.replace("WRITES", "").replace("REGISTRY/hub/shell:1", "acme/shell:1");
    let ns = project("mirror", &dockerfile, "");
    bases::shell(&ns, "hub/acme/shell:1", bases::HERE);
    assert!(!build(&ns, "shop").reference.is_empty());
    // Without it nothing is there, and the next step is said. (Of another name: buildah keeps what it has pulled.)
    ns.write("shop/Dockerfile", dockerfile.replace("acme/shell:1", "acme/gone:1"));
    let plat = bases::plat(&ns, &["build"]).folder("shop").env("PLAT_MIRRORS", "docker.io=127.0.0.1:9/hub");
    plat.events().run().fails(1).hint("PLAT_MIRRORS=docker.io=HOST/PATH");
}

fn root_and_a_user_by_name_are_said_before_the_deploy() {
    let server = SERVER.replace("WRITES", "");
    let root = project("root", &server.replace("USER 1234\n", ""), "");
    deploy(&root).succeeds().says("runs as root").says("user: NUMBER");
    let named = project("named", &server.replace("USER 1234", "USER www"), "");
    deploy(&named).succeeds().says("runs as www").says("user: NUMBER");
}

fn a_port_that_the_image_does_not_expose_is_said_before_the_deploy() {
    let exposes =
        |port: u16| SERVER.replace("WRITES", "").replace("USER 1234\n", &format!("USER 1234\nEXPOSE {port}\n"));
    let other = project("exposes", &exposes(9000), "");
    deploy(&other).succeeds().says("listens on 9000 (EXPOSE)").says("`port: 9000`");
    let same = project("exposes", &exposes(8080), "");
    deploy(&same).succeeds().never_says("EXPOSE");

    // Where nobody listens at all, it is the likely cause.
    let silent = project("exposes", &exposes(9000).replace("exec httpd -f -p 8080 -h /srv", "exec sleep 600"), "");
    let probe = format!("{{name: {}, startupProbe: {{failureThreshold: 4}}}}", silent.name);
    let yaml = std::fs::read_to_string(silent.work().join("shop/plat.yaml")).expect("plat.yaml");
    let patch = format!("patch: {{Deployment: {{spec: {{template: {{spec: {{containers: [{probe}]}}}}}}}}}}\n");
    silent.write("shop/plat.yaml", yaml + &patch);
    deploy(&silent).fails(3).reason("Unhealthy").hint("the image says that it listens on 9000 (EXPOSE): set `port`");
}

fn what_writes_where_it_must_not_is_named_with_the_line_that_helps() {
    let dockerfile = SERVER.replace("WRITES", "mkdir -p /cache/shop &&");
    let ns = project("writes", &dockerfile, "");
    deploy(&ns).fails(3).hint("writable: [/cache]");
    let said = ns.work().join("shop/plat.yaml");
    let yaml = std::fs::read_to_string(&said).expect("plat.yaml");
    ns.write("shop/plat.yaml", format!("{yaml}writable: [/cache]\n"));
    deploy(&ns).succeeds();
}

fn what_does_not_build_is_shown_with_its_line() {
    let ns = project("broken", "FROM REGISTRY/hub/shell:1\n\nCOPY gone /srv\n", "");
    let ended = deploy(&ns).fails(1).what("does not build the Dockerfile").evidence("gone");
    let place = ended.error()["place"].as_str().expect("a place").to_owned();
    assert!(place.ends_with("shop/Dockerfile:3"), "{place}");
    // As much of it as the program said, in the evidence of the run.
    let folder = ended.event("evidence")["folder"].as_str().expect("a folder").to_owned();
    let log = std::fs::read_to_string(Path::new(&folder).join("build.log")).expect("what the build said");
    assert!(log.starts_with("$ ") && log.contains("COPY gone /srv"), "{log}");
    ended.hint("plat evidence");
    ns.plat(&["evidence"]).succeeds().says("BuildFailed");
}

fn without_a_program_that_reads_it_the_four_are_named() {
    let ns = project("none", SERVER, "");
    assert!(!Path::new("/nonexistent").exists());
    let ended = bases::plat(&ns, &["build"]).folder("shop").env("PATH", "/nonexistent").events().fails(1);
    ended.what("no program here reads a Dockerfile").hint("docker (with buildx), podman, buildah or nerdctl");
}
