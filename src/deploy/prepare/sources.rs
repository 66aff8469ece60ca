//! The texts that `-f` names: files, folders, stdin, kustomizations.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::process::Command;

use crate::error::{Error, Result};
use crate::files::{ENDINGS, KUSTOMIZATIONS};
use crate::input::{self, Refusal};
use crate::program::{self, Ended, Failure, Limits};
use crate::reason::Reason;
use crate::text::{foreign_line, nearest};

/// Manifests are written by people or by a tool for people: what is larger is something else.
const MAX_BYTES: u64 = 64 << 20;
/// A kustomization may fetch its bases.
const KUSTOMIZE: Limits = Limits { time: Duration::from_mins(5), output: MAX_BYTES };
/// Lines of a failing program that are shown.
const LINES: usize = 8;

/// What the reader calls the standard input.
pub const STDIN: &str = "stdin";

/// A text and what the reader calls it.
pub struct Source {
    pub name: String,
    pub text: String,
    pub made: Made,
}

/// Who made a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// Someone wrote it, or gave it as it is.
    AsItIs,
    /// A program that plat ran: nobody can look up a line of it.
    ByProgram,
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
            let bytes = input::read_stdin(MAX_BYTES).await.map_err(|refusal| refused(STDIN, refusal))?;
            sources.push(decode(STDIN, bytes)?);
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

/// What a kustomization builds.
///
/// # Errors
/// A folder that is none; one that does not build.
pub async fn kustomization(folder: &str) -> Result<Vec<Source>> {
    let path = Path::new(folder);
    let metadata = fs::metadata(path).map_err(|e| unreadable(folder, e))?;
    if !metadata.is_dir() || !is_kustomization(path) {
        return Err(Error::user("this is not a folder with a kustomization")
            .at(foreign_line(folder, 200))
            .hint("-k takes a folder that has a kustomization.yaml; plain manifests are given with -f")
            .reason(Reason::NoManifests));
    }
    Ok(vec![kustomize(folder).await?])
}

/// Whether this is the folder of a Helm chart.
pub fn is_chart(name: &str) -> bool {
    Path::new(name).join("Chart.yaml").is_file()
}

/// What Helm makes of a chart, with the values that it has itself.
///
/// # Errors
/// No Helm; a chart that it refuses.
pub async fn chart(folder: &str, namespace: &str) -> Result<Vec<Source>> {
    let folder_name = Path::new(folder).canonicalize().ok();
    let release = folder_name.as_deref().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or("release");
    let mut command = Command::new("helm");
    command.args(["template", release, folder, "--namespace", namespace]);
    let shown = format!("helm template {} {}", foreign_line(release, 100), foreign_line(folder, 200));
    let output = match program::run(command, &[], KUSTOMIZE).await {
        Err(Failure::NotFound) => {
            return Err(Error::user("this folder is a Helm chart, and helm is not on PATH to render it")
                .at(foreign_line(folder, 200))
                .hint("install it: https://helm.sh/docs/intro/install/")
                .hint("or render it elsewhere, with your values: helm template … | plat init --from -")
                .reason(Reason::NoHelm));
        }
        Err(failure) => return Err(Error::user(format!("{shown} {failure}")).reason(Reason::Helm)),
        Ok(output) => output,
    };
    if !output.status.success() {
        return Err(did_not_render(&shown, folder, &output)
            .hint("a chart that needs values: helm template NAME CHART -f VALUES | plat init --from -")
            .reason(Reason::Helm));
    }
    Ok(vec![Source { made: Made::ByProgram, ..decode(&shown, output.stdout)? }])
}

fn is_kustomization(folder: &Path) -> bool {
    KUSTOMIZATIONS.iter().any(|file| folder.join(file).is_file())
}

