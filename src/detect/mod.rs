//! A repository -> the services in it, each with a plat.yaml and the evidence of every line.
//!
//! ```text
//! look        a folder -> Repository, within limits
//! toolchains  what go and cargo say of their programs
//! interest    which files can say something                             pure
//! repository  files and texts; documents, paths                         pure
//! detectors   DETECTORS: one for each thing that says something         pure
//! pattern     a text and an expression around it, in source files       pure
//! code        what source files say of ports and routes                 pure
//! reads       variables that source files read                         pure
//! words       commands -> words, and what they tell                     pure
//! claim       what a detector says, where, and how much it counts       pure
//! group       claims about the same sources -> one service              pure
//! resolve     claims -> lines; who lost, and why                        pure
//! write       a service -> the text of its plat.yaml                    pure
//! ```
//!
//! No line without evidence: what nothing says is asked, or left out with a comment. docs/init.md has the rules.

mod claim;
mod code;
mod detectors;
mod documents;
mod group;
mod health;
mod interest;
mod look;
mod names;
mod paths;
mod pattern;
mod reads;
mod repository;
mod resolve;
mod scene;
mod service;
mod sources;
mod toolchains;
mod variables;
mod words;
mod write;

use std::path::Path;

pub use claim::Evidence;
pub use service::{Found, Line, Seen, Service, Unknown, Unset};
pub use write::{SCHEMA, check, line_of, text};

use detectors::DETECTORS;
use repository::Repository;
use scene::{Scene, Toolchains};

/// Looks at a folder and all below it.
///
/// It reads and runs nothing of the repository; go and cargo are asked for their programs where there are such.
pub async fn look_at(root: &Path) -> Found {
    let owned = root.to_owned();
    let Ok(repository) = tokio::task::spawn_blocking(move || look::look(&owned)).await else { return Found::default() };
    let toolchains = toolchains::ask(root, &repository).await;
    services(&repository, &toolchains)
}

/// What the files say together.
#[must_use]
fn services(repository: &Repository, toolchains: &Toolchains) -> Found {
    let scene = Scene { repository, toolchains };
    let candidates = DETECTORS.iter().flat_map(|detector| (detector.detect)(&scene)).collect();
    let groups = group::group(repository, candidates);
    let services = groups.services.iter().filter_map(|group| resolve::resolve(repository, group)).collect();
    let mut remarks = groups.remarks;
    remarks.extend(repository.skipped.iter().cloned());
    Found { services: names::told_apart(repository, services), libraries: groups.libraries, remarks }
}
