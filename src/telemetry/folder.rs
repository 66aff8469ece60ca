//! The telemetry folder: this user's alone, because runs name services and namespaces.

use std::io;
use std::path::{Path, PathBuf};

use crate::settings::Settings;

/// Where everything about telemetry is kept on this machine.
#[must_use]
pub fn path(settings: &Settings) -> PathBuf {
    settings.state_dir.join("telemetry")
}

/// Makes a folder that only this user can read; one that is there already becomes so.
///
/// # Errors
/// When it cannot be made, or is someone else's.
pub fn make_private(dir: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(dir)?.permissions().mode();
        if mode & 0o077 != 0 {
            std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_folder_that_others_could_read_becomes_private() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().expect("a folder");
        let open = dir.path().join("data");
        std::fs::create_dir(&open).expect("a folder");
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o755)).expect("permissions");
        make_private(&open).expect("a private folder");
        let mode = std::fs::metadata(&open).expect("a folder").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
