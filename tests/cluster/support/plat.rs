//! plat as a child process: how it is called, what it says while it runs, and how it ended.
//!
//! ```text
//! namespace.plat(&["diff", "--exit-code"]).fails(5).says("~ Deployment");
//! shop.deploy().fails(3).reason("CrashLoopBackOff").hint("revision 1");
//! let mut deploy = shop.deploy().start();
//! deploy.until("progress");
//! deploy.interrupt().fails(130);
//! ```

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::Value;

use super::{Ended, Namespace, within_a_minute};

/// What a build needs of the caller's environment; everything else is cleared.
const KEPT: [&str; 9] =
    ["PATH", "HOME", "GOPATH", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOSUMDB", "GOTOOLCHAIN", "SSL_CERT_FILE"];
/// The longest that a command may run: longer than any deadline of a test.
const LONGEST: Duration = Duration::from_mins(6);
/// The longest that the next event may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// A command line that has not been started yet.
#[must_use]
pub struct Plat {
    command: Command,
    input: Option<String>,
    /// Every line of its stdout is an event.
    json: bool,
}

impl Plat {
    pub(super) fn new(namespace: &Namespace, args: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plat"));
        command
            .env_clear()
            .envs(KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
            .envs(namespace.sandbox.environment())
            .env("KUBECONFIG", &namespace.kubeconfig)
            .env("PLAT_HOME", namespace.home())
            // A deploy waits itself whether it stays up, and no process outlives it.
            .env("CI", "true")
            .current_dir(namespace.work())
            .args(args);
        Self { command, input: None, json: false }
    }

    /// In a folder of the work folder.
    pub fn folder(mut self, folder: impl AsRef<std::path::Path>) -> Self {
        let work = self.command.get_current_dir().expect("it has a folder").to_owned();
        self.command.current_dir(work.join(folder));
        self
    }

    pub fn args(mut self, args: &[&str]) -> Self {
        self.command.args(args);
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// A person sits there and waits for the prompt.
    pub fn at_a_prompt(mut self) -> Self {
        self.command.env_remove("CI");
        self
    }

    /// What it reads from its stdin.
    pub fn input(mut self, text: impl Into<String>) -> Self {
        self.input = Some(text.into());
        self
    }

    /// `--output json`
    pub fn events(mut self) -> Self {
        self.command.args(["--output", "json"]);
        self.json = true;
        self
    }

    /// The same command line, run by a shell that does this first.
    pub fn after(mut self, script: &str) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{script}; exec \"$0\" \"$@\"")]);
        shell.arg(self.command.get_program()).args(self.command.get_args()).env_clear();
        shell.envs(self.command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        shell.current_dir(self.command.get_current_dir().expect("it has a folder"));
        self.command = shell;
        self
    }

    /// The same on a terminal of its own.
    #[cfg(unix)]
    pub fn on_terminal(mut self) -> crate::terminal::Session {
        // A terminal in CI shows less.
        if self.command.get_envs().any(|(name, value)| name == "CI" && value.is_some()) {
            self = self.at_a_prompt().env("PLAT_LOOKOUT", "off");
        }
        crate::terminal::Session::start(&self.command)
    }

    /// Runs it to its end.
    pub fn run(self) -> Ended {
        self.start().ends()
    }

    #[track_caller]
    pub fn succeeds(self) -> Ended {
        self.run().succeeds()
    }

    #[track_caller]
    pub fn fails(self, code: i32) -> Ended {
        self.run().fails(code)
    }

    pub fn start(mut self) -> Running {
        let is_given = |arg: &OsStr| ["-f", "-k", "--filename", "--kustomize"].iter().any(|flag| arg == *flag);
        let is_log = self.command.get_args().any(|arg| arg == "logs");
        let of_manifests = !is_log && self.command.get_args().any(is_given);
        let stdin = if self.input.is_some() { Stdio::piped() } else { Stdio::null() };
        let command = self.command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary under test runs");
        if let Some(text) = self.input {
            let mut stdin = child.stdin.take().expect("a pipe");
            // Whoever ends before it has read everything closes the pipe.
            std::thread::spawn(move || stdin.write_all(text.as_bytes()));
        }
        let lines = read_lines(child.stdout.take().expect("a pipe"));
        let err = Arc::new(Mutex::new(String::new()));
        let reader = read_text(child.stderr.take().expect("a pipe"), Arc::clone(&err));
        Running {
            child,
            started: Instant::now(),
            of_manifests,
            json: self.json,
            lines,
            err,
            reader: Some(reader),
            seen: Vec::new(),
            events: Vec::new(),
        }
    }
}

