//! `plat new` on a terminal: the questions, and an interruption at each of them.

use std::process::Command;

use rstest::rstest;

use super::{names, work};
use crate::support::Home;
use crate::terminal::Session;

/// What each question says, and what a person types.
const DIALOGUE: [(&str, &str); 7] = [
    ("Name of the service", "shop\r"),
    ("Go module path", "\r"),
    ("What it does", "\r"),
    ("Owner", "@acme/payments\r"),
    ("Port", "9000\r"),
    ("CI file for", "\r"),
    ("Backstage", "n"),
];

fn start(home: &Home) -> Session {
    let plain = home.plat();
    let mut plat = Command::new(plain.get_program());
    plat.arg("new").current_dir(work(home)).env_clear();
    plat.envs(plain.get_envs().filter_map(|(key, value)| Some((key, value?))));
    Session::start(&plat)
}

#[test]
fn a_person_is_asked_and_the_project_says_what_they_said() {
    let home = Home::new();
    let mut session = start(&home);
    for (question, answer) in DIALOGUE {
        session.wait_for(question);
        session.press(answer);
    }
    session.wait_for("plat deploy");
    assert_eq!(session.end(), 0);
    let project = work(&home).join("shop");
    let spec = std::fs::read_to_string(project.join("plat.yaml")).expect("a plat.yaml");
    assert!(spec.contains("port: 9000") && spec.contains("@acme/payments"), "{spec}");
    assert!(!project.join("catalog-info.yaml").exists());
}

#[test]
fn a_wrong_answer_is_asked_again_with_the_reason() {
    let home = Home::new();
    std::fs::create_dir_all(work(&home).join("taken/sub")).expect("a folder");
    let mut session = start(&home);
    session.wait_for("Name of the service");
    session.press("Shop\r");
    session.wait_for("at most 50 characters");
    session.press(&"\u{7f}".repeat(4));
    session.press("taken\r");
    session.wait_for("taken is there already");
    session.press("\u{3}");
    assert_eq!(session.end(), 130);
}

#[rstest]
fn ctrl_c_at_any_question_leaves_nothing(#[values(0, 1, 2, 3, 4, 5, 6)] answered: usize) {
    let home = Home::new();
    let mut session = start(&home);
    for (question, answer) in &DIALOGUE[..answered] {
        session.wait_for(question);
        session.press(answer);
    }
    session.wait_for(DIALOGUE[answered].0);
    session.press("\u{3}");
    session.wait_for("nothing was changed");
    assert_eq!(session.end(), 130);
    assert_eq!(names(&work(&home)), [""; 0]);
}

#[rstest]
fn sigterm_while_a_question_waits_leaves_nothing(#[values(0, 5)] answered: usize) {
    let home = Home::new();
    let mut session = start(&home);
    for (question, answer) in &DIALOGUE[..answered] {
        session.wait_for(question);
        session.press(answer);
    }
    session.wait_for(DIALOGUE[answered].0);
    session.terminate();
    session.wait_for("terminated: nothing was changed");
    assert_eq!(session.end(), 130);
    assert_eq!(names(&work(&home)), [""; 0]);
}
