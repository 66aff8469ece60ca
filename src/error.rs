//! An error is a value: its kind decides the exit code; what, where and what to do next are for the reader.
//! Only `main` prints it.

mod spot;

use std::fmt;
use std::process::ExitCode;

use crate::reason::Reason;

pub use spot::{Place, Spot};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Who can do something about it. Each kind has one exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The user can fix it: bad input, no cluster, no permission.
    User,
    /// The command line itself is wrong.
    Usage,
    /// Kubernetes could not bring the new revision up.
    RolloutFailed,
    /// The deadline passed while the rollout could still have succeeded.
    TimedOut,
    /// Ctrl-C or SIGTERM.
    Interrupted,
    /// Our own bug.
    Bug,
}

/// How a command ended when nothing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Done,
    /// `diff --exit-code` found changes.
    Changes,
    /// `why` found something that is not well.
    Unhealthy,
    /// The code of a program that plat ran for the user (`plat time -- …`).
    Child(u8),
}

/// One error, as the reader meets it: `what`, the `places` it happened, `details` (excerpts, evidence), `hints`.
#[derive(Debug)]
pub struct Error {
    pub kind: Kind,
    /// One sentence that names the thing, without a final full stop.
    pub what: String,
    /// `file:line:column`, an object (`Deployment shop/payments-api`) or an address.
    pub place: Option<String>,
    /// Lines printed as they are: excerpts of the file, log lines, events.
    pub details: Vec<String>,
    /// What to do next, most likely first.
    pub hints: Vec<String>,
    /// Kubernetes' own reason or another stable word, for telemetry and `--output json`.
    pub reason: Option<Reason>,
    /// Each thing that is wrong where it was written, for programs and log viewers; `details` says the same for people.
    pub spots: Vec<Spot>,
    /// The technical chain, shown with `-v`.
    pub cause: Option<anyhow::Error>,
}

impl Error {
    #[must_use]
    pub fn new(kind: Kind, what: impl Into<String>) -> Self {
        Self {
            kind,
            what: what.into(),
            place: None,
            details: Vec::new(),
            hints: Vec::new(),
            reason: None,
            spots: Vec::new(),
            cause: None,
        }
    }

    /// An error that the user can fix (exit code 1).
    #[must_use]
    pub fn user(what: impl Into<String>) -> Self {
        Self::new(Kind::User, what)
    }

    /// An error in the command line itself (exit code 2).
    #[must_use]
    pub fn usage(what: impl Into<String>) -> Self {
        Self::new(Kind::Usage, what)
    }

    /// An error in plat itself (exit code 70).
    #[must_use]
    pub fn bug(what: impl Into<String>) -> Self {
        Self::new(Kind::Bug, what)
    }

    #[must_use]
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        self.place = Some(place.to_string());
        self
    }

    #[must_use]
    pub fn detail(mut self, line: impl Into<String>) -> Self {
        self.details.push(line.into());
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    #[must_use]
    pub fn reason(mut self, reason: Reason) -> Self {
        self.reason = Some(reason);
        self
    }

    #[must_use]
    pub fn because(mut self, cause: impl Into<anyhow::Error>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// The exit code of [`Kind`], as `docs/exit-codes.md` lists them.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self.kind {
            Kind::User => 1,
            Kind::Usage => 2,
            Kind::RolloutFailed => 3,
            Kind::TimedOut => 4,
            // 128 + SIGINT, as a shell reports a program that Ctrl-C ended.
            Kind::Interrupted => 130,
            // EX_SOFTWARE of sysexits.h
            Kind::Bug => 70,
        }
    }
}

/// All of them as one error that the user can fix, none left out, in the order of the files.
#[must_use]
pub fn all(mut spots: Vec<Spot>) -> Error {
    // What has no place comes last.
    spots.sort_by(|a, b| (a.place.file.is_none(), &a.place).cmp(&(b.place.file.is_none(), &b.place)));
    let Some(first) = spots.first() else { return Error::bug("something was refused without a reason") };
    let mut error = Error::user(&first.error).at(first.shown());
    if spots.len() == 1 {
        error.details.clone_from(&first.excerpt);
        error.hints.clone_from(&first.hints);
    } else {
        error.what = summary(&spots);
        for spot in &spots {
            error.details.push(format!("{}: {}", spot.shown(), spot.error));
            error.details.extend(spot.excerpt.iter().map(|line| format!("  {line}")));
            error.details.extend(spot.hints.iter().map(|hint| format!("  hint: {hint}")));
            error.details.push(String::new());
        }
        error.details.pop();
    }
    error.spots = spots;
    error
}

/// `plat.yaml has 2 problems`
fn summary(spots: &[Spot]) -> String {
    let mut files: Vec<&str> = spots.iter().filter_map(|spot| spot.place.file.as_deref()).collect();
    let in_files = files.len() == spots.len();
    files.dedup();
    match files[..] {
        [file] if in_files => format!("{file} has {} problems", spots.len()),
        [] | [_] => format!("there are {} problems", spots.len()),
        _ => format!("there are {} problems in {} files", spots.len(), files.len()),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if let Some(place) = &self.place {
            write!(f, " ({place})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_ref().map(|cause| &**cause as &(dyn std::error::Error + 'static))
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::SUCCESS,
            Exit::Changes => Self::from(5),
            Exit::Unhealthy => Self::from(3),
            Exit::Child(code) => Self::from(code),
        }
    }
}
