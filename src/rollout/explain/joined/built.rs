//! A program that was built for something else than its image has: another Java, Node.js, libc or platform.

use std::sync::LazyLock;

use regex::Captures;

use super::line::{Joined, Phrase, Read, group};
use crate::rollout::model::Remedy;
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;

pub(super) static PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| {
    let all: [(&'static str, Read); 8] = [
        (r"class file version (?<built>\d+)\.\d+.*class file versions? up to (?<runs>\d+)", java),
        (r"Unsupported class file major version (?<built>\d+)", java),
        (
            r"was compiled against a different Node\.js version|NODE_MODULE_VERSION (?<built>\d+)\. This version",
            |container, found| Some(native_module(container, found)),
        ),
        (r"(?<file>/\S+\.node|\S+\.node): invalid ELF header|invalid ELF header", |container, found| {
            Some(other_platform(container, found))
        }),
        (
            r"version [`'](?<library>GLIBC(?:XX)?_[\d.]+)' not found(?: \(required by (?<by>[^)]+)\))?",
            |container, found| Some(newer_libc(container, found)),
        ),
        (
            r"Error loading shared library (?<library>\S+): No such file or directory(?: \(needed by (?<by>[^)]+)\))?",
            |container, found| Some(loader(container, found)),
        ),
        (r"Error relocating (?<by>\S+): (?<library>\S+): symbol not found", |container, found| {
            Some(loader(container, found))
        }),
        (
            r"You must install (?:or update )?\.NET(?: Core)? to run this application|framework '(?<name>Microsoft\.[\w.]+)', version '(?<version>[^']+)'.* was not found",
            |container, found| Some(dot_net(container, found)),
        ),
    ];
    all.into_iter().map(Phrase::new).collect()
});

/// Java 8 has class files of version 52 (JVMS, table 4.1-A).
const BEFORE_JAVA: u32 = 44;

fn java(container: &ContainerView, found: &Captures) -> Option<Joined> {
    let version = |name| group(found, name).parse::<u32>().ok()?.checked_sub(BEFORE_JAVA);
    let (built, runs) = (version("built")?, version("runs"));
    let runs = runs.map_or("an older one".to_owned(), |runs| format!("Java {runs}"));
    Some(Joined::new(
        format!("{} was built for Java {built}, and its image runs {runs}", container.title()),
        Remedy::given(
            found,
            format!("use a base image with Java {built} or newer, or build it for the one that runs (--release)"),
        ),
    ))
}

fn native_module(container: &ContainerView, found: &Captures) -> Joined {
    Joined::new(
        format!("{} has native modules that were built for another version of Node.js", container.title()),
        Remedy::given(
            found,
            "install the modules with the Node.js that runs them: the same version in both stages of the image, or `npm rebuild`",
        ),
    )
}

fn other_platform(container: &ContainerView, found: &Captures) -> Joined {
    let file = group(found, "file");
    let file = if file.is_empty() { "a native module".to_owned() } else { escape(file) };
    Joined::new(
        format!("{} loads {file}, which was built for another platform", container.title()),
        Remedy::given(
            found,
            "install the modules when the image is built, instead of copying those of your machine (node_modules in .dockerignore)",
        ),
    )
}

fn newer_libc(container: &ContainerView, found: &Captures) -> Joined {
    Joined::new(
        format!(
            "{} was built on a newer system than its image: it needs {}",
            container.title(),
            escape(group(found, "library"))
        ),
        Remedy::given(found, "build it on the release of the base image that it runs on, or link it statically"),
    )
}

fn loader(container: &ContainerView, found: &Captures) -> Joined {
    let (library, by) = (group(found, "library"), group(found, "by"));
    let is_glibc = library.starts_with("ld-linux") || library.starts_with("libc.so") || library.starts_with("__");
    let title = container.title();
    if is_glibc {
        return Joined::new(
            format!("{title} was built for glibc, and its image has musl (Alpine): {} is missing", escape(library)),
            Remedy::given(
                found,
                "build it on the image's own base (a musl target, CGO_ENABLED=0), or use a base image with glibc (debian, ubi)",
            ),
        );
    }
    let by = if by.is_empty() { String::new() } else { format!(", which {} needs", escape(by)) };
    Joined::new(
        format!("{title} lacks the library {}{by}", escape(library)),
        Remedy::given(found, "install it in the image, or use the base image that it was built on"),
    )
}

fn dot_net(container: &ContainerView, found: &Captures) -> Joined {
    let (name, version) = (group(found, "name"), group(found, "version"));
    let needs = if name.is_empty() { String::new() } else { format!(": {} {}", escape(name), escape(version)) };
    Joined::new(
        format!("{} needs another .NET than its image has{needs}", container.title()),
        Remedy::given(found, "use the base image of that version (aspnet, not only runtime, for a web application)"),
    )
}
