//! Maven, Gradle: how they package, what their errors say.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::image::builders::command::{self, Shown, explained};
use crate::image::builders::work::Work;
use crate::image::kept_layers::cannot_use;
use crate::input;

/// Of a file of the build; in bytes.
const LARGEST: u64 = 4 << 20;

/// Made for the task that packages what runs, whichever plugin brings it, wherever a build applies it.
const TASK: &str = "platPackage";
const PACKAGE: &str = "\
gradle.projectsEvaluated {
    rootProject.allprojects { project ->
        def packaging = ['bootJar', 'quarkusBuild', 'installDist', 'shadowJar', 'assemble']
        def found = packaging.find { project.tasks.findByName(it)?.enabled }
        project.tasks.create('platPackage').dependsOn(found ?: [])
    }
}
";

const MARKERS: [&str; 3] = ["pom.xml", "build.gradle", "build.gradle.kts"];

const SETTINGS: [&str; 2] = ["settings.gradle", "settings.gradle.kts"];

pub fn marker(folder: &Path) -> Option<&'static str> {
    MARKERS.into_iter().find(|name| folder.join(name).is_file())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Maven,
    Gradle,
}

/// The service and what is built around it.
#[derive(Debug)]
pub struct Project {
    pub kind: Kind,
    /// The outermost project that it is a module of.
    pub root: PathBuf,
    /// Below the root, with `/`; empty for the root itself.
    pub module: String,
    /// The service's own build file.
    build: String,
}

impl Project {
    /// # Errors
    /// When there is no build file, or it cannot be read.
    pub fn of(folder: &Path) -> Result<Self> {
        let file = marker(folder).map(|name| folder.join(name)).ok_or_else(|| {
            Error::user("there is no pom.xml or build.gradle").at(folder.display()).hint("fix build.path in plat.yaml")
        })?;
        let kind = if file.ends_with("pom.xml") { Kind::Maven } else { Kind::Gradle };
        let build = input::read_text(&file, LARGEST)
            .map_err(|e| Error::user(format!("the build file {e}")).at(file.display()))?;
        let root = match kind {
            Kind::Maven => folder.ancestors().skip(1).filter(|above| is_module(above, folder)).last(),
            // As Gradle looks for it.
            Kind::Gradle => folder.ancestors().find(|above| SETTINGS.iter().any(|name| above.join(name).is_file())),
        };
        let root = root.unwrap_or(folder).to_owned();
        let module = folder.strip_prefix(&root).unwrap_or(Path::new(""));
        let module = module.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
        Ok(Self { kind, root, module, build })
    }

    pub fn folder(&self) -> PathBuf {
        // An empty part would leave a slash at the end.
        if self.module.is_empty() { self.root.clone() } else { self.root.join(&self.module) }
    }

    /// Whether the build itself puts everything together that the program needs.
    fn is_packaged(&self) -> bool {
        ["spring-boot-maven-plugin", "quarkus-maven-plugin", "maven-shade-plugin", "maven-assembly-plugin"]
            .iter()
            .any(|plugin| self.build.contains(plugin))
    }
}

/// Whether a folder's pom.xml names a module that is this one or lies around it.
fn is_module(above: &Path, folder: &Path) -> bool {
    let text = input::read_text(&above.join("pom.xml"), LARGEST).unwrap_or_default();
    let named = text.split("<module>").skip(1).filter_map(|rest| rest.split_once("</module>"));
    named.map(|(module, _)| above.join(module.trim())).any(|module| folder.starts_with(module))
}

/// A build tool at work in a copy of the project.
pub struct Tool<'a> {
    project: &'a Project,
    stage: &'a Path,
}

impl<'a> Tool<'a> {
    pub fn of(project: &'a Project, stage: &'a Path) -> Self {
        Self { project, stage }
    }

    /// Where what it made lies.
    pub fn output(&self) -> PathBuf {
        let folder = self.stage.join(&self.project.module);
        folder.join(if self.project.kind == Kind::Maven { "target" } else { "build" })
    }

