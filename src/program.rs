//! Runs another program to its end, within limits: it may hang, and it may print without end.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use futures::{Stream, StreamExt};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

/// So much of what a program says on stderr is kept; the rest is read and forgotten.
const SAID: u64 = 64 << 10;
/// Of a program that is followed: lines of the beginning that are kept, and as many of the end.
const KEPT_LINES: usize = 2000;
/// Bytes.
const LONGEST_LINE: u64 = 16 << 10;

/// Whether a program of this name can be found.
#[must_use]
pub fn is_on_path(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.is_absolute() && folder.join(name).is_file())
}

#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub time: Duration,
    /// Bytes on stdout.
    pub output: u64,
}

#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    /// The beginning of what it said.
    pub stderr: Vec<u8>,
}

#[derive(Debug)]
pub enum Failure {
    NotFound,
    NotStarted(io::Error),
    TooLong(Duration),
    /// It printed more than so many bytes.
    TooMuch(u64),
    /// Its pipes broke.
    Lost(io::Error),
}

/// It displays as the predicate of a sentence about the program.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("is not on PATH"),
            Self::NotStarted(error) => write!(f, "does not start: {error}"),
            Self::TooLong(time) => write!(f, "did not end within {} s and was stopped", time.as_secs()),
            Self::TooMuch(bytes) if *bytes >= 1 << 20 => {
                write!(f, "printed more than {} MiB and was stopped", bytes >> 20)
            }
            Self::TooMuch(bytes) => write!(f, "printed more than {} KiB and was stopped", bytes >> 10),
            Self::Lost(error) => write!(f, "was lost: {error}"),
        }
    }
}

/// The person that a program may speak to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Person {
    /// Answers at the terminal, which is stdin and stderr of the program.
    AtTerminal,
    /// Sees what it says on stderr, and cannot answer.
    Reading,
}

/// Runs a program that reads `input` from a pipe. It and what it starts are ended when they exceed a limit, and when the
/// future is dropped.
///
/// # Errors
/// When it does not start, or not end within the limits. A status that is not 0 is no error here.
pub async fn run(mut command: Command, input: &[u8], limits: Limits) -> Result<Ended, Failure> {
    command.stdin(if input.is_empty() { Stdio::null() } else { Stdio::piped() }).stderr(Stdio::piped());
    // A group of its own, so that what it starts can be ended with it.
    #[cfg(unix)]
    command.process_group(0);
    let mut child = start(&mut command)?;
    let group = Group::of(&child);
    let ended = Box::pin(ended(&mut child, input, limits, Heard::Kept)).await?;
    group.release();
    Ok(ended)
}

/// As [`run`], for a program that may speak to a person. What it says to one who reads goes to stderr, and no more than
/// the limit of its output.
///
/// # Errors
/// As [`run`].
pub async fn run_for(person: Person, mut command: Command, limits: Limits) -> Result<Ended, Failure> {
    match person {
        Person::AtTerminal => {
            // In the group that the terminal speaks to.
            command.stdin(Stdio::inherit()).stderr(Stdio::inherit());
            let mut child = start(&mut command)?;
            Box::pin(ended(&mut child, &[], limits, Heard::Nothing)).await
        }
        Person::Reading => {
            command.stdin(Stdio::null()).stderr(Stdio::piped());
            // It may ask at the terminal all the same, where there is one.
            #[cfg(unix)]
            let is_apart = !io::stderr().is_terminal();
            #[cfg(unix)]
            if is_apart {
                command.process_group(0);
            }
            let mut child = start(&mut command)?;
            #[cfg(unix)]
            let group = is_apart.then(|| Group::of(&child));
            let ended = Box::pin(ended(&mut child, &[], limits, Heard::Shown)).await?;
            #[cfg(unix)]
            if let Some(group) = group {
                group.release();
            }
            Ok(ended)
        }
    }
}

/// What a program did that was followed.
#[derive(Debug)]
pub struct Followed {
    pub status: ExitStatus,
    /// What it said on both ways, in the order in which it came; of a great deal the beginning and the end.
    pub said: Vec<String>,
}

/// Runs a program that may take long, and passes each line on as it comes. It and what it starts are ended when the
/// future is dropped.
///
/// # Errors
/// When it does not start.
pub async fn follow(mut command: Command, line: &mut (dyn FnMut(&str) + Send)) -> Result<Followed, Failure> {
    command.stdin(Stdio::null()).stderr(Stdio::piped());
    #[cfg(unix)]
    command.process_group(0);
    let mut child = start(&mut command)?;
    let group = Group::of(&child);
    let (stdout, stderr) = (lines(child.stdout.take()), lines(child.stderr.take()));
    let mut both = futures::stream::select(stdout, stderr);
    let mut said = Vec::new();
    while let Some(one) = both.next().await {
        let one = one.map_err(Failure::Lost)?;
        line(&one);
        said.push(one);
        if said.len() > 2 * KEPT_LINES {
            said.drain(KEPT_LINES..=KEPT_LINES);
        }
    }
    drop(both);
    let status = child.wait().await.map_err(Failure::Lost)?;
    group.release();
    Ok(Followed { status, said })
}

