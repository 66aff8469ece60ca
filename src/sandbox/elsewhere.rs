//! The functions of the sandbox where there is no Linux: one clear error.

use std::path::PathBuf;
use std::time::Duration;

use super::model::{FaultOptions, Name, Ports, RelayOptions, Sandbox, UpOptions};
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::settings::Settings;

fn not_linux() -> Error {
    Error::user(format!("a sandbox runs on Linux only; this is {}", std::env::consts::OS))
        .hint("use a Linux machine or virtual machine")
        .hint("or use a cluster that is already there: plat try --context NAME --registry HOST")
}

/// # Errors
/// Always: there is no Linux.
#[expect(clippy::unused_async, reason = "the same signature as on Linux")]
pub async fn check(_options: &UpOptions, _settings: &Settings) -> Result<()> {
    Err(not_linux())
}

/// # Errors
/// Always: there is no Linux.
#[expect(clippy::unused_async, reason = "the same signature as on Linux")]
pub async fn up(_options: &UpOptions, _progress: &dyn Progress, _settings: &Settings) -> Result<Sandbox> {
    Err(not_linux())
}

/// # Errors
/// Always: there is no Linux.
#[expect(clippy::unused_async, reason = "the same signature as on Linux")]
pub async fn down(_name: &Name, _progress: &dyn Progress) -> Result<bool> {
    Err(not_linux())
}

/// # Errors
/// Never: no sandbox can be here.
pub fn find(_name: &Name) -> Result<Option<Sandbox>> {
    Ok(None)
}

#[must_use]
pub fn names() -> Vec<Name> {
    Vec::new()
}

/// # Errors
/// Always: there is no Linux.
pub fn relay(_options: &RelayOptions, _ready: impl FnOnce(&Ports)) -> Result<()> {
    Err(not_linux())
}

/// # Errors
/// Always: there is no Linux.
pub fn delay(_sandbox: &Sandbox, _round_trip: Duration, _ready: impl FnOnce(PathBuf)) -> Result<()> {
    Err(not_linux())
}

/// # Errors
/// Always: there is no Linux.
#[expect(clippy::unused_async, reason = "the same signature as on Linux")]
pub async fn busybox(_progress: &dyn Progress, _settings: &Settings) -> Result<PathBuf> {
    Err(not_linux())
}

/// # Errors
/// Always: there is no Linux.
#[expect(clippy::unused_async, reason = "the same signature as on Linux")]
pub async fn fault(_options: &FaultOptions, _progress: &dyn Progress, _settings: &Settings) -> Result<()> {
    Err(not_linux())
}
