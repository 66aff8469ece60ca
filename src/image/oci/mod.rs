//! Files -> layers -> an image, by the OCI image specification.
//!
//! ```text
//! digest      what content is known by                        pure
//! entry       what a layer holds
//! layer       entries -> a tar, compressed
//! foundation  what stands around a static program             pure
//! blob        what a registry keeps, and where plat has it
//! media_type  what kinds of content are called              pure
//! base        an image that others stand on                   pure
//! package     layers -> config, manifest, index               pure
//! referrer    what is said of an image that is there          pure
//! ```

mod base;
mod blob;
mod digest;
mod entry;
mod foundation;
pub mod layer;
mod media_type;
mod package;
mod referrer;

pub use base::Base;
pub use blob::{Blob, Layer, Source};
pub use digest::{Hashing, digest, short};
pub use entry::{Content, Entry};
pub use foundation::foundation;
pub use media_type::{INDEX, LAYER, MANIFEST};
pub use package::{Document, Image, Parts, Start, index, package};
pub use referrer::{Referrer, Subject, Words, fallback_tag, listed};
