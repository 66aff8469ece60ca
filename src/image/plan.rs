//! Which toolchain builds a project, which package is the program, and for which platform. Pure.

use std::fmt;
use std::str::FromStr;

/// Most clusters run on it; the nodes' own architecture wins where it is known.
pub const DEFAULT_PLATFORM: &str = "linux/amd64";

/// What Go and Kubernetes both know (`go tool dist list`, kubernetes.io/arch).
const ARCHITECTURES: [&str; 5] = ["amd64", "arm64", "ppc64le", "riscv64", "s390x"];

/// `linux/amd64`: Go and OCI use the same words for both parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Platform {
    pub os: String,
    pub architecture: String,
}

impl FromStr for Platform {
    /// The sentence that tells what can be built for.
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('/') {
            Some(("linux", architecture)) if ARCHITECTURES.contains(&architecture) => {
                Ok(Self { os: "linux".to_owned(), architecture: architecture.to_owned() })
            }
            _ => Err(format!("use linux/ and one of {}", ARCHITECTURES.join(", "))),
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)
    }
}

/// A Go file, as far as finding the program needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoFile {
    /// Folder relative to plat.yaml, with `/`; empty for plat.yaml's own.
    pub folder: String,
    /// The word after `package`.
    pub package: String,
}

/// The folder of the main package, as `go build` wants it (`.` or `./cmd/api`).
///
/// The folder of plat.yaml comes first, then `cmd/NAME`, then the only program under `cmd/`.
///
/// # Errors
/// The programs there are, when there is none or none is named as the service.
pub fn main_package(name: &str, files: &[GoFile]) -> Result<String, Vec<String>> {
    let mut programs: Vec<&str> =
        files.iter().filter(|file| file.package == "main").map(|file| file.folder.as_str()).collect();
    programs.sort_unstable();
    programs.dedup();
    let own = format!("cmd/{name}");
    let chosen = match programs.as_slice() {
        [only] => *only,
        programs if programs.contains(&"") => "",
        programs if programs.contains(&own.as_str()) => &own,
        programs => return Err(programs.iter().map(|&program| program.to_owned()).collect()),
    };
    Ok(if chosen.is_empty() { ".".to_owned() } else { format!("./{chosen}") })
}

/// The package name of a Go file: the first line outside comments that starts with `package`.
#[must_use]
pub fn package_clause(source: &str) -> Option<&str> {
    let mut in_comment = false;
    for line in source.lines() {
        let mut line = line.trim();
        if in_comment {
            let Some((_, rest)) = line.split_once("*/") else { continue };
            in_comment = false;
            line = rest.trim();
        }
        while let Some(rest) = line.strip_prefix("/*") {
            if let Some((_, rest)) = rest.split_once("*/") {
                line = rest.trim();
            } else {
                in_comment = true;
                line = "";
            }
        }
        if let Some(rest) = line.strip_prefix("package ") {
            return rest.split([' ', '\t', ';', '/']).find(|word| !word.is_empty());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("package main\n", Some("main"))]
    #[case("// Package shop sells.\npackage shop // for real", Some("shop"))]
    #[case("//go:build linux\n\n/*\npackage no\n*/\npackage main", Some("main"))]
    #[case("/* a */ /* b */ package main", Some("main"))]
    #[case("// nothing", None)]
    fn package_clause_skips_comments(#[case] source: &str, #[case] expected: Option<&str>) {
        assert_eq!(package_clause(source), expected);
    }

    #[rstest]
    #[case(&[("", "main")], Ok("."))]
    #[case(&[("", "main"), ("cmd/tool", "main")], Ok("."))]
    #[case(&[("", "shop"), ("cmd/server", "main")], Ok("./cmd/server"))]
    #[case(&[("cmd/other", "main"), ("cmd/shop", "main")], Ok("./cmd/shop"))]
    #[case(&[("cmd/a", "main"), ("cmd/b", "main")], Err(vec!["cmd/a", "cmd/b"]))]
    #[case(&[("", "shop")], Err(vec![]))]
    fn main_package_is_found_or_asked_for(#[case] files: &[(&str, &str)], #[case] expected: Result<&str, Vec<&str>>) {
        let files: Vec<GoFile> = files
            .iter()
            .map(|(folder, package)| GoFile { folder: (*folder).to_owned(), package: (*package).to_owned() })
            .collect();
        let expected = expected.map(str::to_owned).map_err(|all| all.into_iter().map(str::to_owned).collect());
        assert_eq!(main_package("shop", &files), expected);
    }

    #[rstest]
    #[case("linux/amd64", true)]
    #[case("linux/arm64", true)]
    #[case("windows/amd64", false)]
    #[case("linux", false)]
    #[case("linux/m68k", false)]
    fn platforms_are_those_of_kubernetes_nodes(#[case] text: &str, #[case] known: bool) {
        assert_eq!(text.parse::<Platform>().map(|p| p.to_string()).ok(), known.then(|| text.to_owned()));
    }
}
