//! What a failed deploy leaves to be looked at.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use super::shop::{self, CRASH, SERVE};
use super::support;
use crate::harness::tests;

tests![SHARED:
    the_bundle_holds_what_is_gone_after_the_rollback_and_no_secret,
    a_full_disk_costs_one_warning_and_not_the_rollback,
];

fn the_bundle_holds_what_is_gone_after_the_rollback_and_no_secret() {
    let namespace = support::namespace("evidence");
    shop::project(&namespace, "a", "good", SERVE, "bake: 0\nenv: {GREETING: topsecret}");
    shop::deployed(&namespace, "a", &[]);
    shop::project(&namespace, "a", "bad", CRASH, "bake: 0\nenv: {GREETING: topsecret}");
    let (_, events) = shop::run(&namespace, "a", &["deploy"]);
    let bundle = shop::event(&events, "evidence");
    let folder = Path::new(bundle["folder"].as_str().expect("a folder"));
    assert!(!folder.starts_with(namespace.work()), "outside the repository: {}", folder.display());
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    let archive = Path::new(bundle["archive"].as_str().expect("an archive"));
    assert_eq!((mode(folder), mode(archive), mode(&folder.join("summary.json"))), (0o700, 0o600, 0o600));

    let (code, shown) = shop::run(&namespace, "a", &["evidence", bundle["run"].as_str().expect("a run")]);
    let files: Vec<String> = serde_json::from_value(shown[0]["files"].clone()).expect("names");
    assert_eq!((code, &shown[0]["reason"], &shown[0]["revision"]), (0, &"CrashLoopBackOff".into(), &2.into()));
    let all: String = files.iter().map(|name| fs::read_to_string(folder.join(name)).expect("a file")).collect();
    assert!(!all.contains("topsecret") && !all.contains("hunter2"), "a secret is in the bundle");
    let has = |begin: &str, end: &str| files.iter().any(|name| name.starts_with(begin) && name.ends_with(end));
    assert!(
        has("logs/shop-", "-shop.log") && has("objects/pod-", ".json") && has("objects/deployment-", ".json"),
        "{files:?}"
    );
    let text = |name: &str| fs::read_to_string(folder.join(name)).expect("a file");
    assert!(text("manifests.yaml").contains("kind: ConfigMap") && text("diff.txt").contains(".command"), "{files:?}");
    assert!(text("events.txt").contains("BackOff"), "{}", text("events.txt"));
    // The node keeps one dead container: in a back-off the instance before may be gone, and is then named as missing.
    let previous = has("logs/shop-", "-previous.log") || text("README.txt").contains("missing: log of shop-");
    assert!(previous, "{files:?}");
    assert!(text("README.txt").contains("apply"), "the timeline: {}", text("README.txt"));
    let packed = Command::new("tar").arg("tzf").arg(archive).output().expect("tar runs");
    assert_eq!(String::from_utf8_lossy(&packed.stdout).lines().count(), files.len());

    let (code, listed) = shop::run(&namespace, "a", &["evidence"]);
    assert_eq!((code, listed.len()), (0, 1));
    let (code, _) = shop::run(&namespace, "a", &["evidence", "no-such-run"]);
    assert_eq!(code, 1);
}

/// No byte more than 2 KiB may be written to any file: as on a full disk, every write of a bundle fails.
fn a_full_disk_costs_one_warning_and_not_the_rollback() {
    let namespace = support::namespace("evidence");
    shop::project(&namespace, "a", "good", SERVE, "bake: 0");
    shop::deployed(&namespace, "a", &[]);
    shop::project(&namespace, "a", "bad", CRASH, "bake: 0");
    let plat = shop::command(&namespace, "a", &["deploy"]);
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 4; exec \"$0\" \"$@\""]).arg(plat.get_program()).args(plat.get_args());
    limited.env_clear().current_dir(namespace.work().join("a"));
    limited.envs(plat.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = limited.output().expect("sh runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert_eq!(said.matches("the evidence could not be saved").count(), 1, "{said}");
    assert_eq!(shop::served(&namespace), "good");
    assert_eq!(shop::history(&namespace)[0], "3 deployed");
    let (_, listed) = shop::run(&namespace, "a", &["evidence"]);
    assert_eq!(listed.len(), 0, "no half of a bundle is left");
}
