//! What an image is made of and what it was made from, told beside the image in its registry.
//!
//! ```text
//! packages    files of installed packages -> components            pure
//! contents    layers -> the packages in them
//! record      what is known of a build                             pure
//! sbom        what an image is made of                             pure
//! provenance  what it was made from                                pure
//! attach      both, to an image that was pushed
//! ```
//!
//! An image does not change by it: its digest is that of its content (docs/decisions/0112-attest.md).

mod attach;
mod contents;
mod packages;
mod provenance;
mod record;
mod sbom;
#[cfg(test)]
mod tests;

pub use attach::{Attestation, attach};
pub use contents::of as contents_of;
pub use provenance::Checkout;
pub use record::{Packed, Record};
