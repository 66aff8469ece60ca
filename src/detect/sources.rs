//! The source files of one project of a repository that holds several.

use super::paths;
use super::repository::Repository;

/// The files below a folder with these endings, but those of projects of their own further below: what has one of
/// `manifests` in it.
#[must_use]
pub fn below<'r>(
    repository: &'r Repository,
    folder: &'r str,
    endings: &[&str],
    manifests: &[&str],
) -> Vec<(&'r str, &'r str)> {
    let others: Vec<&str> = repository
        .files()
        .iter()
        .filter(|file| manifests.contains(&paths::name(file)))
        .map(|file| paths::folder(file))
        .filter(|other| *other != folder && paths::is_within(other, folder))
        .collect();
    let is_own = |file: &str| {
        file.rsplit_once('.').is_some_and(|(_, ending)| endings.contains(&ending))
            && !others.iter().any(|other| paths::is_within(file, other))
    };
    repository.texts_below(folder).filter(|(file, _)| is_own(file)).collect()
}
