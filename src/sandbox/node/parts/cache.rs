//! The cache of the parts: the names of its entries, and its errors.

use std::path::Path;

use crate::error::Error;
use crate::sandbox::node::io::io_error;

/// The name of a cache entry that changes with everything that it was made from.
pub fn fingerprint<'a>(ingredients: impl IntoIterator<Item = &'a str>) -> String {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    for ingredient in ingredients {
        // The length keeps ("ab", "c") apart from ("a", "bc").
        hash.update(ingredient.len().to_le_bytes());
        hash.update(ingredient);
    }
    let mut text = format!("{:x}", hash.finalize());
    text.truncate(8);
    text
}

pub fn cache_error(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    io_error("the cache of the sandbox's programs cannot be written", path)
}
