//! A plat.yaml and what is around it: read, then resolved; only what is resolved renders.
//!
//! ```text
//! read        finds plat.yaml, reads it and the files it names: Project
//! around      what a folder without a plat.yaml has instead
//! resolve     what only the cluster or a registry knows: ResolvedProject
//! config      the files of `config`; extra: the manifests of `extra`; misfits: patches that fit nothing
//! image_facts what an image says of itself: whom it runs as, where it listens
//! kinds       kinds of manifests that are neither built in nor defined by the manifests
//! provenance  where the sources come from, asked of git
//! ```

mod around;
mod config;
mod extra;
mod image_facts;
mod kinds;
mod misfits;
mod provenance;
mod read;
mod resolve;

pub use kinds::{kinds, unusable};
pub use provenance::{deployer, of as provenance_of};
pub use read::{ImageArgs, Project, ProjectArgs, Tools, Wanted, or_unpinned};
pub use resolve::{ResolvedProject, Source};
