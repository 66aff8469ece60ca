//! What must not leave: passwords of addresses, and text that drives a terminal, from every place where others write.

use std::fs;
use std::net::TcpListener;
use std::process::Command;

use rstest::rstest;

use super::support::Home;

const SECRET: &str = "hunter2";
/// Everything that a terminal obeys or a reader does not see.
const HOSTILE: &str =
    "\u{1b}[2J\u{1b}]8;;https://evil.example\u{7}\u{9b}31m\u{202e}\u{2066}\u{200b}\u{2028}\u{feff}\u{e0041}";

/// A port on which nothing listens.
fn closed_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).expect("a free port").local_addr().expect("its address").port()
}

/// All that `plat` says.
fn said(home: &Home, args: &[&str]) -> String {
    let output = home.plat().args(args).output().expect("plat runs");
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn is_harmless(text: &str) {
    let harmful =
        text.chars().find(|c| (c.is_control() && !matches!(c, '\n' | '\t')) || HOSTILE.contains(*c) && !c.is_ascii());
    assert_eq!(harmful, None, "{text:?}");
}

#[rstest]
#[case::refused("https://app:hunter2@127.0.0.1:PORT")]
#[case::capitals("HTTPS://hunter2@127.0.0.1:PORT")]
#[case::unknown_host("https://app:hunter2@nowhere.invalid:PORT/x?access_token=hunter2")]
#[case::no_url("https://app:hunter2@:PORT:PORT")]
fn the_password_of_a_server_is_nowhere(#[case] server: &str) {
    let home = Home::new();
    let server = server.replace("PORT", &closed_port().to_string());
    let config = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{{name: c, cluster: {{server: \"{server}\"}}}}]\n\
         users: [{{name: u, user: {{}}}}]\ncontexts: [{{name: c, context: {{cluster: c, user: u}}}}]\n"
    );
    fs::write(home.dir.path().join("kubeconfig"), config).expect("a kubeconfig");
    for more in [&["-v"] as &[&str], &["-vvv"], &["--output", "json"]] {
        let said = said(&home, &[&["status", "shop"], more].concat());
        assert!(said.contains("context"), "{said}");
        assert!(!said.contains(SECRET), "{said}");
    }
}

#[rstest]
#[case("https://hunter2@git.example/shop.git", "https://git.example/shop.git")]
#[case("HTTPS://app:hunter2@git.example/shop.git", "HTTPS://git.example/shop.git")]
#[case("git+https://hunter2@git.example/shop.git", "git+https://git.example/shop.git")]
#[case("https://git.example/shop.git?private_token=hunter2", "https://git.example/shop.git?private_token=***")]
#[case("ssh://git:hunter2@git.example/shop.git", "ssh://git@git.example/shop.git")]
#[case("git:hunter2@git.example:shop.git", "git@git.example:shop.git")]
fn the_password_of_a_remote_is_in_no_annotation(#[case] remote: &str, #[case] shown: &str) {
    let home = Home::new();
    home.write("plat.yaml", "name: shop\nport: 8080\nimage: r.example/shop:1\n");
    let work = home.dir.path().join("work");
    for args in [
        &["init", "-q"] as &[&str],
        &["remote", "add", "origin", remote],
        &["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "--allow-empty", "-m", "x"],
    ] {
        let done = Command::new("git").args(args).current_dir(&work).env("HOME", home.dir.path()).status();
        assert!(done.expect("git runs").success());
    }
    let said = said(&home, &["render"]);
    assert!(
        said.contains(&format!("plat.dev/repository: {shown}"))
            || said.contains(&format!("plat.dev/repository: \"{shown}\"")),
        "{said}"
    );
    assert!(!said.contains(SECRET), "{said}");
}

#[rstest]
#[case::name("name: \"HOSTILE\"\nport: 8080\n")]
#[case::key("name: shop\nport: 8080\n\"HOSTILE\": 1\n")]
#[case::image("name: shop\nport: 8080\nimage: \"HOSTILE\"\n")]
#[case::host("name: shop\nport: 8080\nimage: r.example/shop:1\nhost: \"HOSTILE\"\n")]
#[case::variable("name: shop\nport: 8080\nimage: r.example/shop:1\nenv: {\"HOSTILE\": x}\n")]
#[case::comment("name: shop # HOSTILE\nport: x\n")]
fn a_hostile_plat_yaml_drives_no_terminal(#[case] text: &str) {
    let home = Home::new();
    let escaped: String = HOSTILE.chars().fold(String::new(), |text, c| format!("{text}\\U{:08x}", u32::from(c)));
    home.write("plat.yaml", &text.replace("HOSTILE", &escaped));
    is_harmless(&said(&home, &["render"]));
    is_harmless(&said(&home, &["render", "--output", "json"]));
}

#[test]
fn hostile_file_names_and_manifests_drive_no_terminal() {
    let home = Home::new();
    let name = format!("{HOSTILE}.yaml");
    home.write(&name, "kind: [\n");
    is_harmless(&said(&home, &["deploy", "-f", &name]));
    is_harmless(&said(&home, &["deploy", "-f", &name, "--output", "json"]));
    home.write("m.yaml", "apiVersion: v1\nkind: \"\\e[2J\\u202e\"\nmetadata: {name: \"\\u2028x\"}\n");
    is_harmless(&said(&home, &["diff", "-f", "m.yaml"]));
    is_harmless(&said(&home, &["deploy", "-f", &format!("missing{HOSTILE}")]));
    is_harmless(&said(&home, &["whoowns", HOSTILE]));
}

/// Another program reads it: to the last byte it is what was written.
#[test]
fn a_manifest_keeps_its_characters_on_a_pipe_and_in_json() {
    let home = Home::new();
    home.write("plat.yaml", "name: shop\nport: 8080\nimage: r.example/shop:1\nenv: {A: \"a\\u200b\\u202eb\"}\n");
    let output = home.plat().args(["render", "--output", "json"]).output().expect("plat runs");
    let json = String::from_utf8(output.stdout).expect("UTF-8");
    is_harmless(&json);
    let list = json.lines().find(|line| line.contains("\"List\"")).expect("the manifests");
    let value: serde_json::Value = serde_json::from_str(list).expect("JSON");
    assert!(value.to_string().contains("a\u{200b}\u{202e}b"), "{value}");
    let yaml = said(&home, &["render"]);
    assert!(yaml.contains("a\u{200b}\u{202e}b") || yaml.contains("\\u200b"), "{yaml}");
}

#[test]
fn a_hostile_author_drives_no_terminal() {
    let home = Home::new();
    home.write("x", "1\n");
    let work = home.dir.path().join("work");
    let author = format!("user.name=Eve{}", HOSTILE.replace('\n', ""));
    for args in [
        &["init", "-q"] as &[&str],
        &["add", "."],
        &["-c", &author, "-c", "user.email=eve@example.com", "commit", "-q", "-m", "x"],
    ] {
        let done = Command::new("git").args(args).current_dir(&work).env("HOME", home.dir.path()).status();
        assert!(done.expect("git runs").success());
    }
    let shown = said(&home, &["whoowns", "x"]);
    assert!(shown.contains("Eve") || shown.contains("eve@"), "{shown}");
    is_harmless(&shown);
    is_harmless(&said(&home, &["whoowns", "x", "--output", "json"]));
}
