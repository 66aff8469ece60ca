//! Java and Kotlin: what Maven or Gradle build, and the framework's own configuration.
//!
//! ```text
//! module    what a build file says, whoever reads it
//! maven     pom.xml -> module
//! gradle    build.gradle, build.gradle.kts -> module
//! settings  application.properties, application.yml: one value, with its line
//! spring    Spring Boot
//! quarkus   Quarkus, Micronaut: frameworks whose settings say all
//! code      how Java and Kotlin say ports and routes
//! ```

mod code;
mod gradle;
mod maven;
mod module;
mod quarkus;
mod settings;
mod spring;

use std::sync::LazyLock;

use regex::Regex;

use crate::detect::claim::{Candidate, Evidence, Fact, Is, Origin, Trust};
use crate::detect::code::Program;
use crate::detect::paths;
use crate::detect::pattern::Pattern;
use crate::detect::repository::Repository;
use crate::detect::scene::Scene;
use crate::detect::sources;
use crate::spec::Stack;
use crate::toolchain::release;

use module::Module;
use settings::Settings;

const MANIFESTS: [&str; 3] = ["pom.xml", "build.gradle", "build.gradle.kts"];

/// The release that classes are compiled for, in pom.xml and in Gradle's two languages.
static RELEASE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"<(?:java\.version|maven\.compiler\.(?:release|target))>\s*(?:1\.)?(?P<xml>\d+)|(?:JavaLanguageVersion\.of|jvmToolchain)\((?P<gradle>\d+)\)",
    )
    .expect("a literal pattern")
});
static SPRING_MAIN: Pattern = Pattern::new("@SpringBootApplication", r"@SpringBootApplication\b");
static MAIN: Pattern = Pattern::new("main(", r"(?:public\s+static\s+void|\bfun)\s+main\(");

/// One candidate for each module.
pub fn detect(scene: &Scene) -> Vec<Candidate> {
    let repository = scene.repository;
    let modules = MANIFESTS.iter().flat_map(|name| repository.named(name)).filter_map(|path| match path {
        path if path.ends_with("pom.xml") => maven::read(repository, path),
        path => gradle::read(repository, path),
    });
    let mut seen: Vec<String> = Vec::new();
    let mut candidates = Vec::new();
    for module in modules {
        // With both, Maven's is taken: its file is the one that needs no code to be read.
        if !seen.contains(&module.folder) {
            seen.push(module.folder.clone());
            candidates.push(candidate(repository, &module));
        }
    }
    candidates
}

fn candidate(repository: &Repository, module: &Module) -> Candidate {
    let files = sources::below(repository, &module.folder, &["java", "kt", "groovy"], &MANIFESTS);
    let program = Program { repository, files: &files };
    let settings = Settings { repository, folder: &module.folder };
    let said = program.read(&code::LANGUAGE);
    let mut candidate = Candidate::new(&module.folder, Is::Library);
    let origin = Origin::Stack { stack: Stack::Java, path: None };
    candidate.claim(Fact::Origin(origin), Trust::Project, Evidence::of(&module.path, ""));
    if let Some((name, evidence)) = &module.name {
        candidate.claim(Fact::Name(name.clone()), Trust::Project, evidence.clone());
    }
    if let Some((image, evidence)) = stands_on(repository, module) {
        let fact = Fact::Release { stack: Stack::Java, what: "stands on", value: image };
        candidate.claim(fact, Trust::Configuration, evidence);
    }
    candidate.claims.extend(said.reads);
    candidate.claims.extend(settings.reads());
    let main = program.first(&SPRING_MAIN).map(|(evidence, _)| evidence);
    let label = if let Some(main) = main.filter(|_| module.uses("spring-boot").is_some()) {
        let class = paths::name(&main.file).split('.').next().unwrap_or_default().to_owned();
        candidate.claim(Fact::Start(class), Trust::Code, main);
        candidate.is = spring::tell(module, &settings, &program, &mut candidate);
        "Spring Boot"
    } else if let Some(label) = quarkus::tell(module, &settings, &mut candidate) {
        candidate.is = Is::Service;
        label
    } else {
        candidate.claims.extend(said.claims);
        candidate.remarks.extend(said.remarks);
        candidate.is = match program.first(&MAIN) {
            Some(_) if said.listens => Is::Service,
            Some(_) if !module.is_parent => Is::Program,
            None if !module.is_parent && quarkus::is_built(module) => Is::Program,
            _ => Is::Library,
        };
        module.server().unwrap_or("")
    };
    let language = if files.iter().any(|(file, _)| paths::ending(file) == "kt") { "Kotlin" } else { "Java" };
    candidate.label = Some(if label.is_empty() { language.to_owned() } else { format!("{label}, {language}") });
    candidate
}

/// The image for the release that the build file names.
fn stands_on(repository: &Repository, module: &Module) -> Option<(String, Evidence)> {
    let text = repository.text(&module.path)?;
    let found = RELEASE.captures(text)?;
    let needed = found.name("xml").or_else(|| found.name("gradle"))?;
    let line = text[..needed.start()].matches('\n').count() + 1;
    Some((release::java_image(needed.as_str().parse().ok()?), repository.line(&module.path, line)))
}
