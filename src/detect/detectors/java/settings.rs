//! application.properties and application.yml: one value by its name, with its line.

use crate::detect::claim::{Claim, Evidence, Trust};
use crate::detect::code::FREE_PORT;
use crate::detect::paths;
use crate::detect::reads;
use crate::detect::repository::Repository;
use crate::located::Node;

const FILES: [&str; 3] = ["application.properties", "application.yml", "application.yaml"];

/// The settings of a module, without those of its profiles.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'r> {
    pub repository: &'r Repository,
    pub folder: &'r str,
}

impl Settings<'_> {
    /// `server.port`
    #[must_use]
    pub fn get(&self, name: &str) -> Option<(String, Evidence)> {
        FILES.iter().find_map(|file| {
            let path = paths::join(self.folder, &format!("src/main/resources/{file}"));
            if file.ends_with(".properties") {
                self.property(&path, name)
            } else {
                let tree = self.repository.document(&path)?;
                let node = by_name(&tree, name)?;
                Some((node.text()?.to_owned(), self.repository.at(&path, node)))
            }
        })
    }

    /// The files that are there, for who found nothing in them.
    #[must_use]
    pub fn files(&self) -> Option<String> {
        let path = |file: &&str| paths::join(self.folder, &format!("src/main/resources/{file}"));
        FILES.iter().map(path).find(|path| self.repository.has(path))
    }

    /// The variables that they name.
    #[must_use]
    pub fn reads(&self) -> Vec<Claim> {
        let path = |file: &&str| paths::join(self.folder, &format!("src/main/resources/{file}"));
        FILES.iter().map(path).flat_map(|path| reads::placeholders(self.repository, &path)).collect()
    }

    fn property(&self, path: &str, name: &str) -> Option<(String, Evidence)> {
        let text = self.repository.text(path)?;
        // A file of several documents (`#---`): the later ones are of profiles.
        let lines = (1..).zip(text.lines()).take_while(|(_, line)| !line.starts_with("#---"));
        lines.filter(|(_, line)| !line.trim_start().starts_with(['#', '!'])).find_map(|(number, line)| {
            let (key, value) = line.split_once(['=', ':'])?;
            (key.trim() == name).then(|| (value.trim().to_owned(), self.repository.line(path, number)))
        })
    }
}

/// Keys may be written in one or each below the other: `server.port: 1`, `server: {port: 1}`.
fn by_name<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    if let Some(entry) = node.entry(name) {
        return Some(&entry.value);
    }
    node.entries().iter().find_map(|entry| by_name(&entry.value, name.strip_prefix(&entry.key)?.strip_prefix('.')?))
}

/// `8081`, or the default of `${PORT:8081}`, and how much it counts.
#[must_use]
pub fn port(value: &str) -> Option<(u16, Trust)> {
    let value = value.trim().trim_matches('"');
    let Some(inner) = value.strip_prefix("${").and_then(|inner| inner.strip_suffix('}')) else {
        return value.parse().ok().filter(|port| *port > 0).map(|port| (port, Trust::Configuration));
    };
    let (name, default) = inner.split_once(':').unwrap_or((inner, ""));
    match default.parse().ok() {
        Some(port) if name == "PORT" => Some((port, Trust::ReadsPort)),
        Some(port) => Some((port, Trust::Configuration)),
        None if name == "PORT" => Some((FREE_PORT, Trust::Free)),
        None => None,
    }
}
