//! Python: the project on an image with Python, its dependencies a layer of their own.
//!
//! ```text
//! build         the story
//! project       pyproject.toml, the release of Python, what runs
//! requirements  the lock file -> exact requirements
//! install       requirements -> a folder of packages for the platform
//! ```

mod build;
mod install;
mod layout;
mod project;
mod requirements;

pub use build::{build, marker};
