//! Which script starts the program in production.

use super::frameworks::Framework;
use super::package::{Package, Script, called_script};
use crate::detect::claim::{Candidate, Evidence, Fact, Trust};
use crate::detect::paths;
use crate::detect::repository::Repository;
use crate::detect::words;

/// The scripts that the builder takes, in its order.
const BUILDER: [&str; 3] = ["start:prod", "start:production", "start"];
/// The same, and what else people call the script for production.
const SCRIPTS: [&str; 9] = [
    "start:prod",
    "start:production",
    "start",
    "prod",
    "production",
    "start-prod",
    "serve:prod",
    "start:server",
    "serve",
];
/// What `npm start` runs without a script (its documentation), and what people call it besides.
const ENTRIES: [&str; 4] = ["server.js", "index.js", "app.js", "main.js"];
/// Programs that run scripts of other packages.
const ORCHESTRATORS: [&str; 10] =
    ["turbo", "nx", "lerna", "concurrently", "npm-run-all", "run-p", "run-s", "wsrun", "rush", "ultra"];
/// A script may call another one, which may call another one.
const DEPTH: usize = 4;

/// By which Next.js finds the root of a workspace.
const LOCKS: [&str; 4] = ["package-lock.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock"];

#[derive(Debug, Clone)]
pub enum Start {
    /// What the builder runs by itself, and what that is in the end.
    Own {
        script: Script,
        text: String,
        instead_of: Option<String>,
    },
    /// A command that has to be said, and what says it.
    Said {
        command: Vec<String>,
        evidence: Evidence,
        instead_of: Option<String>,
    },
    /// It starts other packages.
    Orchestrator,
    /// There is only a script for development.
    Development {
        script: Script,
        why: &'static str,
    },
    None,
}

impl Start {
    pub fn is_orchestrator(&self) -> bool {
        matches!(self, Self::Orchestrator)
    }

    pub fn is_known(&self) -> bool {
        matches!(self, Self::Own { .. } | Self::Said { .. })
    }

    /// What it says of the service.
    pub fn tell(&self, package: &Package, candidate: &mut Candidate) {
        match self {
            Self::Own { script, text, instead_of } => {
                candidate.remarks.extend(instead_of.clone());
                candidate.claim(Fact::Start(text.clone()), Trust::Project, script.evidence.clone());
                told_by(&words::line(text), &script.evidence, package, candidate);
            }
            Self::Said { command, evidence, instead_of } => {
                candidate.claim(Fact::Command(command.clone()), Trust::Project, evidence.clone());
                candidate.remarks.extend(instead_of.clone());
                told_by(&words::line(&command.join(" ")), evidence, package, candidate);
            }
            Self::Development { script, why } => {
                let says = format!("\"{}\" {why}, and no script starts it in production", script.text);
                candidate.claim(Fact::NoCommand(says), Trust::Project, script.evidence.clone());
            }
            Self::None => {
                let says = "no script starts it, and there is no server.js".to_owned();
                candidate.claim(Fact::NoCommand(says), Trust::Project, Evidence::of(&package.path, ""));
            }
            Self::Orchestrator => {}
        }
    }
}

/// What the words of the command say besides.
fn told_by(line: &words::Line, evidence: &Evidence, package: &Package, candidate: &mut Candidate) {
    let given = line.variables.iter().find(|(name, _)| name == "PORT").and_then(|(_, port)| words::last_port(port));
    if let Some(port) = words::port(&line.words).or(given) {
        candidate.claim(Fact::Port(port), Trust::Argument, evidence.clone());
    }
    for (name, _) in &line.variables {
        candidate.claim(Fact::Given(name.clone()), Trust::Argument, evidence.clone());
    }
    let program = line.words.first().map_or("", |word| paths::name(word));
    if let Some((name, place)) = package.development.iter().find(|(name, _)| name == program) {
        candidate.remarks.push(format!(
            "{place}: it is started by {name}, which is a development dependency and not in the image; move it to dependencies"
        ));
    }
}

pub fn start(
    repository: &Repository,
    package: &Package,
    framework: Option<&'static Framework>,
    files: &[(&str, &str)],
) -> Start {
    if let Some(start) = standalone(repository, package, framework) {
        return start;
    }
    let of_builder =
        BUILDER.iter().filter_map(|name| package.script(name)).find(|script| !is_of_development(package, script));
    // `start` is what people type; that it is not what runs in production is said.
    let instead_of = package.script("start").and_then(|script| match judged(package, script) {
        Judged::Development(why) => Some(format!("{}: {why}, and is not taken", script.evidence)),
        _ => None,
    });
    let mut development = None;
    for script in SCRIPTS.iter().filter_map(|name| package.script(name)) {
        match judged(package, script) {
            Judged::Orchestrator if script.name == "start" => return Start::Orchestrator,
            Judged::Orchestrator => {}
            Judged::Development(why) => development = development.or(Some((script, why))),
            Judged::Production { text, is_cut } => {
                // Where the builder finds none, it says why itself.
                let is_taken = !is_cut
                    && of_builder.is_none_or(|taken| taken.name == script.name)
                    && BUILDER.contains(&script.name.as_str());
                if is_taken {
                    return Start::Own { script: script.clone(), text, instead_of };
                }
                return Start::Said { command: words::command(&text), evidence: script.evidence.clone(), instead_of };
            }
        }
    }
    if let Some(framework) = framework.filter(|framework| !framework.start.is_empty()) {
        let known = package.dependencies.iter().chain(&package.development);
        let evidence =
            known.clone().find(|(name, _)| name == framework.dependency).map(|(_, evidence)| evidence.clone());
        let mut evidence = evidence.unwrap_or_else(|| Evidence::of(&package.path, ""));
        evidence.text = format!("{} is started so in production", framework.label);
        let command = framework.start.iter().map(|&word| word.to_owned()).collect();
        return Start::Said { command, evidence, instead_of };
    }
    let development = development.map(|(script, why)| Start::Development { script: script.clone(), why });
    development.or_else(|| entry(package, files)).unwrap_or(Start::None)
}

