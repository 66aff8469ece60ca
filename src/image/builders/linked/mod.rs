//! What a toolchain says that it has linked into a program. Pure.

mod crates;
mod modules;

pub use crates::{CARGO_FORMAT, crates};
pub use modules::modules;
