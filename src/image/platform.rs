//! What an image is built for.

use std::fmt;
use std::str::FromStr;

/// What Go and Kubernetes both know (`go tool dist list`, kubernetes.io/arch).
const ARCHITECTURES: [&str; 5] = ["amd64", "arm64", "ppc64le", "riscv64", "s390x"];

/// `linux/amd64`: Go and OCI use the same words for both parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Platform {
    pub os: String,
    pub architecture: String,
}

impl Default for Platform {
    /// Most clusters run on it; the nodes' own architecture wins where it is known.
    fn default() -> Self {
        Self { os: "linux".to_owned(), architecture: "amd64".to_owned() }
    }
}

impl Platform {
    /// What this machine runs in a container.
    #[must_use]
    pub fn here() -> Self {
        let architecture = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            "powerpc64" => "ppc64le",
            other => other,
        };
        Self { os: "linux".to_owned(), architecture: architecture.to_owned() }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

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