type Line = (Timestamp, String);

fn read_lines(out: impl Read + Send + 'static) -> Receiver<Line> {
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            let _ = sender.send((Timestamp::now(), line));
        }
    });
    lines
}

fn read_text(mut from: impl Read + Send + 'static, text: Arc<Mutex<String>>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let (mut part, mut bytes) = ([0; 4096], Vec::new());
        while let Ok(read @ 1..) = from.read(&mut part) {
            bytes.extend_from_slice(&part[..read]);
            *text.lock().unwrap_or_else(PoisonError::into_inner) = String::from_utf8_lossy(&bytes).into_owned();
        }
    })
}

/// A plat that runs; killed with the value.
pub struct Running {
    child: Child,
    started: Instant,
    /// It was given manifests, and no plat.yaml.
    of_manifests: bool,
    json: bool,
    lines: Receiver<Line>,
    err: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
    seen: Vec<Line>,
    pub events: Vec<Value>,
}

impl Running {
    /// The process, for a test that stops it for a while.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has said on stderr so far.
    pub fn said(&self) -> String {
        self.err.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for the event of this name.
    pub fn until(&mut self, name: &str) -> Value {
        if let Some(event) = self.events.iter().find(|event| event["event"] == name) {
            return event.clone();
        }
        self.until_event(name, |event| event["event"] == name)
    }

    /// Waits for the next event that is so.
    pub fn until_event(&mut self, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        loop {
            let _ = self.next_line(what);
            match self.events.last() {
                Some(event) if is_so(event) => return event.clone(),
                _ => {}
            }
        }
    }

    /// The rollout is under way: a pod is there.
    pub fn until_it_rolls(&mut self) {
        self.until_event("the rollout", |event| {
            event["event"] == "progress" && event["replicas"].as_array().is_some_and(|replicas| !replicas.is_empty())
        });
    }

    /// The next lines of stdout, to the one that is so.
    pub fn until_line(&mut self, what: &str, is_so: impl Fn(&str) -> bool) -> Vec<String> {
        let mut lines = Vec::new();
        while !lines.last().is_some_and(|line: &String| is_so(line)) {
            lines.push(self.next_line(what));
        }
        lines
    }

    /// Waits until it has said these words on stderr.
    pub fn until_said(&self, words: &str) {
        assert!(within_a_minute(|| self.said().contains(words)), "{words:?} did not come: {}", self.said());
    }

    fn next_line(&mut self, what: &str) -> String {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => self.note(line),
            Err(error) => panic!("{what} did not come ({error}): {:#?}\n{:?}\n{}", self.events, self.seen, self.said()),
        }
    }

    fn note(&mut self, line: Line) -> String {
        let text = line.1.clone();
        if self.json {
            let event = serde_json::from_str(&text).unwrap_or_else(|_| panic!("not one JSON value a line: {text}"));
            self.events.push(event);
        }
        self.seen.push(line);
        text
    }

    /// Waits for its end.
    pub fn ends(self) -> Ended {
        self.ends_within(LONGEST)
    }

    /// Waits for its end; a plat that still runs this long after its start hangs.
    pub fn ends_within(mut self, bound: Duration) -> Ended {
        let deadline = self.started + bound;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => drop(self.note(line)),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    let _ = self.child.kill();
                    panic!("plat hangs: {:#?}\n{:?}\n{}", self.events, self.seen, self.said());
                }
            }
        }
        let ended_at = Timestamp::now();
        let code = self.child.wait().expect("plat ends").code().unwrap_or(-1);
        self.reader.take().map(JoinHandle::join);
        let seen = std::mem::take(&mut self.seen);
        let said = || format!("{seen:?}\n{}", self.said());
        assert!(!self.of_manifests || !said().contains("in plat.yaml"), "there is no plat.yaml: {}", said());
        Ended::new(code, &seen, self.said(), std::mem::take(&mut self.events), ended_at)
    }

    /// SIGKILL: nothing of its own runs any more.
    pub fn kill(mut self) {
        self.child.kill().and_then(|()| self.child.wait()).expect("plat ends");
    }

    /// Ctrl-C.
    pub fn interrupt(self) -> Ended {
        let sent = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().expect("kill runs");
        assert!(sent.success());
        self.ends()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
