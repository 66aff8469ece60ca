//! How the image comes about, and where plat.yaml goes.

use serde_json::{Value, json};

use super::Draft;
use crate::detect::claim::{Candidate, Claim, Fact, Is, Origin, Recipe, Trust};
use crate::detect::detectors::dockerfile;
use crate::detect::paths;
use crate::detect::write::flow;
use crate::spec::Stack;

/// What the builder sees by itself beside plat.yaml, in its order.
const SEEN: [(&str, Stack); 12] = [
    ("Dockerfile", Stack::Dockerfile),
    ("Containerfile", Stack::Dockerfile),
    ("go.mod", Stack::Go),
    ("Cargo.toml", Stack::Rust),
    ("package.json", Stack::Node),
    ("pyproject.toml", Stack::Python),
    ("requirements.txt", Stack::Python),
    ("setup.py", Stack::Python),
    ("Pipfile", Stack::Python),
    ("pom.xml", Stack::Java),
    ("build.gradle", Stack::Java),
    ("build.gradle.kts", Stack::Java),
];

impl Draft<'_> {
    /// Chooses it, and returns the folder of plat.yaml; none where nothing says how it is built.
    pub(super) fn origin(&mut self) -> Option<String> {
        let origins = self.each(|fact| if let Fact::Origin(origin) = fact { Some(origin) } else { None });
        let (mut origin, claim) = origins.first().map(|(origin, claim)| ((*origin).clone(), (*claim).clone()))?;
        if let Origin::Dockerfile(recipe) = &mut origin {
            // The file itself says neither stage nor arguments; who builds it does.
            let same = origins.iter().filter_map(|(other, _)| match other {
                Origin::Dockerfile(other) if other.path == recipe.path => Some(other),
                _ => None,
            });
            if let Some(other) = same.into_iter().find(|other| other.target.is_some() || !other.args.is_empty()) {
                (recipe.target, recipe.args) = (other.target.clone(), other.args.clone());
            }
        }
        let home = match &origin {
            Origin::Dockerfile(recipe) => common(&recipe.context, paths::folder(&recipe.path)),
            Origin::Stack { .. } | Origin::Image(_) => self.group.folder.clone(),
        };
        for (other, lost) in &origins[1..] {
            if !is_same(other, &origin) {
                self.remarks.push(lost_origin(other, lost, (&origin, &claim), &home));
            }
        }
        match &origin {
            Origin::Image(image) => self.add("image", json!(image), vec![claim.evidence]),
            Origin::Dockerfile(recipe) => {
                let is_plain = recipe.target.is_none() && recipe.args.is_empty();
                let is_usual = recipe.path == paths::join(&home, "Dockerfile") && recipe.context == home && is_plain;
                let is_choice = self.seen_by_builder(&home, Some(Stack::Dockerfile)).is_some();
                if !is_usual || is_choice {
                    let build = fields(recipe, &home).into_iter().collect::<serde_json::Map<_, _>>();
                    let saying =
                        origins.iter().find(|(other, _)| matches!(other, Origin::Dockerfile(other) if other == recipe));
                    let evidence = saying.map_or(claim.evidence, |(_, claim)| claim.evidence.clone());
                    self.add("build", json!(build), vec![evidence]);
                } else {
                    self.see("is built by", "Dockerfile", &claim);
                }
            }
            Origin::Stack { stack, path } => {
                let mut build = serde_json::Map::new();
                if self.seen_by_builder(&home, None) != Some(*stack) {
                    build.insert("stack".to_owned(), json!(stack));
                }
                if let Some(path) = path {
                    build.insert("path".to_owned(), json!(path));
                }
                if build.is_empty() {
                    self.see("is built as", &format!("{stack:?}"), &claim);
                } else {
                    self.add("build", json!(build), vec![claim.evidence]);
                }
            }
        }
        if let Origin::Stack { stack, .. } = &origin {
            self.release(*stack);
        }
        // What the image of another Dockerfile is says nothing of this one.
        let lost: Vec<&String> = origins
            .iter()
            .filter_map(|(other, _)| match other {
                Origin::Dockerfile(recipe) if !is_same(other, &origin) => Some(&recipe.path),
                _ => None,
            })
            .collect();
        self.claims.retain(|claim| {
            !lost.contains(&&claim.evidence.file)
                || !matches!(claim.fact, Fact::User(_) | Fact::Writable(_) | Fact::Given(_) | Fact::Cmd(_))
        });
        if let Origin::Dockerfile(recipe) = &origin
            && recipe.target.is_some()
        {
            // Nor does another stage.
            let of = |target: Option<&str>| {
                let mut said = Candidate::new("", Is::Description);
                if let Some(image) = dockerfile::read(self.repository, &recipe.path, target) {
                    dockerfile::describe(self.repository, &recipe.path, &image, &mut said);
                }
                said
            };
            let stage = of(recipe.target.as_deref());
            self.of_another_stage = of(None).remarks;
            self.of_another_stage.retain(|remark| !stage.remarks.contains(remark));
            let is_of_stage = |claim: &&Claim| stage.claims.iter().any(|said| said.fact == claim.fact);
            self.claims.retain(|claim| {
                claim.evidence.file != recipe.path || matches!(claim.fact, Fact::Origin(_)) || is_of_stage(claim)
            });
        }
        self.origin = Some(origin);
        Some(home)
    }

    /// The release that its builder takes, and what it lacks.
    fn release(&mut self, stack: Stack) {
        let releases = self.each(|fact| match fact {
            Fact::Release { stack: of, what, value } if *of == stack => Some((*what, value)),
            _ => None,
        });
        if let Some(((what, value), claim)) = releases.first() {
            self.see(what, value.trim_start_matches("docker.io/library/"), claim);
        }
        let unlocked = self.each(|fact| match fact {
            Fact::Unlocked { stack: of, how } if *of == stack => Some(how),
            _ => None,
        });
        if let Some((how, claim)) = unlocked.first() {
            let folder = paths::folder(&claim.evidence.file);
            let cd = if folder.is_empty() { String::new() } else { format!("cd {folder} && ") };
            self.next.push(format!(
                "there is no lock file, without which plat builds nothing; make it and commit it: {cd}{how}"
            ));
        }
    }

    /// What the builder takes in a folder, but for one.
    fn seen_by_builder(&self, folder: &str, but: Option<Stack>) -> Option<Stack> {
        let is_there = |(name, _): &&(&str, Stack)| self.repository.has(&paths::join(folder, name));
        SEEN.iter().filter(|(_, stack)| Some(*stack) != but).find(is_there).map(|(_, stack)| *stack)
    }

    pub(super) fn see(&mut self, what: &'static str, value: &str, claim: &Claim) {
        let (value, evidence) = (value.to_owned(), claim.evidence.clone());
        self.seen.push(crate::detect::service::Seen { what, value, evidence });
    }
}

