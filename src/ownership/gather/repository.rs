//! A git repository on this disk: its files, and its history as git tells it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::future::join_all;
use jiff::Timestamp;

use crate::git::{Failure, Git};
use crate::input;
use crate::ownership::model::{Evidence, Says};
use crate::ownership::sources::{Commit, Document, FORMAT, Query, Reads, SOURCES, commits, plat_yaml};

/// A git command that takes longer is given up: an answer without history beats none.
const PATIENCE: Duration = Duration::from_secs(20);
/// Larger files hold no owners; GitHub ignores a CODEOWNERS above this too. In bytes.
const LARGEST: u64 = 3 * 1024 * 1024;
/// How far back the history of one path is read.
const HISTORY: [&str; 2] = ["--max-count=2000", "--since=3.years"];
/// How many commits of the repository tell who is still around.
const AROUND: &str = "--max-count=20000";
/// How many plat.yaml files are looked at for the name of a service.
const SERVICES: usize = 500;

#[derive(Debug)]
pub struct Repository {
    root: PathBuf,
    git: Git,
}

#[derive(Debug, Default)]
pub struct Read {
    pub evidence: Vec<Evidence>,
    pub notes: Vec<String>,
}

impl Repository {
    /// The repository that a path is in: the nearest folder upwards with a `.git`.
    #[must_use]
    pub fn around(path: &Path) -> Option<Self> {
        let path = path.canonicalize().ok()?;
        let root = path.ancestors().find(|folder| folder.join(".git").exists())?;
        Some(Self { root: root.to_owned(), git: Git::new(root, PATIENCE) })
    }

