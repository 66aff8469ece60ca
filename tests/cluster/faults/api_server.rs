//! The API server, etcd behind it, and the way to it.

use std::time::Duration;

use super::place::place;
use super::run::{rolls, start};
use super::wire::Wire;
use crate::support;

#[test]
fn an_api_server_that_is_killed_in_mid_rollout_and_comes_back_costs_only_time() {
    let Some(place) = place() else { return };
    place.spec("sleep 6", "");
    let mut run = start(&place.namespace, &["deploy"]);
    run.until("the rollout", rolls);
    place.fault("kill", "kube-apiserver");
    std::thread::sleep(Duration::from_secs(2));
    place.fault("start", "kube-apiserver");
    let ended = run.end(Duration::from_secs(60));
    ended.well();
    eprintln!("{ended:#?}");
}

#[test]
fn an_api_server_that_stays_away_ends_the_deploy_at_its_deadline() {
    let Some(place) = place() else { return };
    place.spec("sleep 6", "");
    let mut run = start(&place.namespace, &["deploy", "--deadline", "12s"]);
    run.until("the rollout", rolls);
    place.fault("kill", "kube-apiserver");
    let ended = run.end(Duration::from_secs(30));
    eprintln!("{ended:#?}");
    ended.error(4);
}

#[test]
fn an_api_server_that_hangs_ends_the_deploy_at_its_deadline() {
    let Some(place) = place() else { return };
    place.spec("sleep 6", "");
    let mut run = start(&place.namespace, &["deploy", "--deadline", "12s"]);
    run.until("the rollout", rolls);
    place.fault("stop", "kube-apiserver");
    let ended = run.end(Duration::from_secs(30));
    eprintln!("{ended:#?}");
    ended.error(4);
}

#[test]
fn connections_that_are_reset_again_and_again_cost_only_time() {
    let Some(place) = place() else { return };
    let wire = Wire::to(place.server());
    place.through(&format!("https://{}", wire.address));
    place.spec("sleep 6", "");
    let mut run = start(&place.namespace, &["deploy"]);
    run.until("the rollout", rolls);
    for _ in 0..3 {
        wire.reset();
        std::thread::sleep(Duration::from_millis(700));
    }
    let ended = run.end(Duration::from_secs(60));
    ended.well();
    eprintln!("{} {ended:#?}", wire.accepted());
}

#[test]
fn a_watch_that_expired_is_begun_anew() {
    let Some(place) = place() else { return };
    let wire = Wire::to(place.server());
    place.through(&format!("https://{}", wire.address));
    place.spec("sleep 6", "");
    let mut run = start(&place.namespace, &["deploy"]);
    run.until("the rollout", rolls);
    wire.cut();
    wire.mend();
    let ended = run.end(Duration::from_secs(60));
    ended.well();
    support::kubectl(&place.namespace, &["get", "deploy"]);
}
