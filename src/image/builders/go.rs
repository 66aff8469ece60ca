//! Go: a static binary, free of paths and commits.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tokio::process::Command;

use super::command::{Shown, Tool, explained};
use super::linked;
use super::static_program::packed;
use super::work::Work;
use crate::error::{Error, Result};
use crate::image::component::Component;
use crate::image::oci::Parts;
use crate::input;
use crate::reason::Reason;
use crate::text;
use crate::toolchain::go;

const GO: Tool<'_> = Tool { program: "go", stack: "Go", install: "https://go.dev/dl, and put its bin folder on PATH" };
/// People write it; in bytes.
const LARGEST: u64 = 4 << 20;
/// Programs that an error lists.
const LISTED: usize = 20;

pub fn marker(folder: &Path) -> Option<&'static str> {
    folder.join("go.mod").is_file().then_some("go.mod")
}

/// # Errors
/// When no program is found, or it does not compile: with the compiler's own lines and the first one's place.
pub async fn build(mut work: Work<'_>) -> Result<Parts> {
    let package = main_package(&work).await?;
    // Go sees that the last one is current and does not link again (0.09 s instead of 0.27 s).
    let binary = work.cache.begin("binary")?;
    let before = modified(&binary);
    compile(&mut work, &package, &binary).await?;
    if modified(&binary) != before {
        say_what_is_without_c(&mut work, &package).await;
    }
    work.cache.complete("binary")?;
    let mut parts = packed(&work, binary.clone()).await?;
    if work.is_attested() {
        parts.linked = Some(modules(&work, &binary).await?);
    }
    Ok(parts)
}

/// The modules in a program, as it says itself.
async fn modules(work: &Work<'_>, binary: &Path) -> Result<Vec<Component>> {
    let mut command = GO.command(work.folder);
    command.args(["version", "-m"]).arg(binary);
    let said = GO.ask(command).await.map_err(|error| error.at(binary.display()))?;
    Ok(linked::modules(&String::from_utf8_lossy(&said)))
}

fn modified(file: &Path) -> Option<SystemTime> {
    std::fs::metadata(file).and_then(|file| file.modified()).ok()
}

/// Packages that are made of C where there is C, and of something else where there is none: some of them only fail when
/// they are called.
async fn say_what_is_without_c(work: &mut Work<'_>, package: &str) {
    let mut command = started(work);
    command.env(go::WITHOUT_C.0, "1");
    command.args(["list", "-deps", "-f", "{{if and .CgoFiles (not .Standard)}}{{.ImportPath}}{{end}}", package]);
    let told = GO.ask(command).await.unwrap_or_default();
    for package in String::from_utf8_lossy(&told).lines().filter(|line| !line.is_empty()).take(LISTED) {
        let package = text::foreign_line(package, 120);
        work.step.tell(&format!("{package} uses C where it can, and is built without here: see that it works so, or write a Dockerfile, which plat then builds instead"));
    }
}

/// As the image needs it, whatever this machine is.
fn started(work: &Work<'_>) -> Command {
    let mut command = GO.command(work.folder);
    command.envs([go::WITHOUT_C]).env("GOOS", &work.platform.os).env("GOARCH", &work.platform.architecture);
    command
}

/// The main package, as `go build` wants it. Which files count is Go's to say: constraints, suffixes, workspaces.
async fn main_package(work: &Work<'_>) -> Result<String> {
    if let Some(path) = work.setting().path {
        if work.folder.join(&path).is_dir() {
            return Ok(format!("./{}", path.trim_start_matches("./")));
        }
        return Err(Error::user(format!("the folder of the program, {path}, does not exist"))
            .at(work.folder.join("plat.yaml").display())
            .hint("fix build.path in plat.yaml; it is relative to plat.yaml"));
    }
    let name = &work.spec.name;
    // Where programs live by convention comes first: in a large repository the rest takes long to look through.
    for patterns in [[".", "./cmd/..."].as_slice(), &["./..."]] {
        let programs = programs(work, patterns).await?;
        if !programs.is_empty() {
            return chosen(name, &programs).ok_or_else(|| which(name, work.folder, &programs));
        }
    }
    let error = Error::user("there is no Go program to build").reason(Reason::BuildFailed);
    if let Some(place) = uses_c(work.folder) {
        return Err(needs_c(error, place));
    }
    Err(error
        .at(work.folder.display())
        .detail("go list finds no package main here or below")
        .hint("say where it is in plat.yaml: build: {path: FOLDER}"))
}

/// Folders of main packages below plat.yaml's, with `/`; empty for its own.
async fn programs(work: &Work<'_>, patterns: &[&str]) -> Result<Vec<String>> {
    let mut command = started(work);
    command.args(go::LIST).args(patterns);
    let listed = GO.ask(command).await.map_err(|error| error.at(work.folder.display()))?;
    let packages = go::packages(&String::from_utf8_lossy(&listed));
    let programs = packages.iter().filter(|package| package.is_program);
    let below = programs.filter_map(|package| package.folder.strip_prefix(work.folder).ok());
    let mut programs: Vec<String> = below.map(|dir| dir.to_string_lossy().replace('\\', "/")).collect();
    programs.sort_unstable();
    programs.dedup();
    Ok(programs)
}

/// The folder of plat.yaml comes first, then `cmd/NAME`, then the only one.
fn chosen(name: &str, programs: &[String]) -> Option<String> {
    let has = |wanted: &str| programs.iter().any(|program| program == wanted);
    let own = format!("cmd/{name}");
    match programs {
        _ if has("") => Some(".".to_owned()),
        _ if has(&own) => Some(format!("./{own}")),
        [only] => Some(format!("./{only}")),
        _ => None,
    }
}