    #[must_use]
    pub fn name(&self) -> String {
        self.root.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The path in the repository with `/`; a folder ends in `/`.
    #[must_use]
    pub fn relative(&self, path: &Path) -> String {
        let inside = path.strip_prefix(&self.root).unwrap_or(path);
        let parts: Vec<_> = inside.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        let end = if path.is_dir() && !parts.is_empty() { "/" } else { "" };
        parts.join("/") + end
    }

    /// The folder whose plat.yaml gives its service this name.
    pub async fn folder_of_service(&self, name: &str) -> Option<String> {
        let files = self.git.files_named("plat.yaml").await.unwrap_or_else(|_| vec!["plat.yaml".to_owned()]);
        let mut files = files.iter().take(SERVICES);
        let file = files
            .find(|file| self.read(file).and_then(|text| plat_yaml::service_name(&text)).as_deref() == Some(name))?;
        Some(file.trim_end_matches("plat.yaml").to_owned())
    }

    /// Addresses of the repository's remotes.
    pub async fn remotes(&self) -> Vec<String> {
        let listed = self.git.run(&["config", "--get-regexp", r"^remote\..*\.url$"]).await.unwrap_or_default();
        listed.lines().filter_map(|line| line.split_once(' ')).map(|(_, url)| url.to_owned()).collect()
    }

    /// Who committed when, anywhere in the repository.
    pub async fn commits(&self) -> Vec<Commit> {
        let format = format!("--format={FORMAT}");
        commits(&self.git.run(&["log", "--no-merges", AROUND, &format]).await.unwrap_or_default())
    }

    /// What every source finds in its files and in the history.
    pub async fn evidence(&self, query: &Query, now: Timestamp) -> Read {
        let mut read = Read::default();
        for source in SOURCES {
            let (place, text) = match source.reads {
                Reads::Objects => continue,
                Reads::First(files) => match files.iter().find_map(|file| self.text(file)) {
                    Some(found) => found,
                    None => continue,
                },
                Reads::Nearest(files) => match upwards(&query.path, files).find_map(|file| self.text(&file)) {
                    Some(found) => found,
                    None => continue,
                },
                Reads::History => match self.history(&query.path).await {
                    Ok(log) => (if query.path.is_empty() { "all of it".to_owned() } else { query.path.clone() }, log),
                    Err(why) => {
                        read.notes.push(format!("the history could not be read: {why}"));
                        continue;
                    }
                },
            };
            read.evidence.extend(source.evidence(&Document { text: &text, place: &place, query, now }));
        }
        self.date(&mut read.evidence).await;
        if self.git.run(&["rev-parse", "--is-shallow-repository"]).await.is_ok_and(|answer| answer.trim() == "true") {
            read.notes.push("this clone is shallow, its history is cut off: git fetch --unshallow".to_owned());
        }
        read
    }

    async fn history(&self, path: &str) -> Result<String, Failure> {
        // A repository without a commit yet has no history, which is fine.
        if self.git.run(&["rev-parse", "--verify", "--quiet", "HEAD"]).await.is_err() {
            return Ok(String::new());
        }
        let format = format!("--format={FORMAT}");
        let mut arguments = vec!["log", "--no-merges", "--numstat", &format];
        arguments.extend(HISTORY);
        let file = !path.is_empty() && !path.ends_with('/');
        if file {
            arguments.push("--follow");
        }
        arguments.push("--");
        if !path.is_empty() {
            arguments.push(path);
        }
        self.git.run(&arguments).await
    }

    /// Files have no date of their own: the line's last change is when it was said, else the file's.
    async fn date(&self, evidence: &mut [Evidence]) {
        let undated = evidence
            .iter_mut()
            .filter(|evidence| evidence.date.is_none() && !matches!(evidence.says, Says::Work { .. }));
        join_all(undated.map(|evidence| async {
            // `Component x of catalog-info.yaml` is about the file.
            let file = evidence.place.rsplit(" of ").next().unwrap_or(&evidence.place);
            let date = match evidence.line {
                Some(line) => self.line_changed(file, line).await,
                None => self.file_changed(file).await,
            };
            evidence.date = date;
        }))
        .await;
    }

    /// Asked of the commit: blame of the work tree would run the filters that the repository names.
    async fn line_changed(&self, file: &str, line: usize) -> Option<Timestamp> {
        let here = self.read(file)?;
        let committed = self.git.run(&["cat-file", "blob", &format!("HEAD:{file}")]).await.ok()?;
        let line = same_line(&here, line, &committed)?;
        let range = format!("{line},{line}");
        let blame = self.git.run(&["blame", "--porcelain", "-L", &range, "HEAD", "--", file]).await.ok()?;
        let time = blame.lines().find_map(|line| line.strip_prefix("author-time "))?;
        Timestamp::from_second(time.parse().ok()?).ok()
    }

    async fn file_changed(&self, file: &str) -> Option<Timestamp> {
        self.git.run(&["log", "-1", "--format=%aI", "--", file]).await.ok()?.trim().parse().ok()
    }

    fn text(&self, file: &str) -> Option<(String, String)> {
        Some((file.to_owned(), self.read(file)?))
    }

    fn read(&self, file: &str) -> Option<String> {
        let bytes = input::read(&self.root.join(file), LARGEST).ok().filter(|bytes| !bytes.is_empty())?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// The line of the committed text that says what this line of the file says; the nearest, where several do. None when
/// it is not committed.
fn same_line(here: &str, line: usize, committed: &str) -> Option<usize> {
    let said = here.lines().nth(line.checked_sub(1)?)?.trim_end();
    let same = committed.lines().enumerate().filter(|(_, other)| other.trim_end() == said);
    same.map(|(at, _)| at + 1).min_by_key(|at| at.abs_diff(line))
}

/// The candidates from the asked path's own folder up to the root.
fn upwards<'a>(path: &'a str, files: &'a [&'a str]) -> impl Iterator<Item = String> + 'a {
    let folders = path.char_indices().rev().filter(|(_, c)| *c == '/').map(|(at, _)| &path[..=at]).chain([""]);
    folders.flat_map(move |folder| files.iter().map(move |file| format!("{folder}{file}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("src/pay/main.go", &["src/pay/OWNERS", "src/OWNERS", "OWNERS"])]
    #[case("src/pay/", &["src/pay/OWNERS", "src/OWNERS", "OWNERS"])]
    #[case("", &["OWNERS"])]
    fn the_nearest_folder_comes_first(#[case] path: &str, #[case] expected: &[&str]) {
        assert_eq!(upwards(path, &["OWNERS"]).collect::<Vec<_>>(), expected);
    }
    #[rstest]
    #[case::as_it_is_committed("a\nb\n", 2, "a\nb\n", Some(2))]
    #[case::below_a_new_line("new\na\nb\n", 3, "a\nb\n", Some(2))]
    #[case::the_nearest_of_equal_ones("x\nb\nx\n", 3, "x\nb\nx\n", Some(3))]
    #[case::with_other_line_ends("a\r\nb\r\n", 2, "a\nb\n", Some(2))]
    #[case::not_committed("a\nnew\n", 2, "a\nb\n", None)]
    fn a_line_is_found_in_the_commit(
        #[case] here: &str,
        #[case] line: usize,
        #[case] committed: &str,
        #[case] expected: Option<usize>,
    ) {
        assert_eq!(same_line(here, line, committed), expected);
    }
}
