//! Java: what Maven or Gradle packages, taken apart into layers on an image with a JRE.
//!
//! ```text
//! build     the story
//! tool      Maven, Gradle: how they package, what their errors say
//! product   which of the files that they made is the program
//! installed what Gradle's application plugin leaves: a start script and its jars
//! archive   a jar: its manifest and entries; reproducible: without what a build writes of its day
//! ```

mod archive;
mod build;
mod installed;
mod layout;
mod product;
mod reproducible;
mod tool;

pub use build::build;
pub use tool::marker;
