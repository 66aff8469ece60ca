//! What a Python project says of itself: its name, what it depends on, its scripts.

use std::sync::LazyLock;

use regex::Regex;

use crate::detect::claim::Evidence;
use crate::detect::documents::{at, list};
use crate::detect::interest::is_requirements;
use crate::detect::paths;
use crate::detect::repository::Repository;
use crate::located::Node;

/// What makes a folder a project of its own.
pub const MANIFESTS: [&str; 5] = ["pyproject.toml", "requirements.txt", "setup.py", "setup.cfg", "Pipfile"];

#[derive(Debug, Clone)]
pub struct Project {
    pub folder: String,
    /// The file that says most of it.
    pub path: String,
    pub name: Option<(String, Evidence)>,
    /// By their names as `PyPI` compares them, with extras: `fastapi[standard]`.
    pub dependencies: Vec<(String, Evidence)>,
    /// Commands that installing it makes.
    pub scripts: Vec<(String, Evidence)>,
    /// The releases of Python that it is for.
    pub python: Option<(String, Evidence)>,
    pub is_poetry: bool,
    /// What of it could not be read.
    pub remarks: Vec<String>,
}

/// The folders that hold a project.
#[must_use]
pub fn folders(repository: &Repository) -> Vec<String> {
    let mut folders: Vec<String> = repository
        .files()
        .iter()
        .filter_map(|file| {
            let folder = paths::folder(file);
            match paths::name(file) {
                name if MANIFESTS.contains(&name) => Some(folder.to_owned()),
                _ if is_requirements(file) && paths::name(folder) == "requirements" => {
                    Some(paths::folder(folder).to_owned())
                }
                // Of itself it says no dependencies, but what is beside it is a program.
                "manage.py" if !has_manifest_above(repository, folder) => Some(folder.to_owned()),
                _ => None,
            }
        })
        .collect();
    folders.sort_unstable();
    folders.dedup();
    folders
}

fn has_manifest_above(repository: &Repository, folder: &str) -> bool {
    let mut folder = folder;
    loop {
        if repository.first(folder, &MANIFESTS).is_some() {
            return true;
        }
        if folder.is_empty() {
            return false;
        }
        folder = paths::folder(folder);
    }
}

/// `requirements-dev.txt`, `requirements/tests.txt`: nothing of it is in the image.
fn is_for_work_on_it(path: &str) -> bool {
    let words =
        ["test", "tests", "testing", "dev", "develop", "development", "lint", "docs", "doc", "ci", "local", "types"];
    path.to_ascii_lowercase().split(['-', '_', '.', '/']).any(|word| words.contains(&word))
}

impl Project {
    #[must_use]
    pub fn read(repository: &Repository, folder: &str) -> Option<Self> {
        let mut project = Self {
            folder: folder.to_owned(),
            path: String::new(),
            name: None,
            dependencies: Vec::new(),
            scripts: Vec::new(),
            python: None,
            is_poetry: false,
            remarks: Vec::new(),
        };
        for file in repository.files().iter().filter(|file| paths::is_within(file, folder)) {
            let inner = paths::below(file, folder).unwrap_or_default();
            match inner {
                "pyproject.toml" => project.pyproject(repository, file),
                "Pipfile" => project.pipfile(repository, file),
                "setup.cfg" | "setup.py" => project.setup(repository, file),
                "manage.py" => project.seen(file),
                _ if is_requirements(file)
                    && !is_for_work_on_it(inner)
                    && (!inner.contains('/') || inner.starts_with("requirements/")) =>
                {
                    project.requirements(repository, file);
                }
                _ => {}
            }
        }
        (!project.path.is_empty()).then_some(project)
    }

    /// What is there first is named; pyproject.toml always, requirements.txt before its like.
    fn seen(&mut self, path: &str) {
        let name = paths::name(path);
        let is_better = name == "pyproject.toml" || name == "requirements.txt" && is_requirements(&self.path);
        if self.path.is_empty() || is_better {
            path.clone_into(&mut self.path);
        }
    }

    fn depends(&mut self, requirement: &str, evidence: Evidence) {
        if let Some(name) = requirement_name(requirement) {
            self.dependencies.push((name, evidence));
        }
    }

    /// It is a project all the same: its code may say the rest.
    fn unread(&mut self, repository: &Repository, path: &str) {
        self.seen(path);
        self.remarks.extend(repository.broken(path));
    }