    /// # Errors
    /// When it does not compile: with its own lines and the place of the first.
    pub async fn package(&self, work: &mut Work<'_>) -> Result<()> {
        let (wrapper, program, install) = match self.project.kind {
            Kind::Maven => ("mvnw", "mvn", "https://maven.apache.org, or commit its wrapper: mvn wrapper:wrapper"),
            Kind::Gradle => ("gradlew", "gradle", "https://gradle.org, or commit its wrapper: gradle wrapper"),
        };
        let wrapper = self.stage.join(wrapper);
        let wrapper = wrapper.is_file().then(|| wrapper.display().to_string());
        let tool = command::Tool { program: wrapper.as_deref().unwrap_or(program), stack: "Java", install };
        let mut command = tool.command(self.stage);
        command.args(self.arguments());
        if self.project.kind == Kind::Gradle {
            let script = work.cache.folder().join("package.gradle");
            std::fs::write(&script, PACKAGE).map_err(|e| cannot_use(&script, e))?;
            command.arg("--init-script").arg(script);
        }
        let ran = tool.follow(command, work.step).await?;
        if ran.status.success() { Ok(()) } else { Err(self.failed(&ran.said, program)) }
    }

    fn arguments(&self) -> Vec<String> {
        let Project { kind, module, .. } = self.project;
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        match kind {
            Kind::Maven => {
                // The time that archives are given; without it each build would make another one.
                let mut arguments = words(&[
                    "--batch-mode",
                    "--no-transfer-progress",
                    "-Dmaven.test.skip=true",
                    "-Dproject.build.outputTimestamp=1980-01-01T00:00:02Z",
                    "package",
                ]);
                if !self.project.is_packaged() {
                    arguments.extend(words(&[
                        "dependency:copy-dependencies",
                        "-DincludeScope=runtime",
                        "-DoutputDirectory=target/dependencies",
                    ]));
                    // Relative to each module, not to where Maven was started.
                    arguments.pop();
                    arguments.push("-DoutputDirectory=${project.build.directory}/dependencies".to_owned());
                }
                if !module.is_empty() {
                    arguments.extend(["--projects".to_owned(), module.clone(), "--also-make".to_owned()]);
                }
                arguments
            }
            Kind::Gradle => {
                let around = if module.is_empty() { String::new() } else { format!(":{}", module.replace('/', ":")) };
                vec!["--console=plain".to_owned(), "--no-daemon".to_owned(), format!("{around}:{TASK}")]
            }
        }
    }

    fn failed(&self, said: &[String], program: &str) -> Error {
        let stage = self.stage.display().to_string();
        let root = self.project.root.display().to_string();
        // The reader knows the project's own folder, not the copy.
        let said: Vec<String> = said.iter().map(|line| line.replace(&stage, &root)).collect();
        let mut is_of_javac = false;
        let is_error = |line: &&String| {
            // What it cannot find is said below, beside the line itself.
            is_of_javac = line.contains(": error:") || (is_of_javac && line.starts_with(' '));
            is_of_javac
                || line.starts_with("[ERROR]")
                || line.starts_with("e: ")
                || line.starts_with("* What went wrong")
                || line.starts_with("> ")
        };
        let text = |line: &String| line.strip_prefix("[ERROR]").map_or(line.trim_end(), str::trim).to_owned();
        let mut errors: Vec<String> = said.iter().filter(is_error).map(text).collect();
        errors.dedup();
        // What Maven says of itself at the end is not why.
        errors.retain(|line| {
            !line.is_empty()
                && !line.starts_with("-> [Help")
                && !line.starts_with("To see the full")
                && !line.starts_with("Re-run Maven")
                && !line.starts_with("For more information")
                && !line.starts_with("[Help")
        });
        let place = errors.iter().find_map(|line| location(line));
        let folder = self.project.folder();
        let error =
            Error::user("the Java program does not build").at(place.unwrap_or_else(|| folder.display().to_string()));
        let lines = if errors.is_empty() { &said } else { &errors };
        let error = explained(error, lines, if errors.is_empty() { Shown::Last } else { Shown::First });
        let says = |words: &str| said.iter().any(|line| line.contains(words));
        let error = if says("release version") && says("not supported") || says("invalid target release") {
            error.hint("this JDK is older than what the project is compiled for: set JAVA_HOME to a newer one")
        } else if says("Could not resolve dependencies")
            || says("Could not transfer artifact")
            || says("Could not resolve all")
            || says("No plugin found for prefix")
            || says("could not be resolved")
        {
            error.hint("an artifact could not be downloaded: look at the network, the proxy and the repositories in settings.xml")
        } else {
            error
        };
        error.hint(format!(
            "see it alone: cd {} && {program} {}",
            self.project.root.display(),
            if self.project.kind == Kind::Maven { "package" } else { "assemble" }
        ))
    }
}

