//! The compose files that count, the most special first, and one field of a service in them.

use super::defaults::Defaults;
use crate::detect::claim::Evidence;
use crate::detect::documents::{at, text_at};
use crate::detect::repository::Repository;
use crate::located::Node;

pub struct Layers<'r> {
    pub repository: &'r Repository,
    pub folder: String,
    /// With their paths.
    pub files: Vec<(String, Node)>,
    /// Of the services, in the order of the files.
    pub names: Vec<String>,
    pub defaults: Defaults,
}

impl Layers<'_> {
    /// The line where a part of a file was written.
    #[must_use]
    pub fn at(&self, path: &str, node: &Node) -> Evidence {
        self.line(path, node.span.line)
    }

    #[must_use]
    pub fn line(&self, path: &str, line: usize) -> Evidence {
        self.defaults.explain(self.repository.line(path, line))
    }

    /// A field, with the file that says it; the most special file wins.
    pub fn get(&self, service: &str, field: &str) -> Option<(&str, &Node)> {
        self.all(service, field).into_iter().next()
    }

    /// The image that a service names.
    pub fn image(&self, service: &str) -> Option<&str> {
        self.get(service, "image")?.1.text()
    }

    /// The same field of each file, and of what the service extends.
    pub fn all(&self, service: &str, field: &str) -> Vec<(&str, &Node)> {
        let mut names = vec![service.to_owned()];
        let mut found = Vec::new();
        let mut index = 0;
        while let Some(name) = names.get(index).cloned() {
            for (path, tree) in &self.files {
                let Some(service) = at(tree, &["services", &name]) else { continue };
                found.extend(at(service, &[field]).map(|node| (path.as_str(), node)));
                let base = text_at(service, &["extends", "service"]).or_else(|| text_at(service, &["extends"]));
                if let Some(base) = base.filter(|base| names.iter().all(|known| known != base)) {
                    names.push(base.to_owned());
                }
            }
            index += 1;
        }
        found
    }
}
