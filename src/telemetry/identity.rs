//! A pseudonym for this user on this machine: random, not derived from a name, an address or the hardware, and made
//! only when something is first sent. Remove the file and the next send makes a new one.

use std::io;
use std::path::Path;

use uuid::Uuid;

use crate::input;

const FILE: &str = "identity";
/// A UUID; in bytes.
const LARGEST: u64 = 1 << 10;

/// The pseudonym, when one was made.
#[must_use]
pub fn known(telemetry_dir: &Path) -> Option<Uuid> {
    input::read_text(&telemetry_dir.join(FILE), LARGEST).ok()?.trim().parse().ok()
}

/// The pseudonym, made where there is none. Only the holder of the sender's lock calls this: two at once would
/// each make one.
///
/// # Errors
/// When the file cannot be written: without a lasting pseudonym the endpoint could count a run twice.
pub fn known_or_new(telemetry_dir: &Path) -> io::Result<Uuid> {
    if let Some(id) = known(telemetry_dir) {
        return Ok(id);
    }
    let id = Uuid::new_v4();
    let file = telemetry_dir.join(FILE);
    input::can_be_written(&file)?;
    std::fs::write(file, format!("{id}\n"))?;
    Ok(id)
}

/// The `CloudEvents` source of what this machine sends.
#[must_use]
pub fn source(id: Uuid) -> String {
    id.urn().to_string()
}