/// `A.java:12:5` of Maven's `/a/A.java:[12,5] cannot find symbol`, of javac's `/a/A.java:12: error: …` and of Kotlin's
/// `e: file:///a/A.kt:12:5 …` or `e: /a/A.kt: (12, 5): …`.
fn location(line: &str) -> Option<String> {
    if let Some(said) = line.strip_prefix("e: ") {
        let said = said.strip_prefix("file://").unwrap_or(said);
        let end = said.find(".kt")? + ".kt".len();
        let numbers: Vec<&str> =
            said[end..].split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).take(2).collect();
        return Some(format!("{}:{}", &said[..end], numbers.join(":")));
    }
    if let Some((file, rest)) = line.split_once(":[") {
        let (at, _) = rest.split_once(']')?;
        return file.contains('.').then(|| format!("{file}:{}", at.replace(',', ":")));
    }
    let (place, _) = line.split_once(": error:")?;
    place.rsplit_once(':')?.1.parse::<u32>().ok()?;
    Some(place.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::tests::project;
    use rstest::rstest;

    #[rstest]
    #[case::a_module(&[("pom.xml", "<module>api</module>"), ("api/pom.xml", "")], "api", "api")]
    #[case::deeper(&[("pom.xml", "<module>services/api</module>"), ("services/api/pom.xml", "")], "services/api", "services/api")]
    #[case::through_another(
        &[("pom.xml", "<module>services</module>"), ("services/pom.xml", "<module>api</module>"), ("services/api/pom.xml", "")],
        "services/api",
        "services/api"
    )]
    #[case::of_no_one(&[("pom.xml", "<module>web</module>"), ("api/pom.xml", "")], "api", "")]
    #[case::gradle(&[("settings.gradle.kts", ""), ("services/api/build.gradle.kts", "")], "services/api", "services/api")]
    #[case::a_build_of_its_own(&[("settings.gradle", ""), ("api/settings.gradle", ""), ("api/build.gradle", "")], "api", "")]
    fn a_module_is_built_from_its_root(#[case] files: &[(&str, &str)], #[case] folder: &str, #[case] expected: &str) {
        let root = project(files);
        let found = Project::of(&root.path().join(folder)).unwrap();
        assert_eq!(found.module, expected);
    }

    #[rstest]
    #[case("/a/src/A.java:[12,5] cannot find symbol", Some("/a/src/A.java:12:5"))]
    #[case("/a/src/A.java:12: error: ';' expected", Some("/a/src/A.java:12"))]
    #[case("e: file:///a/src/A.kt:12:5 Unresolved reference 'x'.", Some("/a/src/A.kt:12:5"))]
    #[case("e: /a/src/A.kt: (12, 5): Unresolved reference: x", Some("/a/src/A.kt:12:5"))]
    #[case("e: warnings found and -Werror specified", None)]
    #[case("Failed to execute goal x: error in y", None)]
    fn location_is_the_compilers(#[case] line: &str, #[case] expected: Option<&str>) {
        assert_eq!(location(line).as_deref(), expected);
    }
}
