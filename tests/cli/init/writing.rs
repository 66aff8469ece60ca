//! What is written, what is not, and what is said instead.

use std::fs;
use std::path::PathBuf;

use rstest::rstest;
use serde_json::Value;

use crate::support::Home;

const DOCKERFILE: &str = "FROM nginx\nEXPOSE 80\n";

fn work(home: &Home, name: &str) -> PathBuf {
    home.dir.path().join("work").join(name)
}

/// Exit code, stdout and stderr.
fn init(home: &Home, args: &[&str]) -> (i32, String, String) {
    let output = home.plat().arg("init").args(args).output().expect("plat runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().expect("it ends by itself"), text(&output.stdout), text(&output.stderr))
}

#[rstest]
#[case::nobody_there(&[], 1, "nothing was written: nobody is here to be asked")]
#[case::only_looked(&["--dry-run"], 0, "nothing was written")]
fn nothing_is_written_unasked(#[case] args: &[&str], #[case] code: i32, #[case] said: &str) {
    let home = Home::new();
    home.write("Dockerfile", DOCKERFILE);
    let (ended, out, err) = init(&home, args);
    assert_eq!(ended, code, "{err}");
    assert!(err.contains(said), "{err}");
    assert!(out.contains("port: 80"), "{out}");
    assert_eq!(fs::read_dir(work(&home, "")).expect("a folder").count(), 1);
}

#[test]
fn of_several_services_one_is_named() {
    let home = Home::new();
    home.write("cart/Dockerfile", DOCKERFILE);
    home.write("shop/Dockerfile", DOCKERFILE);
    // Looking chooses nothing.
    let (code, out, err) = init(&home, &["--dry-run"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("name: cart") && out.contains("name: shop"), "{out}");
    let (code, _, err) = init(&home, &["--yes"]);
    assert_eq!(code, 1);
    assert!(err.contains("there are 2 services here") && err.contains("plat init --all"), "{err}");
    let (code, _, err) = init(&home, &["cart", "--yes"]);
    assert_eq!(code, 0, "{err}");
    assert!(work(&home, "cart/plat.yaml").is_file() && work(&home, "cart/.plat/plat.schema.json").is_file());
    assert!(!work(&home, "shop/plat.yaml").exists());
}

#[test]
fn a_program_of_a_module_is_found_from_its_own_folder() {
    let home = Home::new();
    fs::create_dir_all(work(&home, ".git")).expect("a repository");
    home.write("go.mod", "module example.com/shop\n\ngo 1.21\n");
    let main = "package main\n\nimport \"net/http\"\n\nfunc main() { http.ListenAndServe(\":8080\", nil) }\n";
    home.write("cmd/api/main.go", main);
    home.write("cmd/web/main.go", main);
    let (code, out, err) = init(&home, &["cmd/api", "--yes"]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(work(&home, "cmd/api/plat.yaml").is_file(), "{out}{err}");
}

#[test]
fn a_folder_that_may_not_be_written_to_is_named() {
    let home = Home::new();
    home.write("Dockerfile", DOCKERFILE);
    // A file where the folder of the schema would be: root may write to any folder.
    home.write(".plat", "");
    let (code, _, err) = init(&home, &["--yes"]);
    assert_eq!(code, 1);
    assert!(err.contains("plat.schema.json cannot be written") && err.contains(".plat/plat.schema.json"), "{err}");
}

#[rstest]
#[case::missing("nowhere", "there is no such folder")]
#[case::a_file("Dockerfile", "this is a file, not a folder")]
fn what_is_no_folder_is_said(#[case] name: &str, #[case] said: &str) {
    let home = Home::new();
    home.write("Dockerfile", DOCKERFILE);
    let (code, _, err) = init(&home, &[name]);
    assert_eq!(code, 1);
    assert!(err.contains(said), "{err}");
}

#[test]
fn thirty_services_of_a_monorepo_get_thirty_files_and_one_schema() {
    let home = Home::new();
    for number in 0..10 {
        home.write(&format!("services/image{number}/Dockerfile"), DOCKERFILE);
        let package = format!("{{\"name\": \"@m/node{number}\", \"scripts\": {{\"start\": \"node index.js\"}}}}");
        home.write(&format!("services/node{number}/package.json"), &package);
        home.write(&format!("services/node{number}/index.js"), "require('express')().listen(3000)\n");
        home.write(&format!("services/python{number}/requirements.txt"), "fastapi\nuvicorn\n");
        home.write(&format!("services/python{number}/main.py"), "from fastapi import FastAPI\napp = FastAPI()\n");
    }
    let (code, out, err) = init(&home, &["--all", "--yes", "--output", "json"]);
    assert_eq!(code, 0, "{err}");
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    let (summary, services) = lines.split_last().expect("a summary");
    assert_eq!((services.len(), summary["written"].as_u64()), (30, Some(30)));
    for service in services {
        let file = service["file"].as_str().expect("a file");
        let text = fs::read_to_string(work(&home, file)).expect("it is written");
        assert_eq!(service["plat_yaml"], text);
        assert!(plat::spec::parse(&text, file).is_ok(), "{text}");
    }
    assert!(work(&home, ".plat/plat.schema.json").is_file());
}

/// A secret of the repository stays where it is.
#[test]
fn values_of_secrets_are_never_shown_or_written() {
    let home = Home::new();
    home.write("Dockerfile", "FROM nginx\nENV API_KEY=hunter2hunter2\nEXPOSE 80\n");
    home.write("app.env", "DB_PASSWORD=hunter2hunter2\nPLAIN=hunter2hunter2\n");
    home.write(
        "compose.yaml",
        "services:\n  web:\n    build: .\n    env_file: app.env\n    environment:\n      TOKEN: hunter2hunter2\n      DSN: postgres://u:hunter2hunter2@db/x\n",
    );
    for args in [&["--dry-run"][..], &["--yes"], &["--dry-run", "--output", "json"]] {
        let (_, out, err) = init(&home, args);
        assert!(!out.contains("hunter2") && !err.contains("hunter2"), "{out}{err}");
    }
    let text = fs::read_to_string(work(&home, "plat.yaml")).expect("it is written");
    assert!(text.contains("secrets: [TOKEN, DSN, DB_PASSWORD, PLAIN]") && !text.contains("hunter2"), "{text}");
}
