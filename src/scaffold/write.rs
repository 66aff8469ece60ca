//! Files -> a new folder: written beside it, then renamed, so that it is there whole or not at all.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::render::RenderedFile;
use super::repository::Repository;
use crate::error::{Error, Result};
use crate::reason::Reason;
use crate::text;

/// How many names of an occupied folder an error lists.
const SHOWN_NAMES: usize = 5;

/// A place that is free (or an empty folder).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    parent: PathBuf,
    name: String,
}

impl Destination {
    /// # Errors
    /// When something is there already: it is named, and never overwritten.
    pub fn of(parent: &Path, name: &str) -> Result<Self> {
        let destination = Self { parent: parent.to_owned(), name: name.to_owned() };
        let path = destination.path();
        match fs::read_dir(&path) {
            Err(e) if e.kind() == ErrorKind::NotFound && fs::symlink_metadata(&path).is_err() => Ok(destination),
            Err(_) => Err(occupied(&path, "it is a file or a link")),
            Ok(entries) => {
                let mut names: Vec<String> = entries
                    .flatten()
                    .map(|entry| text::foreign_line(&entry.file_name().to_string_lossy(), 60))
                    .collect();
                if names.is_empty() {
                    return Ok(destination);
                }
                names.sort_unstable();
                let more = names.len().saturating_sub(SHOWN_NAMES);
                names.truncate(SHOWN_NAMES);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                Err(occupied(&path, &format!("it holds {}{more}", names.join(", "))))
            }
        }
    }

    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.parent.join(&self.name)
    }
}

fn occupied(path: &Path, what: &str) -> Error {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Error::user(format!("{name} is there already; nothing was changed"))
        .at(path.display())
        .detail(what)
        .hint("choose another name, or run plat new in another folder")
        .hint(format!("or move it away first: mv {name} {name}.old"))
        .reason(Reason::Occupied)
}

/// Writes the project and makes it a git repository; all of that beside its place, then renamed into it.
///
/// Dropped half-way (Ctrl-C, SIGTERM), it removes what it wrote.
///
/// # Errors
/// When the parent cannot be written to, the disk is full, or someone else took the name meanwhile.
pub async fn create(files: &[RenderedFile], destination: &Destination) -> Result<Repository> {
    let beside = tempfile::Builder::new()
        .prefix(".plat-new-")
        .tempdir_in(&destination.parent)
        .map_err(|e| cannot_write(&destination.parent, e))?;
    // A folder of its own: the temporary one is closed to others (0700), a project should not be.
    let project = beside.path().join(&destination.name);
    for file in files {
        write_file(&project, file).map_err(|e| cannot_write(&destination.path().join(&file.path), e))?;
        // A chance for an interruption: without it the whole project would be written first.
        tokio::task::yield_now().await;
    }
    let repository = Repository::init(&project, &destination.parent).await;
    let path = destination.path();
    fs::rename(&project, &path).map_err(|e| match e.kind() {
        ErrorKind::DirectoryNotEmpty | ErrorKind::AlreadyExists | ErrorKind::NotADirectory => {
            occupied(&path, "it appeared while plat was writing")
        }
        _ => cannot_write(&path, e),
    })?;
    Ok(repository)
}

fn write_file(project: &Path, file: &RenderedFile) -> std::io::Result<()> {
    let path = project.join(&file.path);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::File::create_new(path)?.write_all(&file.content)
}

fn cannot_write(path: &Path, cause: std::io::Error) -> Error {
    Error::user(format!("the project cannot be written: {cause}; nothing was created"))
        .at(path.display())
        .hint("run plat new in a folder that you may write to and that has room")
        .because(cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> RenderedFile {
        RenderedFile { path: path.to_owned(), content: b"x".to_vec() }
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        names
    }

    #[tokio::test]
    async fn a_project_appears_whole_and_nothing_stays_beside_it() {
        let parent = tempfile::tempdir().unwrap();
        let destination = Destination::of(parent.path(), "shop").unwrap();
        create(&[file("a"), file("b/c")], &destination).await.unwrap();
        assert_eq!(names(parent.path()), ["shop"]);
        assert_eq!(names(&parent.path().join("shop/b")), ["c"]);
    }

    #[tokio::test]
    async fn what_fails_half_way_leaves_nothing() {
        let parent = tempfile::tempdir().unwrap();
        let destination = Destination::of(parent.path(), "shop").unwrap();
        // A file and a folder of the same name cannot both be.
        create(&[file("a"), file("a/b")], &destination).await.unwrap_err();
        assert_eq!(names(parent.path()), [""; 0]);
    }

    #[tokio::test]
    async fn what_is_interrupted_half_way_leaves_nothing() {
        let parent = tempfile::tempdir().unwrap();
        let destination = Destination::of(parent.path(), "shop").unwrap();
        let files = [file("a"), file("b")];
        {
            let mut writing = Box::pin(create(&files, &destination));
            // Polled once: the first file is written, the second is not.
            assert!(futures::poll!(writing.as_mut()).is_pending());
            assert_eq!(names(parent.path()).len(), 1);
        }
        assert_eq!(names(parent.path()), [""; 0]);
    }

    #[tokio::test]
    async fn a_name_that_was_taken_meanwhile_is_not_overwritten() {
        let parent = tempfile::tempdir().unwrap();
        let destination = Destination::of(parent.path(), "shop").unwrap();
        fs::create_dir(parent.path().join("shop")).unwrap();
        fs::write(parent.path().join("shop/mine"), "mine").unwrap();
        let error = create(&[file("a")], &destination).await.unwrap_err();
        assert_eq!(error.reason, Some(Reason::Occupied));
        assert_eq!(names(&parent.path().join("shop")), ["mine"]);
        assert_eq!(names(parent.path()), ["shop"]);
    }

    #[test]
    fn an_occupied_place_says_what_is_there_and_an_empty_folder_is_free() {
        let parent = tempfile::tempdir().unwrap();
        fs::create_dir_all(parent.path().join("empty")).unwrap();
        assert!(Destination::of(parent.path(), "empty").is_ok());
        fs::create_dir_all(parent.path().join("full/sub")).unwrap();
        assert_eq!(Destination::of(parent.path(), "full").unwrap_err().details, ["it holds sub"]);
        fs::write(parent.path().join("file"), "").unwrap();
        let error = Destination::of(parent.path(), "file").unwrap_err();
        assert_eq!(error.details, ["it is a file or a link"]);
    }
}
