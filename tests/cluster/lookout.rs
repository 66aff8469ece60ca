//! The prompt comes back at ready, and a process of its own looks on for a minute.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::harness::tests;
use crate::support::manifests::{container, deployment, pod};
use crate::support::{Ended, Namespace, Shop, eventually, within_a_minute};

tests![SHARED:
    what_falls_after_ready_is_recorded_and_the_next_plat_says_it_first,
    one_that_recovers_is_not_spoken_of_and_the_lookout_ends_by_itself,
    whoever_deploys_next_has_the_right_of_way,
    a_held_lock_is_not_waited_for,
    a_guard_restores_the_previous_revision_after_the_terminal_is_gone,
    a_rollback_is_looked_at_until_the_service_is_deleted,
    what_has_no_record_is_told_here,
    what_waits_for_what_comes_later_is_not_spoken_of,
    asked_for_or_in_ci_the_deploy_waits_itself,
];

/// Of its own memory; in KiB.
const MEMORY: u64 = 15 << 10;
const FELL: &str = "shop became ready and did not stay so";

/// It serves its config file, and ends 8 seconds later.
fn falls(shop: &Shop) -> Shop {
    shop.serves("bad").runs("httpd -p 8080 -h /etc/shop; sleep 8; echo no more; exit 4")
}

/// A good revision is there. Nothing says how what comes next is looked at.
fn served() -> Shop {
    let shop = Shop::new("lookout").without("bake");
    shop.serves("good").deploy().args(&["--bake", "0"]).succeeds();
    shop
}

/// The processes that look on for this test, as /proc has them.
fn lookouts(namespace: &Namespace) -> Vec<PathBuf> {
    let home = format!("PLAT_HOME={}", namespace.home().display());
    let has = |process: &Path, file: &str, word: &str| {
        fs::read_to_string(process.join(file)).is_ok_and(|text| text.split('\0').any(|part| part == word))
    };
    let processes = fs::read_dir("/proc").expect("processes").flatten().map(|entry| entry.path());
    processes.filter(|process| has(process, "cmdline", "lookout") && has(process, "environ", &home)).collect()
}

fn ended(namespace: &Namespace) {
    // One that sees nothing ends after a minute.
    let is_over = || lookouts(namespace).is_empty();
    assert!(within_a_minute(is_over) || within_a_minute(is_over), "it still looks on");
}

/// It ended at ready, and something looks on.
fn looked_at(namespace: &Namespace, ended: Ended) -> Ended {
    let ended = ended.succeeds().without("ready");
    assert_eq!(ended.event("done")["looks_on_seconds"], 60);
    assert_eq!(lookouts(namespace).len(), 1);
    ended
}

fn what_falls_after_ready_is_recorded_and_the_next_plat_says_it_first() {
    let shop = served();
    let bad = falls(&shop);
    let deploy = looked_at(&shop, bad.deploy().at_a_prompt().run());
    let memory = fs::read_to_string(lookouts(&shop)[0].join("status")).expect("its memory");
    let own = memory.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("a size");
    let own: u64 = own.trim().trim_end_matches(" kB").parse().expect("a number");
    assert!(own < MEMORY, "{own} KiB");
    ended(&shop);

    // The next plat, whatever it is.
    let next = bad.run(&["history"]).succeeds();
    let first = next.err.lines().next().unwrap_or_default();
    let namespace = &shop.name;
    assert!(first.starts_with(&format!("warning: {FELL}: ")), "{}", next.err);
    assert!(first.contains(&format!("see: plat why deployment/shop -n {namespace}, plat evidence ")), "{first}");
    let run = &first.rsplit(' ').next().expect("a run").to_owned();
    next.says("failed-after-ready (CrashLoopBackOff)").says("revision 2 became ready and did not stay so");

    // It is said once; what the cluster has is said as long as it is so.
    let status = bad.run(&["status"]).succeeds().never_says(FELL);
    assert!(status.out.starts_with("revision 2 became ready and did not stay so (CrashLoopBackOff)"), "{}", status.out);
    assert_eq!(shop.history(), ["2 failed-after-ready", "1 deployed"]);
    let bundle = bad.run(&["evidence", run]).events().succeeds().events.remove(0);
    assert_eq!((&bundle["revision"], &bundle["reason"]), (&2.into(), &"CrashLoopBackOff".into()));
    let files = bundle["files"].as_array().expect("names").iter().filter_map(|name| name.as_str());
    let files: Vec<&str> = files.collect();
    assert!(files.iter().any(|name| name.starts_with("logs/")), "{files:?}");
    assert_eq!(deploy.event("plan")["first"], false);
    // Nobody asked for more than to be told.
    assert_eq!((shop.served().as_str(), shop.holder().as_str()), ("bad", ""));
    // Going back goes to what was good.
    assert_eq!(bad.run(&["rollback"]).events().succeeds().event("rollback")["revision"], 1);
    bad.run(&["status"]).succeeds().never_says("did not stay so");
}

