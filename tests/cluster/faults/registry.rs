//! The registry: away while the kubelet pulls, held and away while plat pushes.

use std::time::Duration;

use super::WITHIN;
use super::place::{Place, place};
use crate::harness::tests;
use crate::support::Shop;

tests![FAULTS:
    a_registry_that_is_away_for_a_while_costs_only_time,
    a_registry_that_stays_away_is_named,
    a_push_waits_for_a_registry_that_is_held_for_a_moment,
    a_push_to_a_registry_that_is_away_is_tried_a_few_times_and_then_ends,
    a_push_goes_on_when_the_registry_is_back,
];

fn a_registry_that_is_away_for_a_while_costs_only_time() {
    let place = place();
    let shop = place.with(&format!("image: {}", unpulled(&place)));
    place.fault("kill", "registry");
    let mut deploy = shop.deploy().start();
    deploy.until_event("the kubelet cannot pull", |event| event["findings"].to_string().contains("ErrImagePull"));
    place.fault("start", "registry");
    deploy.ends_within(WITHIN).succeeds();
}

fn a_registry_that_stays_away_is_named() {
    let place = place();
    let image = unpulled(&place);
    place.fault("kill", "registry");
    let deploy = place.with(&format!("image: {image}")).deploy().args(&["--deadline", "25s"]).start();
    let registry = image.split('/').next().expect("a registry");
    deploy.ends_within(Duration::from_secs(45)).fails(4).what("the node cannot reach registry").what(registry);
}

fn a_push_waits_for_a_registry_that_is_held_for_a_moment() {
    let place = place();
    let program = program(&place);
    place.fault("stop", "registry");
    let deploy = program.deploy().start();
    // The fault itself: what is built by then is pushed meanwhile, and no request may take so long that it fails.
    std::thread::sleep(Duration::from_secs(8));
    place.fault("go-on", "registry");
    deploy.ends_within(WITHIN).succeeds();
}

fn a_push_to_a_registry_that_is_away_is_tried_a_few_times_and_then_ends() {
    let place = place();
    let program = program(&place);
    place.fault("kill", "registry");
    let deploy = program.deploy().start();
    deploy.ends_within(Duration::from_secs(45)).fails(1).reason("RegistryUnreachable").evidence("tried 4 times in ");
}

fn a_push_goes_on_when_the_registry_is_back() {
    let place = place();
    let program = program(&place);
    place.fault("kill", "registry");
    let deploy = program.run(&["deploy"]).start();
    deploy.until_said("trying again in 0.50s");
    place.fault("start", "registry");
    deploy.ends_within(WITHIN).succeeds().says("is not reachable");
}

/// An image by its digest that the node has not pulled for another test.
fn unpulled(place: &Place) -> String {
    crate::failures::registry::push(place, &format!("{}:v1", place.name));
    let registry = &place.sandbox.registry;
    place.pinned(&format!("{registry}/{}:v1", place.name))
}

/// A Go service that plat has to build and push; no other test has its layers in the registry.
fn program(place: &Place) -> Shop {
    place.write("go.mod", "module example.com/shop\n\ngo 1.21\n");
    let name = &place.name;
    place.write(
        "main.go",
        format!(
            "package main\n\nimport \"net/http\"\n\nfunc main() {{\n\tprintln(\"{name}\")\n\thandler := func(w http.ResponseWriter, \
             r *http.Request) {{}}\n\t_ = http.ListenAndServe(\":8080\", http.HandlerFunc(handler))\n}}\n"
        ),
    );
    place.without("image").without("command")
}
