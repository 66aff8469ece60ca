//! One source file as the checks see it: its paths, imports, items, functions and module docs, each with its line.
//! What is only compiled for tests is left out.

use std::collections::{BTreeMap, BTreeSet};

/// The segments of a path, absolute (`crate`, `spec`, `Spec`) or as written.
pub type Path = Vec<String>;

pub struct Source {
    /// Relative to the repository, with `/`.
    pub name: String,
    /// The lines of the module docs (`//!`), without their marker.
    pub docs: Vec<String>,
    /// The module of the file, then those written inline in it.
    pub modules: BTreeMap<Path, Module>,
    pub used: Vec<Used>,
    pub functions: Vec<Function>,
    /// What makes code impure without any path: `async`, `println!`, `.exists()`.
    pub words: Vec<(String, usize)>,
}

#[derive(Default)]
pub struct Module {
    pub imports: Vec<Import>,
    /// With the modules written inline.
    pub items: BTreeSet<String>,
    /// Those with a file of their own.
    pub children: BTreeMap<String, Child>,
}

/// A name that a `use` brings into a module; a glob brings `*`.
pub struct Import {
    pub alias: String,
    pub path: Path,
}

pub struct Child {
    pub public: bool,
    pub only_tests: bool,
    /// Compiled on some machines only.
    pub conditional: bool,
}

/// A path as the code writes it, and the module that it stands in.
pub struct Used {
    pub module: Path,
    pub path: Path,
    pub line: usize,
    pub imported: bool,
}

pub struct Function {
    pub name: String,
    pub line: usize,
    /// Without `self`.
    pub parameters: usize,
    /// Named `_name`, though nothing but the function itself decides about its signature.
    pub unused: Vec<String>,
}

impl Source {
    pub fn module(&self) -> &Module {
        &self.modules[&module_of(&self.name)]
    }

    /// Whether it is only the face of its parts: modules and what it passes on of them.
    pub fn is_face(&self) -> bool {
        let module = self.module();
        module.items.is_empty() && !module.children.is_empty()
    }
}

/// `src/spec/model/mod.rs` is `crate::spec::model`; main.rs is another crate, which calls this one `plat`.
pub fn module_of(name: &str) -> Path {
    let name = name.trim_start_matches("src/").trim_end_matches(".rs");
    if name == "main" {
        return vec!["main".to_owned()];
    }
    let parts = name.split('/').filter(|part| !matches!(*part, "lib" | "mod"));
    ["crate"].into_iter().chain(parts).map(str::to_owned).collect()
}
