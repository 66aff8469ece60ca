//! What `plat new` refuses: all at once, with place and next step, and nothing on disk afterwards.

use std::fs;

use rstest::rstest;

use super::{names, work};
use crate::support::Home;

/// stderr and exit code of a `plat new` that fails; nothing may have been written.
fn refused(home: &Home, args: &[&str]) -> String {
    let _ = home.plat();
    let before = names(&work(home));
    let output = home.plat().arg("new").args(args).output().expect("plat runs");
    assert_eq!(names(&work(home)), before, "something was left behind");
    assert!(output.stdout.is_empty(), "an error is no data");
    let said = String::from_utf8_lossy(&output.stderr).replace(&work(home).display().to_string(), "WORK");
    format!("exit {}\n{said}", output.status.code().expect("an exit code"))
}

#[test]
fn without_a_terminal_all_that_is_missing_is_named() {
    insta::assert_snapshot!(refused(&Home::new(), &[]), @r#"
    exit 2
    error: an answer is needed: name is missing: Name of the service
    hint: give the name: plat new NAME
    hint: plat new --list shows what each template asks for
    "#);
}

#[test]
fn wrong_answers_are_all_named_with_their_places() {
    let home = Home::new();
    let _ = home.plat();
    fs::write(work(&home).join("answers.yaml"), "name: Shop\nprot: 80\nport: \"80\"\nowner: nobody\n").expect("a file");
    insta::assert_snapshot!(refused(&home, &["--answers", "answers.yaml", "--set", "ci=githb"]), @r#"
    exit 1
    error: the answers have 5 problems
      | answers.yaml:1:7: name must be at most 50 characters of a-z, 0-9 and -, starting with a letter (payments-api)
      | answers.yaml:2:7: the template does not ask for prot; did you mean port?
      | answers.yaml:3:7: port must be a whole number
      | answers.yaml:4:8: owner must be @org/team, @person or an e-mail address
      | --set ci=githb: ci must be one of github, gitlab, none; did you mean github?
    hint: plat new --list shows what each template asks for
    "#);
}

#[test]
fn an_occupied_folder_is_not_touched() {
    let home = Home::new();
    let _ = home.plat();
    fs::create_dir(work(&home).join("shop")).expect("a folder");
    fs::write(work(&home).join("shop/mine"), "mine").expect("a file");
    insta::assert_snapshot!(refused(&home, &["shop", "--yes"]), @r#"
    exit 1
    error: shop is there already; nothing was changed
      --> WORK/shop
      | it holds mine
    hint: choose another name, or run plat new in another folder
    hint: or move it away first: mv shop shop.old
    "#);
    assert_eq!(names(&work(&home).join("shop")), ["mine"]);
}

#[rstest]
#[case::unknown_template(&["shop", "--template", "go-htpp"], "did you mean go-http?")]
#[case::no_file(&["shop", "--answers", "nope.yaml"], "nope.yaml")]
#[case::no_assignment(&["shop", "--set", "port"], "KEY=VALUE")]
#[case::twice(&["shop", "--set", "port=2000", "--set", "port=3000"], "--set port=2000")]
#[case::name_twice(&["shop", "--set", "name=shop"], "given already")]
#[case::not_asked(&["shop", "--set", "catalog=true"], "only when owner")]
#[case::outside(&["../shop"], "at most 50 characters")]
#[case::breaks_out_of_its_line(&["shop", "--set", "description=a\nport: 1"], "one line")]
fn what_is_meant_is_named(#[case] args: &[&str], #[case] said: &str) {
    let error = refused(&Home::new(), args);
    assert!(error.contains(said) && error.contains("hint:"), "{error}");
}

#[test]
fn a_folder_that_may_not_be_written_is_named() {
    // What root may not write to either.
    let home = Home::new();
    let output = home.plat().current_dir("/proc").args(["new", "shop", "--yes"]).output().expect("plat runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("/proc") && said.contains("nothing was created"), "{said}");
}