async fn path(name: &str, recursive: bool, sources: &mut Vec<Source>) -> Result<()> {
    let path = Path::new(name);
    let is_folder = fs::metadata(path).map_err(|e| unreadable(name, e))?.is_dir();
    if !is_folder {
        sources.push(file(path.to_owned()).await?);
        return Ok(());
    }
    if is_kustomization(path) {
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
    let name = path.display().to_string();
    let bytes = input::read_or_pipe(&path, MAX_BYTES).await.map_err(|refusal| refused(&name, refusal))?;
    decode(&name, bytes)
}

fn decode(name: &str, bytes: Vec<u8>) -> Result<Source> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source { name: name.to_owned(), text, made: Made::AsItIs }),
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

fn refused(name: &str, refusal: Refusal) -> Error {
    let shown = foreign_line(name, 200);
    match refusal {
        Refusal::TooLarge(_) => Error::user(format!("{shown} is larger than {} MiB", MAX_BYTES >> 20))
            .hint("is it a manifest?")
            .reason(Reason::TooLarge),
        Refusal::Special(_) => Error::user(format!("this {refusal}"))
            .at(shown)
            .hint("name the output of a command as <(COMMAND), or pipe it and name -")
            .reason(Reason::NoFile),
        refusal => unreadable(name, refusal.into()),
    }
}

fn unreadable(name: &str, error: io::Error) -> Error {
    let what = match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or folder",
        io::ErrorKind::PermissionDenied => "you are not allowed to read this file",
        _ => "this file cannot be read",
    };
    let near = (error.kind() == io::ErrorKind::NotFound).then(|| beside(Path::new(name))).flatten();
    let refused = Error::user(what).at(foreign_line(name, 200));
    let refused = near.into_iter().fold(refused, |error, near| error.hint(format!("did you mean {near}?")));
    refused.hint("name a file, a folder, or - for stdin").because(error)
}

/// The name in the same folder that is nearest to one that is not there.
fn beside(path: &Path) -> Option<String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = fs::read_dir(folder).ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let names: Vec<String> = entries.collect();
    let near = nearest(path.file_name()?.to_str()?, names.iter().map(String::as_str))?;
    Some(foreign_line(&path.with_file_name(near).display().to_string(), 200))
}

/// What a program that makes manifests of a folder said when it failed.
fn did_not_render(shown: &str, folder: &str, ended: &Ended) -> Error {
    let said = String::from_utf8_lossy(&ended.stderr);
    let error = Error::user(format!("{shown} failed ({})", ended.status)).at(foreign_line(folder, 200));
    said.lines().take(LINES).fold(error, |error, line| error.detail(foreign_line(line, 400)))
}

/// Builds a kustomization with the tool that this machine has.
async fn kustomize(folder: &str) -> Result<Source> {
    for (program, arguments) in [("kustomize", ["build"].as_slice()), ("kubectl", ["kustomize"].as_slice())] {
        let mut command = Command::new(program);
        command.args(arguments).arg(folder);
        let shown = format!("{program} {} {}", arguments.join(" "), foreign_line(folder, 200));
        let output = match program::run(command, &[], KUSTOMIZE).await {
            Err(Failure::NotFound) => continue,
            Err(failure) => {
                return Err(Error::user(format!("{shown} {failure}"))
                    .hint("run the command yourself to see what it does")
                    .reason(Reason::Kustomize));
            }
            Ok(output) => output,
        };
        if !output.status.success() {
            return Err(did_not_render(&shown, folder, &output)
                .hint("fix the kustomization; run the command yourself to see all of it")
                .reason(Reason::Kustomize));
        }
        return Ok(Source { made: Made::ByProgram, ..decode(&shown, output.stdout)? });
    }
    Err(Error::user("this folder is a kustomization, and neither kustomize nor kubectl is on PATH to build it")
        .at(foreign_line(folder, 200))
        .hint("install one of them: https://kubectl.docs.kubernetes.io/installation/kustomize/")
        .hint("or build it elsewhere: kustomize build … | plat deploy -f -")
        .reason(Reason::NoKustomize))
}
