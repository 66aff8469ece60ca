//! The images that programs stand on, under the names of the official ones: made from Debian's packages and npm's,
//! because no test may ask the internet's registries for images. To plat, docker.io is the sandbox's registry.

mod archive;
mod packages;
mod tools;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use plat::sandbox::Sandbox;
use plat::settings::Settings;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::registry::Registry;
use super::{Namespace, Plat, image};
pub use tools::{berry, cyclonedx, helm, kube_score, oci_registry};

/// Node from npm's package; its releases are fixed, Debian's are those of the machine.
const NODE: &str = "24.22.3";

/// What an official image is made from here.
struct Recipe {
    /// `node:24-slim`
    name: &'static str,
    packages: &'static [&'static str],
    /// The variable by which an official image tells the version, and the package that has it.
    version: (&'static str, &'static str),
    /// `path -> target`
    links: &'static [(&'static str, &'static str)],
    /// A package of npm's and its version, whose `bin/node` is put into `/usr/local/bin`.
    node: Option<&'static str>,
}

const NODE_24: Recipe = Recipe {
    name: "node:24-slim",
    packages: &["libstdc++6"],
    version: ("NODE_VERSION", ""),
    links: &[],
    node: Some(NODE),
};

const PYTHON: Recipe = Recipe {
    name: "python:3.11-slim",
    packages: &["python3"],
    version: ("PYTHON_VERSION", "python3.11"),
    links: &[("usr/local/bin/python3", "/usr/bin/python3.11"), ("usr/local/bin/python", "/usr/bin/python3.11")],
    node: None,
};

const JAVA: Recipe = Recipe {
    name: "eclipse-temurin:17-jre",
    packages: &["openjdk-17-jre-headless"],
    version: ("JAVA_VERSION", "openjdk-17-jre-headless"),
    links: &[("usr/local/bin/java", "/usr/lib/jvm/java-17-openjdk-amd64/bin/java")],
    node: None,
};

/// As images name it.
pub const HERE: &str = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };

/// What is in every one of them.
const AROUND: [&str; 6] = ["base-files", "base-passwd", "ca-certificates", "coreutils", "dash", "libc-bin"];

/// Brings the base of a stack into the sandbox's registry, once for a run.
pub fn node(namespace: &Namespace) {
    static THERE: OnceLock<()> = OnceLock::new();
    THERE.get_or_init(|| NODE_24.bring(namespace.sandbox));
}

pub fn python(namespace: &Namespace) {
    static THERE: OnceLock<()> = OnceLock::new();
    THERE.get_or_init(|| PYTHON.bring(namespace.sandbox));
}

pub fn java(namespace: &Namespace) {
    static THERE: OnceLock<()> = OnceLock::new();
    THERE.get_or_init(|| JAVA.bring(namespace.sandbox));
}

pub fn poetry(namespace: &Namespace) {
    python(namespace);
    tools::poetry();
}

pub fn gradle(namespace: &Namespace) {
    java(namespace);
    tools::gradle();
}

/// A shell, with a config as buildah reads it; for another architecture it only has the name of that.
pub fn shell(namespace: &Namespace, name: &str, architecture: &str) -> String {
    let work = tempfile::tempdir().expect("a temporary folder");
    let root = work.path().join("root");
    fs::create_dir_all(root.join("bin")).expect("a folder");
    fs::copy(image::busybox_program(), root.join("bin/busybox")).expect("busybox");
    for program in ["sh", "httpd", "mkdir", "sleep"] {
        link("busybox", &root.join("bin").join(program));
    }
    let config = json!({ "Env": ["PATH=/bin"] });
    image::load_as(namespace.sandbox, &archive::write(work.path(), &root, architecture, &config), name)
}

/// `plat ARGS` in the work folder, for which docker.io is what was brought, and which finds the tools of the stacks.
pub fn plat(namespace: &Namespace, args: &[&str]) -> Plat {
    let mirrors = format!("docker.io={}/hub", namespace.sandbox.registry);
    namespace.plat(args).env("PLAT_MIRRORS", mirrors).env("PATH", tools::path())
}

/// Below the cache that the sandbox's own parts are in.
pub fn cache() -> PathBuf {
    let cache = Settings::load().expect("the caller's settings").cache_dir.join("test-bases");
    fs::create_dir_all(&cache).expect("a cache folder");
    cache
}

impl Recipe {
    fn bring(&self, sandbox: &Sandbox) {
        let file = cache().join(format!("{}-{}.tar", self.name.replace([':', '.'], "-"), self.key()));
        if !file.is_file() {
            self.make(&file);
        }
        let name = format!("hub/library/{}", self.name);
        let noted = file.with_extension("digest");
        let there = Registry::of(sandbox).digest(&name);
        // Loading reads all of it; whoever did so before has noted what came out.
        if there.is_none() || fs::read_to_string(&noted).ok() != there {
            image::load_as(sandbox, &file, &name);
            let digest = Registry::of(sandbox).digest(&name).expect("the image that was loaded");
            fs::write(&noted, digest).expect("a note in the cache");
        }
    }

    /// What it is made from.
    fn key(&self) -> String {
        let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
        let from = format!("{release}{:?}{:?}{:?}{:?}{AROUND:?}", self.packages, self.version, self.links, self.node);
        format!("{:x}", Sha256::digest(from))[..12].to_owned()
    }

    fn make(&self, file: &Path) {
        let work = tempfile::TempDir::with_prefix_in("base-", cache()).expect("a temporary folder");
        let root = work.path().join("root");
        let wanted: Vec<&str> = AROUND.iter().chain(self.packages).copied().collect();
        let packages = packages::download(&work.path().join("packages"), &wanted);
        packages::unpack(&packages, &root);
        // What the packages' own scripts would do when they are installed.
        for (path, target) in [("usr/bin/sh", "dash")].iter().chain(self.links) {
            link(target, &root.join(path));
        }
        for (from, to) in [("passwd.master", "passwd"), ("group.master", "group")] {
            let from = root.join("usr/share/base-passwd").join(from);
            fs::copy(from, root.join("etc").join(to)).expect("the list of users");
        }
        let version = match self.node {
            Some(version) => {
                packages::node(version, work.path(), &root.join("usr/local/bin/node"));
                version.to_owned()
            }
            None => packages::version(&packages, self.version.1),
        };
        let config = json!({
            "Env": [
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                format!("{}={version}", self.version.0),
            ],
        });
        let made = archive::write(work.path(), &root, HERE, &config);
        fs::rename(made, file).expect("the image in the cache");
    }
}

fn link(target: &str, at: &Path) {
    let _ = fs::remove_file(at);
    fs::create_dir_all(at.parent().expect("a folder")).expect("a folder");
    std::os::unix::fs::symlink(target, at).expect("a link");
}

/// Runs a program that has to succeed; what it printed.
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|e| panic!("{} does not start: {e}", command.get_program().display()));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
