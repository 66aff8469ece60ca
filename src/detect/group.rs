//! Candidates -> groups, one for each service: what the detectors say of the same sources belongs together.

use super::claim::{Candidate, Claim, Fact, Is, Origin, Trust};
use super::interest::is_aside;
use super::paths;
use super::repository::Repository;

/// What is said of one service.
#[derive(Debug, Clone)]
pub struct Group {
    /// Of the sources.
    pub folder: String,
    pub process: Option<String>,
    pub is: Is,
    pub candidates: Vec<Candidate>,
}

/// The groups that are services, and what is said of the rest.
#[derive(Debug, Default)]
pub struct Groups {
    pub services: Vec<Group>,
    pub libraries: Vec<String>,
    pub remarks: Vec<String>,
}

/// Programs that are named in one line.
const NAMED: usize = 8;

#[must_use]
pub fn group(repository: &Repository, candidates: Vec<Candidate>) -> Groups {
    let mut groups: Vec<Group> = Vec::new();
    for candidate in candidates {
        let known =
            groups.iter_mut().find(|group| group.folder == candidate.folder && group.process == candidate.process);
        match known {
            Some(group) => group.candidates.push(candidate),
            None => groups.push(Group {
                folder: candidate.folder.clone(),
                process: candidate.process.clone(),
                is: Is::Description,
                candidates: vec![candidate],
            }),
        }
    }
    adopt(repository, &mut groups);
    for group in &mut groups {
        group.is = is(group);
    }
    inherit(&mut groups);
    choose(repository, groups)
}

/// What a group is: somebody who says how it runs makes a service of anything that can be built.
fn is(group: &Group) -> Is {
    let best = group.candidates.iter().map(|candidate| candidate.is).min().unwrap_or(Is::Description);
    let is_run = |candidate: &Candidate| {
        candidate.is == Is::Description
            && candidate.claims.iter().any(|claim| {
                matches!(claim.fact, Fact::Command(_) | Fact::Args(_) | Fact::Port(_) | Fact::Kind(_) | Fact::Origin(_))
            })
    };
    // A Dockerfile for development alone says nothing of production.
    let origins =
        || group.candidates.iter().flat_map(|c| &c.claims).filter(|claim| matches!(claim.fact, Fact::Origin(_)));
    let is_for_development =
        |claim: &Claim| claim.trust == Trust::Note && matches!(claim.fact, Fact::Origin(Origin::Dockerfile(_)));
    if origins().next().is_some() && origins().all(is_for_development) {
        return Is::Program;
    }
    let can_be_built =
        group.candidates.iter().flat_map(|c| &c.claims).any(|claim| matches!(claim.fact, Fact::Origin(_)));
    if can_be_built && group.candidates.iter().any(is_run) { Is::Service } else { best }
}

/// A Dockerfile above the sources of one program (`go build ./cmd/api`) is of that program.
fn adopt(repository: &Repository, groups: &mut Vec<Group>) {
    let is_program = |group: &Group| {
        let counts = |candidate: &&Candidate| candidate.is <= Is::Program;
        let mut claims = group.candidates.iter().filter(counts).flat_map(|candidate| &candidate.claims);
        claims.any(|claim| matches!(claim.fact, Fact::Origin(Origin::Stack { .. })))
    };
    let file_of = |group: &Group| {
        group.candidates.iter().flat_map(|c| &c.claims).find_map(|claim| match &claim.fact {
            Fact::Origin(Origin::Dockerfile(recipe)) => Some(recipe.path.clone()),
            _ => None,
        })
    };
    let above: Vec<(String, String)> = groups
        .iter()
        .filter(|group| group.process.is_none() && !is_program(group))
        .filter_map(|group| Some((group.folder.clone(), file_of(group)?)))
        .collect();
    for (folder, file) in above {
        let text = repository.text(&file).unwrap_or_default();
        let is_template = text.lines().any(|line| {
            let line = line.trim_start();
            ["COPY", "ADD", "RUN", "ENTRYPOINT", "WORKDIR"].iter().any(|word| line.starts_with(word))
                && ["SERVICE", "APP", "ARTIFACT", "MODULE", "TARGET", "NAME", "CMD", "PACKAGE"]
                    .iter()
                    .any(|word| line.contains(&format!("${word}")) || line.contains(&format!("${{{word}")))
        });
        let below: Vec<usize> = groups
            .iter()
            .enumerate()
            .filter(|(_, group)| group.folder != folder && paths::is_within(&group.folder, &folder))
            .filter(|(_, group)| {
                is_program(group) && file_of(group).is_none() && (is_template || mentions(text, group, &folder))
            })
            .map(|(index, _)| index)
            .collect();
        if let [one] = below.as_slice() {
            let sources = groups.remove(*one);
            if let Some(group) = groups.iter_mut().find(|group| group.folder == folder && group.process.is_none()) {
                group.candidates.extend(sources.candidates);
            }
        } else if below.len() > 1
            && let Some(at) = groups.iter().position(|group| group.folder == folder && group.process.is_none())
        {
            let dropped = groups.remove(at);
            let says = format!("{file} is for several programs at once, so each is built from its sources");
            if let Some(first) = groups.iter_mut().find(|group| paths::is_within(&group.folder, &folder)) {
                first
                    .candidates
                    .extend(dropped.candidates.into_iter().filter(|candidate| candidate.is == Is::Description));
                if let Some(candidate) = first.candidates.first_mut() {
                    candidate.remarks.push(says);
                }
            }
        }
    }
}

