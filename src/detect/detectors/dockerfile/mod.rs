//! Dockerfile and Containerfile: what the image says of itself.
//!
//! ```text
//! parse   text -> instructions
//! image   instructions -> what the last stage is
//! bases   what well-known images do by themselves
//! ```

mod bases;
mod image;
mod parse;

use std::sync::LazyLock;

use regex::Regex;

use crate::detect::claim::{Candidate, Evidence, Fact, Is, Origin, Recipe, Trust};
use crate::detect::health;
use crate::detect::interest::{is_dockerfile, is_source};
use crate::detect::paths;
use crate::detect::repository::Repository;
use crate::detect::scene::Scene;
use crate::detect::variables::{self, PORTS};
use crate::detect::words;
use crate::spec::User;
use crate::text::is_secret;

pub use image::Image;

/// The names that builders look for by themselves, the first one first.
pub const OWN: [&str; 2] = ["Dockerfile", "Containerfile"];
/// Folders of a project that hold its Dockerfile and nothing of its code.
const BESIDE: [&str; 10] =
    ["docker", "build", "deploy", "deployment", "container", "containers", "ci", "package", "packaging", "ops"];
/// What one program's images differ in, in the names of files and folders: `Dockerfile.alpine`, `docker/distroless`.
const FLAVOURS: [&str; 16] = [
    "alpine",
    "debian",
    "slim",
    "distroless",
    "scratch",
    "ubuntu",
    "ubi",
    "bookworm",
    "bullseye",
    "trixie",
    "musl",
    "amd64",
    "arm64",
    "windows",
    "cuda",
    "gpu",
];
/// Endings that mean production.
const PRODUCTION: [&str; 2] = ["prod", "production"];

/// One candidate for each folder with a Dockerfile that builders find, or with one for production; else for each of the
/// others.
pub fn detect(scene: &Scene) -> Vec<Candidate> {
    let repository = scene.repository;
    let files = repository.files().iter().filter(|file| is_dockerfile(paths::name(file)));
    let mut folders: Vec<&str> = files.clone().map(|file| paths::folder(file)).collect();
    folders.dedup();
    folders.sort_unstable();
    folders.dedup();
    folders.into_iter().flat_map(|folder| in_folder(repository, folder)).collect()
}

/// What Quarkus writes into each of the Dockerfiles that it puts beside a project.
const QUARKUS: &str = "container that runs the Quarkus application";

fn in_folder(repository: &Repository, folder: &str) -> Vec<Candidate> {
    let (packing, here): (Vec<&str>, Vec<&str>) = repository
        .files()
        .iter()
        .map(String::as_str)
        .filter(|file| paths::folder(file) == folder && is_dockerfile(paths::name(file)))
        .partition(|file| repository.text(file).is_some_and(|text| text.contains(QUARKUS)));
    if !packing.is_empty() {
        let mut said = Candidate::new(home(repository, folder), Is::Description);
        said.remarks.push(format!("{}: Quarkus made them, to pack what was built before", packing.join(", ")));
        return vec![said];
    }
    let own = repository.first(folder, &OWN).map(|name| paths::join(folder, name));
    let for_production = |file: &&&str| PRODUCTION.iter().any(|word| file.to_lowercase().contains(word));
    let is_flavour = |file: &&str| variant(paths::name(file)).is_some_and(|name| FLAVOURS.contains(&name.as_str()));
    let flavour = || here.first().filter(|_| here.iter().all(is_flavour));
    if let Some(path) = own.or_else(|| here.iter().find(for_production).or_else(flavour).map(|file| (*file).to_owned()))
    {
        let Some(mut candidate) = of_file(repository, &path) else { return Vec::new() };
        let others: Vec<&str> = here.into_iter().filter(|file| *file != path).collect();
        if !others.is_empty() {
            candidate
                .remarks
                .push(format!("{}: not taken, unless a file says that it is what runs", others.join(", ")));
        }
        return vec![candidate];
    }
    // `Dockerfile.api` and `Dockerfile.worker`: one is the folder's, several are of programs of their own.
    let named: Vec<(&str, String)> =
        here.iter().filter_map(|file| Some((*file, variant(paths::name(file))?))).collect();
    let is_one = named.len() == 1;
    let candidate = |(file, name): (&str, String)| {
        let mut candidate = of_file(repository, file)?;
        candidate.process = (!is_one).then_some(name);
        Some(candidate)
    };
    named.into_iter().filter_map(candidate).collect()
}

