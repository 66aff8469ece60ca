//! Whom to ask: evidence -> answer.
//!
//! ```text
//! gather   reads objects, files and git history for each of SOURCES     I/O
//! sources  text -> evidence, one parser file per source                 pure
//! decide   evidence + now -> who is accountable, who is active now      pure
//! page     answer -> the text that a person reads                       pure
//! ```

mod decide;
pub mod gather;
mod identity;
mod key;
mod model;
mod page;
mod remote;
mod sources;

pub use decide::decide;
pub use key::Key;
pub use model::{Answer, Candidate, Confidence, Contact, Evidence, Party, PartyKind, Says, Scope};
pub use page::{instead, page};
