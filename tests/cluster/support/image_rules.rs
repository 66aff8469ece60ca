//! What an image must be like, by the rules of hadolint (DL), dockle and the CIS Docker benchmark (CIS) that are about an
//! image and not about the text of a Dockerfile: a table of rules over what a registry has. `HEALTHCHECK` (CIS 4.6) is
//! not among them: Kubernetes' probes do that.

use std::collections::BTreeSet;
use std::io::Read;

use serde_json::Value;

use super::Namespace;
use super::registry::Registry;

/// An image as a registry has it, and what lies beside its sources.
#[derive(Default)]
pub struct Image {
    pub config: Value,
    pub annotations: Value,
    /// Those that plat has made, not those of the base.
    pub layers: Vec<Layer>,
    /// The variables of the base.
    pub inherited: Vec<String>,
    /// plat.lock
    pub lock: String,
}

#[derive(Default)]
pub struct Layer {
    pub entries: Vec<Entry>,
}

pub struct Entry {
    /// `app/server.js`
    pub path: String,
    pub mode: u32,
    /// Of user and group.
    pub owner: (u64, u64),
    pub modified: u64,
    pub is_link: bool,
    /// The beginning of what is in it.
    pub start: String,
}

/// One rule: what breaks it is listed.
pub struct Rule {
    pub name: &'static str,
    broken: fn(&Image) -> Vec<String>,
}

pub const RULES: [Rule; 14] = [
    Rule { name: "the base is pinned in plat.lock, and is no latest (DL3006, DL3007, CIS 4.2)", broken: base },
    Rule { name: "it runs as a number that is not root's (DL3002, CIS 4.1)", broken: user },
    Rule { name: "no file runs as another user (CIS 4.8)", broken: |image| of_mode(image, 0o6000) },
    Rule { name: "nothing but /tmp is for everybody to write", broken: |image| of_mode(image, 0o002) },
    Rule { name: "all is root's: the program cannot change itself", broken: owner },
    Rule { name: "no secrets (CIS 4.10)", broken: secrets },
    Rule { name: "no secrets in variables (CIS-DI-0010)", broken: variables },
    Rule { name: "nothing of the work on it: caches, tests, settings (DL3009, DL3042)", broken: of_work },
    Rule {
        name: "no tools: compilers, package managers, development dependencies (CIS 4.3)",
        broken: |image| paths(image, &TOOLS),
    },
    Rule { name: "what starts is a program and not a shell (DL3025)", broken: entrypoint },
    Rule { name: "it starts in a folder by its whole path (DL3000)", broken: folder },
    Rule { name: "no time is in it", broken: times },
    Rule { name: "nothing is in it twice, or made and removed again (CIS 4.9)", broken: twice },
    Rule { name: "it says what it stands on, and nothing that changes with the day", broken: annotations },
];

/// Folders and files that only the work on a program needs.
const OF_WORK: [&str; 18] = [
    ".git",
    ".github",
    ".gitlab-ci.yml",
    ".cache",
    ".pytest_cache",
    ".ruff_cache",
    ".venv",
    ".m2",
    ".gradle",
    ".cargo",
    ".vscode",
    "coverage",
    "tests",
    "test_app.py",
    "Dockerfile",
    "plat.yaml",
    "plat.lock",
    "node_modules/.cache",
];
const TOOLS: [&str; 19] = [
    "gcc",
    "cc1",
    "javac",
    "rustc",
    "cargo",
    "gofmt",
    "apt-get",
    "pip",
    "uv",
    "poetry",
    "pnpm",
    "mvn",
    "typescript",
    "eslint",
    "vitest",
    "prettier",
    "pytest",
    "ruff",
    "mypy",
];
const SECRETS: [&str; 12] = [
    ".env",
    ".npmrc",
    ".netrc",
    ".pypirc",
    ".ssh",
    ".aws",
    ".docker",
    ".kube",
    "id_rsa",
    "id_ed25519",
    "kubeconfig",
    "credentials",
];

/// What breaks the rules, each with what does.
pub fn broken(image: &Image) -> Vec<(&'static str, Vec<String>)> {
    let checked = RULES.iter().map(|rule| (rule.name, (rule.broken)(image)));
    checked.filter(|(_, broken)| !broken.is_empty()).collect()
}