/// `api` of `Dockerfile.api` and `api.Dockerfile`; none for development and tests.
fn variant(name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    let name = name.replace("dockerfile", "").replace("containerfile", "");
    let name = name.trim_matches(['.', '-', '_']).to_owned();
    let is_aside =
        ["dev", "test", "ci", "local", "debug", "e2e", "lint", "base", "build"].iter().any(|word| name.contains(word));
    (!is_aside).then_some(name)
}

fn of_file(repository: &Repository, path: &str) -> Option<Candidate> {
    let image = read(repository, path, None)?;
    let home = home(repository, paths::folder(path));
    let context = context(repository, &home, &image);
    // A database that is made ready for a project is none of its services; a set of tools runs nothing.
    let is = if bases::is_data(&image.base) || bases::is_a_tool(&image) { Is::Program } else { Is::Service };
    let mut candidate = Candidate::new(home, is);
    describe(repository, path, &image, &mut candidate);
    let trust = origin_trust(repository, path, &image, &mut candidate);
    let recipe = Recipe { path: path.to_owned(), context, ..Recipe::default() };
    let evidence = Evidence::of(path, format!("FROM {}", image.base));
    candidate.claim(Fact::Origin(Origin::Dockerfile(recipe)), trust, evidence);
    Some(candidate)
}

/// The image that a Dockerfile makes, up to a stage.
#[must_use]
pub fn read(repository: &Repository, path: &str, target: Option<&str>) -> Option<Image> {
    image::image(&parse::parse(repository.text(path)?), target)
}

/// Adds what a file says that builds this Dockerfile, and what its image is; whether there is such a Dockerfile. How much
/// it counts may depend on the image.
pub fn tell(
    repository: &Repository,
    mut recipe: Recipe,
    evidence: &Evidence,
    trust: impl Fn(&Image) -> Trust,
    candidate: &mut Candidate,
) -> bool {
    if let Some(target) = recipe.target.take() {
        match stage(repository, &recipe.path, &target) {
            Ok(target) => recipe.target = target,
            Err(why) => candidate.remarks.push(format!("{}: {why}", evidence.place())),
        }
    }
    recipe.args.retain(|name, value| !variables::is_for_development(name, value));
    recipe.args.retain(|name, value| {
        let is_secret = is_secret(name, value);
        if is_secret {
            let place = evidence.place();
            candidate.remarks.push(format!(
                "{place}: {name} looks like a secret, which a build argument leaves in the image's history: not taken"
            ));
        }
        !is_secret
    });
    let Some(image) = read(repository, &recipe.path, recipe.target.as_deref()) else { return false };
    describe(repository, &recipe.path, &image, candidate);
    candidate.claim(Fact::Origin(Origin::Dockerfile(recipe)), trust(&image), evidence.clone());
    true
}

/// The stage to build where a file names one: none for the last, which is built anyway.
///
/// # Errors
/// The sentence that says why it is not taken: it is for development, and the last one is not.
fn stage(repository: &Repository, path: &str, target: &str) -> Result<Option<String>, String> {
    let last = read(repository, path, None).map(|image| image.name).unwrap_or_default();
    if last.eq_ignore_ascii_case(target) {
        return Ok(None);
    }
    if is_for_development(target) && !is_for_development(&last) {
        return Err(format!("the stage {target} of {path} is for development: plat builds its last one"));
    }
    Ok(Some(target.to_owned()))
}

/// `dev`, `development`, `dev-envs`, `test-runner`.
fn is_for_development(stage: &str) -> bool {
    let words = ["dev", "develop", "development", "local", "debug", "debugger", "test", "tests", "testing"];
    stage.split(['-', '_', '.']).any(|part| words.contains(&part.to_ascii_lowercase().as_str()))
}

