//! A project folder -> an image: finds the program, builds it, packs it.

use std::fs;
use std::path::Path;

use super::cache::Cache;
use super::layer;
use super::package::{Image, package};
use super::plan::{self, GoFile, Platform};
use super::size::size;
use super::toolchain;
use crate::error::{Error, Result};
use crate::input;
use crate::progress::Progress;
use crate::reason::Reason;
use crate::spec::Spec;
use crate::text;

/// Builds the project of `folder` (where plat.yaml lies) for `platform`, such as [`plan::DEFAULT_PLATFORM`].
///
/// `cache` (the user's cache folder) keeps the last binary and its compressed layer, so that an unchanged source costs
/// what `go build` needs to see that (about 0.1 s); it may be removed at any time.
///
/// # Errors
/// When plat cannot see how to build the project, the toolchain is missing, or the program does not compile.
pub async fn build(folder: &Path, spec: &Spec, platform: &str, cache: &Path, progress: &dyn Progress) -> Result<Image> {
    let platform: Platform = platform.parse().map_err(|known: String| {
        Error::user(format!("plat cannot build for the platform \"{}\"", text::foreign_line(platform, 60))).hint(known)
    })?;
    let folder = &folder
        .canonicalize()
        .map_err(|e| Error::user("the project's folder cannot be read").at(folder.display()).because(e))?;
    let program = find_program(folder, spec)?;
    let mut step = progress.step(&format!("build {} for {platform}", spec.name));
    let cache = Cache::lock(folder, &platform, cache, || step.tell("waits for another build of this project")).await?;
    let binary = cache.binary()?;
    toolchain::go_build(folder, &program, &platform, &binary).await?;
    cache.binary_is_whole()?;

    let name = spec.name.clone();
    let packed = tokio::task::spawn_blocking(move || pack(&name, &platform, &binary, &cache));
    let image = packed.await.map_err(|e| Error::bug("packing the image stopped").because(e))??;
    step.done(&format!("{}, {}", size(image.layer.bytes.len() as u64), short(&image.digest)));
    Ok(image)
}

/// The main package, as `go build` wants it.
fn find_program(folder: &Path, spec: &Spec) -> Result<String> {
    // As Go does: a module may begin above the folder of plat.yaml.
    if !folder.ancestors().any(|ancestor| ancestor.join("go.mod").is_file()) {
        return Err(Error::user(format!("plat cannot see how to build {}", spec.name))
            .at(folder.display())
            .detail("there is no go.mod here or above; Go is what plat builds today")
            .hint("build it as you do now, push it, and set image: in plat.yaml to it")
            .reason(Reason::NoToolchain));
    }
    match spec.build.as_ref().and_then(|build| build.path.as_deref()) {
        None => plan::main_package(&spec.name, &go_files(folder))
            .map_err(|programs| which_program(&spec.name, folder, &programs)),
        Some(path) if folder.join(path).is_dir() => Ok(format!("./{}", path.trim_start_matches("./"))),
        Some(path) => Err(Error::user(format!("the folder of the program, {path}, does not exist"))
            .at(folder.join("plat.yaml").display())
            .hint("fix build.path in plat.yaml; it is relative to plat.yaml")),
    }
}

fn which_program(name: &str, folder: &Path, programs: &[String]) -> Error {
    let Some(first) = programs.first() else {
        return Error::user("there is no Go program to build")
            .at(folder.display())
            .detail("neither this folder nor one under cmd/ has a file that says \"package main\"")
            .hint("say where it is in plat.yaml: build: {path: FOLDER}");
    };
    let mut error = Error::user(format!("there are {} Go programs, and none is named {name}", programs.len()))
        .at(folder.display())
        .hint(format!("choose one in plat.yaml: build: {{path: {}}}", text::foreign_line(first, 120)));
    error.details.extend(programs.iter().map(|program| text::foreign_line(program, 120)));
    error
}

/// Of a file of Go; in bytes. Generated ones have some MiB.
const LARGEST_SOURCE: u64 = 64 << 20;
/// Of a program; in bytes.
const LARGEST_BINARY: u64 = 4 << 30;

/// The Go files of the folder itself and of the folders under `cmd/`: where programs live by convention.
fn go_files(folder: &Path) -> Vec<GoFile> {
    let mut folders = vec![(String::new(), folder.to_owned())];
    for entry in fs::read_dir(folder.join("cmd")).into_iter().flatten().flatten() {
        if let Ok(name) = entry.file_name().into_string() {
            folders.push((format!("cmd/{name}"), entry.path()));
        }
    }
    let mut found = Vec::new();
    for (relative, path) in folders {
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            let path = entry.path();
            // go build ignores the same (go help packages).
            let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
            let counts = path.extension().is_some_and(|extension| extension == "go")
                && !stem.ends_with("_test")
                && !stem.starts_with(['_', '.']);
            if !counts {
                continue;
            }
            let source = input::read_text(&path, LARGEST_SOURCE).unwrap_or_default();
            if let Some(package) = plan::package_clause(&source) {
                found.push(GoFile { folder: relative.clone(), package: package.to_owned() });
            }
        }
    }
    found
}

