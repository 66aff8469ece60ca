//! Django: manage.py names the settings, beside which wsgi.py and asgi.py lie.

use std::sync::LazyLock;

use regex::Regex;

use super::applications::Protocol;
use super::project::Project;
use super::server;
use crate::detect::claim::{Candidate, Evidence, Fact, Trust};
use crate::detect::health;
use crate::detect::paths;
use crate::detect::repository::Repository;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Django {
    /// Where manage.py is.
    base: String,
    /// The package of wsgi.py: `shop` or `config`.
    package: String,
}

/// The one whose manage.py is the nearest to the project's folder.
#[must_use]
pub fn find(repository: &Repository, project: &Project, files: &[(&str, &str)]) -> Option<Django> {
    static SETTINGS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"DJANGO_SETTINGS_MODULE["']\s*[,\]]\s*=?\s*["'](?P<module>[\w.]+)["']"#)
            .expect("a literal pattern")
    });
    let mut managers: Vec<_> = files.iter().filter(|(file, _)| paths::name(file) == "manage.py").collect();
    managers.sort_by_key(|(file, _)| file.matches('/').count());
    managers.into_iter().find_map(|(file, text)| {
        let base = paths::folder(file);
        let module = &SETTINGS.captures(text)?["module"];
        let package = module.split('.').next()?;
        let found = ["wsgi", "asgi"].iter().any(|name| module_file(repository, base, package, name).is_some());
        (found && paths::is_within(base, &project.folder))
            .then(|| Django { base: base.to_owned(), package: package.to_owned() })
    })
}

/// `shop/wsgi.py` or `shop/wsgi/__init__.py`
fn module_file(repository: &Repository, base: &str, package: &str, name: &str) -> Option<String> {
    let files = [format!("{package}/{name}.py"), format!("{package}/{name}/__init__.py")];
    files.iter().map(|file| paths::join(base, file)).find(|path| repository.has(path))
}

impl Django {
    /// How it is served, and the health paths of its root.
    pub fn tell(&self, repository: &Repository, project: &Project, files: &[(&str, &str)], candidate: &mut Candidate) {
        let file = |name: &str| paths::join(&self.base, &format!("{}/{name}", self.package));
        let served = [("wsgi", Protocol::Wsgi), ("asgi", Protocol::Asgi)].into_iter().find_map(|(module, protocol)| {
            let path = module_file(repository, &self.base, &self.package, module)?;
            let name = format!("{}.{module}:application", self.package);
            Some((server::serve(project, protocol, &name, false)?, path))
        });
        if let Some(((mut command, server), path)) = served {
            self.change_folder(project, &mut command);
            let evidence = repository.find(&path, "application =").unwrap_or_else(|| Evidence::of(&path, ""));
            candidate.claim(Fact::Command(command), Trust::Code, evidence);
            let text = format!("{}'s default; it is given PORT", server.name);
            candidate.claim(Fact::Port(server.port), Trust::Default, Evidence { text, ..server.evidence });
        } else {
            let says = format!(
                "Django is served by {}, and none of them is a dependency; runserver is for development",
                server::names(Protocol::Wsgi)
            );
            let evidence = Evidence::of(paths::join(&self.base, "manage.py"), "");
            candidate.claim(Fact::NoCommand(says), Trust::Code, evidence);
        }
        let root = file("urls.py");
        if let Some((path, text)) = files.iter().find(|(path, _)| *path == root) {
            health_paths(repository, path, text, candidate);
        }
    }

    /// A project whose manage.py is further below: its packages are imported from there.
    fn change_folder(&self, project: &Project, command: &mut Vec<String>) {
        let Some(below) =
            paths::below(&self.base, &project.folder).filter(|below| !below.is_empty() && *below != "src")
        else {
            return;
        };
        let flag = match command[0].as_str() {
            "uvicorn" => "--app-dir",
            "gunicorn" | "uwsgi" => "--chdir",
            _ => return,
        };
        command.insert(1, below.to_owned());
        command.insert(1, flag.to_owned());
    }
}

/// Of the root alone: what it includes is below other paths. Django's paths end with a slash where they are written so.
fn health_paths(repository: &Repository, file: &str, text: &str, candidate: &mut Candidate) {
    static PATH: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"\bpath\(\s*["'](?P<path>[\w/-]+)["']\s*,\s*(?P<view>\w+)"#).expect("a literal pattern")
    });
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(found) = PATH.captures(line).filter(|found| &found["view"] != "include")
            && let Some(path) = health::path(&found["path"])
        {
            let slash = if found["path"].ends_with('/') { "/" } else { "" };
            candidate.claim(Fact::Health(format!("{path}{slash}")), Trust::Code, repository.line(file, number));
        }
    }
}
