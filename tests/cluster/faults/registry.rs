//! The registry: away while the kubelet pulls, held and away while plat pushes.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Duration;

use super::place::{Place, place};
use super::run::{MINUTE, start};
use crate::harness::tests;

tests![FAULTS:
    a_registry_that_is_away_for_a_while_costs_only_time,
    a_registry_that_stays_away_is_named,
    a_push_waits_for_a_registry_that_is_held_for_a_moment,
    a_push_to_a_registry_that_is_away_is_tried_a_few_times_and_then_ends,
    a_push_goes_on_when_the_registry_is_back,
];

fn a_registry_that_is_away_for_a_while_costs_only_time() {
    let place = place();
    place.spec("true", "");
    let image = place.pinned();
    place.fault("kill", "registry");
    let mut run = start(&place.namespace, &["deploy", "--image", &image]);
    run.until("the kubelet cannot pull", |event| event["findings"].to_string().contains("ErrImagePull"));
    place.fault("start", "registry");
    run.end(MINUTE).well();
}

fn a_registry_that_stays_away_is_named() {
    let place = place();
    place.spec("true", "");
    let image = place.pinned();
    place.fault("kill", "registry");
    let ended =
        start(&place.namespace, &["deploy", "--image", &image, "--deadline", "25s"]).end(Duration::from_secs(45));
    let error = ended.error(4);
    let registry = image.split('/').next().expect("a registry");
    let said = error["error"].as_str().unwrap_or_default();
    assert!(said.contains("the node cannot reach registry") && said.contains(registry), "{error:#}");
}

fn a_push_waits_for_a_registry_that_is_held_for_a_moment() {
    let place = place();
    program(&place);
    place.fault("stop", "registry");
    let run = start(&place.namespace, &["deploy"]);
    std::thread::sleep(Duration::from_secs(8));
    place.fault("go-on", "registry");
    run.end(MINUTE).well();
}

fn a_push_to_a_registry_that_is_away_is_tried_a_few_times_and_then_ends() {
    let place = place();
    program(&place);
    place.fault("kill", "registry");
    let ended = start(&place.namespace, &["deploy"]).end(Duration::from_secs(45));
    let error = ended.error(1);
    assert_eq!(error["reason"], "RegistryUnreachable", "{error:#}");
    assert!(error["details"].to_string().contains("tried 4 times in "), "{error:#}");
}

fn a_push_goes_on_when_the_registry_is_back() {
    let place = place();
    program(&place);
    place.fault("kill", "registry");
    let mut plat = crate::support::plat_process(&place.namespace);
    let mut plat = plat.arg("deploy").stderr(Stdio::piped()).spawn().expect("plat runs");
    let mut said = String::new();
    for line in BufReader::new(plat.stderr.take().expect("its stderr")).lines().map_while(Result::ok) {
        if line.contains("is not reachable") && line.contains("trying again in 0.50s") {
            place.fault("start", "registry");
        }
        said = format!("{said}{line}\n");
    }
    assert!(plat.wait().expect("plat ends").success(), "{said}");
    assert!(said.contains("trying again in 0.50s"), "{said}");
}

/// A Go service that plat has to build and push.
fn program(place: &Place) {
    let work = place.namespace.work();
    let files = [
        ("plat.yaml", "name: shop\nport: 8080\nhealth: /\nreplicas: 1\n"),
        ("go.mod", "module example.com/shop\n\ngo 1.21\n"),
        (
            "main.go",
            "package main\n\nimport \"net/http\"\n\nfunc main() {\n\thandler := func(w http.ResponseWriter, r *http.Request) {}\n\t\
             _ = http.ListenAndServe(\":8080\", http.HandlerFunc(handler))\n}\n",
        ),
    ];
    for (name, text) in files {
        fs::write(work.join(name), text).expect("a file can be written");
    }
}
