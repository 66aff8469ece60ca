//! The files that `config` names.

use std::collections::BTreeMap;
use std::path::Path;

use crate::input;
use crate::spec::{self, Problem, Spec};

/// Kubernetes refuses a `ConfigMap` whose data is larger (`MaxSecretSize`, `ValidateConfigMap`).
const MAX_CONFIG: u64 = 1024 * 1024;

/// The contents by path as plat.yaml writes it, or all that is wrong with the files at once.
pub(super) fn read(dir: &Path, file: &Path, text: &str, spec: &Spec) -> Result<BTreeMap<String, String>, Vec<Problem>> {
    let mut files = BTreeMap::new();
    let mut problems = Vec::new();
    let mut room = MAX_CONFIG;
    for path in spec.config_files() {
        if files.contains_key(path) {
            continue;
        }
        match text_file(dir, path, room) {
            Ok(content) => {
                room -= content.len() as u64;
                files.insert(path.clone(), content);
            }
            Err((what, hint)) => {
                let what = format!("the config file `{path}` {what}");
                problems.push(spec::config_problem(text, &file.display().to_string(), path, what, hint));
            }
        }
    }
    if problems.is_empty() { Ok(files) } else { Err(problems) }
}

/// The text of a file of the project, or what is wrong with it (the predicate of a sentence) and what to do.
pub(super) fn text_file(dir: &Path, path: &str, room: u64) -> Result<String, (String, String)> {
    let full = dir.join(path);
    let shown = full.display();
    let wrong = |what: &str, hint: &str| Err((what.to_owned(), hint.to_owned()));
    let bytes = match std::fs::metadata(&full) {
        Ok(meta) if meta.is_dir() => return wrong("is a folder", "list its files one by one"),
        // A pipe or a device would never end.
        Ok(meta) if !meta.is_file() => return wrong("is not a regular file", "list files only"),
        Ok(meta) if meta.len() > room => {
            let hint = "a ConfigMap cannot hold more; put large files into the image";
            return wrong("is too large: together they may hold 1 MiB", hint);
        }
        Ok(_) if leaves(dir, &full) => {
            return wrong("is a link that leads out of the project", "copy the file into the project");
        }
        Ok(_) => input::read(&full, room).map_err(Into::into),
        Err(e) => Err(e),
    };
    match bytes.map(String::from_utf8) {
        Ok(Ok(text)) => match spec::unsendable(&text) {
            None => Ok(text),
            Some((line, character)) => {
                let what = format!("holds the character {} on line {line}", character.escape_unicode());
                wrong(&what, "Kubernetes does not pass it on; put such files into the image")
            }
        },
        Ok(Err(_)) => wrong("is not UTF-8 text", "put binary files into the image"),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            wrong("does not exist", &format!("make {path} beside plat.yaml, or remove the line"))
        }
        Err(e) => wrong(&format!("cannot be read: {e}"), &format!("see: ls -l {shown}")),
    }
}

/// A cloned repository must not send a file of this machine to a cluster.
fn leaves(dir: &Path, file: &Path) -> bool {
    match (dir.canonicalize(), file.canonicalize()) {
        (Ok(dir), Ok(file)) => !file.starts_with(dir),
        _ => true,
    }
}
