//! What go and cargo tell of the programs in a folder: the question, and how its answer reads. Who asks decides what the
//! tool may do meanwhile: a builder lets it fetch what the project names, `plat init` nothing.

pub mod cargo;
pub mod go;
