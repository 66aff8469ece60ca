//! What shows only when plat.yaml is rendered: patches that fit nothing.

use std::path::Path;

use crate::manifests;
use crate::spec::{self, Problem, Source, Spec};

/// All of them, of every environment: a mistake in production is better found today.
pub(super) fn check(text: &str, file: &Path, chosen: Option<&str>, spec: &Spec) -> Result<(), Vec<Problem>> {
    let file = file.display().to_string();
    let mut problems = of(text, &file, chosen, spec);
    for name in spec.environments.keys().filter(|name| Some(name.as_str()) != chosen) {
        // What else is wrong in it was found when the file was read.
        if let Ok(other) = spec::for_environment(text, &file, Some(name)) {
            for problem in of(text, &file, Some(name), &other) {
                let is_known = |known: &Problem| (known.line, known.column) == (problem.line, problem.column);
                if !problems.iter().any(is_known) {
                    problems.push(Problem { message: format!("in {name}: {}", problem.message), ..problem });
                }
            }
        }
    }
    problems.sort_by_key(|problem| (problem.line, problem.column));
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn of(text: &str, file: &str, environment: Option<&str>, spec: &Spec) -> Vec<Problem> {
    let source = Source { text, file, environment };
    let misfits = manifests::check(spec).into_iter();
    misfits.map(|misfit| spec::problem_at(source, &misfit.path, &misfit.what, misfit.hint)).collect()
}
