//! A plat.yaml and its schema, each written whole or not at all, and never over something.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use crate::detect::SCHEMA;
use crate::error::{Error, Result};
use crate::reason::Reason;
use crate::spec;

/// # Errors
/// When something is there, or the folder cannot be written to.
pub fn write(root: &Path, file: &str, text: &str) -> Result<()> {
    let path = root.join(file);
    let folder = path.parent().unwrap_or(root);
    fs::create_dir_all(folder).map_err(|error| cannot_write(folder, error))?;
    whole(&path, text.as_bytes()).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Error::user(format!("{file} appeared meanwhile; it was not touched"))
            .at(path.display())
            .hint("look at it, and remove it to begin anew")
            .reason(Reason::Occupied),
        _ => cannot_write(&path, error),
    })
}

/// What editors check plat.yaml against; one that is there stays.
///
/// # Errors
/// When the folder cannot be written to.
pub fn write_schema(root: &Path) -> Result<()> {
    let path = root.join(SCHEMA);
    let folder = path.parent().unwrap_or(root);
    fs::create_dir_all(folder).map_err(|error| cannot_write(&path, error))?;
    match whole(&path, spec::json_schema().as_bytes()) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(cannot_write(&path, error)),
        _ => Ok(()),
    }
}

/// Beside its place first, then put there under its name, unless something has that.
fn whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".plat-init-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any file of the project, not as a secret one.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map(|_| ()).map_err(|error| error.error)
}

fn cannot_write(path: &Path, cause: io::Error) -> Error {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Error::user(format!("{name} cannot be written: {cause}"))
        .at(path.display())
        .hint("run plat init where you may write and there is room, or see the text with: plat init --dry-run")
        .because(cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_stays_and_nothing_lies_beside_it() {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), "plat.yaml", "name: a\n").expect("it is written");
        let error = write(folder.path(), "plat.yaml", "name: b\n").expect_err("it is there");
        assert!(error.what.contains("appeared meanwhile"), "{}", error.what);
        assert_eq!(fs::read_to_string(folder.path().join("plat.yaml")).expect("a text"), "name: a\n");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }
}