    fn pyproject(&mut self, repository: &Repository, path: &str) {
        let Some(tree) = repository.document(path) else { return self.unread(repository, path) };
        // Settings of a linter alone make no project.
        if at(&tree, &["project"]).is_none() && at(&tree, &["tool", "poetry"]).is_none() {
            return;
        }
        self.seen(path);
        for keys in [&["project", "name"][..], &["tool", "poetry", "name"]] {
            let name = at(&tree, keys).and_then(|node| Some((node.text()?.to_owned(), repository.at(path, node))));
            self.name = self.name.take().or(name);
        }
        for keys in [&["project", "requires-python"][..], &["tool", "poetry", "dependencies", "python"]] {
            let python = at(&tree, keys).and_then(|node| Some((node.text()?.to_owned(), repository.at(path, node))));
            self.python = self.python.take().or(python);
        }
        self.is_poetry = at(&tree, &["tool", "poetry"]).is_some();
        for item in at(&tree, &["project", "dependencies"]).map(list).unwrap_or_default() {
            self.depends(item.text().unwrap_or_default(), repository.at(path, item));
        }
        for entry in at(&tree, &["tool", "poetry", "dependencies"]).map(Node::entries).unwrap_or_default() {
            // What poetry calls so is no package.
            if entry.key == "python" {
                continue;
            }
            let extras = at(&entry.value, &["extras"]).map(list).unwrap_or_default();
            let extras: Vec<&str> = extras.into_iter().filter_map(Node::text).collect();
            let name =
                if extras.is_empty() { entry.key.clone() } else { format!("{}[{}]", entry.key, extras.join(",")) };
            self.depends(&name, repository.line(path, entry.key_span.line));
        }
        for keys in [&["project", "scripts"][..], &["tool", "poetry", "scripts"]] {
            for entry in at(&tree, keys).map(Node::entries).unwrap_or_default() {
                self.scripts.push((entry.key.clone(), repository.line(path, entry.key_span.line)));
            }
        }
    }

    fn pipfile(&mut self, repository: &Repository, path: &str) {
        self.seen(path);
        let Some(tree) = repository.document(path) else { return self.unread(repository, path) };
        for entry in at(&tree, &["packages"]).map(Node::entries).unwrap_or_default() {
            self.depends(&entry.key, repository.line(path, entry.key_span.line));
        }
    }

    fn requirements(&mut self, repository: &Repository, path: &str) {
        self.seen(path);
        for (number, line) in (1..).zip(repository.text(path).unwrap_or_default().lines()) {
            self.depends(line, repository.line(path, number));
        }
    }

    /// `setup.py` is a program, which is not run: only names that stand there in quotes are seen.
    fn setup(&mut self, repository: &Repository, path: &str) {
        static QUOTED: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r#"(?m)^\s*["']?(?P<name>[A-Za-z][\w.-]*(?:\[[\w,-]+\])?)\s*(?:[<>=!~][^"'\n]*)?["']?\s*,?\s*$"#)
                .expect("a literal pattern")
        });
        let text = repository.text(path).unwrap_or_default();
        let Some((before, after)) = text.split_once("install_requires") else { return };
        self.seen(path);
        let first = before.lines().count();
        let until = after.find(']').or_else(|| after.find("\n\n")).unwrap_or(after.len());
        let inside = after[..until].trim_start_matches([' ', '=', '[']);
        for (number, line) in (first..).zip(inside.replace("\", ", "\",\n").lines()) {
            if let Some(found) = QUOTED.captures(line) {
                self.depends(&found["name"], repository.line(path, number));
            }
        }
    }

    /// The line of a dependency, whatever its extras.
    #[must_use]
    pub fn dependency(&self, name: &str) -> Option<&Evidence> {
        let is_it = |known: &str| known.split('[').next() == Some(name);
        self.dependencies.iter().find(|(known, _)| is_it(known)).map(|(_, evidence)| evidence)
    }

    /// The line of a dependency that is asked for with this extra.
    #[must_use]
    pub fn extra(&self, name: &str, extra: &str) -> Option<&Evidence> {
        let is_it = |known: &str| {
            let Some((base, extras)) = known.trim_end_matches(']').split_once('[') else { return false };
            base == name && extras.split(',').any(|one| one == extra)
        };
        self.dependencies.iter().find(|(known, _)| is_it(known)).map(|(_, evidence)| evidence)
    }

    /// A file of the project as Python imports it: `src/shop/main.py` -> `shop.main`.
    #[must_use]
    pub fn module(&self, file: &str) -> Option<String> {
        let inner = paths::below(file, &self.folder)?.strip_suffix(".py")?;
        let inner = inner.strip_prefix("src/").unwrap_or(inner);
        let inner = inner.strip_suffix("/__init__").unwrap_or(inner);
        Some(inner.replace('/', "."))
    }
}

/// `Flask_Cors >= 4 ; python_version > "3"` -> `flask-cors`
fn requirement_name(line: &str) -> Option<String> {
    let line = line.trim();
    let end = line.find(|c: char| !c.is_ascii_alphanumeric() && !"._-[],".contains(c)).unwrap_or(line.len());
    let name = line[..end].to_ascii_lowercase().replace(['_', '.'], "-");
    name.starts_with(|c: char| c.is_ascii_alphanumeric()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("Flask_Cors >= 4", Some("flask-cors"))]
    #[case("fastapi[standard]==0.1", Some("fastapi[standard]"))]
    #[case("# nothing", None)]
    #[case("-r base.txt", None)]
    #[case("uvicorn ; python_version > '3'", Some("uvicorn"))]
    fn a_requirement_has_a_name(#[case] line: &str, #[case] expected: Option<&str>) {
        assert_eq!(requirement_name(line).as_deref(), expected);
    }
}
