//! build.gradle and build.gradle.kts: programs, which are not run. What they name in quotes or of their catalog is seen.

use std::sync::LazyLock;

use regex::Regex;

use super::module::Module;
use crate::detect::paths;
use crate::detect::repository::Repository;

/// Plugins by what they are called, as the artifacts that Maven has for the same.
const PLUGINS: [(&str, &str); 5] = [
    ("org.springframework.boot", "spring-boot-gradle-plugin"),
    ("io.quarkus", "quarkus-gradle-plugin"),
    ("io.micronaut.application", "micronaut-gradle-plugin"),
    ("io.ktor.plugin", "ktor-gradle-plugin"),
    ("spring-boot", "spring-boot-gradle-plugin"),
];

#[must_use]
pub fn read(repository: &Repository, path: &str) -> Option<Module> {
    static DEPENDENCY: LazyLock<Regex> = LazyLock::new(|| {
        // `implementation("g:artifact:1")`, `implementation group: 'g', name: 'artifact'`, `implementation(libs.some.artifact)`
        Regex::new(r#"^\s*(?:dependencies\s*\{\s*)?(?:api|implementation|runtimeOnly|compile)\b.*?(?:["'][\w.-]+:(?P<artifact>[\w.-]+)|name:\s*["'](?P<name>[\w.-]+)|libs\.(?P<alias>[\w.]+))"#)
            .expect("a literal pattern")
    });
    static PLUGIN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"^\s*(?:id\s*\(?\s*["'](?P<id>[\w.-]+)["']|alias\s*\(?\s*libs\.plugins\.(?P<alias>[\w.]+))(?:.*version\s*\(?\s*["'](?P<version>[\w.-]+))?"#)
            .expect("a literal pattern")
    });
    let text = repository.text(path)?;
    let folder = paths::folder(path);
    let mut module = Module { path: path.to_owned(), folder: folder.to_owned(), ..Module::default() };
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(found) = DEPENDENCY.captures(line) {
            let named = found.name("artifact").or_else(|| found.name("name")).map(|name| name.as_str().to_owned());
            // A catalog's own names follow those of the artifacts, by its custom.
            let alias = || found.name("alias").map(|alias| alias.as_str().replace('.', "-"));
            module.uses.extend(named.or_else(alias).map(|name| (name, repository.line(path, number))));
        } else if let Some(found) = PLUGIN.captures(line).filter(|_| !line.contains("apply false")) {
            let id = found.name("id").map(|id| id.as_str().to_owned());
            let id =
                id.or_else(|| found.name("alias").map(|alias| alias.as_str().replace('.', "-"))).unwrap_or_default();
            if let Some((_, artifact)) =
                PLUGINS.iter().find(|(known, _)| id == *known || id.ends_with(&known.replace('.', "-")))
            {
                module.uses.push(((*artifact).to_owned(), repository.line(path, number)));
                if id == "org.springframework.boot" {
                    module.spring = found.name("version").map(|version| version.as_str().to_owned());
                }
            }
        }
    }
    name(repository, folder, &mut module);
    let settings = ["settings.gradle", "settings.gradle.kts"];
    let holds_others = repository
        .first(folder, &settings)
        .is_some_and(|name| repository.text(&paths::join(folder, name)).is_some_and(|text| text.contains("include")));
    module.is_parent = holds_others && module.uses.is_empty();
    Some(module)
}

/// `rootProject.name = 'shop'` of the project; a part of it is called as its folder.
fn name(repository: &Repository, folder: &str, module: &mut Module) {
    let settings = ["settings.gradle", "settings.gradle.kts"];
    let Some(path) = repository.first(folder, &settings).map(|name| paths::join(folder, name)) else { return };
    let Some(evidence) = repository.find(&path, "rootProject.name") else { return };
    let value = evidence.text.split_once('=').map(|(_, value)| value.trim().trim_matches(['"', '\'']).to_owned());
    module.name = value.map(|value| (value, evidence));
}