/// What a script is for.
enum Judged {
    Orchestrator,
    /// And why.
    Development(&'static str),
    /// What it runs in the end, and whether steps that build were cut off.
    Production {
        text: String,
        is_cut: bool,
    },
}

fn judged(package: &Package, script: &Script) -> Judged {
    let text = expanded(package, &script.text);
    let (text, is_cut) = match without_build(&text) {
        Some(rest) => (expanded(package, rest), true),
        None => (text, false),
    };
    let line = words::line(&text);
    let of_others = |word: &String| {
        ORCHESTRATORS.contains(&paths::name(word))
            || word == "workspace"
            || word.starts_with("--workspace")
            || word == "--filter"
    };
    if line.words.iter().any(of_others) {
        return Judged::Orchestrator;
    }
    match words::development(&line.words) {
        Some(why) => Judged::Development(why),
        None => Judged::Production { text, is_cut },
    }
}

/// Whether a script starts with a tool that is there for the build alone, which the builder passes over.
fn is_of_development(package: &Package, script: &Script) -> bool {
    let line = words::line(&expanded(package, &script.text));
    let tool = match line.words.first().map(String::as_str) {
        Some("nest") => "@nestjs/cli",
        Some("tsc") => "typescript",
        Some("ng") => "@angular/cli",
        Some(other) => other,
        None => return false,
    };
    package.development.iter().any(|(name, _)| name == tool) && package.dependency(tool).is_none()
}

/// What follows the steps that build: `npm run build && node dist/main.js` builds again what the image has.
fn without_build(text: &str) -> Option<&str> {
    let (before, rest) = text.rsplit_once("&&")?;
    let builds = |step: &str| {
        let words = words::line(step).words;
        words
            .iter()
            .any(|word| matches!(paths::name(word), "build" | "tsc" | "compile" | "webpack" | "esbuild" | "tsup"))
    };
    before.split("&&").all(builds).then_some(rest.trim())
}

/// A script that calls others, as what they say.
fn expanded(package: &Package, text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..DEPTH {
        let Some((name, 0)) = called_script(&words::line(&text).words) else { break };
        let Some(script) = package.script(&name) else { break };
        text.clone_from(&script.text);
    }
    text
}

/// `output: 'standalone'` of Next.js has a server of its own, and `next start` does not work with it.
fn standalone(repository: &Repository, package: &Package, framework: Option<&Framework>) -> Option<Start> {
    framework.filter(|framework| framework.label == "Next.js")?;
    let configs = ["next.config.js", "next.config.mjs", "next.config.ts"];
    let path = paths::join(&package.folder, repository.first(&package.folder, &configs)?);
    let evidence = repository.find(&path, "standalone").filter(|evidence| evidence.text.contains("output"))?;
    // It keeps the folders between itself and the root of its workspace, which is where the lock file lies.
    let has_lock = |folder: &&str| repository.first(folder, &LOCKS).is_some();
    let root = paths::upward(&package.folder).find(has_lock).unwrap_or(&package.folder);
    let below = paths::below(&package.folder, root).unwrap_or_default();
    let command = vec!["node".to_owned(), paths::join(&paths::join(".next/standalone", below), "server.js")];
    Some(Start::Said { command, evidence, instead_of: None })
}

/// `main`, or the file that people start, where it listens.
fn entry(package: &Package, files: &[(&str, &str)]) -> Option<Start> {
    let listens = |file: &str| {
        let path = paths::join(&package.folder, file);
        let is_it = |name: &str| name == path || name.rsplit_once('.').is_some_and(|(stem, _)| stem == path);
        files.iter().find(|(name, text)| is_it(name) && (text.contains(".listen(") || text.contains("serve(")))
    };
    let main = package.main.iter().map(|(file, evidence)| (file.as_str(), Some(evidence.clone())));
    let found = main.chain(ENTRIES.iter().map(|file| (*file, None))).find(|(file, _)| listens(file).is_some());
    let (file, evidence) = found?;
    let evidence = evidence.unwrap_or_else(|| Evidence::of(paths::join(&package.folder, file), "listens"));
    Some(Start::Said { command: vec!["node".to_owned(), file.to_owned()], evidence, instead_of: None })
}
