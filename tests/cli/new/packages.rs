//! The package of a Python project: named after the service, and never as something that it would hide.

use std::fs;
use std::path::Path;

use rstest::rstest;

use super::work;
use crate::support::Home;

fn package(template: &str, service: &str) -> String {
    let home = Home::new();
    home.plat().args(["new", service, "--yes", "--template", template]).assert().success();
    super::names(&work(&home).join(service).join("src")).remove(0)
}

#[rstest]
#[case("payments-api", "payments_api")]
#[case("a--b-1", "a_b_1")]
#[case("queue", "queue_service")] // of the standard library
#[case("import", "import_service")] // a keyword
#[case("tests", "tests_service")] // the folder beside it
fn it_is_named_after_the_service(#[case] service: &str, #[case] expected: &str) {
    assert_eq!(package("python-http", service), expected);
}

#[rstest]
#[case("python-http", "_service")]
#[case("python-cron", "_job")]
fn it_is_named_as_no_dependency(#[case] template: &str, #[case] suffix: &str) {
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates").join(template).join("files/uv.lock");
    let lock = fs::read_to_string(lock).expect("a lock file");
    let dependencies = lock.lines().filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    for dependency in dependencies.filter(|name| !name.contains("{=")) {
        let expected = format!("{}{suffix}", dependency.replace('-', "_"));
        assert_eq!(package(template, dependency), expected, "a new dependency? Add it to the list in template.yaml");
    }
}
