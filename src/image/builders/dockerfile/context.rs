//! Which files a Dockerfile may copy.

use std::path::Path;

use ignore::gitignore::GitignoreBuilder;

use crate::error::{Error, Result};
use crate::image::builders::sources::{self, Source};
use crate::input;

/// Of the rules; in bytes.
const LARGEST: u64 = 4 << 20;

/// What `.dockerignore` leaves in the context.
pub fn context(folder: &Path, dockerfile: &Path) -> Result<Vec<Source>> {
    // BuildKit prefers the one that is named as the Dockerfile.
    let own = dockerfile
        .with_file_name(format!("{}.dockerignore", dockerfile.file_name().unwrap_or_default().to_string_lossy()));
    let ignore = [own, folder.join(".dockerignore")].into_iter().find(|file| file.is_file());
    let mut rules = GitignoreBuilder::new(folder);
    if let Some(file) = ignore {
        let text = input::read_text(&file, LARGEST)
            .map_err(|e| Error::user(format!("the .dockerignore {e}")).at(file.display()))?;
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            // A rule holds from the root of the context, and not below every folder as git's does.
            let (not, rule) = line.strip_prefix('!').map_or(("", line), |rule| ("!", rule));
            let rule = rule.trim_start_matches("./").trim_start_matches('/');
            let _ = rules.add_line(None, &format!("{not}/{rule}"));
        }
    }
    let rules = rules
        .build()
        .map_err(|e| Error::user(format!("the .dockerignore cannot be used: {e}")).at(folder.display()))?;
    // Neither is part of a program: a commit, or another number of replicas, makes no other image.
    let is_beside =
        |path: &str| [".git", ".plat", "plat.yaml", "plat.lock"].contains(&path.split('/').next().unwrap_or(path));
    let has_exceptions = rules.num_whitelists() > 0;
    let is_left_out = |path: &str| {
        let is_folder = folder.join(path).is_dir();
        // A rule may take back what another one left out with its folder.
        is_beside(path)
            || (!(is_folder && has_exceptions) && rules.matched_path_or_any_parents(path, is_folder).is_ignore())
    };
    sources::everything(folder, is_left_out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::tests::project;

    fn paths(files: &[(&str, &str)]) -> Vec<String> {
        let folder = project(files);
        let found = context(folder.path(), &folder.path().join("Dockerfile")).unwrap();
        found
            .into_iter()
            .map(|source| source.path)
            .filter(|path| !path.contains("ockerfile") && path != ".dockerignore")
            .collect()
    }

    #[test]
    fn a_rule_of_dockerignore_holds_from_the_root_and_may_be_taken_back() {
        let files = [
            (".dockerignore", "# no\ndist\n**/*.log\nassets/*\n!assets/keep.txt\n"),
            ("dist/a.js", ""),
            ("src/dist/b.js", ""),
            ("src/x.log", ""),
            ("assets/big.bin", ""),
            ("assets/keep.txt", ""),
            (".git/config", ""),
            ("plat.yaml", ""),
        ];
        assert_eq!(paths(&files), ["assets/keep.txt", "src/dist/b.js"]);
    }
}
