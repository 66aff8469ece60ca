//! What a failed deploy leaves behind to be looked at: a folder and one archive, on this machine only.
//!
//! [`contents`] says what is in it (pure: masked, redacted, bounded), [`names`] where, [`store`] keeps it. Written before
//! any rollback: what is restored afterwards destroys the evidence. docs/history.md

pub mod contents;
mod names;
pub mod store;
#[cfg(test)]
mod tests;

pub use contents::{Case, File, Gap, LogText, Summary, files};
pub use store::{Kept, Store};
