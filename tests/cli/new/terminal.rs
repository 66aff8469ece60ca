//! `plat new` on a terminal: the questions, and an interruption at each of them.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use nix::pty::openpty;
use nix::sys::signal::{Signal, kill};
use nix::sys::termios::{LocalFlags, tcgetattr};
use nix::unistd::Pid;
use rstest::rstest;

use super::{names, work};
use crate::support::Home;

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

/// `plat new` with a terminal of its own.
struct Session {
    child: Child,
    keyboard: File,
    screen: Arc<Mutex<String>>,
    terminal: OwnedFd,
}

impl Session {
    fn start(home: &Home) -> Self {
        let pty = openpty(None, None).expect("a pseudo terminal");
        let end = || Stdio::from(pty.slave.try_clone().expect("a terminal"));
        let plain = home.plat();
        // Its controlling terminal: between two keys Ctrl-C is a signal, as in a shell.
        let mut command = Command::new("setsid");
        command.arg("--ctty").arg(plain.get_program());
        command.env_clear().envs(plain.get_envs().filter_map(|(key, value)| Some((key, value?))));
        command.current_dir(work(home)).env("TERM", "xterm").arg("new");
        let child = command.stdin(end()).stdout(end()).stderr(end()).spawn().expect("plat runs");

        let screen = Arc::new(Mutex::new(String::new()));
        let (seen, mut output) = (screen.clone(), File::from(pty.master.try_clone().expect("a terminal")));
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = output.read(&mut buffer) {
                seen.lock().expect("the screen").push_str(&String::from_utf8_lossy(&buffer[..read]));
            }
        });
        Self { child, keyboard: File::from(pty.master), screen, terminal: pty.slave }
    }

    fn screen(&self) -> String {
        console::strip_ansi_codes(&self.screen.lock().expect("the screen")).into_owned()
    }

    fn wait_for(&self, text: &str) {
        eventually(text, || self.screen().contains(text), || self.screen());
    }

    fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("keys can be pressed");
    }

    /// The exit code; the terminal must be as a shell left it.
    fn end(mut self) -> i32 {
        let mut code = None;
        let ended = || {
            code = self.child.try_wait().expect("a child").and_then(|status| status.code());
            code.is_some()
        };
        let screen = self.screen.clone();
        eventually("the end", ended, || screen.lock().expect("the screen").clone());
        let modes = tcgetattr(&self.terminal).expect("a terminal").local_flags;
        assert!(modes.contains(LocalFlags::ICANON | LocalFlags::ECHO), "the terminal was not given back: {modes:?}");
        code.expect("an exit code")
    }
}

fn eventually(what: &str, mut is_so: impl FnMut() -> bool, screen: impl Fn() -> String) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < deadline, "not seen within 30 s: {what}; the screen says:\n{}", screen());
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_person_is_asked_and_the_project_says_what_they_said() {
    let home = Home::new();
    let mut session = Session::start(&home);
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
    let mut session = Session::start(&home);
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
    let mut session = Session::start(&home);
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
    let mut session = Session::start(&home);
    for (question, answer) in &DIALOGUE[..answered] {
        session.wait_for(question);
        session.press(answer);
    }
    session.wait_for(DIALOGUE[answered].0);
    kill(Pid::from_raw(session.child.id().cast_signed()), Signal::SIGTERM).expect("a signal");
    session.wait_for("terminated: nothing was changed");
    assert_eq!(session.end(), 130);
    assert_eq!(names(&work(&home)), [""; 0]);
}
