//! package.json, and which files around it count.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::error::{Error, Result};
use crate::image::oci::{Base, digest};
use crate::image::platform::Platform;
use crate::input::{self, Refusal};
use crate::reason::Reason;
use crate::toolchain::lock;
use crate::toolchain::release::{NODE_FILES, node_major};

/// People write it; in bytes.
const LARGEST: u64 = 4 << 20;
/// A lock file of a monorepo; in bytes.
const LARGEST_LOCK: u64 = 128 << 20;
/// What an install may run in the project itself: then it depends on all sources.
const LIFECYCLE: [&str; 5] = ["preinstall", "install", "postinstall", "prepare", "prepublish"];
/// Files that an install reads beside package.json and the lock file.
const SETTINGS: [&str; 5] = [".npmrc", ".yarnrc", ".yarnrc.yml", ".pnpmfile.cjs", "pnpm-workspace.yaml"];

/// A service and the workspace around it.
#[derive(Debug)]
pub struct Project {
    /// Where the lock file lies: the service's own folder, or that of its workspace.
    pub root: PathBuf,
    /// The service below it, with `/`; empty for the root itself.
    pub member: String,
    /// Of the service.
    pub package: Value,
    /// The lock file's name, where there is one, and the manager that wrote it.
    pub lock: Option<(&'static str, &'static str)>,
}

/// # Errors
/// When it is not there or not JSON, with its place.
pub fn package(file: &Path) -> Result<Value> {
    let text = input::read_text(file, LARGEST).map_err(|refusal| {
        let what = match &refusal {
            Refusal::NotFound(_) => "there is no package.json".to_owned(),
            refusal => format!("package.json {refusal}"),
        };
        Error::user(what).at(file.display()).hint("fix build.path in plat.yaml, or run: npm init").because(refusal)
    })?;
    // npm takes the mark that some editors begin a file with.
    serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|e| {
        Error::user(format!("package.json is not JSON: {e}"))
            .at(format!("{}:{}:{}", file.display(), e.line(), e.column()))
            .hint("fix it; npm pkg fix may help")
            .reason(Reason::BuildFailed)
    })
}

impl Project {
    /// # Errors
    /// When there is no package.json, or it cannot be read.
    pub fn read(folder: &Path) -> Result<Self> {
        let package = package(&folder.join("package.json"))?;
        let lock_in = |at: &Path| lock::NODE.into_iter().find(|(name, _)| at.join(name).is_file());
        let above = || around(folder).find(|above| is_workspace(above));
        let (root, lock) = match lock_in(folder) {
            Some(lock) => (folder, Some(lock)),
            None => above().map_or((folder, None), |root| (root, lock_in(root))),
        };
        let member = folder.strip_prefix(root).unwrap_or(Path::new(""));
        let member = member.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
        Ok(Self { root: root.to_owned(), member, package, lock })
    }

    pub fn folder(&self) -> PathBuf {
        // An empty part would leave a slash at the end.
        if self.member.is_empty() { self.root.clone() } else { self.root.join(&self.member) }
    }

    /// Whether it stands on anything.
    pub fn has_dependencies(&self) -> bool {
        ["dependencies", "devDependencies", "optionalDependencies"]
            .iter()
            .any(|field| self.package[field].as_object().is_some_and(|all| !all.is_empty()))
    }

    /// A script of package.json.
    pub fn script(&self, name: &str) -> Option<&str> {
        self.package["scripts"][name].as_str().filter(|script| !script.trim().is_empty())
    }

    /// The release of Node that the project names: `.nvmrc`, `.node-version`, else the lowest that `engines` allows.
    pub fn node_major(&self) -> Option<String> {
        let folders = [self.folder(), self.root.clone()];
        let named = folders.iter().flat_map(|folder| NODE_FILES.map(|name| folder.join(name)));
        let mut texts = named.filter_map(|file| input::read_text(&file, LARGEST).ok());
        let written = texts.find_map(|text| node_major(text.trim()));
        written.or_else(|| node_major(self.package["engines"]["node"].as_str()?))
    }