/// Lines of a pipe; what never ends a line is cut.
fn lines(pipe: Option<impl AsyncRead + Unpin + Send + 'static>) -> impl Stream<Item = io::Result<String>> + Send {
    futures::stream::unfold(pipe.map(BufReader::new), async |pipe| {
        let mut pipe = pipe?;
        let mut bytes = Vec::new();
        match (&mut pipe).take(LONGEST_LINE).read_until(b'\n', &mut bytes).await {
            Ok(0) => None,
            Ok(_) => {
                let text = String::from_utf8_lossy(&bytes);
                // What a progress bar wrote over itself.
                let shown = text.trim_end().rsplit('\r').next().unwrap_or_default().to_owned();
                Some((Ok(shown), Some(pipe)))
            }
            Err(error) => Some((Err(error), None)),
        }
    })
    .boxed()
}

/// What becomes of what a program says on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    Nothing,
    /// The beginning is kept.
    Kept,
    Shown,
}

fn start(command: &mut Command) -> Result<Child, Failure> {
    command.stdout(Stdio::piped()).kill_on_drop(true);
    command.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Failure::NotFound,
        _ => Failure::NotStarted(error),
    })
}

async fn ended(child: &mut Child, input: &[u8], limits: Limits, heard: Heard) -> Result<Ended, Failure> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let write = async {
        if let Some(mut pipe) = stdin {
            // Who does not read it may still answer.
            let _ = pipe.write_all(input).await;
        }
        Ok(())
    };
    let read = async {
        let mut bytes = Vec::new();
        if let Some(pipe) = stdout {
            pipe.take(limits.output.saturating_add(1)).read_to_end(&mut bytes).await.map_err(Failure::Lost)?;
        }
        if bytes.len() as u64 > limits.output { Err(Failure::TooMuch(limits.output)) } else { Ok(bytes) }
    };
    let listen = async {
        match (stderr, heard) {
            (Some(pipe), Heard::Kept) => beginning(pipe).await.map_err(Failure::Lost),
            (Some(pipe), Heard::Shown) => show(pipe, limits.output).await.map(|()| Vec::new()),
            (_, Heard::Nothing) | (None, _) => Ok(Vec::new()),
        }
    };
    let all = async {
        let ((), stdout, stderr) = futures::try_join!(write, read, listen)?;
        let status = child.wait().await.map_err(Failure::Lost)?;
        Ok(Ended { status, stdout, stderr })
    };
    tokio::time::timeout(limits.time, all).await.map_err(|_| Failure::TooLong(limits.time))?
}

async fn beginning(mut pipe: impl AsyncRead + Unpin) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    (&mut pipe).take(SAID).read_to_end(&mut bytes).await?;
    tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await?;
    Ok(bytes)
}

async fn show(pipe: impl AsyncRead + Unpin, limit: u64) -> Result<(), Failure> {
    let mut pipe = pipe.take(limit);
    let mut chunk = vec![0; 4096];
    loop {
        let read = pipe.read(&mut chunk).await.map_err(Failure::Lost)?;
        if read == 0 {
            return if pipe.limit() > 0 { Ok(()) } else { Err(Failure::TooMuch(limit)) };
        }
        io::stderr().write_all(&chunk[..read]).map_err(Failure::Lost)?;
    }
}

/// Ends what a program started, unless it has ended by itself.
struct Group(Option<u32>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id())
    }

    fn release(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(leader) = self.0.and_then(|id| i32::try_from(id).ok()) {
            // Its leader has not been waited for, so the number is still its own.
            let _ = nix::sys::signal::killpg(nix::unistd::Pid::from_raw(leader), nix::sys::signal::Signal::SIGKILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    const LIMITS: Limits = Limits { time: Duration::from_millis(500), output: 1000 };

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[tokio::test]
    async fn what_ends_within_the_limits_is_given_whole() {
        let limits = Limits { time: Duration::from_secs(20), ..LIMITS };
        let ended = run(shell("cat; echo no >&2; exit 3"), b"yes", limits).await.unwrap();
        assert_eq!((&*ended.stdout, &*ended.stderr, ended.status.code()), (&b"yes"[..], &b"no\n"[..], Some(3)));
    }

    #[tokio::test]
    async fn a_program_that_prints_without_end_is_ended() {
        assert!(matches!(run(shell("yes"), &[], LIMITS).await, Err(Failure::TooMuch(1000))));
    }

    #[tokio::test]
    async fn what_is_said_without_end_on_stderr_is_kept_in_part() {
        let limits = Limits { time: Duration::from_secs(20), ..LIMITS };
        let ended = run(shell("head -c 10000000 /dev/zero >&2"), &[], limits).await.unwrap();
        assert_eq!(ended.stderr.len() as u64, SAID);
    }

    #[tokio::test]
    async fn a_program_that_hangs_is_ended_with_what_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let late = folder.path().join("late");
        let began = Instant::now();
        let script = format!("(sleep 1; touch {}) & wait", late.display());
        assert!(matches!(run(shell(&script), &[], LIMITS).await, Err(Failure::TooLong(_))));
        assert!(began.elapsed() < Duration::from_millis(900));
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(!late.exists());
    }

    #[tokio::test]
    async fn what_is_not_there_is_told_from_what_does_not_start() {
        assert!(matches!(run(Command::new("plat-there-is-none"), &[], LIMITS).await, Err(Failure::NotFound)));
        assert!(matches!(run(Command::new("/"), &[], LIMITS).await, Err(Failure::NotStarted(_))));
    }
}
