//! What the whole program makes of a full disk, a reader that goes away, and files that a fuzzer wrote.

use std::fs;
use std::process::{Command, Stdio};

use proptest::prelude::*;

use super::support::Home;

/// `plat schema > /dev/full`, and friends: what is printed cannot be written.
#[cfg(target_os = "linux")]
#[test]
fn output_that_does_not_fit_on_the_disk_is_an_error() {
    for args in [["schema", "-q"], ["completions", "bash"]] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
        let home = Home::new();
        let mut command = Command::new(env!("CARGO_BIN_EXE_plat"));
        command.args(args).env("PLAT_HOME", home.dir.path());
        let output = command.stdout(full).output().expect("plat runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("the output could not be written: No space left on device"), "{said}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plat"));
    // What this machine has recorded of other runs may be told on stderr.
    let home = Home::new();
    command.env("PLAT_HOME", home.dir.path());
    command.arg("schema").stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("plat runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("plat ends");
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

/// Runs `plat render` on this plat.yaml; it must end as any other run: with a result or with an error for the user.
fn renders(bytes: &[u8]) -> std::result::Result<(), TestCaseError> {
    let home = Home::new();
    home.write_bytes("plat.yaml", bytes);
    let image = format!("a.example/b@sha256:{}", "c8f36553".repeat(8));
    let output = home.plat().args(["render", "--image", &image]).output().expect("plat runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    prop_assert!(matches!(output.status.code(), Some(0..=2)), "{:?}: {said}", output.status);
    prop_assert!(!said.contains("panicked"), "{said}");
    // Whatever the file says, it does not drive the terminal.
    prop_assert!(said.chars().all(|c| c == '\n' || !c.is_control()), "{said:?}");
    Ok(())
}

/// Lines as people write them, and as they do not.
fn line() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec![
        "name",
        "port",
        "image",
        "replicas",
        "env",
        "secrets",
        "config",
        "health",
        "resources",
        "host",
        "schedule",
        "kind",
        "before",
        "volumes",
        "patch",
        "extra",
        "environments",
        "deadline",
        "bake",
        "command",
        "nmae",
    ]);
    let value = prop_oneof![
        Just("shop".to_owned()),
        Just("8080".to_owned()),
        Just("[a, b]".to_owned()),
        Just("{min: 2, max: 1}".to_owned()),
        Just("&a [*a]".to_owned()),
        Just("!!binary x".to_owned()),
        Just("1e999".to_owned()),
        "[ -~]{0,20}",
        "\\PC{0,8}",
        any::<i64>().prop_map(|n| n.to_string()),
    ];
    (0..3_usize, key, value).prop_map(|(depth, key, value)| format!("{}{key}: {value}\n", "  ".repeat(depth)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_as_plat_yaml_end_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        renders(&bytes)?;
    }

    #[test]
    fn any_keys_and_values_as_plat_yaml_end_without_a_panic(lines in prop::collection::vec(line(), 1..12)) {
        renders(format!("name: shop\nport: 8080\n{}", lines.concat()).as_bytes())?;
    }
}
