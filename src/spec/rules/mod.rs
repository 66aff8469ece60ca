//! What must hold between fields: one rule a function, listed in [`check()`].

mod before;
mod check;
mod kind;
mod network;
mod objects;
mod program;
mod schedule;
mod storage;
mod subject;

pub(super) use check::check;
pub use program::file_name;
pub(super) use subject::Subject;
