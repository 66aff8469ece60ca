//! `plat init`: golden layouts, and what it does and does not write.

mod golden;
#[cfg(unix)]
mod terminal;
mod writing;
