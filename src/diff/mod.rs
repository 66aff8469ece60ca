//! What a deploy would change, from what is there and what the server's dry run answered. Pure.
//!
//! ```text
//! path      a field's path, followed into a value
//! mask      values as a reader may see them
//! fields    what differs, field by field
//! change    one field before and after, in words
//! list      which item of one list became which of another
//! merge_keys  what tells the items of a list apart
//! managed   who holds which field
//! adoption  what becomes of that when plat takes over what other tools hold
//! settled   whether an apply would change nothing at all
//! foreign   whose an object is, when another tool manages it
//! effect    what running pods notice
//! taken     what containers take of configuration only when they start
//! stale     pods that keep what it was
//! traffic   what a Service has to select while pods of two revisions are there
//! report    all of it for a reader
//! ```

pub mod adoption;
mod change;
mod effect;
mod fields;
mod foreign;
mod list;
pub mod managed;
mod mask;
mod merge_keys;
mod path;
mod report;
mod settled;
pub mod stale;
mod taken;
pub mod traffic;

pub use change::{FieldChange, is_provenance, one_line};
pub use effect::effect;
pub use effect::{Effect, How};
pub use fields::between;
pub use foreign::{Foreign, MARKS, PART_OF, adopted_lines, foreign};
pub use managed::Held;
pub use mask::{MASK, is_secret_data, shown};
pub use path::{Step, at, deepest, get, has_keys, remove};
pub use report::{Does, ObjectDiff, Report};
pub use settled::is_settled;
pub use stale::Stale;
