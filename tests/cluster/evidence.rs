//! What a failed deploy leaves to be looked at.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::tests;
use crate::support::manifests::deployment_of;
use crate::support::{CRASH, Ended, Plat, Shop, eventually};

tests![SHARED:
    the_bundle_holds_what_is_gone_after_the_rollback_and_no_secret,
    a_full_disk_costs_one_warning_and_not_the_rollback,
    a_colleague_sees_what_was_pushed_until_the_service_is_deleted,
    what_has_no_revision_is_pushed_too,
    who_may_not_write_secrets_is_told_what_else_to_hand_on,
];

fn the_bundle_holds_what_is_gone_after_the_rollback_and_no_secret() {
    let shop = Shop::new("evidence").with("env: {GREETING: topsecret}");
    shop.serves("good").deploy().succeeds();
    let bad = shop.serves("bad").crashes();
    let failed = bad.deploy().fails(3);
    let bundle = failed.event("evidence");
    let folder = Path::new(bundle["folder"].as_str().expect("a folder"));
    assert!(!folder.starts_with(shop.work()), "outside the repository: {}", folder.display());
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    let archive = Path::new(bundle["archive"].as_str().expect("an archive"));
    assert_eq!((mode(folder), mode(archive), mode(&folder.join("summary.json"))), (0o700, 0o600, 0o600));

    let shown = bad.run(&["evidence", bundle["run"].as_str().expect("a run")]).events().succeeds().events;
    let files: Vec<String> = serde_json::from_value(shown[0]["files"].clone()).expect("names");
    assert_eq!((&shown[0]["reason"], &shown[0]["revision"]), (&"CrashLoopBackOff".into(), &2.into()));
    let all: String = files.iter().map(|name| fs::read_to_string(folder.join(name)).expect("a file")).collect();
    assert!(!all.contains("topsecret") && !all.contains("hunter2"), "a secret is in the bundle");
    let within = |folder: &str, begin: &str| format!("{folder}/{}/{begin}", shop.name);
    let has = |begin: &str, end: &str| files.iter().any(|name| name.starts_with(begin) && name.ends_with(end));
    assert!(
        has(&within("logs", "shop-"), "/shop.log")
            && has(&within("objects", "pod/shop-"), ".json")
            && has(&within("objects", "deployment/shop"), ".json"),
        "{files:?}"
    );
    let text = |name: &str| fs::read_to_string(folder.join(name)).expect("a file");
    assert!(text("manifests.yaml").contains("kind: ConfigMap") && text("diff.txt").contains(".command"), "{files:?}");
    assert!(text("events.txt").contains("BackOff"), "{}", text("events.txt"));
    // The node keeps one dead container: in a back-off the previous instance may be gone, and is then named as missing.
    let previous = has(&within("logs", "shop-"), "/shop.previous.log")
        || text("README.txt").contains(&format!("missing: log of {}/shop-", shop.name));
    assert!(previous, "{files:?}");
    assert!(text("README.txt").contains("apply"), "the timeline: {}", text("README.txt"));
    let packed = Command::new("tar").arg("tzf").arg(archive).output().expect("tar runs");
    assert_eq!(String::from_utf8_lossy(&packed.stdout).lines().count(), files.len());

    assert_eq!(bad.run(&["evidence"]).events().succeeds().events.len(), 1);
    bad.run(&["evidence", "no-such-run"]).fails(1);
    for asked in ["shop", "deploy/shop"] {
        assert_eq!(bad.run(&["evidence", asked]).events().succeeds().events.len(), 1, "{asked}");
    }
    bad.run(&["evidence", "deploy/other"]).fails(1).says("there is no evidence of Deployment other");
}

/// No byte more than 2 KiB may be written to any file: as on a full disk, every write of a bundle fails.
fn a_full_disk_costs_one_warning_and_not_the_rollback() {
    let shop = Shop::new("evidence");
    shop.serves("good").deploy().succeeds();
    let bad = shop.serves("bad").crashes();
    let failed = bad.deploy().after("trap '' XFSZ; ulimit -f 4").fails(3);
    assert_eq!(failed.err.matches("the evidence could not be saved").count(), 1, "{}", failed.err);
    assert_eq!(shop.served(), "good");
    assert_eq!(shop.history()[0], "3 deployed");
    // No half of a bundle is left.
    assert_eq!(bad.run(&["evidence"]).events().succeeds().events.len(), 0);
}

/// `plat ARGS` on another machine, which has its own state.
fn colleague(shop: &Shop, args: &[&str]) -> Plat {
    shop.run(args).env("PLAT_HOME", shop.work().join("../colleague"))
}

