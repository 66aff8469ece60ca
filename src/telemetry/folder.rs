//! The telemetry folder: this user's alone, because runs name services and namespaces.

use std::io;
use std::path::{Path, PathBuf};

use crate::settings::Settings;

/// Where everything about telemetry is kept on this machine.
#[must_use]
pub fn path(settings: &Settings) -> PathBuf {
    settings.state_dir.join("telemetry")
}

/// Makes a folder that only this user can read.
///
/// # Errors
/// When it cannot be made.
pub fn make_private(dir: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}
