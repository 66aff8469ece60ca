//! Python: the project on an image with Python, its dependencies a layer of their own.
//!
//! ```text
//! build         the story
//! project       pyproject.toml, the release of Python, what runs
//! requirements  the lock file -> exact requirements; included: requirements.txt as pip reads it
//! metadata      what the project says of itself, as an installed one does
//! install       requirements -> a folder of packages for the platform
//! ```

mod build;
mod included;
mod install;
mod layout;
mod metadata;
mod project;
mod requirements;

pub use build::{build, marker};
