//! Text of the cluster, read and made safe to print: events, logs, quantities.

pub mod quantity;

mod escape;
mod events;
mod json_log;
mod levels;
mod logs;
mod uncaught;

pub(super) use escape::{escape, escape_line};
pub(super) use events::{about, has_reason, message};
pub(super) use json_log::said as json_said;
pub(super) use logs::{is_log, log_tail};
pub(super) use uncaught::{last_error, uncaught};