fn which(name: &str, folder: &Path, programs: &[String]) -> Error {
    let first = text::foreign_line(&programs[0], 120);
    let mut error = Error::user(format!("there are {} Go programs, and none is named {name}", programs.len()))
        .at(folder.display())
        .hint(format!("choose one in plat.yaml: build: {{path: {first}}}"));
    error.details.extend(programs.iter().take(LISTED).map(|program| text::foreign_line(program, 120)));
    error
}

async fn compile(work: &mut Work<'_>, package: &str, output: &PathBuf) -> Result<()> {
    // go leaves its work folder behind when it is killed; inside this one it is removed with it.
    let temporary = tempfile::tempdir()
        .map_err(|e| Error::user("no temporary folder can be made").at(std::env::temp_dir().display()).because(e))?;
    let mut command = started(work);
    command.args(["build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o"]).arg(output).arg(package);
    command.env("GOTMPDIR", temporary.path());
    let ran = GO.follow(command, work.step).await.map_err(|error| error.at(work.folder.display()))?;
    if ran.status.success() { Ok(()) } else { Err(failed(&ran.said, work.folder, package)) }
}

/// The compiler's lines, the place of the first one, and a next step for what is not a fault of the code.
fn failed(said: &[String], folder: &Path, package: &str) -> Error {
    let said: Vec<String> = said.iter().filter(|line| !line.starts_with("# ")).cloned().collect();
    let place = said.iter().find_map(|line| location(line));
    let mut error = Error::user("the Go program does not build").reason(Reason::BuildFailed).at(match place {
        Some(place) => folder.join(place.trim_start_matches("./")).display().to_string(),
        None => folder.display().to_string(),
    });
    error = explained(error, &said, Shown::First);
    let says = |words: &str| said.iter().any(|line| line.contains(words));
    let left_out = said.iter().filter_map(|line| line.split_once("build constraints exclude all Go files in "));
    if let Some(place) = left_out.map(|(_, folder)| Path::new(folder.trim())).find_map(uses_c) {
        return needs_c(error, place);
    }
    if says("requires go >=") {
        error = error.hint("install that Go version, or allow go to fetch it: GOTOOLCHAIN=auto");
    } else if says("missing go.sum entry") || says("updates to go.mod needed") {
        error = error.hint(format!("try: cd {} && go mod tidy", folder.display()));
    }
    error.hint(format!("see it alone: cd {} && go build -o /dev/null {package}", folder.display()))
}

/// The line with `import "C"` in a folder.
fn uses_c(folder: &Path) -> Option<String> {
    let files = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    files.filter(|file| file.extension().is_some_and(|ending| ending == "go")).find_map(|file| {
        let text = input::read_text(&file, LARGEST).ok()?;
        let line = text.lines().position(|line| line.trim() == "import \"C\"")?;
        Some(format!("{}:{}", file.display(), line + 1))
    })
}

fn needs_c(error: Error, place: String) -> Error {
    error.at(place).hint("it needs C (cgo), and plat builds Go without: choose a package that is Go alone, or write a Dockerfile beside plat.yaml, which plat then builds instead")
}

/// `./main.go:5:2` of `./main.go:5:2: undefined: foo`.
fn location(line: &str) -> Option<&str> {
    let end = line.find(": ")?;
    let place = &line[..end];
    let mut parts = place.rsplitn(3, ':');
    let numbers = parts.next()?.parse::<u32>().is_ok() && parts.next()?.parse::<u32>().is_ok();
    (numbers && Path::new(parts.next()?).extension() == Some("go".as_ref())).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("./main.go:5:2: undefined: foo", Some("./main.go:5:2"))]
    #[case("main.go:12:10: no required module provides package example.com/x", Some("main.go:12:10"))]
    #[case("go: go.mod requires go >= 1.99", None)]
    #[case("\tconsider: something", None)]
    fn location_is_the_compilers(#[case] line: &str, #[case] expected: Option<&str>) {
        assert_eq!(location(line), expected);
    }

    #[test]
    fn a_failed_build_shows_the_compilers_lines_and_the_first_place() {
        let said = ["# example.com/shop", "./main.go:5:2: undefined: foo", "./main.go:9:1: \u{1b}[31mred"];
        let error = failed(&said.map(str::to_owned), Path::new("shop"), ".");
        assert_eq!(error.place.as_deref(), Some("shop/main.go:5:2"));
        assert_eq!(error.details, ["./main.go:5:2: undefined: foo", "./main.go:9:1: \\u{1b}[31mred"]);
    }

    #[rstest]
    #[case::the_root(&[""], Some("."))]
    #[case::the_root_before_others(&["", "cmd/tool"], Some("."))]
    #[case::the_only_one(&["cmd/server"], Some("./cmd/server"))]
    #[case::by_its_name(&["cmd/other", "cmd/shop"], Some("./cmd/shop"))]
    #[case::somewhere_else(&["internal/tools/gen"], Some("./internal/tools/gen"))]
    #[case::several(&["cmd/a", "cmd/b"], None)]
    fn the_program_is_found_or_asked_for(#[case] programs: &[&str], #[case] expected: Option<&str>) {
        let programs: Vec<String> = programs.iter().map(|program| (*program).to_owned()).collect();
        assert_eq!(chosen("shop", &programs).as_deref(), expected);
    }
}
