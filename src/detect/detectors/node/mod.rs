//! Node: package.json, its scripts, and the code.
//!
//! ```text
//! package     package.json as far as it matters here
//! frameworks  what a dependency says of how a program is started
//! install     the release of Node, the lock file
//! start       which script is for production
//! code        how JavaScript and TypeScript say ports and routes
//! ```

mod code;
mod frameworks;
mod install;
mod package;
mod start;

use crate::detect::claim::{Candidate, Evidence, Fact, Is, Origin, Trust};
use crate::detect::code::Program;
use crate::detect::health;
use crate::detect::interest::is_aside;
use crate::detect::paths;
use crate::detect::pattern::Pattern;
use crate::detect::repository::Repository;
use crate::detect::scene::Scene;
use crate::detect::sources;
use crate::detect::words;
use crate::spec::Stack;

use frameworks::{Framework, Serves};
pub use package::Package;
use start::{Start, start};

const ENDINGS: [&str; 8] = ["js", "mjs", "cjs", "ts", "mts", "cts", "tsx", "jsx"];
const MANIFEST: &str = "package.json";

/// One candidate for each package.json.
pub fn detect(scene: &Scene) -> Vec<Candidate> {
    let of_file = |path: &str| match Package::read(scene.repository, path) {
        Some(package) => candidate(scene, &package),
        None => unread(scene.repository, path),
    };
    scene.repository.named(MANIFEST).map(of_file).collect()
}

/// A package of which only its file is known.
fn unread(repository: &Repository, path: &str) -> Candidate {
    let mut candidate = Candidate::new(paths::folder(path), Is::Description);
    // One among tests may be broken on purpose.
    candidate.remarks.extend(repository.broken(path).filter(|_| !is_aside(paths::folder(path))));
    candidate
}

fn candidate(scene: &Scene, package: &Package) -> Candidate {
    let repository = scene.repository;
    let folder = package.folder.as_str();
    let files = sources::below(repository, folder, &ENDINGS, &[MANIFEST]);
    let program = Program { repository, files: &files };
    let said = program.read(&code::LANGUAGE);
    let framework = frameworks::of(package);
    let start = start(repository, package, framework, &files);
    let serves = framework.map(|framework| framework.serves);
    let is = match (serves, &start) {
        _ if package.is_workspace && (start.is_orchestrator() || !said.listens) => Is::Library,
        (Some(Serves::Pages), Start::None | Start::Development { .. }) if !said.listens => Is::Library,
        (Some(Serves::Requests | Serves::Site), _) if said.listens || start.is_known() => Is::Service,
        (_, Start::None) => Is::Library,
        (_, Start::Development { .. }) if !said.listens => Is::Library,
        _ if said.listens => Is::Service,
        _ => Is::Program,
    };
    let label = framework.map_or_else(|| "Node".to_owned(), |framework| format!("{}, Node", framework.label));
    let mut candidate = Candidate::new(folder, is).labelled(label);
    if let Some((name, evidence)) = &package.name {
        candidate.claim(
            Fact::Name(name.rsplit('/').next().unwrap_or(name).to_owned()),
            Trust::Project,
            evidence.clone(),
        );
    }
    let origin = Origin::Stack { stack: Stack::Node, path: None };
    let seen = framework.and_then(|framework| package.dependency(framework.dependency));
    candidate.claim(Fact::Origin(origin), Trust::Project, seen.unwrap_or_else(|| Evidence::of(&package.path, "")));
    start.tell(package, &mut candidate);
    install::tell(scene, package, &mut candidate);
    candidate.claims.extend(said.claims);
    candidate.claims.extend(said.reads);
    candidate.remarks.extend(said.remarks);
    if let Some(framework) = framework {
        ports_of(framework, package, &mut candidate);
        if framework.label == "NestJS" {
            nest(&program, &mut candidate);
        }
        if framework.label == "Next.js" {
            routes_of_next(repository, package, &mut candidate);
        }
    }
    candidate
}

/// What the framework listens on where nothing says it.
fn ports_of(framework: &Framework, package: &Package, candidate: &mut Candidate) {
    let (Some(port), Some(evidence)) = (framework.port, package.dependency(framework.dependency)) else { return };
    let text = format!("{}'s default; it follows PORT", framework.label);
    candidate.claim(Fact::Port(port), Trust::Default, Evidence { text, ..evidence });
}

static CONTROLLER: Pattern = Pattern::new(
    "@Controller(",
    r#"@Controller\(\s*["'`](?P<path>[\w/-]*)["'`]\s*\)[\s\S]*?@Get\(\s*(?:["'`](?P<name>[\w/-]*)["'`])?\s*\)"#,
);
static PREFIX: Pattern =
    Pattern::new("setGlobalPrefix(", r#"setGlobalPrefix\(\s*["'`](?P<path>[\w/-]*)["'`]\s*(?P<name>,)?"#);

/// `@Controller('health')` with `@Get('ready')`, below what `setGlobalPrefix` says.
fn nest(program: &Program, candidate: &mut Candidate) {
    let prefix = program.first(&PREFIX);
    let group = |groups: &[Option<String>], at: usize| groups.get(at).cloned().flatten().unwrap_or_default();
    for (evidence, groups) in program.all(&CONTROLLER) {
        let path = [group(&groups, 1), group(&groups, 2)].join("/");
        let Some(path) = health::path(&path) else { continue };
        match &prefix {
            None => candidate.claim(Fact::Health(path), Trust::Code, evidence),
            Some((_, prefix)) if prefix.get(2).cloned().flatten().is_none() => {
                let path = format!("/{}{path}", group(prefix, 1).trim_matches('/'));
                candidate.claim(Fact::Health(path), Trust::Code, evidence);
            }
            Some((place, _)) => candidate.remarks.push(format!(
                "{evidence}: whether {} holds for it is not clear, so it is not taken as `health`",
                place.place()
            )),
        }
    }
}

/// `app/api/health/route.ts`, `pages/api/health.ts`
fn routes_of_next(repository: &Repository, package: &Package, candidate: &mut Candidate) {
    for file in repository.files() {
        let Some(inner) = paths::below(file, &package.folder) else { continue };
        let inner = inner.strip_prefix("src/").unwrap_or(inner);
        let Some((stem, ending)) = inner.rsplit_once('.') else { continue };
        let route = if let Some(route) = stem.strip_prefix("app/") {
            route.strip_suffix("/route")
        } else {
            stem.strip_prefix("pages/").filter(|route| route.starts_with("api/"))
        };
        if let Some(path) = route.filter(|_| ENDINGS.contains(&ending)).and_then(health::path) {
            candidate.claim(
                Fact::Health(path.clone()),
                Trust::Code,
                Evidence::of(file, format!("is the route {path}")),
            );
        }
    }
}

/// The command of another file (a Procfile, compose) that calls a script by `npm start`, as what the script says.
#[must_use]
pub fn script_of(repository: &Repository, folder: &str, command: &str) -> Option<String> {
    let package = Package::read(repository, &paths::join(folder, MANIFEST))?;
    let (name, _) = package::called_script(&words::line(command).words)?;
    package.scripts.iter().find(|script| script.name == name).map(|script| script.text.clone())
}
