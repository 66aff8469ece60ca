//! `plat render`: what it prints without a cluster, and what it says about a plat.yaml that is wrong.

use std::process::Command;

use predicates::prelude::*;
use predicates::str::{contains, is_empty};
use rstest::rstest;
use serde_json::Value;

use crate::support::Home;

const PINNED: &str = "registry.example.com/web@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn project(plat_yaml: &str) -> Home {
    let home = Home::new();
    home.write("plat.yaml", plat_yaml);
    home
}

/// Exit code and stderr of a command that must print no data.
fn refusal(home: &Home, args: &[&str]) -> String {
    let output = home.plat().arg("render").args(args).assert().stdout(is_empty()).get_output().clone();
    let stderr = String::from_utf8(output.stderr).expect("plat prints text");
    let folder = home.dir.path().canonicalize().expect("the folder exists");
    let stderr = stderr.replace(&*folder.to_string_lossy(), "[HOME]");
    let lines: Vec<&str> = stderr.lines().map(str::trim_end).collect();
    format!("exit {}\n{}", output.status.code().unwrap_or_default(), lines.join("\n"))
}

/// The objects of `--output json`.
fn objects(home: &Home, args: &[&str]) -> Vec<Value> {
    let output = home.plat().args(["render", "--output", "json", "--image", PINNED]).args(args).assert().success();
    let mut list: Value = serde_json::from_slice(&output.get_output().stdout).expect("one JSON value");
    assert_eq!((list["apiVersion"].as_str(), list["kind"].as_str()), (Some("v1"), Some("List")));
    match list["items"].take() {
        Value::Array(items) => items,
        other => panic!("no list: {other}"),
    }
}

fn namespace(home: &Home, args: &[&str]) -> String {
    let objects = objects(home, args);
    let names: Vec<&str> = objects.iter().filter_map(|object| object["metadata"]["namespace"].as_str()).collect();
    assert_eq!(names.len(), objects.len(), "every object has a namespace");
    assert!(names.iter().all(|name| *name == names[0]), "{names:?}");
    names[0].to_owned()
}

#[test]
fn a_project_becomes_yaml_for_kubectl() {
    let home = project("name: web\nport: 8080\n");
    let output = home.plat().args(["render", "--image", PINNED]).assert().success().stderr(is_empty());
    let yaml = String::from_utf8_lossy(&output.get_output().stdout).into_owned();
    let kinds: Vec<&str> = yaml.lines().filter_map(|line| line.strip_prefix("kind: ")).collect();
    assert_eq!(kinds, ["ServiceAccount", "NetworkPolicy", "Service", "PodDisruptionBudget", "Deployment"]);
    assert!(yaml.starts_with("apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: web\n"), "{yaml}");
    assert!(yaml.contains(&format!("        image: {PINNED}\n")), "{yaml}");
}

