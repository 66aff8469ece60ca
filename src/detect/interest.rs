//! Which files can say something, and which of them first where there are more than can be looked at.

use super::paths;
use crate::toolchain::release::{NODE_FILES, PYTHON_FILES};

/// What is worth to be read of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Interest {
    /// It says what the project is, or how it runs.
    Manifest,
    /// Source code; the lower the number, the likelier it starts the program.
    Source(usize),
}

/// Files that say what a project is, whole names.
const MANIFESTS: [&str; 28] = [
    "package.json",
    "lerna.json",
    "pnpm-workspace.yaml",
    "next.config.js",
    "next.config.mjs",
    "next.config.ts",
    "nest-cli.json",
    "go.mod",
    "go.work",
    "Cargo.toml",
    "Rocket.toml",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "Pipfile",
    "gunicorn.conf.py",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "settings.gradle",
    "settings.gradle.kts",
    "libs.versions.toml",
    "Procfile",
    "skaffold.yaml",
    "skaffold.yml",
    "application.properties",
    "application.yml",
    "application.yaml",
];

/// Of the languages whose services are known.
const SOURCES: [&str; 14] =
    ["go", "rs", "js", "mjs", "cjs", "ts", "mts", "cts", "tsx", "jsx", "py", "java", "kt", "groovy"];

/// What a file is called that starts a program or says its routes, the likeliest first.
const STARTS: [&str; 20] = [
    "main",
    "server",
    "app",
    "index",
    "application",
    "wsgi",
    "asgi",
    "__main__",
    "manage",
    "settings",
    "config",
    "health",
    "healthz",
    "routes",
    "router",
    "urls",
    "api",
    "http",
    "__init__",
    "views",
];

/// None for what says nothing: pictures, locks, tests.
#[must_use]
pub fn interest(path: &str) -> Option<Interest> {
    let name = paths::name(path);
    if MANIFESTS.contains(&name)
        || is_dockerfile(name)
        || is_compose(name)
        || is_fly(name)
        || is_requirements(path)
        || is_variables(name)
        || is_release(name)
    {
        return Some(Interest::Manifest);
    }
    let (stem, ending) = name.rsplit_once('.')?;
    if !SOURCES.contains(&ending) || is_test(path) {
        return None;
    }
    let stem = stem.to_ascii_lowercase();
    let likely = |start: &str| stem == start || start.len() > 3 && stem.starts_with(start) || stem.ends_with(start);
    let rank = STARTS.iter().position(|start| likely(start)).unwrap_or(STARTS.len());
    Some(Interest::Source(rank * 4 + path.matches('/').count()))
}

/// Whether a file is of a program: its code, or what says how it is built.
#[must_use]
pub fn is_source(path: &str) -> bool {
    match interest(path) {
        Some(Interest::Source(_)) => true,
        Some(Interest::Manifest) => {
            let name = paths::name(path);
            MANIFESTS.contains(&name) && !name.starts_with("skaffold") && name != "Procfile"
        }
        None => false,
    }
}

/// What a file is that only begins as another one: its exclusions, what it is made from, what is said of it.
fn is_other(rest: &str) -> bool {
    let endings = ["ignore", ".j2", ".tmpl", ".tpl", ".template", ".in", ".erb", ".md", ".bak", ".orig", ".swp"];
    endings.iter().any(|ending| rest.ends_with(ending))
}

/// `Dockerfile`, `Dockerfile.worker`, `worker.Dockerfile`, and Containerfile's likewise.
#[must_use]
pub fn is_dockerfile(name: &str) -> bool {
    ["Dockerfile", "Containerfile"].iter().any(|known| {
        name == *known
            || name.strip_prefix(known).is_some_and(|rest| rest.starts_with(['.', '-']) && !is_other(rest))
            || name.strip_suffix(known).is_some_and(|rest| rest.ends_with(['.', '-']))
            || name.eq_ignore_ascii_case(&format!(".{known}"))
    }) || name.strip_suffix(".dockerfile").is_some_and(|stem| !stem.is_empty())
}

/// The names that compose itself looks for, and those of overrides beside them.
#[must_use]
pub fn is_compose(name: &str) -> bool {
    let stem = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml"));
    stem.is_some_and(|stem| {
        ["compose", "docker-compose"].iter().any(|known| {
            stem.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']))
        })
    })
}

