//! `.env.example` and its like: the variables that a program wants, by their names; `.env`: what it has at a desk.

use crate::detect::claim::{Candidate, Fact, Is, Trust};
use crate::detect::interest::is_compose;
use crate::detect::paths;
use crate::detect::repository::Repository;
use crate::detect::scene::Scene;

/// What people copy to `.env`, and fill in.
const EXAMPLES: [&str; 5] = [".env.example", ".env.sample", ".env.template", ".env.dist", "example.env"];
/// What libraries read where a program is started by hand.
pub const OWN: &str = ".env";

/// One candidate for each folder that has one.
pub fn detect(scene: &Scene) -> Vec<Candidate> {
    let repository = scene.repository;
    let own = repository.named(OWN).map(|path| of_file(repository, path, Fact::Given));
    let wanted = |name: String| Fact::Reads { name, is_optional: false };
    let examples = EXAMPLES.iter().flat_map(|name| repository.named(name));
    own.chain(examples.map(|path| of_file(repository, path, wanted))).collect()
}

fn of_file(repository: &Repository, path: &str, fact: impl Fn(String) -> Fact) -> Candidate {
    let folder = paths::folder(path);
    let mut candidate = Candidate::new(folder, Is::Description);
    let composes: Vec<&str> = repository
        .files()
        .iter()
        .filter(|file| paths::folder(file) == folder && is_compose(paths::name(file)))
        .filter_map(|file| repository.text(file))
        .collect();
    // What compose puts in somewhere is compose's own.
    let is_put_in = |name: &str| {
        composes.iter().any(|text| text.contains(&format!("${{{name}")) || text.contains(&format!("${name}")))
    };
    for (number, line) in (1..).zip(repository.text(path).unwrap_or_default().lines()) {
        let name = line.split('=').next().unwrap_or_default();
        if !name.is_empty() && !is_put_in(name) {
            let mut evidence = repository.line(path, number);
            name.clone_into(&mut evidence.text);
            candidate.claim(fact(name.to_owned()), Trust::Note, evidence);
        }
    }
    candidate
}
