//! package.json, as far as it matters here.

use crate::detect::claim::Evidence;
use crate::detect::documents::{at, list, text_at};
use crate::detect::paths;
use crate::detect::repository::Repository;
use crate::located::Node;

#[derive(Debug, Clone)]
pub struct Package {
    pub path: String,
    pub folder: String,
    pub name: Option<(String, Evidence)>,
    pub scripts: Vec<Script>,
    /// Needed when it runs, each with its line.
    pub dependencies: Vec<(String, Evidence)>,
    /// Needed to build it; not in the image.
    pub development: Vec<(String, Evidence)>,
    /// The releases of Node that it is for.
    pub engines: Option<(String, Evidence)>,
    /// Which package manager it wants.
    pub manager: Option<String>,
    pub main: Option<(String, Evidence)>,
    /// It holds other packages.
    pub is_workspace: bool,
}

#[derive(Debug, Clone)]
pub struct Script {
    pub name: String,
    pub text: String,
    pub evidence: Evidence,
}

impl Package {
    #[must_use]
    pub fn read(repository: &Repository, path: &str) -> Option<Self> {
        let tree = repository.document(path)?;
        let folder = paths::folder(path);
        let entries = |key: &str| at(&tree, &[key]).map(Node::entries).unwrap_or_default();
        let named = |key: &str| {
            let all = entries(key).iter().map(|entry| (entry.key.clone(), repository.line(path, entry.key_span.line)));
            all.collect::<Vec<_>>()
        };
        let value = |key: &str| Some((text_at(&tree, &[key])?.to_owned(), repository.at(path, at(&tree, &[key])?)));
        let scripts = entries("scripts").iter().filter_map(|entry| {
            let evidence = repository.line(path, entry.key_span.line);
            Some(Script { name: entry.key.clone(), text: entry.value.text()?.to_owned(), evidence })
        });
        let workspaces = at(&tree, &["workspaces"]).map(|node| at(node, &["packages"]).unwrap_or(node));
        Some(Self {
            path: path.to_owned(),
            folder: folder.to_owned(),
            name: value("name").filter(|(name, _)| !name.is_empty()),
            scripts: scripts.collect(),
            dependencies: named("dependencies"),
            development: named("devDependencies"),
            engines: at(&tree, &["engines", "node"])
                .and_then(|node| Some((node.text()?.to_owned(), repository.at(path, node)))),
            manager: text_at(&tree, &["packageManager"])
                .and_then(|text| text.split_once('@'))
                .map(|(name, _)| name.to_owned()),
            main: value("main"),
            is_workspace: workspaces.is_some_and(|node| !list(node).is_empty())
                || repository.has(&paths::join(folder, "pnpm-workspace.yaml"))
                || repository.has(&paths::join(folder, "lerna.json")),
        })
    }

    /// The line of a dependency that is there when it runs.
    #[must_use]
    pub fn dependency(&self, name: &str) -> Option<Evidence> {
        self.dependencies.iter().find(|(known, _)| known == name).map(|(_, evidence)| evidence.clone())
    }

    #[must_use]
    pub fn script(&self, name: &str) -> Option<&Script> {
        self.scripts.iter().find(|script| script.name == name)
    }
}

/// The script that a command calls, and whether words follow it: `npm start`, `yarn run serve`, `pnpm start:prod`.
#[must_use]
pub fn called_script(words: &[String]) -> Option<(String, usize)> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["npm" | "yarn" | "pnpm" | "bun", "run" | "run-script", name, rest @ ..] => {
            Some(((*name).to_owned(), rest.len()))
        }
        ["npm", "start" | "test", rest @ ..] => Some((words[1].to_owned(), rest.len())),
        ["yarn" | "pnpm" | "bun", name, rest @ ..] if !name.starts_with('-') && !is_own_word(name) => {
            Some(((*name).to_owned(), rest.len()))
        }
        _ => None,
    }
}

/// What a package manager does itself.
fn is_own_word(word: &str) -> bool {
    matches!(word, "install" | "add" | "exec" | "dlx" | "x" | "node" | "workspace" | "workspaces" | "create" | "remove")
}
