//! Which of the files that a build made is the program, and what it is made of.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::archive::Archive;
use super::installed::Installed;
use super::layout::ROOT;
use super::reproducible;
use super::tool::Project;
use crate::error::{Error, Result};
use crate::image::builders::sources::{self, Source};
use crate::image::oci::{Content, Entry, digest};
use crate::reason::Reason;
use crate::text;

/// Options of the program, read by `java @FILE`: a list of jars is too long for people and for some systems.
const ARGUMENTS: &str = "app/java.args";

/// What was built.
#[derive(Debug)]
pub struct Product {
    kind: Kind,
    jar: PathBuf,
    /// Names of the jars that the same build made: they change as often as the program.
    own: BTreeSet<String>,
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    /// A jar of jars, taken apart: Spring Boot's loader only costs time when it starts.
    SpringBoot { main: String },
    /// Quarkus' fast-jar: a folder, as it is.
    Quarkus(PathBuf),
    /// A jar, and the jars that it stands on, by their path.
    Plain { main: String, beside: Vec<PathBuf> },
}

impl Product {
    /// # Errors
    /// When there is no program, or more than one.
    pub fn find(output: &Path, stage: &Path, project: &Project) -> Result<Self> {
        let own = own_jars(stage)?;
        let quarkus = output.join("quarkus-app");
        if quarkus.join("quarkus-run.jar").is_file() {
            return Ok(Self { jar: quarkus.join("quarkus-run.jar"), kind: Kind::Quarkus(quarkus), own });
        }
        let mut programs = Vec::new();
        let jars = jars(output);
        for jar in &jars {
            let manifest = Archive::open(jar)?.manifest();
            let beside = || beside(output, jar, manifest.get("Class-Path").map(String::as_str));
            if let Some(main) = manifest.get("Start-Class") {
                let kind = Kind::SpringBoot { main: main.clone() };
                programs.push(Self { jar: jar.clone(), kind, own: own.clone() });
            } else if let Some(main) =
                manifest.get("Main-Class").cloned().or_else(|| Some(Installed::find(output)?.main))
            {
                let kind = Kind::Plain { main, beside: beside() };
                programs.push(Self { jar: jar.clone(), kind, own: own.clone() });
            }
        }
        // What a plugin packs beside the plain jar is what is meant to run.
        if programs.len() > 1 && programs.iter().any(|program| matches!(program.kind, Kind::SpringBoot { .. })) {
            programs.retain(|program| matches!(program.kind, Kind::SpringBoot { .. }));
        }
        if programs.len() == 1 {
            return programs.pop().ok_or_else(|| Error::bug("there is one program"));
        }
        let place = project.folder();
        let name = |path: &Path| text::foreign_line(&path.file_name().unwrap_or_default().to_string_lossy(), 120);
        let error = match (programs.as_slice(), jars.as_slice()) {
            ([], []) => Error::user("the build made no jar").hint("plat runs jars: <packaging>jar</packaging>"),
            ([], jars) => Error::user("no jar that was built says which class starts it (Main-Class)")
                .detail(jars.iter().map(|jar| name(jar)).collect::<Vec<_>>().join(", "))
                .hint("name it in the build: mainClass of maven-jar-plugin, or the application plugin of Gradle"),
            (several, _) => Error::user(format!("the build made {} programs", several.len()))
                .detail(several.iter().map(|program| name(&program.jar)).collect::<Vec<_>>().join(", "))
                .hint("give the others a classifier that says so, or make them modules of their own"),
        };
        Err(error.at(place.display()).reason(Reason::BuildFailed))
    }

    /// What the jars that it stands on are known by; none where there are none.
    ///
    /// # Errors
    /// When the jar is broken.
    pub fn dependencies_key(&self) -> Result<Option<String>> {
        let list = match &self.kind {
            Kind::SpringBoot { .. } => {
                let list = Archive::open(&self.jar)?.list("BOOT-INF/lib/")?;
                list.into_iter()
                    .filter(|(name, _)| !self.is_own(name))
                    .map(|(name, known)| format!("{name} {known}"))
                    .collect()
            }
            Kind::Quarkus(folder) => {
                let libraries = sources::everything(&folder.join("lib"), |path| self.is_own(path))?;
                vec![sources::fingerprint(&libraries)?]
            }
            Kind::Plain { beside, .. } => {
                let of = |jar: &PathBuf| {
                    Some(format!("{} {}", jar.file_name()?.to_string_lossy(), digest(&fs::read(jar).ok()?)))
                };
                beside.iter().filter(|jar| !self.is_own(&jar.to_string_lossy())).filter_map(of).collect::<Vec<String>>()
            }
        };
        Ok((!list.is_empty()).then(|| list.join("\n")))
    }

