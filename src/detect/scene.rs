//! What a detector is given.

use std::collections::BTreeMap;

use super::repository::Repository;

/// A repository, and what its toolchains said of it.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'r> {
    pub repository: &'r Repository,
    pub toolchains: &'r Toolchains,
}

/// What a toolchain said of a folder, or why it said nothing: a clause for a reader.
pub type Told<T> = BTreeMap<String, Result<T, String>>;

/// Programs that may be told to somebody.
pub const PROGRAMS: [&str; 9] =
    ["uv", "poetry", "pip-compile", "pipx", "pipenv", "python3", "pnpm", "yarn", "corepack"];

#[derive(Debug, Clone, Default)]
pub struct Toolchains {
    /// Those of [`PROGRAMS`] that are on PATH.
    pub there: Vec<&'static str>,
    /// The packages that build for Linux, by the folder of their go.mod.
    pub go: Told<Vec<GoPackage>>,
    /// By the folder of the Cargo.toml that was asked: of a workspace, or of a package outside one.
    pub cargo: Told<Vec<CargoPackage>>,
}

impl Toolchains {
    /// Whether a program is on PATH.
    pub fn has(&self) -> impl Fn(&str) -> bool {
        |program| self.there.contains(&program)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoPackage {
    /// Relative to the root of the repository.
    pub folder: String,
    pub is_program: bool,
    /// Names of the files that are compiled.
    pub files: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CargoPackage {
    pub name: String,
    /// Relative to the root of the repository.
    pub folder: String,
    /// What it builds that runs, in its order: name and source file.
    pub programs: Vec<(String, String)>,
    /// The one that `cargo run` takes.
    pub default_run: Option<String>,
    /// Crates that it uses, but for tests.
    pub dependencies: Vec<String>,
}
