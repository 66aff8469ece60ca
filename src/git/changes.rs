//! What is checked out, and whether it was changed since: without running a filter, and without writing the index.

use std::collections::BTreeSet;
use std::path::{Component, Path};
use std::time::{Duration, SystemTime};

use super::{Failure, Git, MODIFIED, Result, fields};

/// Repositories in repositories are followed so deep.
const DEPTH: usize = 8;

/// Git takes a file as old as its index for possibly changed, by the second.
const NEWER: Duration = Duration::from_secs(2);

impl Git {
    /// The commit that is checked out, and [`MODIFIED`] behind it where a tracked file differs from it.
    ///
    /// # Errors
    /// Where there is no commit, and when it cannot be told within the limits.
    pub async fn checked_out(&self) -> Result<String> {
        let told = self.run(&["rev-parse", "--show-toplevel", "HEAD^{commit}"]).await?;
        let Some((root, commit)) = told.trim_end_matches('\n').rsplit_once('\n') else {
            return Err(Failure::Unusable("git names no commit".to_owned()));
        };
        let root = Self { folder: root.into(), limits: self.limits };
        let mark = if root.is_changed(DEPTH).await? { MODIFIED } else { "" };
        Ok(format!("{commit}{mark}"))
    }

    /// Whether there is a file in the repository that no commit has, and git does not ignore.
    ///
    /// # Errors
    /// As [`Git::run`].
    pub async fn has_untracked(&self) -> Result<bool> {
        let list = ["ls-files", "-z", "--others", "--exclude-standard", "--directory", "--", ":/"];
        let listed = self.text(self.command(&["--no-literal-pathspecs"], &list), &[]).await?;
        Ok(!listed.is_empty())
    }

    /// Whether a tracked file differs from the commit, also one of a submodule.
    async fn is_changed(&self, depth: usize) -> Result<bool> {
        let filters = self.filters().await?;
        // It could not be switched off on the command line, and no person names a filter so.
        if filters.iter().any(|name| name.contains('=')) {
            return Ok(true);
        }
        let changed = self.status(&filters, None).await?;
        if !changed.is_empty() && self.are_really(&changed, &filters).await? {
            return Ok(true);
        }
        if depth == 0 {
            return Ok(false);
        }
        for path in self.submodules().await? {
            let submodule = Self { folder: self.folder.join(path), limits: self.limits };
            if Box::pin(submodule.is_changed(depth - 1)).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The names of all filters that any configuration has.
    async fn filters(&self) -> Result<BTreeSet<String>> {
        let keys = none_is_empty(self.run(&["config", "-z", "--name-only", "--get-regexp", r"^filter\."]).await)?;
        let names = fields(&keys).filter_map(|key| Some(key.strip_prefix("filter.")?.rsplit_once('.')?.0.to_owned()));
        Ok(names.collect())
    }

    /// `XY path` of each tracked file that differs, with all filters off; submodules by their commit alone, because a
    /// look into them would run what *their* configuration names.
    async fn status(&self, filters: &BTreeSet<String>, index: Option<&Path>) -> Result<Vec<String>> {
        let mut options = Vec::new();
        for name in filters {
            for setting in ["clean=", "smudge=", "process=", "required=false"] {
                options.extend(["-c".to_owned(), format!("filter.{name}.{setting}")]);
            }
        }
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        let status =
            ["status", "--porcelain=v1", "-z", "--untracked-files=no", "--ignore-submodules=dirty", "--no-renames"];
        let mut command = self.command(&options, &status);
        if let Some(index) = index {
            command.env("GIT_INDEX_FILE", index);
        }
        Ok(fields(&self.text(command, &[]).await?).map(str::to_owned).collect())
    }

    /// A file behind a filter (as of git-lfs) differs from what the commit holds whenever it is read without it. Git reads
    /// it where size and time do not tell that it is unchanged, which is so of all files right after a clone: they are
    /// as old as the index. So for such files size and time alone decide, with an index that is newer.
    async fn are_really(&self, changed: &[String], filters: &BTreeSet<String>) -> Result<bool> {
        let paths: Option<Vec<&str>> = changed.iter().map(|line| line.strip_prefix(" M ")).collect();
        let Some(paths) = paths.filter(|_| !filters.is_empty()) else { return Ok(true) };
        let attributes = self.command(&[], &["check-attr", "-z", "--stdin", "filter"]);
        let told = self.text(attributes, (paths.join("\0") + "\0").as_bytes()).await?;
        let filtered = told.split('\0').skip(2).step_by(3).filter(|name| filters.contains(*name)).count();
        if filtered < paths.len() {
            return Ok(true);
        }
        let index = self.run(&["rev-parse", "--git-path", "index"]).await?;
        let unusable = |error: std::io::Error| Failure::Unusable(format!("git's index cannot be copied: {error}"));
        let copy = tempfile::NamedTempFile::new().map_err(unusable)?;
        std::fs::copy(self.folder.join(index.trim_end_matches('\n')), copy.path()).map_err(unusable)?;
        copy.as_file().set_modified(SystemTime::now() + NEWER).map_err(unusable)?;
        Ok(!self.status(filters, Some(copy.path())).await?.is_empty())
    }

    /// The folders of the submodules that are checked out, without those whose changes do not count.
    async fn submodules(&self) -> Result<Vec<String>> {
        if !self.folder.join(".gitmodules").is_file() {
            return Ok(Vec::new());
        }
        let keys = r"^submodule\..*\.(path|ignore)$";
        let told = none_is_empty(self.run(&["config", "-z", "--file", ".gitmodules", "--get-regexp", keys]).await)?;
        let settings: Vec<(&str, &str)> = fields(&told).filter_map(|setting| setting.split_once('\n')).collect();
        let ignored = |name: &str| {
            let key = format!("{name}.ignore");
            settings.iter().any(|(other, value)| *other == key && matches!(*value, "all" | "dirty"))
        };
        let paths = settings.iter().filter_map(|(key, path)| Some((key.strip_suffix(".path")?, *path)));
        let paths = paths.filter(|(name, path)| !ignored(name) && self.is_below(path));
        Ok(paths.map(|(_, path)| path.to_owned()).collect())
    }

    /// Whether this is a repository inside this one, and not reached over a link.
    fn is_below(&self, path: &str) -> bool {
        let mut folder = self.folder.clone();
        let is_plain = Path::new(path).components().all(|part| {
            folder.push(part);
            matches!(part, Component::Normal(_)) && !folder.is_symlink()
        });
        is_plain && folder.join(".git").exists()
    }
}

/// `git config` ends with 1 where nothing matches.
fn none_is_empty(told: Result<String>) -> Result<String> {
    match told {
        Err(Failure::Refused(Some(1), _)) => Ok(String::new()),
        told => told,
    }
}
