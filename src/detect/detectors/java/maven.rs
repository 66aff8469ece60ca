//! pom.xml, as it is written: what a parent outside the repository adds is not known.

use roxmltree::{Document, Node};

use super::module::Module;
use crate::detect::claim::Evidence;
use crate::detect::paths;
use crate::detect::repository::Repository;

/// Parents of parents.
const DEPTH: usize = 4;

#[must_use]
pub fn read(repository: &Repository, path: &str) -> Option<Module> {
    let mut module = Module { path: path.to_owned(), folder: paths::folder(path).to_owned(), ..Module::default() };
    let mut file = path.to_owned();
    for level in 0..DEPTH {
        let Some(text) = repository.text(&file) else { break };
        let Ok(document) = Document::parse(text) else { break };
        let root = document.root_element();
        let pom = Pom { repository, file: &file, document: &document };
        if level == 0 {
            let name = child(root, "artifactId").and_then(|node| Some((node.text()?.trim().to_owned(), pom.at(node))));
            module.name = name.filter(|(name, _)| !name.contains('$'));
            let packaging = child(root, "packaging").and_then(|node| node.text()).map(str::trim);
            module.is_parent = packaging == Some("pom") || child(root, "modules").is_some();
        }
        pom.add(root, &mut module);
        let Some(parent) = child(root, "parent") else { break };
        let text_of = |name: &str| child(parent, name).and_then(|node| node.text()).map(str::trim);
        if text_of("artifactId") == Some("spring-boot-starter-parent") {
            module.spring = text_of("version").map(str::to_owned);
        }
        let relative = text_of("relativePath").unwrap_or("../pom.xml");
        let above = paths::join(paths::folder(&file), relative);
        file = if repository.has(&above) { above } else { paths::join(&above, "pom.xml") };
    }
    (!module.path.is_empty() && repository.text(path).is_some_and(|text| text.contains("<project"))).then_some(module)
}

struct Pom<'r, 'd> {
    repository: &'r Repository,
    file: &'r str,
    document: &'d Document<'d>,
}

impl Pom<'_, '_> {
    fn at(&self, node: Node<'_, '_>) -> Evidence {
        self.repository.line(self.file, self.document.text_pos_at(node.range().start).row as usize)
    }

    /// Its dependencies and plugins; not those of `dependencyManagement`, which are only talked about, and of tests.
    fn add(&self, root: Node<'_, '_>, module: &mut Module) {
        let dependencies = child(root, "dependencies").into_iter().flat_map(|all| all.children());
        let plugins = child(root, "build").and_then(|build| child(build, "plugins"));
        for node in dependencies.chain(plugins.into_iter().flat_map(|all| all.children())) {
            let Some(artifact) = child(node, "artifactId") else { continue };
            let is_for_tests =
                child(node, "scope").and_then(|scope| scope.text()).is_some_and(|scope| scope.trim() == "test");
            if let Some(name) = artifact.text().filter(|_| !is_for_tests) {
                module.uses.push((name.trim().to_owned(), self.at(artifact)));
            }
        }
        if module.spring.is_none() {
            let managed = child(root, "dependencyManagement").and_then(|node| child(node, "dependencies"));
            let bom = managed.into_iter().flat_map(|all| all.children()).find(|node| {
                child(*node, "artifactId")
                    .and_then(|id| id.text())
                    .is_some_and(|id| id.trim() == "spring-boot-dependencies")
            });
            let version = bom.and_then(|node| child(node, "version")).and_then(|node| node.text()).map(str::trim);
            module.spring = version.and_then(|version| {
                let Some(property) = version.strip_prefix("${").and_then(|name| name.strip_suffix('}')) else {
                    return Some(version.to_owned());
                };
                Some(child(child(root, "properties")?, property)?.text()?.trim().to_owned())
            });
        }
    }
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| child.tag_name().name() == name)
}
