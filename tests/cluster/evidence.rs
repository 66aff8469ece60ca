//! What a failed deploy leaves to be looked at.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::harness::tests;
use crate::support::Shop;

tests![SHARED:
    the_bundle_holds_what_is_gone_after_the_rollback_and_no_secret,
    a_full_disk_costs_one_warning_and_not_the_rollback,
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