    /// # Errors
    /// When the jar is broken.
    pub fn dependencies(&self) -> Result<Vec<Entry>> {
        match &self.kind {
            Kind::SpringBoot { .. } => {
                let mut archive = Archive::open(&self.jar)?;
                let list = archive.list("BOOT-INF/lib/")?;
                let jars = list.into_iter().map(|(name, _)| name).filter(|name| !self.is_own(name));
                jars.map(|name| Ok(Entry::text(library(&name), archive.read(&name)?))).collect()
            }
            Kind::Quarkus(folder) => {
                Ok(sources::entries(sources::everything(&folder.join("lib"), |path| self.is_own(path))?, "app/lib"))
            }
            Kind::Plain { beside, .. } => {
                Ok(beside.iter().filter(|jar| !self.is_own(&jar.to_string_lossy())).map(|jar| file(jar)).collect())
            }
        }
    }

    /// # Errors
    /// When the jar is broken.
    pub fn application(&self) -> Result<Vec<Entry>> {
        let mut entries = match &self.kind {
            Kind::SpringBoot { .. } => {
                let mut archive = Archive::open(&self.jar)?;
                let mut entries = Vec::new();
                for (name, _) in archive.list("BOOT-INF/classes/")? {
                    let inside = name.trim_start_matches("BOOT-INF/classes/");
                    entries.push(Entry::text(format!("{ROOT}/classes/{inside}"), archive.read(&name)?));
                }
                // What the framework reads of the jar itself: build information, other resources.
                for (name, _) in archive.list("META-INF/")? {
                    let content = reproducible::content(&name, archive.read(&name)?);
                    entries.push(Entry::text(format!("{ROOT}/classes/{name}"), content));
                }
                for (name, _) in archive.list("BOOT-INF/lib/")?.into_iter().filter(|(name, _)| self.is_own(name)) {
                    entries.push(Entry::text(library(&name), reproducible::jar(archive.read(&name)?)));
                }
                entries
            }
            Kind::Quarkus(folder) => {
                let is_left_out = |path: &str| {
                    let is_library = path.starts_with("lib/") && is_jar(path);
                    path == "quarkus-app-dependencies.txt" || (is_library && !self.is_own(path))
                };
                let entry = |Source { path, from, .. }: Source| {
                    let bytes = read(&from)?;
                    let bytes = if is_jar(&path) { reproducible::jar(bytes) } else { bytes };
                    Ok(Entry::text(format!("{ROOT}/{path}"), bytes))
                };
                return sources::everything(folder, is_left_out)?.into_iter().map(entry).collect();
            }
            Kind::Plain { beside, .. } => {
                let mut archive = Archive::open(&self.jar)?;
                let mut entries = Vec::new();
                for (name, _) in archive.list("")? {
                    let content = reproducible::content(&name, archive.read(&name)?);
                    entries.push(Entry::text(format!("{ROOT}/classes/{name}"), content));
                }
                for jar in beside.iter().filter(|jar| self.is_own(&jar.to_string_lossy())) {
                    entries.push(Entry::text(file(jar).path, reproducible::jar(read(jar)?)));
                }
                entries
            }
        };
        entries.push(Entry::text(ARGUMENTS, format!("-cp\n{}\n", self.class_path()?)));
        Ok(entries)
    }

    /// A module of the same build.
    fn is_own(&self, jar: &str) -> bool {
        let name = jar.rsplit('/').next().unwrap_or(jar);
        // Quarkus puts the group before the name.
        let is_called = |own: &String| name.strip_suffix(own.as_str()).is_some_and(|group| group.ends_with('.'));
        name.contains("-SNAPSHOT") || self.own.contains(name) || self.own.iter().any(is_called)
    }

    #[must_use]
    pub fn entrypoint(&self) -> Vec<String> {
        let words: [&str; 3] = match &self.kind {
            Kind::Quarkus(_) => ["java", "-jar", "/app/quarkus-run.jar"],
            Kind::SpringBoot { main } | Kind::Plain { main, .. } => ["java", "@/app/java.args", main],
        };
        words.map(str::to_owned).into()
    }

    /// In the order of the build, which decides where two jars have the same class.
    fn class_path(&self) -> Result<String> {
        let jars: Vec<String> = match &self.kind {
            Kind::SpringBoot { .. } => {
                let mut archive = Archive::open(&self.jar)?;
                let index = archive.read("BOOT-INF/classpath.idx").unwrap_or_default();
                let index = String::from_utf8_lossy(&index).into_owned();
                let listed: Vec<String> = index
                    .lines()
                    .filter_map(|line| Some(line.trim().strip_prefix("- \"")?.strip_suffix('"')?.to_owned()))
                    .collect();
                let all = if listed.is_empty() {
                    archive.list("BOOT-INF/lib/")?.into_iter().map(|(name, _)| name).collect()
                } else {
                    listed
                };
                all.iter().map(|name| format!("/{}", library(name))).collect()
            }
            Kind::Plain { beside, .. } => beside.iter().map(|jar| format!("/{}", file(jar).path)).collect(),
            Kind::Quarkus(_) => Vec::new(),
        };
        Ok(std::iter::once(format!("/{ROOT}/classes")).chain(jars).collect::<Vec<_>>().join(":"))
    }