/// The run that failed.
fn run_of(failed: &Ended) -> String {
    failed.event("evidence")["run"].as_str().expect("a run").to_owned()
}

fn a_colleague_sees_what_was_pushed_until_the_service_is_deleted() {
    let shop = Shop::new("evidence").with("env: {GREETING: topsecret}").crashes();
    // The first deploy: there is nothing to go back to, and help is asked for.
    let failed = shop.deploy().fails(3).hint("for a colleague: add --push");
    let run = run_of(&failed);
    colleague(&shop, &["evidence", "shop"]).fails(1).says("there is no evidence of a run, service or set shop");
    // As the role `edit` may.
    let dev = shop.by(&shop.account("developer", "--clusterrole=edit"));
    let pushed = dev.run(&["evidence", "--push"]).events().succeeds().events.remove(0);
    assert_eq!((&pushed["run"], &pushed["secret"]), (&json!(run), &json!("plat-shop-rev-1-evidence")));

    let shown = colleague(&shop, &["evidence", "shop"]).succeeds();
    let shown = shown.says("not of this machine: run").says("pushed by").says("CrashLoopBackOff").says("BackOff");
    shown.never_says("hunter2").never_says("topsecret");
    for asked in ["shop", &run[..13], "deploy/shop"] {
        let lines = colleague(&shop, &["evidence", asked]).events().succeeds().events;
        assert_eq!((lines.len(), &lines[0]["run"]), (1, &json!(run)), "{asked}: {lines:?}");
        assert!(lines[0]["pushed"]["by"].as_str().is_some_and(|by| !by.is_empty()), "{lines:?}");
    }
    // A busy cluster is not waited for.
    let both = "shown is what this machine has; in the cluster too: run";
    eventually("both are told", || shop.run(&["evidence", "shop"]).succeeds().err.contains(both));
    // The revision is still one.
    assert_eq!(shop.history(), ["1 failed"]);

    // Whatever somebody puts there is harmless on a terminal.
    let data = json!({"data": {"README.txt": "G1szMW1yZWQK"}}).to_string();
    shop.kubectl(&["patch", "secret", "plat-shop-rev-1-evidence", "-p", &data]);
    let hostile = colleague(&shop, &["evidence", "shop"]).succeeds().says("red");
    assert!(!hostile.out.contains('\u{1b}'), "{:?}", hostile.out);

    // Another address may be another cluster.
    let port = |config: &Value| config["clusters"][0]["cluster"]["server"].as_str().expect("a server").to_owned();
    shop.configure(|config| {
        config["clusters"][0]["cluster"]["server"] = port(config).replace("127.0.0.1", "localhost").into();
    });
    shop.run(&["evidence", "--push"]).fails(1).says("failed in another cluster").says("--context");
    let context = shop.kubectl(&["config", "current-context"]);
    shop.run(&["evidence", "--push", "--context", context.trim()]).succeeds().says("pushed the evidence of run");

    shop.run(&["delete", "--yes"]).succeeds();
    assert!(!shop.is_there("secret/plat-shop-rev-1-evidence"));
    colleague(&shop, &["evidence", "shop"]).fails(1);
}

fn what_has_no_revision_is_pushed_too() {
    let shop = Shop::new("evidence");
    let pod = json!({"containers": [{"name": "shop", "image": shop.image(), "command": ["/bin/sh", "-c", CRASH]}]});
    let failed = shop.deploy_objects(&[deployment_of(&pod)]).fails(3);
    let run = run_of(&failed);
    let pushed = shop.run(&["evidence", "--push", &run]).events().succeeds().events.remove(0);
    assert_eq!(pushed["secret"], json!(format!("plat-evidence-{run}")));
    let lines = colleague(&shop, &["evidence", &run]).events().succeeds().events;
    assert_eq!((lines.len(), &lines[0]["revision"]), (1, &Value::Null), "{lines:?}");
}

fn who_may_not_write_secrets_is_told_what_else_to_hand_on() {
    let shop = Shop::new("evidence").crashes();
    let run = run_of(&shop.deploy().fails(3));
    let reader = shop.by(&shop.account("reader", "--clusterrole=view"));
    reader
        .run(&["evidence", "--push"])
        .fails(1)
        .says("not allowed to write Secrets")
        .says(&format!("plat evidence {run}"));
    // What is on this machine is shown whatever the cluster says.
    reader.run(&["evidence", "shop"]).succeeds().says(&run).never_says("error:");
    colleague(&reader, &["evidence", "shop"]).fails(1).says("there is no evidence").says("cannot be seen");
}