/// The folder of the project: `docker/Dockerfile` is of the folder around it, where that has none of its own.
#[must_use]
pub fn home(repository: &Repository, folder: &str) -> String {
    let around = paths::folder(folder);
    let name = paths::name(folder);
    // `packaging/debian` makes packages of it.
    let is_flavour = FLAVOURS.contains(&name) && paths::name(around) != "packaging";
    let is_beside = (BESIDE.contains(&name) || is_flavour) && repository.first(around, &OWN).is_none();
    let is_alone = repository.texts_below(folder).all(|(file, _)| !is_source(file));
    if !is_beside || !is_alone {
        return folder.to_owned();
    }
    // Where Maven and Gradle keep what is no code of theirs.
    let module = around.strip_suffix("src/main").filter(|above| above.is_empty() || above.ends_with('/'));
    module.map_or_else(|| home(repository, around), |module| module.trim_end_matches('/').to_owned())
}

/// The folder that it copies from: its own, unless what it copies is only there in one above.
fn context(repository: &Repository, home: &str, image: &Image) -> String {
    let is_plain =
        |source: &&String| !source.contains(['*', '?', '$', '[']) && !source.contains("://") && source.as_str() != ".";
    let sources: Vec<&String> = image.copied.iter().filter(is_plain).collect();
    let is_there = |folder: &str, source: &str| {
        let path = paths::join(folder, source);
        repository.has(&path) || repository.files().iter().any(|file| paths::is_within(file, &path))
    };
    let missing = |folder: &str| sources.iter().filter(|source| !is_there(folder, source)).count();
    let (mut best, mut folder) = (home.to_owned(), home);
    let mut least = missing(home);
    while !folder.is_empty() && least > 0 {
        folder = paths::folder(folder);
        let here = missing(folder);
        if here < least {
            (best, least) = (folder.to_owned(), here);
        }
    }
    best
}

/// Who made a Dockerfile that nobody wrote, by what it says of itself.
const MADE: [(&str, &str); 6] = [
    ("flyctl launch", "flyctl launch"),
    ("fly_launch_runtime", "flyctl launch"),
    ("fly-apps/dockerfile", "flyctl launch"),
    ("Comments are provided throughout this file to help you get started", "docker init"),
    ("Dockerfile reference guide at", "docker init"),
    ("Generated by nixpacks", "nixpacks"),
];

/// A Dockerfile that people wrote says how it is built; one that a tool made from the sources, or whose command is for
/// development, counts less than the sources.
fn origin_trust(repository: &Repository, path: &str, image: &Image, candidate: &mut Candidate) -> Trust {
    let made = MADE.iter().find_map(|(sign, who)| Some((who, repository.find(path, sign)?)));
    if let Some((who, evidence)) = made {
        static INSTALLS: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"\b(?:apt-get|apt|apk|dnf|yum|microdnf)\b[^&|;]*\b(?:install|add)\b")
                .expect("a literal pattern")
        });
        if let Some((_, line)) = image.runs.iter().find(|(run, _)| INSTALLS.is_match(run)) {
            candidate.remarks.push(format!(
                "{path} was made by {who}, and is taken all the same: its image gets packages ({})",
                repository.line(path, *line)
            ));
            return Trust::Configuration;
        }
        candidate
            .remarks
            .push(format!("{}: made by {who}, so the sources that it was made from count more", evidence.place()));
        return Trust::Note;
    }
    if let Some((command, line)) = image.started()
        && let Some(why) = words::development(&command.words)
    {
        candidate.remarks.push(format!("{}: {} {why}", repository.line(path, line).place(), command.text));
        return Trust::Note;
    }
    Trust::Configuration
}

