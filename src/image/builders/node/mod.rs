//! Node: the project on an image with Node, its dependencies a layer of their own.
//!
//! ```text
//! build     the story
//! project   package.json, and which files around it count
//! manager   npm, pnpm, yarn: their lock files and commands
//! modules   compiled modules: for which platform, for which Node
//! stage     where it is installed and built
//! starters  the scripts of node_modules/.bin, free of where they were made
//! next      what the server of a standalone Next.js looks for beside itself
//! start     what runs
//! ```

mod build;
mod layout;
mod manager;
mod modules;
mod next;
mod project;
mod stage;
mod start;
mod starters;

pub use build::{build, marker};
