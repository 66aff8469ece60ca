//! Files by which installed packages tell what they are, one file an ecosystem. Pure.
//!
//! Adding one: a file, a line in [`READERS`].

mod java;
mod node;
mod python;

use crate::image::component::Component;

/// What reads one kind of file.
pub struct Reader {
    /// Whether it reads a file of this path in an image.
    pub reads: fn(&str) -> bool,
    /// What a file of this path and content tells.
    pub read: fn(&str, &[u8]) -> Vec<Component>,
    /// Of one file; in bytes.
    pub largest: u64,
}

pub const READERS: [Reader; 3] = [
    Reader { reads: java::reads, read: java::read, largest: 512 << 20 },
    Reader { reads: node::reads, read: node::read, largest: 4 << 20 },
    Reader { reads: python::reads, read: python::read, largest: 4 << 20 },
];
