//! Errors of files and folders.

use std::path::Path;

use crate::error::Error;

/// An I/O error with the path it happened at.
pub fn io_error(what: &str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let error = Error::user(what).at(path.display());
    move |e| error.detail(e.to_string()).because(e)
}