impl Image {
    /// Of a reference that a deploy has written; its base lies in `hub`.
    pub fn of(namespace: &Namespace, reference: &str, lock: String) -> Self {
        let registry = Registry::of(namespace.sandbox);
        let (repository, digest) = split(reference);
        let manifest = registry.manifest(repository, digest);
        let annotations = manifest["annotations"].clone();
        let config = |repository: &str, manifest: &Value| -> Value {
            let digest = manifest["config"]["digest"].as_str().expect("a config");
            serde_json::from_slice(&registry.blob(repository, digest)).expect("JSON")
        };
        let (mut inherited, mut of_base) = (Value::Null, 0);
        if let Some(digest) = annotations[BASE_DIGEST].as_str() {
            let name = annotations[BASE_NAME].as_str().expect("the name of its base");
            let name = name.trim_start_matches("docker.io/").split(':').next().unwrap_or_default();
            let name = format!("hub/{name}");
            let base = registry.manifest(&name, digest);
            of_base = base["layers"].as_array().map_or(0, Vec::len);
            inherited = config(&name, &base)["config"]["Env"].clone();
        }
        let layers = manifest["layers"].as_array().expect("layers").iter().skip(of_base);
        let digests = layers.map(|layer| layer["digest"].as_str().expect("a digest"));
        Self {
            config: config(repository, &manifest),
            layers: digests.map(|digest| Layer::read(&registry.blob(repository, digest))).collect(),
            inherited: texts(&inherited).map(str::to_owned).collect(),
            annotations,
            lock,
        }
    }

    fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.layers.iter().flat_map(|layer| &layer.entries)
    }
}

impl Layer {
    /// Of a tar that is compressed by gzip.
    pub fn read(bytes: &[u8]) -> Self {
        let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(bytes));
        let entries = tar.entries().expect("a tar").map(|entry| {
            let mut entry = entry.expect("an entry");
            let mut start = Vec::new();
            entry.by_ref().take(4096).read_to_end(&mut start).expect("its beginning");
            let header = entry.header();
            Entry {
                path: entry.path().expect("a path").to_string_lossy().trim_end_matches('/').to_owned(),
                mode: header.mode().expect("a mode"),
                owner: (header.uid().expect("a user"), header.gid().expect("a group")),
                modified: header.mtime().expect("a time"),
                is_link: header.entry_type().is_symlink() || header.entry_type().is_hard_link(),
                start: String::from_utf8_lossy(&start).into_owned(),
            }
        });
        Self { entries: entries.collect() }
    }
}

const BASE_NAME: &str = "org.opencontainers.image.base.name";
const BASE_DIGEST: &str = "org.opencontainers.image.base.digest";