/// `fly.toml`, and those of its environments: `fly.staging.toml`.
#[must_use]
pub fn is_fly(name: &str) -> bool {
    name == "fly.toml" || (name.starts_with("fly.") && paths::ending(name) == "toml")
}

/// `requirements.txt`, `requirements-prod.txt`, `requirements/base.txt`
#[must_use]
pub fn is_requirements(path: &str) -> bool {
    let name = paths::name(path);
    let is_named = name.starts_with("requirements") || paths::name(paths::folder(path)) == "requirements";
    is_named && paths::ending(name) == "txt"
}

/// What names the release of a language.
#[must_use]
pub fn is_release(name: &str) -> bool {
    NODE_FILES.contains(&name) || PYTHON_FILES.contains(&name)
}

/// `.env`, `.env.example`, `api.env`: names of variables are read of them, and no secret.
#[must_use]
pub fn is_variables(name: &str) -> bool {
    name.starts_with(".env.") || paths::ending(name) == "env"
}

/// Folders that hold what shows, tests or makes a project.
const ASIDE: [&str; 29] = [
    "packaging",
    "playwright",
    "fuzz",
    "example",
    "examples",
    "_examples",
    "sample",
    "samples",
    "demo",
    "demos",
    "test",
    "tests",
    "e2e",
    "cypress",
    "testdata",
    "fixtures",
    "doc",
    "docs",
    "tool",
    "tools",
    "script",
    "scripts",
    "hack",
    "bench",
    "benchmark",
    "benchmarks",
    "templates",
    "playground",
    "integration",
];

/// Whether a folder lies in one that shows, tests or makes the project.
#[must_use]
pub fn is_aside(folder: &str) -> bool {
    folder.split('/').any(|part| ASIDE.contains(&part))
}

/// Folders of tests, by the customs of the languages.
const TEST_FOLDERS: [&str; 9] =
    ["test", "tests", "__tests__", "__mocks__", "e2e", "cypress", "testdata", "fixtures", "spec"];

/// Whether a source belongs to the tests of a program.
#[must_use]
pub fn is_test(path: &str) -> bool {
    let name = paths::name(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let by_name = [".test", ".spec", "_test", "_spec", ".stories", ".d"].iter().any(|ending| stem.ends_with(ending))
        || stem.starts_with("test_")
        || stem == "conftest"
        || ["java", "kt"].contains(&paths::ending(name))
            && (stem.ends_with("Test") || stem.ends_with("Tests") || stem.ends_with("IT"));
    by_name || paths::folder(path).split('/').any(|folder| TEST_FOLDERS.contains(&folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("Dockerfile", true)]
    #[case("Dockerfile.worker", true)]
    #[case("worker.Dockerfile", true)]
    #[case("api.dockerfile", true)]
    #[case("Containerfile", true)]
    #[case("Dockerfile.dockerignore", false)]
    #[case("Dockerfile.j2", false)]
    #[case("Dockerfiles", false)]
    #[case("MyDockerfile", false)]
    fn dockerfiles_have_many_names(#[case] name: &str, #[case] expected: bool) {
        assert_eq!(is_dockerfile(name), expected);
    }

    #[rstest]
    #[case("compose.yaml", true)]
    #[case("docker-compose.prod.yml", true)]
    #[case("docker-compose-dev.yml", true)]
    #[case("composer.yaml", false)]
    fn compose_files_have_many_names(#[case] name: &str, #[case] expected: bool) {
        assert_eq!(is_compose(name), expected);
    }

    #[rstest]
    #[case("src/app.test.ts", None)]
    #[case("internal/api/api_test.go", None)]
    #[case("tests/test_app.py", None)]
    #[case("src/test/java/AppTest.java", None)]
    #[case("logo.png", None)]
    #[case("package.json", Some(Interest::Manifest))]
    #[case("main.go", Some(Interest::Source(0)))]
    #[case("src/server.ts", Some(Interest::Source(5)))]
    fn what_can_say_something_is_read(#[case] path: &str, #[case] expected: Option<Interest>) {
        assert_eq!(interest(path), expected);
    }
}
