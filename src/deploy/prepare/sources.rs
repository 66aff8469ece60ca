//! The texts that `-f` names: files, folders, stdin, kustomizations.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use crate::error::{Error, Result};
use crate::reason::Reason;
use crate::text::foreign_line;

/// Manifests are written by people or by a tool for people: what is larger is something else.
const MAX_BYTES: u64 = 64 << 20;
/// What kustomize looks for (`sigs.k8s.io/kustomize/api`, `konfig`).
const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
/// What kubectl reads of a folder.
const ENDINGS: [&str; 3] = ["json", "yaml", "yml"];
/// Lines of a failing program that are shown.
const LINES: usize = 8;

/// A text and what the reader calls it.
pub struct Source {
    pub name: String,
    pub text: String,
}

/// Reads everything that `names` name, in their order; the files of a folder by name. Each of them may be a pipe whose
/// writer takes its time: they are read beside the runtime, so that Ctrl-C ends it.
///
/// # Errors
/// What is not there, cannot be read or is not text; a folder without manifests; a kustomization that does not build.
pub async fn read(names: &[String], recursive: bool) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    for name in names {
        if name == "-" {
            sources.push(text("stdin", || Ok(io::stdin())).await?);
        } else if name.starts_with("http://") || name.starts_with("https://") {
            return Err(Error::usage(format!("{} is not a file", foreign_line(name, 200)))
                .hint("fetch it first, so that you see what you apply: curl -fsSL … | plat deploy -f -")
                .reason(Reason::NoFile));
        } else {
            path(name, recursive, &mut sources).await?;
        }
    }
    Ok(sources)
}

async fn path(name: &str, recursive: bool, sources: &mut Vec<Source>) -> Result<()> {
    let path = Path::new(name);
    let is_folder = fs::metadata(path).map_err(|e| unreadable(name, e))?.is_dir();
    if !is_folder {
        sources.push(file(path.to_owned()).await?);
        return Ok(());
    }
    if KUSTOMIZATIONS.iter().any(|file| path.join(file).is_file()) {
        sources.push(kustomize(name).await?);
        return Ok(());
    }
    let mut files = Vec::new();
    list(path, recursive, &mut files).map_err(|e| unreadable(name, e))?;
    if files.is_empty() {
        let error = Error::user(format!("the folder {} holds no manifests", foreign_line(name, 200)))
            .hint("it is searched for *.yaml, *.yml and *.json")
            .reason(Reason::NoManifests);
        return Err(if recursive { error } else { error.hint("-R also searches the folders in it") });
    }
    for path in files {
        sources.push(file(path).await?);
    }
    Ok(())
}

/// The manifests of a folder, by name, as kubectl's walk has them.
fn list(folder: &Path, recursive: bool, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        // A link to a folder is not followed: it may lead round in a circle.
        if entry.file_type()?.is_dir() {
            if recursive {
                list(&path, recursive, files)?;
            }
        } else if path.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known)) {
            files.push(path);
        }
    }
    Ok(())
}

async fn file(path: PathBuf) -> Result<Source> {
    text(&path.display().to_string(), || fs::File::open(path)).await
}

async fn text<R: Read>(name: &str, open: impl FnOnce() -> io::Result<R> + Send + 'static) -> Result<Source> {
    let read = || {
        let mut bytes = Vec::new();
        open()?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = tokio::task::spawn_blocking(read).await.map_err(|e| Error::bug("reading stopped").because(e))?;
    decode(name, bytes.map_err(|e| unreadable(name, e))?)
}

fn decode(name: &str, bytes: Vec<u8>) -> Result<Source> {
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Error::user(format!("{} is larger than {} MiB", foreign_line(name, 200), MAX_BYTES >> 20))
            .hint("is it a manifest?")
            .reason(Reason::TooLarge));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source { name: name.to_owned(), text }),
        Err(error) => {
            let readable = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = readable.split(|byte| *byte == b'\n').count();
            Err(Error::user("a manifest is UTF-8, and this is not")
                .at(format!("{}:{line}", foreign_line(name, 200)))
                .hint("save it as UTF-8; bytes belong into `binaryData`, as base64")
                .reason(Reason::NotUtf8))
        }
    }
}

fn unreadable(name: &str, error: io::Error) -> Error {
    let what = match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or folder",
        io::ErrorKind::PermissionDenied => "you are not allowed to read this file",
        _ => "this file cannot be read",
    };
    Error::user(what).at(foreign_line(name, 200)).hint("-f takes a file, a folder, or - for stdin").because(error)
}

/// Builds a kustomization with the tool that this machine has.
async fn kustomize(folder: &str) -> Result<Source> {
    for (program, arguments) in [("kustomize", ["build"].as_slice()), ("kubectl", ["kustomize"].as_slice())] {
        let mut command = Command::new(program);
        command.args(arguments).arg(folder).stdin(Stdio::null()).kill_on_drop(true);
        let output = match command.output().await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            output => output.map_err(|e| Error::user(format!("{program} does not start")).because(e))?,
        };
        let shown = format!("{program} {} {}", arguments.join(" "), foreign_line(folder, 200));
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let error = Error::user(format!("{shown} failed ({})", output.status)).at(foreign_line(folder, 200));
            let error = said.lines().take(LINES).fold(error, |error, line| error.detail(foreign_line(line, 400)));
            return Err(error
                .hint("fix the kustomization; run the command yourself to see all of it")
                .reason(Reason::Kustomize));
        }
        return decode(&shown, output.stdout);
    }
    Err(Error::user("this folder is a kustomization, and neither kustomize nor kubectl is on PATH to build it")
        .at(foreign_line(folder, 200))
        .hint("install one of them: https://kubectl.docs.kubernetes.io/installation/kustomize/")
        .hint("or build it elsewhere: kustomize build … | plat deploy -f -")
        .reason(Reason::NoKustomize))
}