/// What the image says of ports, users, folders and health.
pub fn describe(repository: &Repository, path: &str, image: &Image, candidate: &mut Candidate) {
    let at = |line: usize| repository.line(path, line);
    if let Some((command, line)) = image.started() {
        if let Some(port) = words::port(&command.words) {
            candidate.claim(Fact::Port(port), Trust::Argument, at(line));
        } else if words::takes_port(&command.text) && !image.variables.contains_key("PORT") {
            candidate.claim(Fact::Port(crate::detect::code::FREE_PORT), Trust::Free, at(line));
        }
        if words::is_worker(&command.words) {
            candidate.claim(Fact::Kind(crate::spec::Kind::Worker), Trust::Argument, at(line));
        }
    }
    for name in PORTS {
        if let Some((value, line)) = image.variables.get(name)
            && let Some(port) = words::last_port(value)
        {
            candidate.claim(Fact::Port(port), Trust::Variable, at(*line));
        }
    }
    if let Some((name, port)) = bases::listening(&image.base) {
        candidate.claim(
            Fact::Port(port),
            Trust::Default,
            Evidence::of(path, format!("FROM {}: {name} listens on it", image.base)),
        );
    }
    for (port, line) in &image.ports {
        candidate.claim(Fact::Port(*port), Trust::Note, at(*line));
    }
    if let Some((command, line)) = &image.health {
        if let Some(port) = health::port_in_command(command) {
            candidate.claim(Fact::Port(port), Trust::Note, at(*line));
        }
        if let Some(path) = health::in_command(command) {
            candidate.claim(Fact::Health(path), Trust::Configuration, at(*line));
        }
    }
    if let Some((command, line)) = &image.cmd {
        candidate.claim(Fact::Cmd(command.words.clone()), Trust::Note, at(*line));
    }
    for (name, line) in &image.given {
        candidate.claim(Fact::Given(name.clone()), Trust::Variable, at(*line));
    }
    for (folder, line) in image.volumes.iter().filter(|(folder, _)| folder.starts_with('/') && folder != "/tmp") {
        candidate.claim(Fact::Writable(folder.clone()), Trust::Configuration, at(*line));
    }
    for (name, (value, line)) in image.variables.iter().filter(|(name, (value, _))| is_secret(name, value)) {
        let place = at(*line).place();
        candidate
            .remarks
            .push(format!("{place}: {name} looks like a secret, and everybody who has the image can read it"));
        let _ = value;
    }
    user(repository, path, image, candidate);
}

/// The number of a user that the image names; Kubernetes cannot look names up.
fn user(repository: &Repository, path: &str, image: &Image, candidate: &mut Candidate) {
    let Some((user, line)) = &image.user else { return };
    let evidence = repository.line(path, *line);
    let name = user.split(':').next().unwrap_or_default();
    if user.parse::<User>().is_ok() {
        return;
    }
    if matches!(name, "root" | "0") {
        candidate.remarks.push(format!(
            "{evidence}: plat runs it as 10001 instead; if it cannot: add a USER to {path}, or user: to plat.yaml"
        ));
    } else if let Some((uid, evidence)) = number_of(name, repository, path, image) {
        candidate.claim(Fact::User(uid), Trust::Configuration, evidence);
    } else {
        candidate.remarks.push(format!(
            "{evidence}: Kubernetes takes a user by its number alone; say it: user: UID (in the image: id -u {name})"
        ));
    }
}

/// Users that the makers of images document.
const KNOWN: [(&str, &str, &str); 4] =
    [("node", "node", "1000"), ("nonroot", "", "65532"), ("pwuser", "playwright", "1000"), ("bun", "bun", "1000")];

fn number_of(name: &str, repository: &Repository, path: &str, image: &Image) -> Option<(String, Evidence)> {
    static UID: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?:--uid[= ]|-u ?|-[a-zA-Z]*u )\s*(\d+)").expect("a literal pattern"));
    for (run, line) in &image.runs {
        let commands = run.split(['&', ';', '|']).map(str::trim);
        let made = commands.filter(|command| command.contains("useradd") || command.contains("adduser"));
        let mut of_name = made.filter(|command| command.split_whitespace().any(|word| word == name));
        if let Some(uid) = of_name.find_map(|command| Some(UID.captures(command)?[1].to_owned())) {
            return uid.parse::<User>().is_ok().then(|| (uid, repository.line(path, *line)));
        }
    }
    let (line, base) = (image.user.as_ref()?.1, &image.base);
    let (.., uid) = KNOWN.iter().find(|(user, of, _)| *user == name && base.contains(of))?;
    let mut evidence = repository.line(path, line);
    evidence.text = format!("{}, which is {uid} in {base}", evidence.text);
    Some(((*uid).to_owned(), evidence))
}
