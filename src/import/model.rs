//! What is asked for, and what comes of it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::manifests::{Manifest, describe};

/// How plat's defaults are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// Where plat's default is safer than what was there, it wins.
    Defaults,
    /// All stays as it is, so that nothing restarts.
    Kept,
}

/// Everything that came of some objects.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// By name.
    pub services: Vec<Service>,
    /// Objects that none of them has.
    pub left: Vec<Left>,
}

/// One plat.yaml, and what became of what it was made from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Service {
    pub name: String,
    /// `Deployment shop/web`
    pub source: String,
    pub plat_yaml: String,
    /// Beside it, by path: files of `config` and of `extra`.
    pub files: BTreeMap<String, String>,
    /// Fields of the objects that the rendering has too.
    pub kept: usize,
    /// Fields that `patch` carries, `KIND: FIELD`.
    pub patched: Vec<String>,
    /// Objects that `extra` carries.
    pub extra: Vec<String>,
    /// What plat does instead, once for each reason.
    pub defaults: Vec<Instead>,
    /// What is in no file.
    pub lost: Vec<Lost>,
    /// What the reader should know.
    pub notes: Vec<String>,
}

/// plat's default, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Instead {
    pub what: String,
    pub why: String,
    /// `OBJECT: FIELD: before -> after`
    pub fields: Vec<String>,
}

/// A field or an object that is not carried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lost {
    pub what: String,
    pub why: String,
}

/// An object that is in no plat.yaml.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Left {
    pub object: String,
    pub why: String,
    pub hint: Option<String>,
}

impl Left {
    pub(super) fn of(manifest: &Manifest, why: &str, hint: Option<String>) -> Self {
        Self { object: shown(manifest), why: why.to_owned(), hint }
    }
}

/// `Deployment web`
pub(super) fn shown(manifest: &Manifest) -> String {
    describe(&manifest.kind, None, &manifest.name)
}