    /// The release that the main class is compiled for (JVM specification, 4.1: 61 is Java 17).
    ///
    /// # Errors
    /// When the jar is broken.
    pub fn release(&self) -> Result<u16> {
        let mut archive = Archive::open(&self.jar)?;
        let (prefix, main) = match &self.kind {
            Kind::SpringBoot { main } => ("BOOT-INF/classes/", main.as_str()),
            Kind::Plain { main, .. } => ("", main.as_str()),
            Kind::Quarkus(folder) => return quarkus_release(folder),
        };
        // The launcher of a framework lies in another jar.
        match archive.read(&format!("{prefix}{}.class", main.replace('.', "/"))) {
            Ok(class) => Ok(release(&class).unwrap_or(0)),
            Err(_) => newest(&mut archive, prefix),
        }
    }
}

fn quarkus_release(folder: &Path) -> Result<u16> {
    let mut newest_release = 0;
    for jar in jars(&folder.join("app")) {
        newest_release = newest_release.max(newest(&mut Archive::open(&jar)?, "")?);
    }
    Ok(newest_release)
}

/// Of some classes: a build compiles all of them alike. 0 where there are none.
fn newest(archive: &mut Archive, prefix: &str) -> Result<u16> {
    let classes = archive.list(prefix)?.into_iter().map(|(name, _)| name).filter(|name| is_class(name));
    let mut newest = 0;
    for class in classes.take(20).collect::<Vec<_>>() {
        newest = newest.max(release(&archive.read(&class)?).unwrap_or(0));
    }
    Ok(newest)
}

fn is_jar(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|ending| ending == "jar")
}

fn read(jar: &Path) -> Result<Vec<u8>> {
    fs::read(jar)
        .map_err(|e| Error::user(format!("what was built cannot be read: {e}")).at(jar.display()).hint("see: ls -l"))
}

fn is_class(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|ending| ending == "class")
}

fn release(class: &[u8]) -> Option<u16> {
    let major = u16::from_be_bytes(class.get(6..8)?.try_into().ok()?);
    major.checked_sub(44)
}

/// Jars of the build itself, not of its sources, documents and tests.
fn jars(folder: &Path) -> Vec<PathBuf> {
    let folders = [folder.to_owned(), folder.join("libs")];
    let entries =
        folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten().map(|entry| entry.path());
    let is_program = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let stem = name.strip_suffix(".jar");
        stem.is_some_and(|stem| {
            !name.starts_with("original-")
                && !["-sources", "-javadoc", "-tests", "-test-sources"].iter().any(|end| stem.ends_with(end))
        })
    };
    let mut jars: Vec<PathBuf> = entries.filter(is_program).collect();
    jars.sort_unstable();
    jars
}

/// The jars that a plain one stands on: those that its manifest names, else those that were copied beside it.
fn beside(output: &Path, jar: &Path, class_path: Option<&str>) -> Vec<PathBuf> {
    let folder = jar.parent().unwrap_or(output);
    let named: Vec<PathBuf> = class_path
        .into_iter()
        .flat_map(str::split_whitespace)
        .map(|name| folder.join(name))
        .filter(|jar| jar.is_file())
        .collect();
    if !named.is_empty() {
        return named;
    }
    match Installed::find(output) {
        Some(installed) => installed.jars.into_iter().filter(|other| other.file_name() != jar.file_name()).collect(),
        None => jars(&output.join("dependencies")),
    }
}

/// Names of the jars that lie where the modules of a build leave them.
fn own_jars(stage: &Path) -> Result<BTreeSet<String>> {
    let is_left = |path: &str| {
        let (folder, name) = path.rsplit_once('/')?;
        let is_output = ["target", "build/libs"]
            .iter()
            .any(|output| folder.strip_suffix(output).is_some_and(|around| around.is_empty() || around.ends_with('/')));
        (is_jar(name) && is_output).then(|| name.to_owned())
    };
    Ok(sources::everything(stage, |_| false)?.iter().filter_map(|source| is_left(&source.path)).collect())
}

/// `app/lib/x.jar` of `BOOT-INF/lib/x.jar`.
fn library(name: &str) -> String {
    format!("{ROOT}/lib/{}", name.rsplit('/').next().unwrap_or(name))
}

fn file(jar: &Path) -> Entry {
    let name = jar.file_name().unwrap_or_default().to_string_lossy();
    Entry { path: format!("{ROOT}/lib/{name}"), content: Content::File { from: jar.to_owned(), is_program: false } }
}
