//! `cargo metadata`: packages and what they build.

use std::path::PathBuf;

use serde::Deserialize;

/// Reads files alone.
pub const METADATA: [&str; 5] = ["metadata", "--no-deps", "--offline", "--format-version", "1"];

#[derive(Debug, Clone, Deserialize)]
pub struct Metadata {
    pub packages: Vec<Package>,
    pub workspace_root: PathBuf,
    pub target_directory: PathBuf,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Package {
    pub name: String,
    pub manifest_path: PathBuf,
    pub targets: Vec<Target>,
    pub dependencies: Vec<Dependency>,
    /// The program that `cargo run` takes.
    pub default_run: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Target {
    pub name: String,
    pub kind: Vec<String>,
    pub src_path: PathBuf,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Dependency {
    pub name: String,
    /// `dev`, `build`; none for those of the program.
    pub kind: Option<String>,
}

impl Package {
    /// What it builds that runs.
    pub fn programs(&self) -> impl Iterator<Item = &Target> {
        self.targets.iter().filter(|target| target.kind.iter().any(|kind| kind == "bin"))
    }
}

/// What [`METADATA`] prints; None where it is something else.
#[must_use]
pub fn metadata(told: &[u8]) -> Option<Metadata> {
    serde_json::from_slice(told).ok()
}
