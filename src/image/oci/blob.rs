//! Content that a registry keeps by its digest, and where plat has it.

use std::path::PathBuf;

use super::digest::digest;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    pub digest: String,
    /// Bytes.
    pub size: u64,
    pub source: Source,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    Bytes(Vec<u8>),
    File(PathBuf),
    /// The registry of this image has it: it is mounted or streamed from there.
    Image(String),
}

impl Blob {
    #[must_use]
    pub fn of(bytes: Vec<u8>) -> Self {
        Self { digest: digest(&bytes), size: bytes.len() as u64, source: Source::Bytes(bytes) }
    }

    /// Whether plat made it.
    #[must_use]
    pub fn is_own(&self) -> bool {
        !matches!(self.source, Source::Image(_))
    }
}

/// A layer: its content compressed, and the digest of what it is uncompressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    pub diff_id: String,
    pub media_type: String,
    pub blob: Blob,
    /// What it holds, for whoever reads the history of the image.
    pub holds: String,
}
