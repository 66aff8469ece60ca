//! Which script starts the program in production.

use super::frameworks::Framework;
use super::package::{Package, Script, called_script};
use crate::detect::claim::{Candidate, Evidence, Fact, Trust};
use crate::detect::paths;
use crate::detect::repository::Repository;
use crate::detect::words;

/// What people call the script for production where `start` is another one.
const PRODUCTION: [&str; 8] =
    ["start:prod", "start:production", "prod", "production", "start-prod", "serve:prod", "start:server", "serve"];
/// What `npm start` runs without a script (its documentation), and what people call it besides.
const ENTRIES: [&str; 4] = ["server.js", "index.js", "app.js", "main.js"];
/// Programs that run scripts of other packages.
const ORCHESTRATORS: [&str; 10] =
    ["turbo", "nx", "lerna", "concurrently", "npm-run-all", "run-p", "run-s", "wsrun", "rush", "ultra"];
/// A script may call another one, which may call another one.
const DEPTH: usize = 4;

#[derive(Debug, Clone)]
pub enum Start {
    /// What the builder runs by itself.
    Own(Script),
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
        matches!(self, Self::Own(_) | Self::Said { .. })
    }

    /// What it says of the service.
    pub fn tell(&self, package: &Package, candidate: &mut Candidate) {
        match self {
            Self::Own(script) => {
                candidate.claim(Fact::Start(script.text.clone()), Trust::Project, script.evidence.clone());
                told_by(&words::line(&script.text), &script.evidence, package, candidate);
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
    let mut instead_of = None;
    let mut development = None;
    if let Some(script) = package.script("start") {
        match judged(package, script) {
            Start::Development { script, why } => {
                instead_of = Some(format!("{}: {why}", script.evidence));
                development = Some(Start::Development { script, why });
            }
            start => return standalone(repository, package, framework).unwrap_or(start),
        }
    }
    let production =
        PRODUCTION.iter().filter_map(|name| package.script(name)).find_map(|script| match judged(package, script) {
            Start::Own(script) => Some(Start::Said {
                command: words::command(&script.text),
                evidence: script.evidence,
                instead_of: instead_of.clone(),
            }),
            Start::Said { command, evidence, .. } => {
                Some(Start::Said { command, evidence, instead_of: instead_of.clone() })
            }
            _ => None,
        });
    if let Some(start) = production {
        return start;
    }
    if let Some(framework) = framework.filter(|framework| !framework.start.is_empty()) {
        if let Some(start) = standalone(repository, package, Some(framework)) {
            return start;
        }
        let known = package.dependencies.iter().chain(&package.development);
        let evidence =
            known.clone().find(|(name, _)| name == framework.dependency).map(|(_, evidence)| evidence.clone());
        let mut evidence = evidence.unwrap_or_else(|| Evidence::of(&package.path, ""));
        evidence.text = format!("{} is started so in production", framework.label);
        let command = framework.start.iter().map(|&word| word.to_owned()).collect();
        return Start::Said { command, evidence, instead_of };
    }
    development.or_else(|| entry(package, files)).unwrap_or(Start::None)
}

/// What a script is worth.
fn judged(package: &Package, script: &Script) -> Start {
    let (text, is_called) = expanded(package, &script.text);
    let (text, is_called) = match without_build(&text) {
        Some(rest) => (expanded(package, rest).0, true),
        None => (text, is_called),
    };
    let line = words::line(&text);
    if line.words.iter().any(|word| ORCHESTRATORS.contains(&paths::name(word)))
        || line.words.iter().any(|word| word == "workspace" || word.starts_with("--workspace") || word == "--filter")
    {
        return Start::Orchestrator;
    }
    if let Some(why) = words::development(&line.words) {
        return Start::Development { script: script.clone(), why };
    }
    let is_plain = !line.is_shell && line.variables.is_empty() && !is_called;
    if is_plain {
        return Start::Own(script.clone());
    }
    Start::Said { command: words::command(&text), evidence: script.evidence.clone(), instead_of: None }
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

/// A script that calls others, as what they say; and whether it called one.
fn expanded(package: &Package, text: &str) -> (String, bool) {
    let mut text = text.to_owned();
    let mut is_called = false;
    for _ in 0..DEPTH {
        let Some((name, 0)) = called_script(&words::line(&text).words) else { break };
        let Some(script) = package.script(&name) else { break };
        text.clone_from(&script.text);
        is_called = true;
    }
    (text, is_called)
}

/// `output: 'standalone'` of Next.js has a server of its own, and `next start` does not work with it.
fn standalone(repository: &Repository, package: &Package, framework: Option<&Framework>) -> Option<Start> {
    framework.filter(|framework| framework.label == "Next.js")?;
    let configs = ["next.config.js", "next.config.mjs", "next.config.ts"];
    let path = paths::join(&package.folder, repository.first(&package.folder, &configs)?);
    let evidence = repository.find(&path, "standalone").filter(|evidence| evidence.text.contains("output"))?;
    let command = vec!["node".to_owned(), ".next/standalone/server.js".to_owned()];
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
    let (file, evidence) =
        main.chain(ENTRIES.iter().map(|file| (*file, None))).find(|(file, _)| listens(file).is_some())?;
    let evidence = evidence.unwrap_or_else(|| Evidence::of(paths::join(&package.folder, file), "listens"));
    Some(Start::Said { command: vec!["node".to_owned(), file.to_owned()], evidence, instead_of: None })
}
