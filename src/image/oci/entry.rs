//! What a layer holds, before it is a tar.

use std::path::PathBuf;

/// One file, folder or link of an image. Folders around it need no entry of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// From the root of the image, without a `/` at its start.
    pub path: String,
    pub content: Content,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// With its mode.
    Folder(u32),
    Text(Vec<u8>),
    Program(Vec<u8>),
    /// A file of this machine, read when the layer is written.
    File {
        from: PathBuf,
        is_program: bool,
    },
    /// A symbolic link and where it leads.
    Link(PathBuf),
}

impl Entry {
    #[must_use]
    pub fn folder(path: impl Into<String>, mode: u32) -> Self {
        Self { path: path.into(), content: Content::Folder(mode) }
    }

    #[must_use]
    pub fn text(path: impl Into<String>, text: impl Into<Vec<u8>>) -> Self {
        Self { path: path.into(), content: Content::Text(text.into()) }
    }
}
