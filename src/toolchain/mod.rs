//! What toolchains are asked and told: go and cargo of the programs in a folder, which release a project names, how a
//! lock file is made. Who asks decides what the
//! tool may do meanwhile: a builder lets it fetch what the project names, `plat init` nothing.

pub mod cargo;
pub mod go;
pub mod lock;
pub mod release;