fn one_that_recovers_is_not_spoken_of_and_the_lookout_ends_by_itself() {
    let shop = Shop::new("lookout").without("bake").with("replicas: 2");
    let script = "httpd -p 8080 -h /etc/shop; until rm /tmp/end 2>/dev/null; do sleep 0.2; done; exit 4";
    let twins = shop.serves("twins").runs(script);
    looked_at(&shop, twins.deploy().at_a_prompt().run());
    let pods = shop.names("pods");
    assert_eq!(pods.len(), 2);
    shop.kubectl(&["exec", &pods[0], "--", "touch", "/tmp/end"]);
    eventually("it is well again", || {
        let status = shop.get(&pods[0])["status"]["containerStatuses"][0].clone();
        status["restartCount"] == 1 && status["ready"] == true
    });
    assert_eq!(lookouts(&shop).len(), 1, "one crash of one of two is no verdict");
    ended(&shop);
    twins.run(&["status"]).succeeds().never_says("did not stay so");
    assert_eq!(shop.history(), ["1 deployed"]);
}

fn whoever_deploys_next_has_the_right_of_way() {
    let shop = served();
    looked_at(&shop, falls(&shop).deploy().at_a_prompt().run());
    let slow = shop.serves("next").runs("sleep 15; exec httpd -f -p 8080 -h /etc/shop");
    let next = slow.deploy().args(&["--bake", "0"]).start();
    eventually("it gives way", || lookouts(&shop).is_empty());
    // At once: not because its minute is over.
    assert_eq!(shop.history()[0], "3 in-progress");
    next.ends().succeeds();
    shop.run(&["status"]).succeeds().never_says("did not stay so");
    assert_eq!(shop.history(), ["3 deployed", "2 deployed", "1 deployed"]);
    assert_eq!(shop.run(&["evidence"]).events().succeeds().events.len(), 0);
}

fn a_held_lock_is_not_waited_for() {
    let shop = served();
    let bad = falls(&shop).with("guard: rollback");
    looked_at(&shop, bad.deploy().at_a_prompt().run());
    // As a plat elsewhere holds it.
    let lease = json!({"metadata": {"annotations": {"plat.dev/who": "ben", "plat.dev/doing": "deploy"}},
        "spec": {"holderIdentity": "ben", "leaseDurationSeconds": 600}});
    let patch = ["patch", "lease/plat-shop", "--field-manager=plat", "--type=merge", "-p"];
    shop.kubectl(&[&patch[..], &[&lease.to_string()]].concat());
    ended(&shop);
    assert_eq!(shop.holder(), "ben");
    bad.run(&["status"]).succeeds().never_says("did not stay so");
    assert_eq!(shop.history(), ["2 deployed", "1 deployed"]);
    assert!(shop.get("pods").to_string().contains("\"exitCode\":4"), "nothing fell");
}