/// Whether a Dockerfile speaks of the folder of a program, or of its name as Cargo and workspaces do.
fn mentions(text: &str, group: &Group, folder: &str) -> bool {
    let below = paths::below(&group.folder, folder).unwrap_or_default();
    let name = group.process.as_deref().unwrap_or(paths::name(&group.folder));
    let is_end = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '-' || c == '_');
    let has = |needle: &str| text.match_indices(needle).any(|(at, _)| is_end(&text[at + needle.len()..]));
    has(below)
        || ["--bin ", "--bin=", "-p ", "--package ", "release/", "--filter "]
            .iter()
            .any(|before| has(&format!("{before}{name}")))
}

/// A process of its own is made of what the main one is made of.
fn inherit(groups: &mut [Group]) {
    let mains: Vec<Group> = groups.iter().filter(|group| group.process.is_none()).cloned().collect();
    for group in groups.iter_mut().filter(|group| group.process.is_some()) {
        let Some(main) = mains.iter().find(|main| main.folder == group.folder) else { continue };
        let has_origin =
            group.candidates.iter().flat_map(|c| &c.claims).any(|claim| matches!(claim.fact, Fact::Origin(_)));
        // A program of its own says itself what it reads.
        let has_sources = group.candidates.iter().any(|candidate| candidate.is <= Is::Program);
        for candidate in &main.candidates {
            // Settings of a platform are those of all its processes; compose gives each its own.
            let is_passed_on = |fact: &Fact| match fact {
                Fact::Origin(_)
                | Fact::User(_)
                | Fact::Writable(_)
                | Fact::Env(..)
                | Fact::Secret(_)
                | Fact::OfCompose(..)
                | Fact::Cmd(_)
                | Fact::Given(_) => !has_origin,
                Fact::Reads { .. } => !has_sources,
                Fact::Name(_) => true,
                _ => false,
            };
            let claims: Vec<_> = candidate.claims.iter().filter(|claim| is_passed_on(&claim.fact)).cloned().collect();
            let label = candidate.label.clone();
            if !claims.is_empty() || label.is_some() {
                let is = candidate.is;
                let mut passed = Candidate::new(&group.folder, is);
                (passed.claims, passed.label) = (claims, label);
                group.candidates.push(passed);
            }
        }
        if main.is == Is::Service && group.is == Is::Description {
            group.is = Is::Service;
        }
    }
}

/// Services first; where there is none, programs may be some.
fn choose(repository: &Repository, groups: Vec<Group>) -> Groups {
    let mut chosen = Groups::default();
    let (services, rest): (Vec<Group>, Vec<Group>) = groups.into_iter().partition(|group| group.is == Is::Service);
    let (programs, rest): (Vec<Group>, Vec<Group>) = rest.into_iter().partition(|group| group.is == Is::Program);
    let libraries = rest.iter().filter(|group| group.is == Is::Library);
    chosen.libraries = libraries.map(|group| shown(&group.folder).to_owned()).collect();
    chosen.libraries.sort_unstable();
    for group in rest.iter().filter(|group| group.is == Is::Description) {
        chosen.remarks.extend(group.candidates.iter().flat_map(|candidate| candidate.remarks.iter().cloned()));
        chosen.remarks.extend(unbuildable(repository, group));
    }
    let is_aside = |group: &Group| is_aside(&group.folder);
    let (aside, own): (Vec<Group>, Vec<Group>) = services.into_iter().partition(is_aside);
    if own.is_empty() && aside.is_empty() {
        let (aside, own): (Vec<Group>, Vec<Group>) = programs.into_iter().partition(is_aside);
        chosen.services = if own.is_empty() { aside } else { own };
        return chosen;
    }
    let (services, aside) = if own.is_empty() { (aside, own) } else { (own, aside) };
    chosen.remarks.extend(named(&aside, "shows or tests the rest, and is not taken as a service"));
    chosen
        .remarks
        .extend(named(&programs, "shows no sign that it listens or is kept running, and is not taken as a service"));
    chosen.services = services;
    chosen
}

/// A folder as a reader names it.
fn shown(folder: &str) -> &str {
    if folder.is_empty() { "." } else { folder }
}

fn named(groups: &[Group], why: &str) -> Option<String> {
    let names: Vec<&str> =
        groups.iter().map(|group| group.process.as_deref().unwrap_or(shown(&group.folder))).collect();
    let more = names.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!names.is_empty()).then(|| format!("{}{more}: {why}", names[..names.len().min(NAMED)].join(", ")))
}

/// Other languages, by what their projects have.
const OTHERS: [(&str, &str); 8] = [
    ("Gemfile", "Ruby"),
    ("composer.json", "PHP"),
    ("mix.exs", "Elixir"),
    ("deno.json", "Deno"),
    ("Package.swift", "Swift"),
    ("project.clj", "Clojure"),
    ("build.sbt", "Scala"),
    ("rebar.config", "Erlang"),
];

/// How something runs is known, and nothing says how it is built.
fn unbuildable(repository: &Repository, group: &Group) -> Option<String> {
    let claim = group
        .candidates
        .iter()
        .flat_map(|candidate| &candidate.claims)
        .find(|claim| matches!(claim.fact, Fact::Command(_) | Fact::Args(_) | Fact::Port(_) | Fact::Kind(_)))?;
    let language = OTHERS.iter().find(|(file, _)| repository.has(&paths::join(&group.folder, file)));
    let what = language.map_or_else(
        || "nothing here that plat builds".to_owned(),
        |(file, name)| format!("{name} ({file}), which plat does not build"),
    );
    Some(format!(
        "{} says how it runs, and there is {what}: add a Dockerfile, or name a ready image: in plat.yaml",
        claim.evidence.place()
    ))
}
