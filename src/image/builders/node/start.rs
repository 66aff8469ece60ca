//! What runs: the start script, without a package manager between it and the signals.

use std::path::Path;

use serde_json::Value;

use super::project::Project;
use crate::error::{Error, Result};
use crate::image::builders::entry_point::{EntryPoint, of_line};
use crate::reason::Reason;

/// Scripts that start the program, the one for production first.
const SCRIPTS: [&str; 3] = ["start:prod", "start:production", "start"];
/// Package managers: what they would run is run instead.
const MANAGERS: [&str; 4] = ["npm", "pnpm", "yarn", "npx"];

/// Whether package.json, or a file beside it, says what starts.
pub fn says(package: &Value, folder: &Path) -> bool {
    SCRIPTS.iter().any(|name| package["scripts"][name].is_string())
        || package["main"].is_string()
        || folder.join("server.js").is_file()
}

/// # Errors
/// When nothing says it, or what it says is not in the image.
pub fn entry_point(project: &Project) -> Result<EntryPoint> {
    let missing = |what: String| {
        Error::user(what)
            .at(project.folder().join("package.json").display())
            .hint("say how it starts: npm pkg set scripts.start='node dist/main.js', or command: [node, dist/main.js] in plat.yaml")
            .reason(Reason::BuildFailed)
    };
    let mut refused = None;
    for name in SCRIPTS {
        let Some(entry) = project.script(name).map(|script| resolved(project, script)) else { continue };
        match development(project, &entry) {
            None => return Ok(entry),
            Some(tool) => {
                refused = refused.or_else(|| {
                    Some(format!("scripts.{name} runs {tool}, a development dependency, which is not in the image"))
                });
            }
        }
    }
    if let Some(what) = refused {
        return Err(missing(what));
    }
    let main = project.package["main"].as_str().map(str::to_owned);
    // As npm does it (npm start).
    let server = project.folder().join("server.js").is_file().then(|| "server.js".to_owned());
    match server.or(main) {
        Some(file) => Ok(EntryPoint { words: vec!["node".to_owned(), file], env: Vec::new() }),
        None => Err(missing("package.json does not say how the program starts".to_owned())),
    }
}

/// A script that starts another one is that one.
fn resolved(project: &Project, script: &str) -> EntryPoint {
    let mut entry = of_line(script);
    for _ in 0..4 {
        let words: Vec<&str> = entry.words.iter().map(String::as_str).collect();
        let next = match words.as_slice() {
            [manager, "run" | "run-script", name] if MANAGERS.contains(manager) => project.script(name),
            [manager, name] if MANAGERS.contains(manager) => project.script(name),
            _ => None,
        };
        let Some(next) = next else { break };
        let inner = of_line(next);
        entry = EntryPoint { words: inner.words, env: entry.env.into_iter().chain(inner.env).collect() };
    }
    if entry.words.first().is_some_and(|first| first == "npx") && entry.words.len() > 1 {
        entry.words.remove(0);
    }
    entry
}

/// The tool that it starts with, where that is only there for a build.
fn development<'a>(project: &Project, entry: &'a EntryPoint) -> Option<&'a str> {
    let first = entry.words.first()?.as_str();
    let package = match first {
        "nest" => "@nestjs/cli",
        "tsc" => "typescript",
        "ng" => "@angular/cli",
        other => other,
    };
    let is_in = |field: &str| !project.package[field][package].is_null();
    (is_in("devDependencies") && !is_in("dependencies")).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn project(package: Value) -> Project {
        Project { root: "/no/such".into(), member: String::new(), package, lock: None }
    }

    #[rstest]
    #[case::plain(json!({"scripts": {"start": "node dist/main.js"}}), "node dist/main.js")]
    #[case::for_production(json!({"scripts": {"start": "nest start", "start:prod": "node dist/main"}}), "node dist/main")]
    #[case::through_another(json!({"scripts": {"start": "npm run serve", "serve": "node x.js"}}), "node x.js")]
    #[case::a_program(json!({"scripts": {"start": "next start"}, "dependencies": {"next": "16"}}), "next start")]
    #[case::main(json!({"main": "lib/index.js"}), "node lib/index.js")]
    fn what_runs_is_found(#[case] package: Value, #[case] expected: &str) {
        assert_eq!(entry_point(&project(package)).unwrap().words.join(" "), expected);
    }

    #[rstest]
    #[case::a_watcher(json!({"scripts": {"start": "nodemon x.js"}, "devDependencies": {"nodemon": "3"}}), "runs nodemon")]
    #[case::nothing(json!({"scripts": {"test": "node --test"}}), "does not say how")]
    fn what_would_not_run_is_said(#[case] package: Value, #[case] expected: &str) {
        let error = entry_point(&project(package)).unwrap_err();
        assert!(error.what.contains(expected), "{}", error.what);
    }
}
