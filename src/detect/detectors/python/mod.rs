//! Python: what it depends on, where its application is made, and which server runs it.
//!
//! ```text
//! project       pyproject.toml, requirements, setup.cfg, Pipfile -> name, dependencies, scripts
//! applications  where `app = FastAPI()` is
//! server        the command that serves an application
//! django        manage.py and what it names
//! install       the release of Python, the lock file
//! code          how Python says ports and routes
//! ```

mod applications;
mod code;
mod django;
mod install;
mod project;
mod server;

use crate::detect::claim::{Candidate, Evidence, Fact, Is, Origin, Trust};
use crate::detect::code::Program;
use crate::detect::paths;
use crate::detect::repository::Repository;
use crate::detect::scene::Scene;
use crate::detect::sources;
use crate::spec::Stack;

use applications::Application;
use project::{MANIFESTS, Project};

/// One candidate for each folder that says what it depends on.
pub fn detect(scene: &Scene) -> Vec<Candidate> {
    let repository = scene.repository;
    let folders = project::folders(repository);
    folders.iter().filter_map(|folder| candidate(scene, folder)).collect()
}

fn candidate(scene: &Scene, folder: &str) -> Option<Candidate> {
    let repository = scene.repository;
    let project = Project::read(repository, folder)?;
    let files = sources::below(repository, folder, &["py"], &MANIFESTS);
    let program = Program { repository, files: &files };
    let said = program.read(&code::LANGUAGE);
    let (is, label, found) = if let Some(django) = django::find(repository, &project, &files) {
        (Is::Service, "Django", Found::Django(django))
    } else {
        match applications::all(&files) {
            all if !all.is_empty() => (Is::Service, all[0].framework, Found::Applications(all)),
            _ if said.listens => (Is::Service, "", Found::Nothing),
            _ if project.scripts.is_empty() && entry(&project, &files).is_none() => (Is::Library, "", Found::Nothing),
            _ => (Is::Program, "", Found::Nothing),
        }
    };
    let label = if label.is_empty() { "Python".to_owned() } else { format!("{label}, Python") };
    let mut candidate = Candidate::new(folder, is).labelled(label);
    if let Some((name, evidence)) = &project.name {
        candidate.claim(Fact::Name(name.clone()), Trust::Project, evidence.clone());
    }
    let origin = Origin::Stack { stack: Stack::Python, path: None };
    candidate.claim(Fact::Origin(origin), Trust::Project, Evidence::of(&project.path, ""));
    candidate.remarks.extend(project.remarks.iter().cloned());
    install::tell(scene, &project, &mut candidate);
    candidate.claims.extend(said.claims.into_iter().map(|claim| code::by_hand(repository, claim)));
    candidate.claims.extend(said.reads);
    candidate.remarks.extend(said.remarks);
    match found {
        Found::Django(django) => django.tell(repository, &project, &files, &mut candidate),
        Found::Applications(all) => serve(repository, &project, &all, &mut candidate),
        Found::Nothing => run(&project, &files, &mut candidate),
    }
    if let Some(path) = repository.first(folder, &["gunicorn.conf.py"]).map(|name| paths::join(folder, name)) {
        code::gunicorn_bind(repository, &path, &mut candidate);
    }
    Some(candidate)
}

enum Found {
    Django(django::Django),
    Applications(Vec<Application>),
    Nothing,
}

/// The application that is meant, and what serves it.
fn serve(repository: &Repository, project: &Project, all: &[Application], candidate: &mut Candidate) {
    let [first, others @ ..] = all else { return };
    let evidence = repository.line(&first.file, first.line);
    if let Some(other) = others.iter().find(|other| other.rank() == first.rank()) {
        let says = format!("there are two applications, {evidence} and {}", repository.line(&other.file, other.line));
        candidate.claim(Fact::NoCommand(says), Trust::Code, evidence);
        return;
    }
    if let Some((command, server)) = server::command(project, first) {
        candidate.claim(Fact::Command(command), Trust::Code, evidence);
        let default = Evidence { text: format!("{}'s default; it is given PORT", server.name), ..server.evidence };
        candidate.claim(Fact::Port(server.port), Trust::Default, default);
    } else {
        let why = if project.remarks.is_empty() {
            "none of them is a dependency".to_owned()
        } else {
            format!("what {} depends on is not known", project.path)
        };
        let says = format!("{} is served by {}, and {why}", first.framework, server::names(first.protocol));
        candidate.claim(Fact::NoCommand(says), Trust::Code, evidence);
    }
}

/// What the builder runs by itself, else the file that people start.
fn run(project: &Project, files: &[(&str, &str)], candidate: &mut Candidate) {
    match (project.scripts.as_slice(), entry(project, files)) {
        ([(name, evidence)], _) => candidate.claim(Fact::Start(name.clone()), Trust::Project, evidence.clone()),
        // The builder looks there too, for all but run.py.
        (_, Some((words, evidence))) if words[1] != "run.py" => {
            candidate.claim(Fact::Start(words.join(" ")), Trust::Project, evidence);
        }
        (_, Some((words, evidence))) => candidate.claim(Fact::Command(words), Trust::Code, evidence),
        (scripts, None) => {
            let says =
                if scripts.is_empty() { "no file starts it".to_owned() } else { "it has several scripts".to_owned() };
            candidate.claim(Fact::NoCommand(says), Trust::Project, Evidence::of(&project.path, ""));
        }
    }
}

/// `python -m shop` where the package has a `__main__.py`, else `python main.py`.
fn entry(project: &Project, files: &[(&str, &str)]) -> Option<(Vec<String>, Evidence)> {
    let words = |words: [&str; 2]| {
        ["python"].into_iter().chain(words).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let inner = |file: &str| paths::below(file, &project.folder).map(str::to_owned);
    let module = files.iter().find_map(|(file, _)| {
        let inner = inner(file)?;
        let package = inner.strip_suffix("/__main__.py")?;
        let package = package.strip_prefix("src/").unwrap_or(package);
        (!package.contains('/')).then(|| (words(["-m", package]), Evidence::of(*file, "starts the package")))
    });
    let script = || {
        ["main.py", "app.py", "server.py", "run.py"].iter().find_map(|name| {
            let (file, text) = files.iter().find(|(file, _)| inner(file).as_deref() == Some(name))?;
            let line = text.lines().position(|line| line.starts_with("if __name__"))?;
            let evidence =
                Evidence { file: (*file).to_owned(), line: Some(line + 1), text: "if __name__ == …".to_owned() };
            Some((words([name, ""]), evidence))
        })
    };
    module.or_else(script)
}
