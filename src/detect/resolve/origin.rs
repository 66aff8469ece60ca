//! How the image comes about, and where plat.yaml goes.

use serde_json::{Value, json};

use super::Draft;
use crate::detect::claim::{Claim, Fact, Origin, Trust};
use crate::detect::paths;
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
        let (origin, claim) = origins.first().map(|(origin, claim)| ((*origin).clone(), (*claim).clone()))?;
        let home = match &origin {
            Origin::Dockerfile { path, context } => common(context, paths::folder(path)),
            Origin::Stack { .. } | Origin::Image(_) => self.group.folder.clone(),
        };
        for (other, lost) in &origins[1..] {
            if !is_same(other, &origin) {
                self.remarks.push(lost_origin(other, lost, (&origin, &claim), &home));
            }
        }
        match &origin {
            Origin::Image(image) => self.add("image", json!(image), vec![claim.evidence]),
            Origin::Dockerfile { path, context } => {
                let is_usual = *path == paths::join(&home, "Dockerfile") && *context == home;
                let is_choice = self.seen_by_builder(&home, Some(Stack::Dockerfile)).is_some();
                if !is_usual || is_choice {
                    let build = recipe(path, context, &home).into_iter().collect::<serde_json::Map<_, _>>();
                    self.add("build", json!(build), vec![claim.evidence]);
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
                Origin::Dockerfile { path, .. } if !is_same(other, &origin) => Some(path),
                _ => None,
            })
            .collect();
        self.claims.retain(|claim| {
            !lost.contains(&&claim.evidence.file)
                || !matches!(claim.fact, Fact::User(_) | Fact::Writable(_) | Fact::Given(_) | Fact::Cmd(_))
        });
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
        (Origin::Dockerfile { path, .. }, Origin::Dockerfile { path: other, .. }) => path == other,
        (Origin::Stack { stack, .. }, Origin::Stack { stack: other, .. }) => stack == other,
        _ => one == other,
    }
}

/// The fields of `build` for a Dockerfile, beside a plat.yaml in `home`.
fn recipe(path: &str, context: &str, home: &str) -> Vec<(String, Value)> {
    let field = |name: &str, path: &str| Some((name.to_owned(), json!(paths::below(path, home)?)));
    let context = Some(context).filter(|context| *context != home).and_then(|context| field("context", context));
    field("dockerfile", path).into_iter().chain(context).collect()
}

fn lost_origin(lost: &Origin, claim: &Claim, (won, winner): (&Origin, &Claim), home: &str) -> String {
    let instead = match lost {
        Origin::Dockerfile { path, context } => {
            let fields = recipe(path, context, home);
            let fields: Vec<String> =
                fields.iter().map(|(name, value)| format!("{name}: {}", value.as_str().unwrap_or_default())).collect();
            format!("build: {{{}}}", fields.join(", "))
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
        Origin::Dockerfile { .. } => format!("{} says how it is built", winner.evidence.place()),
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
