//! Procfile: one process a line. Heroku sends requests to `web` alone; `release` runs before each version.

use super::node;
use crate::detect::claim::{Candidate, Fact, Is, Trust};
use crate::detect::code::FREE_PORT;
use crate::detect::paths;
use crate::detect::repository::Repository;
use crate::detect::scene::Scene;
use crate::detect::words;
use crate::spec::Kind;

struct Process<'t> {
    name: &'t str,
    command: &'t str,
    line: usize,
}

/// One candidate for each process.
pub fn detect(scene: &Scene) -> Vec<Candidate> {
    scene.repository.named("Procfile").flat_map(|path| in_file(scene.repository, path)).collect()
}

fn in_file(repository: &Repository, path: &str) -> Vec<Candidate> {
    let text = repository.text(path).unwrap_or_default();
    let processes = (1..).zip(text.lines()).filter(|(_, line)| !line.trim_start().starts_with('#'));
    let processes = processes.filter_map(|(line, text)| {
        let (name, command) = text.split_once(':')?;
        Some(Process { name: name.trim(), command: command.trim(), line })
    });
    let (releases, processes): (Vec<_>, Vec<_>) = processes.partition(|process| process.name == "release");
    let is_one_off = |process: &Process| words::is_one_off(&words::line(process.command).words);
    let (ending, processes): (Vec<_>, Vec<_>) = processes.into_iter().partition(is_one_off);
    let main = if processes.len() == 1 { processes.first() } else { None };
    let main = processes.iter().find(|process| process.name == "web").or(main).map(|process| process.name);
    let mut candidates: Vec<Candidate> =
        processes.iter().map(|process| candidate(repository, path, process, main)).collect();
    for process in ending {
        let mut candidate = Candidate::new(paths::folder(path), Is::Description);
        candidate.remarks.push(words::ends(&repository.line(path, process.line).to_string()));
        candidates.push(candidate);
    }
    for release in releases {
        let program = program(repository, path, release.command);
        let mut candidate = Candidate::new(program.as_deref().unwrap_or(paths::folder(path)), Is::Description);
        let command = spelled_out(repository, path, release.command).unwrap_or_else(|| release.command.to_owned());
        candidate.claim(Fact::Before(words::command(&command)), Trust::Platform, repository.line(path, release.line));
        candidates.push(candidate);
    }
    candidates
}

fn candidate(repository: &Repository, path: &str, process: &Process, main: Option<&str>) -> Candidate {
    let evidence = repository.line(path, process.line);
    let program = program(repository, path, process.command);
    let mut candidate = Candidate::new(program.as_deref().unwrap_or(paths::folder(path)), Is::Description);
    if program.is_none() && main != Some(process.name) {
        candidate.process = Some(process.name.to_owned());
    }
    if process.name != "web" {
        let mut evidence = evidence.clone();
        evidence.text = format!("{}: gets no requests", process.name);
        candidate.claim(Fact::Kind(Kind::Worker), Trust::Platform, evidence);
    }
    let command = spelled_out(repository, path, process.command);
    let words = words::line(command.as_deref().unwrap_or(process.command));
    if let Some(why) = words::development(&words.words) {
        candidate.remarks.push(format!("{evidence}: {why}, and is not taken"));
        return candidate;
    }
    if let Some(port) = words::port(&words.words) {
        candidate.claim(Fact::Port(port), Trust::Argument, evidence.clone());
    } else if words::takes_port(process.command) {
        let default = process.command.split_once("PORT:-").and_then(|(_, rest)| rest.split('}').next()?.parse().ok());
        let (port, trust) = default.map_or((FREE_PORT, Trust::Free), |port| (port, Trust::ReadsPort));
        candidate.claim(Fact::Port(port), trust, evidence.clone());
    }
    for (name, _) in &words.variables {
        candidate.claim(Fact::Given(name.clone()), Trust::Argument, evidence.clone());
    }
    // `npm start` is what the builder runs by itself.
    if let Some(command) = command {
        candidate.claim(Fact::Command(words::command(&command)), Trust::Platform, evidence);
    }
    candidate
}

/// The folder of the one of several Go programs that a command runs: `bin/worker` is `cmd/worker`.
fn program(repository: &Repository, path: &str, command: &str) -> Option<String> {
    let words = words::line(command).words;
    let name = paths::name(words.first()?);
    let all = paths::join(paths::folder(path), "cmd");
    let is_main = |file: &&String| paths::name(file) == "main.go" && paths::folder(paths::folder(file)) == all;
    let folder = paths::join(&all, name);
    let has_several = repository.files().iter().filter(is_main).count() > 1;
    (has_several && repository.has(&paths::join(&folder, "main.go"))).then_some(folder)
}

/// The command, and what the script says that it calls; none for `npm start`.
fn spelled_out(repository: &Repository, path: &str, command: &str) -> Option<String> {
    let folder = paths::folder(path);
    match words::line(command).words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["npm" | "yarn" | "pnpm", "start"] | ["npm" | "yarn" | "pnpm", "run", "start"] => None,
        _ => Some(node::script_of(repository, folder, command).unwrap_or_else(|| command.to_owned())),
    }
}
