//! A command on a pseudo terminal of its own: what the screen says, keys, and the terminal as it was given back.

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

/// A command line with a terminal of its own.
pub struct Session {
    child: Child,
    keyboard: File,
    screen: Arc<Mutex<String>>,
    terminal: OwnedFd,
}

impl Session {
    /// The command with its arguments, environment and folder; nothing else is inherited.
    pub fn start(plain: &Command) -> Self {
        let pty = openpty(None, None).expect("a pseudo terminal");
        let end = || Stdio::from(pty.slave.try_clone().expect("a terminal"));
        // Its controlling terminal: between two keys Ctrl-C is a signal, as in a shell.
        let mut command = Command::new("setsid");
        command.arg("--ctty").arg(plain.get_program()).args(plain.get_args());
        command.env_clear().envs(plain.get_envs().filter_map(|(key, value)| Some((key, value?))));
        command.current_dir(plain.get_current_dir().expect("it has a folder")).env("TERM", "xterm");
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

    pub fn screen(&self) -> String {
        console::strip_ansi_codes(&self.screen.lock().expect("the screen")).into_owned()
    }

    pub fn wait_for(&self, text: &str) {
        eventually(text, || self.screen().contains(text), || self.screen());
    }

    pub fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("keys can be pressed");
    }

    /// Asks it to stop, as `kill` does.
    pub fn terminate(&self) {
        kill(Pid::from_raw(self.child.id().cast_signed()), Signal::SIGTERM).expect("a signal");
    }

    /// The exit code; the terminal must be as a shell left it.
    pub fn end(mut self) -> i32 {
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
