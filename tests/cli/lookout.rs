//! What a process that looked on left is said first by the next plat, once.

use crate::support::Home;

const NOTICE: &str = r#"{"at": "2026-11-29T14:02:31Z", "what": "shop became ready and did not stay so: app exits",
    "workload": "deployment/shop", "namespace": "web", "context": "prod",
    "run": "0193f7a0-0000-7000-8000-000000000000", "rollback": [3, true]}"#;

fn said(home: &Home, args: &[&str]) -> String {
    let output = home.plat().args(args).output().expect("plat runs");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8(output.stderr).expect("text")
}

#[test]
fn the_next_plat_that_a_person_types_says_what_fell_and_no_other() {
    let home = Home::new();
    let folder = home.dir.path().join("plat/state/lookout");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("a.json"), NOTICE).expect("a notice");
    // A shell reads it at its start; the other is plat's own.
    assert_eq!(said(&home, &["completions", "bash"]), "");
    assert_eq!(said(&home, &["telemetry", "flush", "--detached"]), "");
    let expected = "warning: shop became ready and did not stay so: app exits (namespace web, context prod, \
         2026-11-29 14:02:31 UTC); revision 3 was restored; see: plat why deployment/shop -n web, plat evidence \
         0193f7a0-0000-7000-8000-000000000000\n";
    assert_eq!(said(&home, &["schema"]), expected);
    assert_eq!(said(&home, &["schema"]), "");
}

#[test]
fn what_plat_starts_itself_is_no_command_for_people() {
    let home = Home::new();
    let help = home.plat().arg("--help").output().expect("plat runs").stdout;
    assert!(!String::from_utf8_lossy(&help).contains("lookout"));
    let output = home.plat().arg("lookout").write_stdin("{}").output().expect("plat runs");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let setting = home.plat().arg("schema").env("PLAT_LOOKOUT", "maybe").output().expect("plat runs");
    assert_eq!(setting.status.code(), Some(2), "{setting:?}");
}
