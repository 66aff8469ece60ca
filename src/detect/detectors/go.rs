//! Go: programs as `go list` sees them, and where their code listens.

use std::collections::BTreeMap;

use crate::detect::claim::{Candidate, Evidence, Fact, Is, Origin, Trust};
use crate::detect::code::{Language, Program};
use crate::detect::paths;
use crate::detect::pattern::Pattern;
use crate::detect::repository::Repository;
use crate::detect::scene::{GoPackage, Scene};
use crate::spec::Stack;

static PORTS: [Pattern; 12] = [
    Pattern::new(
        "ListenAndServe",
        r#"ListenAndServe(?:TLS)?\(\s*(?:"(?P<host>[\w.]*):(?P<port>\d{2,5})"|(?P<name>[A-Za-z_]\w*)\s*,|)"#,
    ),
    Pattern::new("Addr:", r#"\bAddr:\s*(?:"(?P<host>[\w.]*):(?P<port>\d{2,5})"|(?P<name>[A-Za-z_]\w*)\s*,)"#),
    Pattern::new(".Run(", r#"\.Run\(\s*(?:"(?P<host>[\w.]*):(?P<port>\d{2,5})"|(?P<name>addr\w*|port\w*)\s*\))"#),
    Pattern::new(".Start(", r#"\.Start\(\s*(?:"(?P<host>[\w.]*):(?P<port>\d{2,5})"|(?P<name>addr\w*|port\w*)\s*\))"#),
    Pattern::new(
        ".Listen(",
        r#"\.Listen\(\s*(?:"(?:tcp[46]?",\s*")?(?P<host>[\w.]*):(?P<port>\d{2,5})"|"tcp[46]?",\s*(?:(?P<name>[A-Za-z_]\w*)\s*\))?)"#,
    ),
    Pattern::new(".Serve(", r"\b(?:http|srv|server|grpcServer|s|httpServer)\.Serve\("),
    Pattern::new("Sprintf(", r#"(?i:listen|addr)[^\n]*fmt\.Sprintf\("[\w.]*:%[dsv]",\s*(?P<name>[A-Za-z_]\w*)\s*\)"#),
    Pattern::new(
        "\"port\"",
        r#"(?:Int|String|Uint|Uint16)(?:Var)?P?\([^)\n]*"port",\s*(?:"\w*",\s*)?"?:?(?P<port>\d{2,5})\b"#,
    ),
    Pattern::new(
        "addr",
        r#"String(?:Var)?P?\([^)\n]*"(?:http[-.]?|server[-.]?)?addr(?:ess)?",\s*(?:"\w*",\s*)?"(?P<host>[\w.]*):(?P<port>\d{2,5})"#,
    ),
    Pattern::new(
        "\"listen",
        r#"String(?:Var)?P?\([^)\n]*"listen(?:[-.]addr(?:ess)?)?",\s*(?:"\w*",\s*)?"(?P<host>[\w.]*):(?P<port>\d{2,5})"#,
    ),
    Pattern::new("\"http\"", r#"String(?:Var)?P?\([^)\n]*"http",\s*(?:"\w*",\s*)?"(?P<host>[\w.]*):(?P<port>\d{2,5})"#),
    Pattern::new("SetDefault(", r#"SetDefault\(\s*"(?:(?:http|server|app)\.)?port",\s*"?(?P<port>\d{2,5})\b"#),
];
/// Gin's own: without an argument it follows PORT.
static GIN: Pattern = Pattern::new(".Run(", r"\.Run\(\s*\)");

static ROUTES: [Pattern; 5] = [
    Pattern::new("Handle", r#"(?P<on>\w+)\.Handle(?:Func|r)?\(\s*"(?:GET\s+)?(?P<path>/[\w/.-]*)""#),
    Pattern::new(".GET(", r#"(?P<on>\w+)\.GET\(\s*"(?P<path>/[\w/.-]*)""#),
    Pattern::new(".Get(", r#"(?P<on>\w+)\.Get\(\s*"(?P<path>/[\w/.-]*)""#),
    Pattern::new(".Any(", r#"(?P<on>\w+)\.Any\(\s*"(?P<path>/[\w/.-]*)""#),
    Pattern::new("Method(", r#"(?P<on>\w+)\.Method(?:Func)?\(\s*(?:http\.MethodGet|"GET"),\s*"(?P<path>/[\w/.-]*)""#),
];

static PREFIXES: [Pattern; 4] = [
    Pattern::new(".Group(", r#"(?:(?P<what>\w+)\s*:?=\s*)?[\w.]+\.Group\(\s*"/\w[^"]*""#),
    Pattern::new(".Route(", r#"\.Route\(\s*"/\w[^"]*""#),
    Pattern::new(".Mount(", r#"\.Mount\(\s*"/\w[^"]*"\s*,\s*(?P<what>[\w.]*)"#),
    Pattern::new("PathPrefix(", r#"(?:(?P<what>\w+)\s*:?=\s*)?[\w.]+\.PathPrefix\(\s*"/\w[^"]*""#),
];

static LANGUAGE: Language = Language {
    ports: &PORTS,
    routes: &ROUTES,
    roots: &["http", "mux", "r", "router", "app", "e", "engine", "srv", "server", "s", "m"],
    prefixes: &PREFIXES,
};

/// Frameworks by the module that go.mod requires.
const FRAMEWORKS: [(&str, &str); 7] = [
    ("github.com/gin-gonic/gin", "Gin"),
    ("github.com/labstack/echo", "Echo"),
    ("github.com/gofiber/fiber", "Fiber"),
    ("github.com/go-chi/chi", "chi"),
    ("github.com/gorilla/mux", "gorilla/mux"),
    ("connectrpc.com/connect", "Connect"),
    ("google.golang.org/grpc", "gRPC"),
];

/// One candidate for each program of each module; of a module without one, that it is a library.
pub fn detect(scene: &Scene) -> Vec<Candidate> {
    scene.repository.named("go.mod").flat_map(|path| in_module(scene, path)).collect()
}

fn in_module(scene: &Scene, path: &str) -> Vec<Candidate> {
    let (repository, module) = (scene.repository, paths::folder(path));
    let (programs, remark) = match scene.toolchains.go.get(module) {
        Some(Ok(packages)) if packages.iter().any(|package| package.is_program) => {
            let programs = packages.iter().filter(|package| package.is_program);
            (programs.map(|package| package.folder.clone()).collect(), None)
        }
        Some(Ok(_)) => with_c(repository, module),
        told => {
            let why = told.and_then(|told| told.as_ref().err()).map_or("go was not asked", String::as_str);
            let remark = format!("{path}: {why}, so the programs are those that lie where Go programs do by custom");
            (by_custom(repository, module), Some(remark))
        }
    };
    if programs.is_empty() {
        return vec![Candidate::new(module, Is::Library)];
    }
    let evidence = repository.find(path, "module ").unwrap_or_else(|| Evidence::of(path, ""));
    let all: Vec<Candidate> = programs.iter().map(|program| candidate(scene, path, program, &evidence)).collect();
    let services = all.iter().filter(|candidate| candidate.is == Is::Service).count();
    let one = if services == 1 { all.iter().position(|c| c.is == Is::Service) } else { (all.len() == 1).then_some(0) };
    all.into_iter()
        .enumerate()
        .map(|(index, mut candidate)| {
            candidate.remarks.extend(remark.clone());
            // The only one is what the module is for: its plat.yaml lies beside go.mod, as its Dockerfile would.
            if one == Some(index) { at_the_top(candidate, module, &programs[index], &evidence) } else { candidate }
        })
        .collect()
}

fn candidate(scene: &Scene, go_mod: &str, program: &str, module: &Evidence) -> Candidate {
    let repository = scene.repository;
    let files = made_of(scene, program);
    let said = Program { repository, files: &files }.read(&LANGUAGE);
    let is = if said.listens { Is::Service } else { Is::Program };
    let text = repository.text(go_mod).unwrap_or_default();
    let uses = |needle: &str| files.iter().any(|(_, text)| text.contains(needle));
    let framework = FRAMEWORKS.iter().find(|(module, _)| text.contains(module) && uses(module));
    let mut candidate = Candidate::new(program, is)
        .labelled(framework.map_or_else(|| "Go".to_owned(), |(_, label)| format!("{label}, Go")));
    let mut place = Evidence::of(program, "package main");
    if let Some((file, line)) = main_of(&files, program) {
        place = repository.line(file, line);
    }
    if program == paths::folder(go_mod) {
        candidate.claim(Fact::Name(module_name(&module.text)), Trust::Project, module.clone());
    } else {
        candidate.claim(Fact::Name(name_of(program).to_owned()), Trust::Project, place.clone());
    }
    candidate.claim(Fact::Origin(Origin::Stack { stack: Stack::Go, path: None }), Trust::Project, place);
    let line = text.lines().position(|line| line.starts_with("go ")).map(|at| repository.line(go_mod, at + 1));
    if let Some(evidence) = line {
        let value = format!("Go {}", evidence.text.trim_start_matches("go ").trim());
        candidate.claim(Fact::Release { stack: Stack::Go, what: "needs", value }, Trust::Configuration, evidence);
    }
    candidate.claims.extend(said.claims);
    candidate.claims.extend(said.reads);
    candidate.remarks.extend(said.remarks);
    if framework.is_some_and(|(_, label)| *label == "Gin")
        && let Some((place, _)) = (Program { repository, files: &files }).first(&GIN)
    {
        candidate.is = Is::Service;
        candidate.claim(
            Fact::Port(8080),
            Trust::Default,
            Evidence { text: "Gin's default; it follows PORT".to_owned(), ..place },
        );
    }
    candidate
}

/// The folder's name; of one that is only called what it is, its parent's: `viz/metrics-api/cmd`.
fn name_of(program: &str) -> &str {
    let name = paths::name(program);
    match paths::name(paths::folder(program)) {
        parent if matches!(name, "cmd" | "main" | "src") && !parent.is_empty() => parent,
        _ => name,
    }
}

/// `func main()` of the program, the file and its line.
fn main_of<'f>(files: &[(&'f str, &str)], folder: &str) -> Option<(&'f str, usize)> {
    files.iter().filter(|(file, _)| paths::folder(file) == folder).find_map(|(file, text)| {
        let line = text.lines().position(|line| line.starts_with("func main()"))?;
        Some((*file, line + 1))
    })
}

/// Moves the only program of a module to the folder of its go.mod.
fn at_the_top(mut candidate: Candidate, module: &str, folder: &str, evidence: &Evidence) -> Candidate {
    let Some(below) = paths::below(folder, module).filter(|below| !below.is_empty()) else { return candidate };
    // The builder looks there by itself.
    let is_found = below.strip_prefix("cmd/").is_some_and(|name| !name.contains('/'));
    for claim in &mut candidate.claims {
        match &mut claim.fact {
            Fact::Origin(Origin::Stack { path, .. }) => *path = (!is_found).then(|| below.to_owned()),
            Fact::Name(name) => {
                *name = module_name(&evidence.text);
                claim.evidence = evidence.clone();
            }
            _ => {}
        }
    }
    module.clone_into(&mut candidate.folder);
    candidate
}

/// `module example.com/shop/v2 // x` -> `shop`
fn module_name(line: &str) -> String {
    let path = line.trim_start_matches("module ").split("//").next().unwrap_or_default().trim().trim_matches('"');
    let is_version = |part: &&str| {
        part.strip_prefix('v').is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit()))
    };
    path.rsplit('/').find(|part| !is_version(part)).unwrap_or(path).to_owned()
}

/// The files of a program, and of the packages of this repository that it imports, through all of them.
fn made_of<'r>(scene: &Scene<'r>, program: &str) -> Vec<(&'r str, &'r str)> {
    let repository = scene.repository;
    let told: BTreeMap<&str, &[String]> = scene.toolchains.go.values().flatten().flatten().map(files_of).collect();
    let is_compiled = |file: &str| {
        let files = told.get(paths::folder(file));
        files.is_none_or(|files| files.iter().any(|name| name == paths::name(file)))
    };
    let modules: Vec<(String, &str)> = repository
        .named("go.mod")
        .filter_map(|path| {
            let text = repository.text(path)?;
            let line = text.lines().find_map(|line| line.strip_prefix("module "))?;
            Some((line.split("//").next().unwrap_or_default().trim().trim_matches('"').to_owned(), paths::folder(path)))
        })
        .collect();
    let mut folders = vec![program.to_owned()];
    let mut files = Vec::new();
    let mut index = 0;
    while let Some(folder) = folders.get(index).cloned() {
        let is_here = |file: &str| paths::ending(file) == "go" && paths::folder(file) == folder && is_compiled(file);
        for (file, text) in repository.texts_below(&folder).filter(|(file, _)| is_here(file)) {
            for import in imports(text) {
                let found = modules.iter().filter_map(|(name, at)| {
                    let below = import.strip_prefix(name.as_str())?;
                    (below.is_empty() || below.starts_with('/')).then(|| paths::join(at, below.trim_start_matches('/')))
                });
                folders.extend(found.filter(|found| !folders.contains(found)).collect::<Vec<_>>());
            }
            files.push((file, text));
        }
        index += 1;
    }
    files
}

fn files_of(package: &GoPackage) -> (&str, &[String]) {
    (&package.folder, &package.files)
}

/// The paths that a file imports.
fn imports(text: &str) -> impl Iterator<Item = &str> {
    let head = text.lines().take_while(|line| !line.starts_with("func ") && !line.starts_with("type "));
    head.filter_map(|line| line.split('"').nth(1)).filter(|path| path.contains('/'))
}

/// Where programs lie by custom: in the module's own folder and in those of `cmd`, in a file main.go.
fn by_custom(repository: &Repository, module: &str) -> Vec<String> {
    let cmd = paths::join(module, "cmd");
    let is_one = |folder: &&str| *folder == module || paths::folder(folder) == cmd;
    repository.named("main.go").map(paths::folder).filter(is_one).map(str::to_owned).collect()
}

/// Programs that are none without C, and why they do not build.
fn with_c(repository: &Repository, module: &str) -> (Vec<String>, Option<String>) {
    let uses_c = |folder: &str| {
        let here = repository.texts_below(folder).filter(|(file, _)| paths::folder(file) == folder);
        here.filter(|(_, text)| text.contains("import \"C\"")).map(|(file, _)| file.to_owned()).next()
    };
    let programs = by_custom(repository, module);
    let file = programs.iter().find_map(|folder| uses_c(folder));
    let remark = file.as_ref().map(|file| {
        format!(
            "{file}: needs C (cgo), and plat builds Go without: write a Dockerfile here, which plat then builds instead"
        )
    });
    if file.is_some() { (programs, remark) } else { (Vec::new(), None) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("module example.com/shop/v2", "shop")]
    #[case("module shop // x", "shop")]
    #[case("module github.com/acme/payments-api", "payments-api")]
    fn a_module_is_called_by_its_last_part(#[case] line: &str, #[case] expected: &str) {
        assert_eq!(module_name(line), expected);
    }
}
