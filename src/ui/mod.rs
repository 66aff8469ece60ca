//! All output: data to stdout, everything else to stderr. Colour, width and animation are decided once, here.
//!
//! ```text
//! options        the global flags
//! printer        how this process talks: Ui
//! table          tables that fit the terminal
//! progress       a step that takes time
//! reporters      which reporter reads the events; text_reporter, json_reporter
//! rollout        how a rollout is drawn                                               pure
//! prompt         questions to a person
//! ```
//!
//! What leaves here is harmless: the printer escapes what could drive a terminal, whoever said it. Callers escape text of
//! others all the same, so that it stays in its line ([`crate::text::escape`]), and mask it ([`crate::text::redact`]).

mod bars;
mod ci;
mod json_reporter;
mod options;
mod printer;
mod progress;
mod prompt;
mod reporters;
mod rollout;
mod table;
mod text_reporter;
mod tree;

pub use options::{Color, Global, Output};
pub use printer::Ui;
pub use progress::Step;
pub use prompt::{Terminal, confirm, in_background, input, select};
pub use table::local;
