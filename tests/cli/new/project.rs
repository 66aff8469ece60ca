//! What a template becomes: the golden tree, and a project that really builds, is formatted and passes its tests.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rstest::rstest;

use super::{names, work};
use crate::support::Home;

/// Follows from plat.yaml's types, and has a test of its own: not part of the golden tree.
const SCHEMA: &str = ".plat/plat.schema.json";

const GITHUB: &str = ".github/workflows/ci.yaml";
const GITLAB: &str = ".gitlab-ci.yml";

/// Every file of a folder by its path, `.git` aside.
fn tree(folder: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for name in names(&next) {
            let path = next.join(&name);
            let relative = path.strip_prefix(folder).expect("below the folder").display().to_string();
            if path.is_dir() && name != ".git" {
                folders.push(path);
            } else if path.is_file() && relative != SCHEMA {
                files.insert(relative, fs::read_to_string(&path).expect("a text file"));
            }
        }
    }
    files
}

fn create(home: &Home, args: &[&str]) -> PathBuf {
    home.plat().args(["new", "payments-api", "--yes"]).args(args).assert().success();
    work(home).join("payments-api")
}

/// Every template's folder in `tests/golden`: `answers.yaml`, the `project` that they make, and `checks`, the commands
/// that must succeed in it.
fn goldens() -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let golden = |name: String| (name.clone(), root.join("tests/golden").join(name));
    names(&root.join("templates")).into_iter().map(golden).collect()
}

/// The project of a golden folder's answers.
fn create_golden(home: &Home, template: &str, golden: &Path) -> PathBuf {
    let answers = golden.join("answers.yaml");
    home.plat().args(["new", "--template", template, "--answers"]).arg(answers).assert().success();
    work(home).join(&names(&work(home))[0])
}

/// `UPDATE=1 cargo test --test cli golden` writes what is rendered now.
#[test]
fn every_template_renders_its_golden_project() {
    for (template, golden) in goldens() {
        let home = Home::new();
        let rendered = tree(&create_golden(&home, &template, &golden));
        let golden = golden.join("project");
        if std::env::var_os("UPDATE").is_some() {
            let _ = fs::remove_dir_all(&golden);
            for (path, content) in &rendered {
                let path = golden.join(path);
                fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a golden folder");
                fs::write(path, content).expect("a golden file");
            }
        }
        let expected = tree(&golden);
        let paths = |tree: &BTreeMap<String, String>| tree.keys().cloned().collect::<Vec<_>>();
        assert_eq!(paths(&rendered), paths(&expected), "UPDATE=1 after a wanted change");
        for (path, content) in rendered {
            assert_eq!(content, expected[&path], "{path} differs: UPDATE=1 after a wanted change");
        }
    }
}

#[test]
fn every_templates_project_passes_its_checks() {
    for (template, golden) in goldens() {
        let home = Home::new();
        let project = create_golden(&home, &template, &golden);
        for check in fs::read_to_string(golden.join("checks")).expect("checks").lines() {
            let ran = Command::new("sh").args(["-c", check]).current_dir(&project).output().expect("a shell");
            let said = [ran.stdout, ran.stderr].concat();
            assert!(ran.status.success(), "{template}: {check}: {}", String::from_utf8_lossy(&said));
        }
    }
}

#[test]
fn templates_hold_no_links() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("templates")];
    while let Some(folder) = folders.pop() {
        for name in names(&folder) {
            let path = folder.join(name);
            assert!(!path.is_symlink(), "{} would be followed when plat is built", path.display());
            if path.is_dir() {
                folders.push(path);
            }
        }
    }
}

#[test]
fn what_was_not_wanted_is_not_there() {
    let home = Home::new();
    let rendered = tree(&create(&home, &["--set=ci=none"]));
    let unwanted = [GITHUB, GITLAB, "CODEOWNERS", "catalog-info.yaml"];
    assert!(!unwanted.iter().any(|path| rendered.contains_key(*path)), "{:?}", rendered.keys());
    assert!(!unwanted.iter().any(|path| rendered["README.md"].contains(path)), "{}", rendered["README.md"]);
    assert_eq!(
        rendered["plat.yaml"],
        "# yaml-language-server: $schema=.plat/plat.schema.json\nname: payments-api\nport: 8080\nhealth: /readyz\n"
    );
}

/// Of every template: one CI file, the one that was asked for, which deploys, and the README names it.
#[rstest]
#[case::github("github", GITHUB, GITLAB)]
#[case::gitlab("gitlab", GITLAB, GITHUB)]
fn the_ci_file_is_the_one_that_was_asked_for(#[case] ci: &str, #[case] wanted: &str, #[case] other: &str) {
    for (template, _) in goldens() {
        let rendered = tree(&create(&Home::new(), &["--template", &template, "--set", &format!("ci={ci}")]));
        assert!(!rendered.contains_key(other), "{template}: {other}");
        let content = &rendered[wanted];
        serde_yaml::from_str::<serde_json::Value>(content).unwrap_or_else(|e| panic!("{template}: {wanted}: {e}"));
        assert!(content.contains("plat deploy"), "{template}: {wanted}");
        assert!(rendered["README.md"].contains(wanted), "{template}: README.md does not name {wanted}");
    }
}

#[test]
fn editors_find_the_schema_of_this_plat_offline() {
    let home = Home::new();
    let project = create(&home, &[]);
    let schema = home.plat().arg("schema").output().expect("plat runs").stdout;
    let written = fs::read_to_string(project.join(SCHEMA)).expect("a schema beside plat.yaml");
    assert_eq!(written.trim(), String::from_utf8_lossy(&schema).trim());
}

#[test]
fn a_project_is_a_repository_of_its_own_unless_it_lies_in_one() {
    let home = Home::new();
    let outer = create(&home, &[]);
    assert!(outer.join(".git/HEAD").is_file());
    let head = fs::read_to_string(outer.join(".git/HEAD")).expect("a HEAD");
    assert_eq!(head, "ref: refs/heads/main\n");

    home.plat().current_dir(&outer).args(["new", "inner", "--yes"]).assert().success();
    assert!(!outer.join("inner/.git").exists());
}

#[test]
fn json_names_the_folder_the_files_and_the_next_commands() {
    let home = Home::new();
    let output = home.plat().args(["new", "shop", "--output", "json"]).output().expect("plat runs");
    let created: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one JSON value");
    assert_eq!(created["event"], "created");
    assert_eq!(created["path"], work(&home).join("shop").display().to_string());
    assert_eq!(created["next"].as_array().and_then(|next| next.last()), Some(&"plat deploy".into()));
    assert!(created["files"].as_array().is_some_and(|files| files.contains(&"main.go".into())));
}

#[test]
fn a_run_is_recorded_with_its_template_and_service() {
    let home = Home::new();
    create(&home, &[]);
    let output = home.plat().args(["telemetry", "show", "--output", "json"]).output().expect("plat runs");
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(shown.contains("go-http") && shown.contains("payments-api"), "{shown}");
}
