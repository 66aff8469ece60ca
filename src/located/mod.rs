//! A YAML or JSON text -> a tree that knows where each of its parts was written, and problems that show the place. Pure.
//!
//! ```text
//! tree     a document as nodes, each with its place in the text
//! problem  one thing that is wrong, with the line and a caret under it
//! ```

mod problem;
mod tree;

pub use problem::{Finding, Problem, Span, excerpt};
pub use tree::{Content, Entry, Limits, Node, START, read};