fn a_guard_restores_the_previous_revision_after_the_terminal_is_gone() {
    let shop = served();
    let bad = falls(&shop).with("guard: rollback");
    let terminal = bad.run(&["deploy"]).at_a_prompt().on_terminal();
    terminal.wait_for("watched in the background for 60s");
    // The terminal goes with it.
    assert_eq!(terminal.end(), 0);
    assert_eq!(lookouts(&shop).len(), 1);
    ended(&shop);
    bad.run(&["status"]).succeeds().says(&format!("warning: {FELL}: ")).says("; revision 1 was restored; see: ");
    assert_eq!(shop.history(), ["3 deployed", "2 rolled-back", "1 deployed"]);
    assert_eq!((shop.served().as_str(), shop.holder().as_str()), ("good", ""));
}

fn a_rollback_is_looked_at_until_the_service_is_deleted() {
    let shop = served();
    shop.serves("next").deploy().args(&["--bake", "0"]).succeeds();
    looked_at(&shop, shop.run(&["rollback"]).events().at_a_prompt().run());
    shop.run(&["delete", "shop", "--yes"]).succeeds();
    eventually("it gives way", || lookouts(&shop).is_empty());
    shop.run(&["history", "shop"]).succeeds().never_says("did not stay so");
}

/// Manifests without a name.
fn what_has_no_record_is_told_here() {
    let shop = Shop::new("lookout");
    let worker = pod(&[container("shop", shop.image(), "sleep 8; echo no more; exit 4")]);
    looked_at(&shop, shop.deploy_manifests(deployment(&worker, json!({})), &[]).at_a_prompt().run());
    ended(&shop);
    // Nothing probes it, so that nobody knows whether it ever worked.
    let said = "warning: shop started and did not stay up: ";
    let next = shop.plat(&["evidence"]).succeeds().says(said).says("CrashLoopBackOff");
    assert_eq!(next.out.lines().count(), 2, "one bundle: {}", next.out);
}

fn what_waits_for_what_comes_later_is_not_spoken_of() {
    let shop = Shop::new("lookout");
    let wait =
        format!("nslookup later.{}.svc.cluster.local || {{ echo 'could not connect to later'; exit 1; }}", shop.name);
    let worker = pod(&[container("shop", shop.image(), &format!("sleep 1; {wait}; exec sleep 1000"))]);
    looked_at(&shop, shop.deploy_manifests(deployment(&worker, json!({})), &[]).at_a_prompt().run());
    eventually("it has ended three times", || {
        let pod = shop.names("pods").first().map(|pod| shop.get(pod)).unwrap_or_default();
        pod["status"]["containerStatuses"][0]["restartCount"].as_u64() >= Some(2)
            && pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    });
    let selector = json!({"ports": [{"port": 80}], "selector": {"app": "later"}});
    shop.apply(json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "later"}, "spec": selector}));
    ended(&shop);
    shop.plat(&["evidence"]).run().never_says("did not stay");
}

fn asked_for_or_in_ci_the_deploy_waits_itself() {
    let shop = served();
    let quick = shop.serves("bad").runs("touch /tmp/ready; httpd -p 8080 -h /etc/shop; sleep 2; exit 4");
    let asked = quick.deploy().at_a_prompt().args(&["--bake", "20s"]).fails(3);
    let said = asked.in_order(&["ready", "restored"]).what("became ready and did not stay so");
    assert!(said.find("done").is_none());
    let ci = shop.serves("better").deploy().succeeds().in_order(&["ready", "done"]);
    assert!(ci.event("done")["looks_on_seconds"].is_null());
    let off = shop.serves("best").deploy().at_a_prompt().args(&["--bake", "0"]).succeeds().without("ready");
    assert!(off.event("done")["looks_on_seconds"].is_null());
    let set = shop.serves("last").deploy().at_a_prompt().env("PLAT_LOOKOUT", "off").succeeds().without("ready");
    assert!(set.event("done")["looks_on_seconds"].is_null());
    assert!(lookouts(&shop).is_empty());
}