fn is_same(one: &Origin, other: &Origin) -> bool {
    match (one, other) {
        (Origin::Dockerfile(one), Origin::Dockerfile(other)) => one.path == other.path,
        (Origin::Stack { stack, .. }, Origin::Stack { stack: other, .. }) => stack == other,
        _ => one == other,
    }
}

/// The fields of `build` for a Dockerfile, beside a plat.yaml in `home`.
fn fields(recipe: &Recipe, home: &str) -> Vec<(String, Value)> {
    let path = |path: &str| paths::below(path, home).map(|path| json!(path));
    let context = Some(&recipe.context).filter(|context| *context != home).and_then(|context| path(context));
    let args = (!recipe.args.is_empty()).then(|| json!(recipe.args));
    let all = [
        ("dockerfile", path(&recipe.path)),
        ("context", context),
        ("target", recipe.target.as_ref().map(|target| json!(target))),
        ("args", args),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn lost_origin(lost: &Origin, claim: &Claim, (won, winner): (&Origin, &Claim), home: &str) -> String {
    let instead = match lost {
        Origin::Dockerfile(recipe) => {
            let fields: serde_json::Map<_, _> = fields(recipe, home).into_iter().collect();
            format!("build: {}", flow(&json!(fields)))
        }
        Origin::Stack { stack, path } => {
            // Of several programs of a Go module, the one that was looked at.
            let seen = (*stack == Stack::Go).then(|| paths::folder(&claim.evidence.file));
            let path = path.as_deref().or_else(|| paths::below(seen?, home)).filter(|path| !path.is_empty());
            let path = path.map(|path| format!(", path: {path}")).unwrap_or_default();
            format!("build: {{stack: {}{path}}}", format!("{stack:?}").to_lowercase())
        }
        Origin::Image(image) => format!("image: {image}"),
    };
    let why = match won {
        Origin::Dockerfile(_) => format!("{} says how it is built", winner.evidence.place()),
        Origin::Image(_) => format!("{} names a ready image", winner.evidence.place()),
        Origin::Stack { .. } => "the sources count more".to_owned(),
    };
    // Why it counts less is said where that was seen.
    if claim.trust == Trust::Note {
        return format!("to build it with {} all the same: {instead}", claim.evidence.place());
    }
    format!("{}: not what builds it, because {why}; to have it so: {instead}", claim.evidence.place())
}

/// The deepest folder that holds both.
fn common(one: &str, other: &str) -> String {
    let mut folder = one;
    while !paths::is_within(other, folder) {
        folder = paths::folder(folder);
    }
    folder.to_owned()
}