fn pack(name: &str, platform: &Platform, binary: &Path, cache: &Cache) -> Result<Image> {
    let binary = input::read(binary, LARGEST_BINARY)
        .map_err(|e| Error::user("what Go built cannot be read").at(binary.display()).because(e))?;
    if !binary.starts_with(b"\x7fELF") {
        return Err(Error::user(format!("what Go built for {name} is a library, not a program"))
            .hint("say where the main package is in plat.yaml: build: {path: FOLDER}"));
    }
    let tar = layer::tar(name, &binary).map_err(|e| Error::bug("the program does not fit into a layer").because(e))?;
    let diff_id = layer::digest(&tar);
    let compressed = cache.compressed(&tar, &diff_id)?;
    Ok(package(name, platform, &diff_id, compressed))
}

/// `sha256:0123456789ab`: enough to recognise an image by.
fn short(digest: &str) -> &str {
    digest.get(.."sha256:".len() + 12).unwrap_or(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::error::Kind;

    const PROGRAM: &str = "package main\n\nfunc main() { println(\"hi\") }\n";

    async fn build_files(files: &[(&str, &str)], cache: &Path) -> Result<Image> {
        let folder = tempfile::tempdir().unwrap();
        for (path, content) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        build_in(folder.path(), cache).await
    }

    async fn build_in(folder: &Path, cache: &Path) -> Result<Image> {
        let spec: Spec = serde_yaml::from_str("name: shop\nport: 8080\n").unwrap();
        let quiet = crate::progress::Silent;
        build(folder, &spec, "linux/amd64", cache, &quiet).await
    }

    #[tokio::test]
    async fn the_same_source_has_the_same_digest_wherever_it_lies_and_another_source_another() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let files = [("go.mod", "module example.com/shop\n\ngo 1.24\n"), ("main.go", PROGRAM)];
        let first = build_files(&files, one.path()).await.unwrap();
        let second = build_files(&files, two.path()).await.unwrap();
        assert_eq!(first, second);

        let changed = PROGRAM.replace("hi", "ho");
        let third = build_files(&[files[0], ("main.go", &changed)], one.path()).await.unwrap();
        assert_ne!(first.digest, third.digest);
    }

    #[tokio::test]
    async fn a_binary_that_an_interruption_cut_off_is_built_again() {
        let (project, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(project.path().join("go.mod"), "module example.com/shop\n\ngo 1.24\n").unwrap();
        fs::write(project.path().join("main.go"), PROGRAM).unwrap();
        let whole = build_in(project.path(), cache.path()).await.unwrap();

        // As a kill in the middle of Go's copy leaves it: the head of the file says that it is current.
        let platform = "linux/amd64".parse().unwrap();
        let folder = project.path().canonicalize().unwrap();
        let kept = Cache::lock(&folder, &platform, cache.path(), || ()).await.unwrap();
        let binary = kept.binary().unwrap();
        fs::File::options().write(true).open(&binary).unwrap().set_len(100_000).unwrap();
        drop(kept);
        assert_eq!(build_in(project.path(), cache.path()).await.unwrap(), whole);
    }

    #[tokio::test]
    async fn what_does_not_compile_is_shown_with_its_place() {
        let cache = tempfile::tempdir().unwrap();
        let broken = "package main\n\nfunc main() { undefined() }\n";
        let files = [("go.mod", "module example.com/shop\n\ngo 1.24\n"), ("cmd/shop/main.go", broken)];
        let error = build_files(&files, cache.path()).await.unwrap_err();
        assert_eq!(error.kind, Kind::User);
        assert!(error.place.unwrap().ends_with("cmd/shop/main.go:3:15"));
        assert_eq!(error.details, ["cmd/shop/main.go:3:15: undefined: undefined"]);
    }

    #[tokio::test]
    async fn a_folder_without_a_toolchain_names_the_way_out() {
        let cache = tempfile::tempdir().unwrap();
        let error = build_files(&[("package.json", "{}")], cache.path()).await.unwrap_err();
        assert_eq!(error.what, "plat cannot see how to build shop");
        assert!(error.hints[0].contains("image:"));
    }
}
