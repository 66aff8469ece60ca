//! All sources together: where a path leads, through imports and re-exports, to the file that defines its name.

use std::collections::BTreeMap;

use crate::reader::read;
use crate::source::{Child, Module, Path, Source, Used, module_of};

/// More re-exports than this, one of the other, are a circle of names.
const DEEPEST: usize = 12;

pub struct Tree {
    pub sources: Vec<Source>,
    /// The source that holds each module.
    modules: BTreeMap<Path, usize>,
}

/// Where a path ends.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    pub source: &'a Source,
    /// The module itself, not a name in it: `use super::part;`. What is used of it is named elsewhere.
    pub module: bool,
}

impl Tree {
    /// From the names of files and their texts.
    pub fn new<'t>(files: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let mut sources = parsed(&files.into_iter().collect::<Vec<_>>());
        let tests = declared(&sources, |child| child.only_tests);
        sources.retain(|source| !is_below(source, &tests));
        let conditional = declared(&sources, |child| child.conditional);
        for source in sources.iter_mut().filter(|source| is_below(source, &conditional)) {
            source.functions.iter_mut().for_each(|function| function.unused.clear());
        }
        let modules = sources.iter().enumerate();
        let modules = modules.flat_map(|(at, source)| source.modules.keys().map(move |module| (module.clone(), at)));
        Self { modules: modules.collect(), sources }
    }

    pub fn source(&self, name: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.name == name)
    }

    /// What a path of the code means from the root of the crate, or of another crate.
    pub fn absolute(&self, used: &Used) -> Path {
        self.rooted(&used.module, &used.path, 0)
    }

    /// Where a path of the code ends; nothing where it leaves the crate.
    pub fn target(&self, used: &Used) -> Option<Target<'_>> {
        let mut path = self.absolute(used);
        let all = path.pop_if(|last| last == "*").is_some();
        if let Some(target) = self.find(&path, 0) {
            return Some(Target { module: target.module && !all, ..target });
        }
        // A name that a macro makes is nowhere to be read: it is the module's.
        while path.len() > 1 {
            path.pop();
            if let Some((source, _)) = self.module(&path) {
                return Some(Target { source, module: false });
            }
        }
        None
    }

    /// Whether it is `module::*`.
    pub fn is_all_of_a_module(&self, used: &Used) -> bool {
        let mut path = self.absolute(used);
        path.pop_if(|last| last == "*").is_some() && self.find(&path, 0).is_some_and(|target| target.module)
    }

    fn rooted(&self, module: &[String], path: &[String], depth: usize) -> Path {
        let ups = path.iter().take_while(|segment| matches!(segment.as_str(), "self" | "super")).count();
        if ups > 0 {
            let supers = path[..ups].iter().filter(|segment| *segment == "super").count();
            return joined(&module[..module.len().saturating_sub(supers).max(1)], &path[ups..]);
        }
        let Some((first, rest)) = path.split_first() else { return module.to_vec() };
        if first == "crate" || first == "plat" {
            return joined(&["crate".to_owned()], rest);
        }
        let Some((_, known)) = self.module(module) else { return path.to_vec() };
        if known.children.contains_key(first) || known.items.contains(first) {
            return joined(module, path);
        }
        let import = known.imports.iter().find(|import| import.alias == *first && import.path.first() != Some(first));
        match import {
            Some(import) if depth < DEEPEST => joined(&self.rooted(module, &import.path, depth + 1), rest),
            _ => path.to_vec(),
        }
    }

    fn find(&self, path: &[String], depth: usize) -> Option<Target<'_>> {
        if depth > DEEPEST || path.first().is_none_or(|root| root != "crate") {
            return None;
        }
        let mut at = 1;
        loop {
            let (source, known) = self.module(&path[..at])?;
            let Some(segment) = path.get(at) else { return Some(Target { source, module: true }) };
            let is_module = self.modules.contains_key(&path[..=at]);
            if !is_module || path.len() == at + 1 {
                if known.items.contains(segment) {
                    return Some(Target { source, module: false });
                }
                if let Some(target) = self.passed_on(path, at, depth) {
                    return Some(target);
                }
            }
            at += 1;
        }
    }

    /// Follows the import by which the module `path[..at]` has the name `path[at]`.
    fn passed_on(&self, path: &[String], at: usize, depth: usize) -> Option<Target<'_>> {
        let (source, known) = self.module(&path[..at])?;
        known.imports.iter().find_map(|import| {
            let (from, rest) = match import.alias.as_str() {
                "*" => (&import.path[..import.path.len() - 1], &path[at..]),
                alias if alias == path[at] => (&import.path[..], &path[at + 1..]),
                _ => return None,
            };
            let from = self.rooted(&path[..at], from, 0);
            match from.first().map(String::as_str) {
                Some("crate") => self.find(&joined(&from, rest), depth + 1),
                _ => (import.alias != "*").then_some(Target { source, module: false }),
            }
        })
    }

    fn module(&self, module: &[String]) -> Option<(&Source, &Module)> {
        let source = &self.sources[*self.modules.get(module)?];
        Some((source, source.modules.get(module)?))
    }
}

/// On all cores: without optimisation syn reads about 30 000 lines in a second.
fn parsed(files: &[(&str, &str)]) -> Vec<Source> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let share = files.len().div_ceil(cores).max(1);
        let parse = |files: &[(&str, &str)]| files.iter().map(|(name, text)| read(name, text)).collect::<Vec<_>>();
        let parts: Vec<_> = files.chunks(share).map(|files| scope.spawn(move || parse(files))).collect();
        parts.into_iter().flat_map(|part| part.join().expect("every source is Rust")).collect()
    })
}

fn declared(sources: &[Source], which: impl Fn(&Child) -> bool) -> Vec<Path> {
    let modules = sources.iter().flat_map(|source| &source.modules);
    let children = modules.flat_map(|(module, known)| known.children.iter().map(move |child| (module, child)));
    let which = children.filter(|(_, (_, child))| which(child));
    which.map(|(module, (name, _))| joined(module, std::slice::from_ref(name))).collect()
}

fn is_below(source: &Source, modules: &[Path]) -> bool {
    let module = module_of(&source.name);
    modules.iter().any(|above| module.starts_with(above))
}

fn joined(module: &[String], rest: &[String]) -> Path {
    module.iter().chain(rest).cloned().collect()
}
