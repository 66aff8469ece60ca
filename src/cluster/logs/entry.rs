//! Which logs, and what a reader of them is told.

use std::time::Duration;

use jiff::Timestamp;

/// One instance of a container: a restart is another one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instance {
    pub pod: String,
    pub container: String,
    /// Of the container runtime; empty when the instance before the present one is meant.
    pub id: String,
}

/// One line of one container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub pod: String,
    pub container: String,
    /// When it was written, by the node's clock.
    pub at: Timestamp,
    /// As the container wrote it: neither escaped nor redacted.
    pub text: String,
}

/// What a reader of logs is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    Line(Line),
    /// A log that was not there when the following began.
    New(Instance),
    Ended {
        of: Instance,
        exit_code: i32,
    },
    /// The log was removed from the node.
    NoLog(Instance),
    /// The connection to this log was lost and is made anew.
    Lost(Instance),
    /// There are more logs than are followed.
    TooMany,
    /// Nothing runs yet; its pods are waited for.
    NoPods,
}

/// Which part of the logs.
#[derive(Debug, Clone)]
pub struct Part {
    /// Lines from the end of each log; none for all.
    pub lines: Option<i64>,
    pub since: Option<Since>,
    /// The instance before the present one.
    pub previous: bool,
    /// Only this container of each pod.
    pub container: Option<String>,
}

/// How far back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// By the node's clock, whatever this machine's says.
    Ago(Duration),
    Moment(Timestamp),
}
