//! Rust: programs as Cargo sees them, and where their code listens.

use crate::detect::claim::{Candidate, Evidence, Fact, Is, Origin, Trust};
use crate::detect::code::{Language, Program};
use crate::detect::documents::{at, list, text_at};
use crate::detect::paths;
use crate::detect::pattern::Pattern;
use crate::detect::repository::Repository;
use crate::detect::scene::{CargoPackage, Scene};
use crate::detect::sources;
use crate::located::Node;
use crate::spec::Stack;
use crate::toolchain::lock::{self, Unlocked};

const MANIFEST: &str = "Cargo.toml";
const LOCK: [&str; 1] = ["Cargo.lock"];

static PORTS: [Pattern; 9] = [
    // That it listens, wherever it is said on which port.
    Pattern::new("TcpListener::bind(", r"TcpListener::bind\("),
    Pattern::new("HttpServer::new(", r"HttpServer::new\("),
    Pattern::new("warp::serve(", r"warp::serve\("),
    Pattern::new("Server::builder(", r"\bServer::builder\("),
    Pattern::new(
        "bind",
        r#"\bbind(?:_addr)?\(\s*&?(?:"(?P<host>[\w.:\[\]]*?):(?P<port>\d{2,5})"|(?P<name>[a-zA-Z_]\w*)\s*\))"#,
    ),
    Pattern::new(
        "bind((",
        r#"\bbind\(\(\s*"?(?P<host>[\w.:]+?)"?,\s*(?:(?P<port>\d{2,5})\b|(?P<name>[a-zA-Z_]\w*)\s*\))"#,
    ),
    Pattern::new(
        "SocketAddr",
        r"SocketAddr(?:V4)?::(?:from|new)\(\(?\s*[^)]*?\]?,\s*(?:(?P<port>\d{2,5})\b|(?P<name>[a-z_]\w*)\s*\))",
    ),
    Pattern::new(".run(([", r"\.run\(\(\[[^\]]*\],\s*(?:(?P<port>\d{2,5})\b|(?P<name>[a-z_]\w*)\s*\))"),
    Pattern::new(".parse", r#""(?P<host>0\.0\.0\.0|\[::\]|\[::1\]|127\.0\.0\.1):(?P<port>\d{2,5})"\s*\.parse"#),
];

static ROUTES: [Pattern; 4] = [
    Pattern::new(
        ".route(",
        r#"\.route\(\s*"(?P<path>/[\w/.-]*)"\s*,\s*(?:(?:routing|axum::routing|web)::)?(?:get|any)\b"#,
    ),
    Pattern::new("#[get(", r#"#\[get\(\s*"(?P<path>/[\w/.-]*)""#),
    Pattern::new(".at(", r#"\.at\(\s*"(?P<path>/[\w/.-]*)"\s*,?\s*\)?\s*\.?\s*get\b"#),
    Pattern::new("warp::path(", r#"warp::path\(\s*"(?P<path>[\w.-]*)"\s*\)"#),
];

static PREFIXES: [Pattern; 3] = [
    Pattern::new(".nest(", r#"\.nest\(\s*"/\w[^"]*"\s*,\s*(?P<what>[\w:]*)"#),
    // Its routes are chained to it.
    Pattern::new("scope(", r#"\bscope\(\s*"/\w[^"]*"\s*\)"#),
    Pattern::new(".mount(", r#"\.mount\(\s*"/\w[^"]*""#),
];

static LANGUAGE: Language = Language { ports: &PORTS, routes: &ROUTES, roots: &[], prefixes: &PREFIXES };

/// Crates that serve requests.
const FRAMEWORKS: [(&str, &str, Option<u16>); 8] = [
    ("axum", "axum", None),
    ("actix-web", "Actix Web", None),
    ("rocket", "Rocket", Some(8000)),
    ("warp", "warp", None),
    ("poem", "Poem", None),
    ("salvo", "Salvo", None),
    ("tonic", "tonic", None),
    ("hyper", "hyper", None),
];

/// One candidate for each program of each package; of a package without one, that it is a library.
pub fn detect(scene: &Scene) -> Vec<Candidate> {
    let repository = scene.repository;
    let mut packages: Vec<(CargoPackage, Option<String>)> = Vec::new();
    for told in scene.toolchains.cargo.values().flatten() {
        packages.extend(told.iter().map(|package| (package.clone(), None)));
    }
    let known: Vec<String> = packages.iter().map(|(package, _)| package.folder.clone()).collect();
    for path in repository.named(MANIFEST).filter(|path| !known.iter().any(|folder| folder == paths::folder(path))) {
        let answers = scene.toolchains.cargo.iter().filter(|(folder, _)| paths::is_within(path, folder));
        let why = match answers.max_by_key(|(folder, _)| folder.len()) {
            // Cargo has been asked, and does not count it.
            Some((_, Ok(_))) => continue,
            Some((_, Err(why))) => why.as_str(),
            None => "cargo was not asked",
        };
        let remark = format!("{path}: {why}, so the programs are those that lie where Cargo looks by default");
        packages.extend(by_manifest(repository, path).map(|package| (package, Some(remark))));
    }
    packages.iter().flat_map(|(package, remark)| of_package(repository, package, remark.as_ref())).collect()
}

/// Whether Cargo.lock lies beside the package or its workspace.
fn is_locked(repository: &Repository, package: &CargoPackage) -> bool {
    let mut folders = paths::upward(&package.folder);
    folders.any(|folder| repository.first(folder, &LOCK).is_some()) || repository.has_around(&LOCK)
}

fn of_package(repository: &Repository, package: &CargoPackage, remark: Option<&String>) -> Vec<Candidate> {
    if package.programs.is_empty() {
        return vec![Candidate::new(&package.folder, Is::Library)];
    }
    let main = main_of(package).to_owned();
    let mut all: Vec<Candidate> =
        package.programs.iter().map(|(name, source)| candidate(repository, package, name, source)).collect();
    // The others of a package are tools of it, unless they serve something.
    let serves = |candidate: &Candidate| candidate.is == Is::Service;
    let main = if all.iter().filter(|c| serves(c)).count() == 1 {
        all.iter().position(serves)
    } else {
        package.programs.iter().position(|(name, _)| *name == main)
    };
    for (index, candidate) in all.iter_mut().enumerate() {
        if main != Some(index) {
            candidate.process = Some(package.programs[index].0.clone());
        }
        candidate.remarks.extend(remark.cloned());
    }
    all
}

/// The program that `cargo run` takes, else the one of the package's name.
fn main_of(package: &CargoPackage) -> &str {
    let named = package.programs.iter().find(|(name, _)| *name == package.name);
    let first = named.or(package.programs.first()).map_or("", |(name, _)| name.as_str());
    package.default_run.as_deref().unwrap_or(first)
}

fn candidate(repository: &Repository, package: &CargoPackage, name: &str, source: &str) -> Candidate {
    let other_programs = |file: &str| file != source && package.programs.iter().any(|(_, other)| other == file);
    let mut files = sources::below(repository, &package.folder, &["rs"], &[MANIFEST]);
    files.retain(|(file, _)| !other_programs(file) && !file.contains("/examples/") && !file.contains("/benches/"));
    let program = Program { repository, files: &files };
    let said = program.read(&LANGUAGE);
    let path = paths::join(&package.folder, MANIFEST);
    let framework = FRAMEWORKS.iter().find(|(krate, ..)| package.dependencies.iter().any(|known| known == krate));
    // A client may depend on hyper too: only what listens is a service. Rocket listens without a word.
    let listens = said.listens || framework.is_some_and(|(.., port)| port.is_some());
    let is = if listens { Is::Service } else { Is::Program };
    let label =
        framework.filter(|_| listens).map_or_else(|| "Rust".to_owned(), |(_, label, _)| format!("{label}, Rust"));
    let mut candidate = Candidate::new(&package.folder, is).labelled(label);
    let evidence = repository
        .find(&path, &format!("\"{name}\""))
        .unwrap_or_else(|| Evidence::of(source, format!("the program {name}")));
    candidate.claim(Fact::Name(name.to_owned()), Trust::Project, evidence.clone());
    candidate.claim(Fact::Origin(Origin::Stack { stack: Stack::Rust, path: None }), Trust::Project, evidence);
    if !is_locked(repository, package) {
        let how = lock::how(Unlocked::Cargo, |_| true);
        candidate.claim(Fact::Unlocked { stack: Stack::Rust, how }, Trust::Project, Evidence::of(&path, ""));
    }
    candidate.claims.extend(said.claims);
    candidate.claims.extend(said.reads);
    candidate.remarks.extend(said.remarks);
    if let Some((krate, label, Some(port))) = framework {
        let text = format!("{label}'s default, no port in Rocket.toml");
        let place = repository.find(&path, krate).unwrap_or_else(|| Evidence::of(&path, ""));
        candidate.claim(Fact::Port(*port), Trust::Default, Evidence { text, ..place });
        rocket(repository, &package.folder, &mut candidate);
    }
    candidate
}

/// `port` of Rocket.toml, of its release profile first.
fn rocket(repository: &Repository, folder: &str, candidate: &mut Candidate) {
    let path = paths::join(folder, "Rocket.toml");
    let Some(tree) = repository.document(&path) else { return };
    let node = ["release", "default", "global"].iter().find_map(|profile| at(&tree, &[profile, "port"]));
    if let Some((node, port)) = node.and_then(|node| Some((node, node.text()?.parse().ok()?))) {
        candidate.claim(Fact::Port(port), Trust::Configuration, repository.at(&path, node));
    }
}

/// What Cargo.toml says, and the files where Cargo looks by default.
fn by_manifest(repository: &Repository, path: &str) -> Option<CargoPackage> {
    let tree = repository.document(path)?;
    let name = text_at(&tree, &["package", "name"])?.to_owned();
    let folder = paths::folder(path).to_owned();
    let mut programs = Vec::new();
    if repository.has(&paths::join(&folder, "src/main.rs")) {
        programs.push((name.clone(), paths::join(&folder, "src/main.rs")));
    }
    for bin in at(&tree, &["bin"]).map(list).unwrap_or_default() {
        let bin_name = text_at(bin, &["name"]).unwrap_or_default().to_owned();
        let source = text_at(bin, &["path"]).map_or_else(|| format!("src/bin/{bin_name}.rs"), str::to_owned);
        programs.retain(|(_, known)| *known != paths::join(&folder, &source));
        programs.push((bin_name, paths::join(&folder, &source)));
    }
    let bins = paths::join(&folder, "src/bin");
    for file in repository.files().iter().filter(|file| paths::folder(file) == bins) {
        if programs.iter().all(|(_, known)| known != file)
            && let Some(stem) = paths::name(file).strip_suffix(".rs")
        {
            programs.push((stem.to_owned(), file.clone()));
        }
    }
    let dependencies = at(&tree, &["dependencies"]).map(Node::entries).unwrap_or_default();
    let dependencies = dependencies.iter().map(|entry| entry.key.clone()).collect();
    let default_run = text_at(&tree, &["package", "default-run"]).map(str::to_owned);
    Some(CargoPackage { name, folder, programs, default_run, dependencies })
}
