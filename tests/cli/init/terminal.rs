//! `plat init` on a terminal: what nothing says is asked.

use std::process::Command;

use crate::support::Home;
use crate::terminal::Session;

fn start(home: &Home) -> Session {
    let plain = home.plat();
    let mut plat = Command::new(plain.get_program());
    plat.arg("init").current_dir(home.dir.path().join("work")).env_clear();
    plat.envs(plain.get_envs().filter_map(|(key, value)| Some((key, value?))));
    Session::start(&plat)
}

fn written(home: &Home) -> Option<String> {
    std::fs::read_to_string(home.dir.path().join("work/plat.yaml")).ok()
}

#[test]
fn a_port_that_nothing_says_is_asked() {
    let home = Home::new();
    home.write("Dockerfile", "FROM debian\n");
    let mut session = start(&home);
    session.wait_for("on which port does it listen");
    session.press("7000\r");
    session.wait_for("Write plat.yaml?");
    session.press("y");
    session.wait_for("plat deploy");
    assert_eq!(session.end(), 0);
    assert!(written(&home).is_some_and(|text| text.contains("\nport: 7000\n")));
}

#[test]
fn of_two_ports_a_person_chooses() {
    let home = Home::new();
    home.write("package.json", "{\"name\": \"x\", \"scripts\": {\"start\": \"node index.js\"}}");
    home.write("index.js", "app.listen(3000)\nadmin.listen(9000)\n");
    let mut session = start(&home);
    session.wait_for("several ports are said");
    session.press("\u{1b}[B\r");
    session.wait_for("Write plat.yaml?");
    session.press("y");
    session.wait_for("plat deploy");
    assert_eq!(session.end(), 0);
    assert!(written(&home).is_some_and(|text| text.contains("\nport: 9000\n")));
}

#[test]
fn who_says_no_has_nothing_written() {
    let home = Home::new();
    home.write("Dockerfile", "FROM debian\nEXPOSE 80\n");
    let mut session = start(&home);
    session.wait_for("Write plat.yaml?");
    session.press("n");
    session.wait_for("nothing was written");
    assert_eq!(session.end(), 0);
    assert_eq!(written(&home), None);
}