#[test]
fn no_plat_yaml() {
    insta::assert_snapshot!(refusal(&Home::new(), &[]), @"
    exit 1
    error: there is no plat.yaml
      --> [HOME]/work
    hint: cd to the folder of your service, or name the file with --file
    hint: or write one for what is here: plat init; for a new service: plat new
    ");
}

#[test]
fn another_spelling_of_the_file_is_noticed() {
    let home = Home::new();
    home.write("plat.yml", "name: web\nport: 8080\n");
    insta::assert_snapshot!(refusal(&home, &[]), @"
    exit 1
    error: there is no plat.yaml
      --> [HOME]/work
    hint: rename [HOME]/work/plat.yml to plat.yaml
    hint: cd to the folder of your service, or name the file with --file
    hint: or write one for what is here: plat init; for a new service: plat new
    ");
}

#[test]
fn a_file_that_is_not_there() {
    insta::assert_snapshot!(refusal(&Home::new(), &["--file", "other/plat.yaml"]), @"
    exit 1
    error: there is no such file
      --> other/plat.yaml
    hint: leave --file out to use the nearest plat.yaml
    ");
}

#[rstest]
#[case::nothing_came("-", "stdin", "nothing came through the pipe")]
#[case::a_comment("note.yaml", "note.yaml", "it holds no object")]
fn manifests_that_hold_nothing(#[case] named: &str, #[case] place: &str, #[case] hint: &str) {
    let home = Home::new();
    home.write("note.yaml", "# to be written\n");
    let said = refusal(&home, &["-f", named]);
    let expected = format!("exit 1\nerror: there are no manifests in what was named\n  --> {place}\nhint: {hint}");
    assert!(said.starts_with(&expected), "{said}");
}

#[test]
fn many_problems_at_once() {
    let home = project("name: Web\nprot: 8080\nenv:\n  MODE: 0644\nreplicas: {min: 3, max: 2}\n");
    insta::assert_snapshot!(refusal(&home, &["--image", PINNED]), @r#"
    exit 1
    error: plat.yaml has 4 problems
      --> plat.yaml:1:7
      | plat.yaml:1:7: `name` must be a DNS label of at most 50 characters: a-z, 0-9 and `-`, starting with a letter
      |   1 | name: Web
      |     |       ^^^
      |   hint: did you mean `web`?
      |
      | plat.yaml:2:1: unknown key `prot`
      |   2 | prot: 8080
      |     | ^^^^
      |   hint: did you mean `port`?
      |
      | plat.yaml:4:9: `env.MODE` is `0644`, which YAML readers disagree about
      |   4 |   MODE: 0644
      |     |         ^^^^
      |   hint: quote it to keep it as it is written: "0644"
      |
      | plat.yaml:5:17: `replicas.min` is 3, more than `replicas.max`, which is 2
      |   5 | replicas: {min: 3, max: 2}
      |     |                 ^
      |   hint: swap them, or raise `max`
    "#);
}

#[test]
fn one_problem_is_the_error_itself() {
    insta::assert_snapshot!(refusal(&project("name: web\nport: 0\n"), &[]), @"
    exit 1
    error: `port` must be a whole number from 1 to 65535, not 0
      --> plat.yaml:2:7
      | 2 | port: 0
      |   |       ^
    ");
}

#[test]
fn a_problem_as_json() {
    let home = project("name: web\nport: 0\n");
    let output = home.plat().args(["render", "--output", "json"]).assert().code(1).stderr(is_empty());
    let error: Value = serde_json::from_slice(&output.get_output().stdout).expect("one JSON value");
    assert_eq!((error["reason"].as_str(), error["place"].as_str()), (Some("InvalidSpec"), Some("plat.yaml:2:7")));
}

#[test]
fn an_unknown_environment() {
    let home = project("name: web\nport: 8080\nenvironments: {staging: {}, production: {}}\n");
    insta::assert_snapshot!(refusal(&home, &["--env", "prod"]), @"
    exit 1
    error: there is no environment `prod`
      --> plat.yaml:3:1
      | 3 | environments: {staging: {}, production: {}}
      |   | ^^^^^^^^^^^^
    hint: did you mean `production`? The file has: staging, production
    ");
}

#[test]
fn all_config_files_that_cannot_be_used() {
    let home = project("name: web\nport: 8080\nconfig:\n  - a.yaml\n  - conf\n  - b.bin\n  - large.txt\n  - odd.txt\n");
    home.write("conf/x", "");
    home.write_bytes("b.bin", &[0xff, 0xfe]);
    home.write("large.txt", &"x".repeat(1024 * 1024 + 1));
    home.write("odd.txt", "a\nb\u{7f}\n");
    insta::assert_snapshot!(refusal(&home, &["--image", PINNED]), @r"
    exit 1
    error: plat.yaml has 5 problems
      --> plat.yaml:4:5
      | plat.yaml:4:5: the config file `a.yaml` does not exist
      |   4 |   - a.yaml
      |     |     ^^^^^^
      |   hint: make a.yaml beside plat.yaml, or remove the line
      |
      | plat.yaml:5:5: the config file `conf` is a folder
      |   5 |   - conf
      |     |     ^^^^
      |   hint: list its files one by one
      |
      | plat.yaml:6:5: the config file `b.bin` is not UTF-8 text
      |   6 |   - b.bin
      |     |     ^^^^^
      |   hint: put binary files into the image
      |
      | plat.yaml:7:5: the config file `large.txt` is too large: together they may hold 1 MiB
      |   7 |   - large.txt
      |     |     ^^^^^^^^^
      |   hint: a ConfigMap cannot hold more; put large files into the image
      |
      | plat.yaml:8:5: the config file `odd.txt` holds the character \u{7f} on line 2
      |   8 |   - odd.txt
      |     |     ^^^^^^^
      |   hint: Kubernetes does not pass it on; put such files into the image
    ");
}

#[cfg(unix)]
#[test]
fn a_config_file_cannot_be_a_link_out_of_the_project() {
    let home = project("name: web\nport: 8080\nconfig: [key]\n");
    home.write("../secret", "s3cret");
    std::os::unix::fs::symlink("../secret", home.dir.path().join("work/key")).expect("a link can be made");
    insta::assert_snapshot!(refusal(&home, &["--image", PINNED]), @"
    exit 1
    error: the config file `key` is a link that leads out of the project
      --> plat.yaml:3:10
      | 3 | config: [key]
      |   |          ^^^
    hint: copy the file into the project
    ");
}

#[test]
fn nothing_says_where_a_built_image_goes() {
    insta::assert_snapshot!(refusal(&project("name: web\nport: 8080\n"), &[]), @"
    exit 1
    error: there is no registry to push the image of web to
      --> plat.yaml
    hint: give --registry HOST, or set PLAT_REGISTRY
    hint: or name it for everybody: `environments: {NAME: {registry: HOST}}` in plat.yaml
    hint: or use a ready image: `image: …` in plat.yaml, or --image
    ");
}

#[test]
fn an_image_reference_that_is_none() {
    insta::assert_snapshot!(refusal(&project("name: web\nport: 8080\n"), &["--image", "Web:1"]), @r#"
    exit 1
    error: "Web:1" is not an image reference
      | "Web" may hold lower case letters, digits and single . _ - between them
    hint: write it as REGISTRY/NAME:TAG or REGISTRY/NAME@sha256:…
    "#);
}

#[test]
fn a_file_that_is_not_utf_8() {
    let home = Home::new();
    home.write_bytes("plat.yaml", b"name: web\nowner: \xe9\n");
    insta::assert_snapshot!(refusal(&home, &[]), @"
    exit 1
    error: the file is not UTF-8 text
      --> plat.yaml:2
    hint: save it as UTF-8
    ");
}

/// Nothing listens on port 1, so the registry cannot tell the digest.
#[test]
fn an_image_that_cannot_be_pinned_is_printed_with_a_warning() {
    let home = project("name: web\nport: 8080\nimage: 127.0.0.1:1/web:v1\n");
    home.plat()
        .arg("render")
        .assert()
        .success()
        .stdout(contains("        image: 127.0.0.1:1/web:v1\n"))
        .stderr(contains("warning: the image is not pinned by its digest"));
}

#[test]
fn the_namespace_is_the_flags_else_the_environments_else_the_contexts_else_default() {
    let home = project("name: web\nport: 8080\nenvironments: {prod: {namespace: shop}, test: {context: two}}\n");
    assert_eq!(namespace(&home, &[]), "default");
    home.write(
        "../kubeconfig",
        "{apiVersion: v1, kind: Config, current-context: one, contexts: [\
         {name: one, context: {cluster: c, namespace: first}}, {name: two, context: {cluster: c, namespace: second}}]}",
    );
    assert_eq!(namespace(&home, &[]), "first");
    assert_eq!(namespace(&home, &["--env", "test"]), "second");
    assert_eq!(namespace(&home, &["--context", "two"]), "second");
    assert_eq!(namespace(&home, &["--env", "prod"]), "shop");
    assert_eq!(namespace(&home, &["--env", "prod", "-n", "mine"]), "mine");
    home.plat()
        .args(["render", "--image", PINNED, "--context", "tow"])
        .assert()
        .code(1)
        .stderr(contains("there is no context \"tow\"").and(contains("two")));
}

fn git(home: &Home, args: &[&str]) {
    let done = Command::new("git")
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-C"])
        .arg(home.dir.path().join("work"))
        .args(args)
        .env("HOME", home.dir.path())
        .output()
        .expect("git runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn sources_are_named_on_objects_but_not_on_pods_and_without_a_password() {
    let home = project("name: web\nport: 8080\nowner: shop\n");
    git(&home, &["init", "-q"]);
    git(&home, &["config", "user.email", "ada@example.com"]);
    git(&home, &["remote", "add", "origin", "https://bot:t0ken@git.example.com/shop/web.git"]);
    git(&home, &["add", "."]);
    git(&home, &["commit", "-q", "-m", "first"]);
    let deployment = objects(&home, &[]).pop().expect("the Deployment is the last");
    let annotations = &deployment["metadata"]["annotations"];
    assert_eq!(annotations["plat.dev/owner"], "shop");
    assert_eq!(annotations["plat.dev/repository"], "https://git.example.com/shop/web.git");
    assert_eq!(annotations["plat.dev/deployer"], "ada@example.com");
    let commit = annotations["plat.dev/commit"].as_str().expect("a commit");
    assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{commit}");
    assert_eq!(deployment["spec"]["template"]["metadata"]["annotations"], Value::Null);
    home.write("plat.yaml", "name: web\nport: 8081\nowner: shop\n");
    let changed = objects(&home, &[]).pop().expect("the Deployment is the last");
    assert_eq!(changed["metadata"]["annotations"]["plat.dev/commit"], format!("{commit}-dirty"));
}

#[test]
fn a_folder_below_belongs_to_the_project_of_its_repository_only() {
    let home = project("name: web\nport: 8080\n");
    home.write("cmd/server/main.go", "");
    let below = home.dir.path().join("work/cmd/server");
    let render = || {
        let mut plat = home.plat();
        plat.args(["render", "--image", PINNED]).current_dir(&below);
        plat
    };
    render().assert().code(1).stderr(contains("there is no plat.yaml"));
    git(&home, &["init", "-q"]);
    render().assert().success().stdout(contains("name: web\n"));
}

/// The caller's own, so that Go's library is not compiled anew for each test.
fn go_cache() -> String {
    let output = Command::new("go").args(["env", "GOCACHE"]).output().expect("Go is installed");
    String::from_utf8(output.stdout).expect("a path").trim().to_owned()
}

#[rstest]
#[case::registry_of_the_environment("127.0.0.1:1", &["--env", "test"])]
#[case::registry_of_the_flag("127.0.0.1:2/shop", &["--env", "test", "--registry", "127.0.0.1:2/shop"])]
fn a_built_image_is_named_in_the_registry_without_being_pushed(#[case] registry: &str, #[case] args: &[&str]) {
    let home = project("name: web\nport: 8080\nenvironments: {test: {registry: \"127.0.0.1:1\"}}\n");
    home.write("go.mod", "module web\n\ngo 1.21\n");
    home.write("main.go", "package main\n\nfunc main() {}\n");
    let build = |home: &Home| {
        let mut plat = home.plat();
        plat.env("GOCACHE", go_cache());
        let output = plat.arg("render").args(args).assert().success().get_output().stdout.clone();
        let yaml = String::from_utf8(output).expect("plat prints text");
        let image = yaml.lines().find_map(|line| line.trim().strip_prefix("image: ")).expect("an image");
        image.to_owned()
    };
    let image = build(&home);
    let digest = image.strip_prefix(&format!("{registry}/web@sha256:")).unwrap_or_else(|| panic!("{image}"));
    assert_eq!(digest.len(), 64);
    assert_eq!(build(&home), image);
}
