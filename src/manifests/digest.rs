//! What the same content is known by.

use sha2::{Digest, Sha256};

use super::metadata::PROVENANCE;
use super::model::Manifest;

/// A hash of what is applied: the same spec, image and config give the same hash, whoever deploys it from whichever
/// commit. Lower-case hex, 64 digits.
#[must_use]
pub fn hash<'m>(manifests: impl IntoIterator<Item = &'m Manifest>) -> String {
    let mut hasher = Sha256::new();
    for manifest in manifests {
        let mut body = manifest.body.clone();
        if let Some(annotations) = body["metadata"]["annotations"].as_object_mut() {
            annotations.retain(|key, _| !PROVENANCE.contains(&key.as_str()));
        }
        hasher.update(body.to_string());
        hasher.update(b"\n");
    }
    hex(&hasher.finalize())
}

/// Lower-case hex digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut out, byte| {
        // Writing into a String cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}
