//! plat as a child: its events as they come, its end within a bound.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{self, Namespace};

/// The longest that a run whose fault passes may take.
pub const MINUTE: Duration = Duration::from_mins(1);
/// The longest that any step of a test may take.
const PATIENCE: Duration = MINUTE;

/// The rollout is under way: a pod is there.
pub fn rolls(event: &Value) -> bool {
    event["event"] == "progress" && event["replicas"].as_array().is_some_and(|replicas| !replicas.is_empty())
}

/// A running plat; killed with the value.
pub struct Run {
    child: Child,
    started: Instant,
    lines: Receiver<String>,
    said: Receiver<String>,
    pub events: Vec<Value>,
}

/// How it ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub events: Vec<Value>,
    /// Standard error.
    pub said: String,
}

/// Starts `plat … --output json` in the namespace.
pub fn start(namespace: &Namespace, args: &[&str]) -> Run {
    start_with(namespace, args, &[])
}

/// The same with more environment.
pub fn start_with(namespace: &Namespace, args: &[&str], environment: &[(&str, &str)]) -> Run {
    let plat = support::plat(namespace);
    let mut command = Command::new(plat.get_program());
    command.env_clear().current_dir(namespace.work()).args(args).args(["--output", "json"]);
    command.envs(plat.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.envs(environment.iter().copied()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("plat runs");
    let (to_lines, lines) = mpsc::channel();
    let (to_said, said) = mpsc::channel();
    let (out, mut err) = (child.stdout.take().expect("a pipe"), child.stderr.take().expect("a pipe"));
    std::thread::spawn(move || {
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            let _ = to_lines.send(line);
        }
    });
    std::thread::spawn(move || {
        let mut text = String::new();
        let _ = err.read_to_string(&mut text);
        let _ = to_said.send(text);
    });
    Run { child, started: Instant::now(), lines, said, events: Vec::new() }
}

impl Run {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for an event that is so.
    pub fn until(&mut self, what: &str, is_so: impl Fn(&Value) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    let event = parse(&line);
                    let found = is_so(&event);
                    self.events.push(event);
                    if found {
                        return;
                    }
                }
                Err(error) => panic!("no event: {what} ({error}): {:#?}\n{:?}", self.events, self.said.try_recv()),
            }
        }
    }

    /// Waits for its end; a plat that still runs `within` its start hangs.
    pub fn end(mut self, within: Duration) -> Ended {
        let deadline = self.started + within;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => self.events.push(parse(&line)),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    let _ = self.child.kill();
                    panic!("plat hangs: {:#?}\n{:?}", self.events, self.said.recv_timeout(PATIENCE));
                }
            }
        }
        let status = self.child.wait().expect("plat ended");
        Ended {
            code: status.code().expect("plat ends by itself"),
            said: self.said.recv_timeout(PATIENCE).unwrap_or_default(),
            events: std::mem::take(&mut self.events),
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn parse(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"))
}

impl Ended {
    /// It must have gone well; all warnings are what the fault explains.
    pub fn well(&self) {
        assert_eq!(self.code, 0, "{self:#?}");
    }

    /// The one error of a run that went wrong.
    pub fn error(&self, code: i32) -> &Value {
        assert_eq!(self.code, code, "{self:#?}");
        let errors: Vec<&Value> = self.events.iter().filter(|event| event["event"] == "error").collect();
        assert_eq!(errors.len(), 1, "one message says what happened: {self:#?}");
        errors[0]
    }
}
