//! The tools of the stacks that few machines have: from their registries, in the cache of the tests.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::{cache, packages, run};

/// Each at a fixed version: what a test sees does not depend on the day.
const UV: &str = "uv==0.9.13";
const KUBE_SCORE: &str = "github.com/zegl/kube-score/cmd/kube-score@v1.20.0";
const HELM: &str = "helm.sh/helm/v4/cmd/helm@v4.3.2";
const CYCLONEDX: [&str; 2] = ["cyclonedx-python-lib[json-validation]==11.12.0", "packageurl-python==0.17.6"];
/// A registry that keeps lists of referrers, which that of the sandbox does not.
const OCI_REGISTRY: &str = "ociregistry@v0.0.0-20260601085548-328ff8e2c943";
const NODE: [&str; 2] = ["pnpm@9.15.9", "yarn@1.22.22"];
const BERRY: &str = "@yarnpkg/cli-dist@4.9.2";
const POETRY: [&str; 2] = ["poetry==2.2.1", "poetry-plugin-export==1.9.0"];
/// Debian's: the makers' own is in none of the registries.
const GRADLE: &str = "gradle";

/// This process' PATH, with the tools behind what the machine has.
pub fn path() -> OsString {
    static PATH: OnceLock<OsString> = OnceLock::new();
    PATH.get_or_init(|| {
        let mut path = std::env::var_os("PATH").unwrap_or_default();
        let uv = installed(UV, |folder| pip(folder, &[UV])).join("bin");
        let node = installed(&NODE.join("-"), |folder| npm(folder, &NODE)).join("node_modules/.bin");
        // Large, and there only for a test that has brought them.
        let [poetry, gradle] = [POETRY[0], GRADLE].map(|name| cache().join(name).join("bin"));
        for folder in [uv, node, poetry, gradle] {
            path.push(":");
            path.push(folder);
        }
        path
    })
    .clone()
}

/// What scores manifests.
pub fn kube_score() -> PathBuf {
    built(KUBE_SCORE).join("kube-score")
}

/// The folder of Helm. Compiling it takes some minutes of a machine's first run: whoever asks meanwhile waits for it.
pub fn helm() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| built(HELM))
}

/// The folder of a program of a Go module.
fn built(package: &str) -> PathBuf {
    let (_, name) = package.rsplit_once('/').expect("the path of a package");
    installed(name, |folder| {
        // Without what only a debugger reads, it is linked in half the time.
        let install = ["install", "-trimpath", "-ldflags=-s -w", package];
        run(Command::new("go").args(install).env("GOBIN", folder).current_dir(folder));
    })
}

/// What reads `CycloneDX` as its specification has it: a folder of Python's packages.
pub fn cyclonedx() -> PathBuf {
    installed("cyclonedx", |folder| pip(folder, &CYCLONEDX))
}

/// A program that listens at the address that is its argument.
pub fn oci_registry() -> PathBuf {
    installed(OCI_REGISTRY, own_registry).join("registry")
}

/// The program of yarn's second generation, as projects have it among their files.
pub fn berry() -> PathBuf {
    let folder = installed(&BERRY.replace('/', "-"), |folder| npm(folder, &[BERRY]));
    folder.join("node_modules/@yarnpkg/cli-dist/bin/yarn.js")
}

pub fn poetry() {
    installed(POETRY[0], |folder| {
        pip(folder, &POETRY);
        // What pip made there names the folder in which it was made.
        script(&folder.join("bin/poetry"), "PYTHONPATH=\"${0%/bin/poetry}\" exec python3 -m poetry \"$@\"");
    });
}

/// It looks for its libraries below /usr/share and nowhere else.
pub fn gradle() {
    installed(GRADLE, |folder| {
        let root = folder.join("root");
        let is_of_java = |file: &str| file.ends_with("_all.deb");
        packages::unpack(&packages::download_those(&folder.join("packages"), &["gradle"], is_of_java), &root);
        fs::remove_dir_all(folder.join("packages")).expect("the packages");
        let program = "mount -t overlay -o lowerdir=\"$0\":/usr/share overlay /usr/share && exec /usr/share/gradle/bin/gradle \"$@\"";
        let line = format!("exec unshare --mount sh -c '{program}' \"${{0%/bin/gradle}}/root/usr/share\" \"$@\"");
        script(&folder.join("bin/gradle"), &line);
    });
}

fn script(file: &Path, line: &str) {
    fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
    fs::write(file, format!("#!/bin/sh\n{line}\n")).expect("a script");
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).expect("a script");
}

/// The folder that they are installed in, once.
fn installed(what: &str, install: impl FnOnce(&Path)) -> PathBuf {
    let folder = cache().join(what);
    if !folder.is_dir() {
        let work = tempfile::TempDir::with_prefix_in("tools-", cache()).expect("a temporary folder");
        install(work.path());
        // Another run may have been quicker.
        let _ = fs::rename(work.path(), &folder);
    }
    folder
}

fn pip(folder: &Path, packages: &[&str]) {
    run(Command::new("python3").args(["-m", "pip", "install", "--quiet", "--target"]).arg(folder).args(packages));
}

fn npm(folder: &Path, packages: &[&str]) {
    run(Command::new("npm").args(["install", "--silent", "--no-audit", "--prefix"]).arg(folder).args(packages));
}

/// The registry is a library: a program of a few lines serves it.
fn own_registry(folder: &Path) {
    let main = r#"package main

import (
	"net/http"
	"os"

	"cuelabs.dev/go/oci/ociregistry/ocimem"
	"cuelabs.dev/go/oci/ociregistry/ociserver"
)

func main() { panic(http.ListenAndServe(os.Args[1], ociserver.New(ocimem.New(), nil))) }
"#;
    fs::write(folder.join("main.go"), main).expect("a source");
    fs::write(folder.join("go.mod"), "module registry\n\ngo 1.24\n").expect("a module");
    let go = |arguments: &[&str]| run(Command::new("go").args(arguments).current_dir(folder));
    go(&["get", &format!("cuelabs.dev/go/oci/{OCI_REGISTRY}")]);
    go(&["build", "-mod=mod", "-o", "registry", "."]);
}
