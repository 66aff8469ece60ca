//! What a failed deploy leaves behind to be looked at: a folder and one archive, on this machine.
//!
//! [`contents`] says what is in it (pure: [`masked`], redacted, bounded), [`names`] where, [`store`] keeps it, [`parcel`] is
//! what of it is put in the cluster for others, where somebody asks for that. Written before
//! any rollback: what is restored afterwards destroys the evidence. docs/history.md

pub mod contents;
mod masked;
mod names;
pub mod parcel;
pub mod store;
#[cfg(test)]
mod tests;

pub use contents::{Case, File, Gap, LogText, Summary, files, of_build};
pub use parcel::{Parcel, Pushed};
pub use store::{Kept, Store};