    /// Where the service lies in the image.
    pub fn in_image(&self, root: &str) -> String {
        if self.member.is_empty() { format!("/{root}") } else { format!("/{root}/{}", self.member) }
    }

    /// What PATH begins with, so that programs of the dependencies are found.
    pub fn programs(&self, root: &str) -> String {
        let of = |folder: &str| format!("{folder}/node_modules/.bin:");
        let own = of(&self.in_image(root));
        if self.member.is_empty() { own } else { own + &of(&format!("/{root}")) }
    }

    /// Everything that the installed dependencies are made from.
    ///
    /// # Errors
    /// When the lock file cannot be read.
    pub fn dependencies_key(&self, manager: &str, base: &Base, platform: &Platform, sources: &str) -> Result<String> {
        let mut key = format!("{manager}\n{}\n{platform}\n", base.reference);
        let around = if self.member.is_empty() { Value::Null } else { package(&self.root.join("package.json"))? };
        if LIFECYCLE.iter().any(|name| self.script(name).is_some() || around["scripts"][name].is_string()) {
            key.push_str(sources);
        }
        let lock = self.lock.map(|(name, _)| name);
        for name in SETTINGS.into_iter().chain(lock).chain(["package.json"]) {
            let file = self.root.join(name);
            match input::read(&file, LARGEST_LOCK) {
                Ok(bytes) => key.extend([name, " ", &digest(&bytes), "\n"]),
                Err(Refusal::NotFound(_)) => {}
                Err(refusal) => return Err(Error::user(format!("{name} {refusal}")).at(file.display())),
            }
        }
        key.push_str(&digest(self.package.to_string().as_bytes()));
        Ok(key)
    }
}

/// The folders above, up to the root of the repository.
fn around(folder: &Path) -> impl Iterator<Item = &Path> {
    let is_root = |folder: &&Path| folder.join(".git").exists();
    let root = folder.ancestors().find(is_root).unwrap_or(folder);
    folder.ancestors().skip(1).take_while(move |above| above.starts_with(root))
}

/// Whether package managers look for members below it.
fn is_workspace(folder: &Path) -> bool {
    folder.join("pnpm-workspace.yaml").is_file()
        || package(&folder.join("package.json")).is_ok_and(|package| !package["workspaces"].is_null())
}

/// Whether a package manager puts it there: it stays from one build to the next.
pub fn is_installed(path: &str) -> bool {
    path.split('/').any(|part| part == "node_modules")
}

/// What an installed tree says of this machine and this day.
pub fn is_of_machine(path: &str) -> bool {
    let last = path.rsplit('/').next().unwrap_or_default();
    path.contains("node_modules/.cache/")
        || path.contains("node_modules/.vite/")
        || [
            ".modules.yaml",
            ".pnpm-workspace-state.json",
            ".pnpm-workspace-state-v1.json",
            ".yarn-integrity",
            ".yarn-state.yml",
        ]
        .contains(&last)
}

/// The local packages that the service uses, below the root: what the links in `node_modules` lead to.
pub fn local_packages(stage: &Path, member: &str) -> Vec<String> {
    let mut found = vec![member.to_owned()];
    let mut next = 0;
    while let Some(folder) = found.get(next).cloned() {
        next += 1;
        let Ok(package) = package(&stage.join(&folder).join("package.json")) else { continue };
        let names = ["dependencies", "optionalDependencies", "peerDependencies"].iter().flat_map(|field| {
            package[field].as_object().into_iter().flat_map(|all| all.keys().cloned()).collect::<Vec<_>>()
        });
        for name in names {
            let places = [stage.join(&folder), stage.to_owned()].map(|place| place.join("node_modules").join(&name));
            let Some(link) = places.into_iter().find(|place| place.is_symlink()) else { continue };
            let Ok(target) = fs::canonicalize(&link) else { continue };
            let Ok(root) = fs::canonicalize(stage) else { continue };
            let local = target.strip_prefix(&root).ok().map(|path| path.to_string_lossy().replace('\\', "/"));
            if let Some(local) = local.filter(|local| !is_installed(local) && !found.contains(local)) {
                found.push(local);
            }
        }
    }
    found
}