/// `HOST/REPOSITORY@DIGEST`
fn split(reference: &str) -> (&str, &str) {
    let (_, path) = reference.split_once('/').expect("a registry");
    path.split_once('@').expect("a digest")
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn base(image: &Image) -> Vec<String> {
    let Some(name) = image.annotations[BASE_NAME].as_str() else { return Vec::new() };
    let digest = image.annotations[BASE_DIGEST].as_str().unwrap_or_default();
    let is_tagged = name.rsplit_once(':').is_some_and(|(_, tag)| tag != "latest" && !tag.contains('/'));
    let is_locked = digest.starts_with("sha256:") && image.lock.contains(digest);
    if is_tagged && is_locked { Vec::new() } else { vec![format!("{name}@{digest}")] }
}

fn user(image: &Image) -> Vec<String> {
    let user = image.config["config"]["User"].as_str().unwrap_or_default();
    let is_number = user.split(':').all(|part| part.parse::<u32>().is_ok_and(|id| id > 0));
    if is_number { Vec::new() } else { vec![user.to_owned()] }
}

fn of_mode(image: &Image, bits: u32) -> Vec<String> {
    let is_broken = |entry: &&Entry| !entry.is_link && entry.mode & bits != 0 && entry.path != "tmp";
    image.entries().filter(is_broken).map(|entry| format!("{} {:o}", entry.path, entry.mode)).collect()
}

fn owner(image: &Image) -> Vec<String> {
    let others = image.entries().filter(|entry| entry.owner != (0, 0));
    others.map(|entry| format!("{} {:?}", entry.path, entry.owner)).collect()
}

fn secrets(image: &Image) -> Vec<String> {
    let has_key = image.entries().filter(|entry| entry.start.contains("PRIVATE KEY-----"));
    let named = |name: &str| SECRETS.contains(&name) || name.starts_with(".env.");
    let is_secret = image.entries().filter(|entry| entry.path.split('/').any(named));
    has_key.chain(is_secret).map(|entry| entry.path.clone()).collect()
}

fn variables(image: &Image) -> Vec<String> {
    let is_secret = |name: &str| ["PASSWORD", "TOKEN", "SECRET", "API_KEY"].iter().any(|word| name.contains(word));
    let own = texts(&image.config["config"]["Env"]).filter(|one| !image.inherited.iter().any(|known| known == one));
    own.filter(|one| is_secret(one.split('=').next().unwrap_or_default())).map(str::to_owned).collect()
}

/// What the project has and only the work on it needs.
fn of_work(image: &Image) -> Vec<String> {
    let is_test = |entry: &&Entry| entry.path.contains(".test.") && !entry.path.contains("node_modules/");
    let tests = image.entries().filter(is_test).map(|entry| entry.path.clone());
    tests.chain(paths(image, &OF_WORK)).collect()
}

/// Those that are named so, below the folders that they are installed in: `app/node_modules/eslint/…` once.
fn paths(image: &Image, names: &[&str]) -> Vec<String> {
    let is_one = |path: &str| names.iter().any(|name| path == *name || path.ends_with(&format!("/{name}")));
    // What a dependency brings along is its own; it is named by its folder.
    let is_inside = |path: &str| {
        let installed = ["node_modules/", "opt/dependencies/"].iter().find_map(|folder| path.rsplit_once(folder));
        installed.is_some_and(|(_, inside)| inside.contains('/'))
    };
    let found = image.entries().filter(|entry| is_one(&entry.path) && !is_inside(&entry.path));
    found.map(|entry| entry.path.clone()).collect()
}

fn entrypoint(image: &Image) -> Vec<String> {
    let config = &image.config["config"];
    let words: Vec<&str> = texts(&config["Entrypoint"]).chain(texts(&config["Cmd"])).collect();
    let program = words.first().and_then(|program| program.rsplit('/').next()).unwrap_or_default();
    let is_shell = ["", "sh", "bash", "dash", "npm", "yarn", "pnpm"].contains(&program);
    if is_shell { vec![words.join(" ")] } else { Vec::new() }
}

fn folder(image: &Image) -> Vec<String> {
    let folder = image.config["config"]["WorkingDir"].as_str().unwrap_or_default();
    if folder.starts_with('/') { Vec::new() } else { vec![folder.to_owned()] }
}

fn times(image: &Image) -> Vec<String> {
    let of_files = image.entries().filter(|entry| entry.modified != 0);
    let of_files = of_files.map(|entry| format!("{}: {}", entry.path, entry.modified));
    let histories = image.config["history"].as_array().into_iter().flatten();
    let own = histories.filter(|step| step["created_by"].as_str().is_none_or(|by| by.starts_with("plat: ")));
    let of_steps = own.chain([&image.config]).map(|part| &part["created"]).filter(|created| !created.is_null());
    of_files.chain(of_steps.map(ToString::to_string)).collect()
}

fn twice(image: &Image) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let folders: BTreeSet<&str> =
        image.entries().flat_map(|entry| entry.path.match_indices('/').map(|(end, _)| &entry.path[..end])).collect();
    let files = image.entries().filter(|entry| !folders.contains(entry.path.as_str()));
    let is_removed = |path: &str| path.rsplit('/').next().is_some_and(|name| name.starts_with(".wh."));
    files.filter(|entry| !seen.insert(&entry.path) || is_removed(&entry.path)).map(|entry| entry.path.clone()).collect()
}

fn annotations(image: &Image) -> Vec<String> {
    let own = image.annotations.as_object().into_iter().flatten().map(|(name, _)| name);
    let labels = image.config["config"]["Labels"].as_object().into_iter().flatten().map(|(name, _)| name);
    own.chain(labels).filter(|name| ![BASE_NAME, BASE_DIGEST].contains(&name.as_str())).cloned().collect()
}
