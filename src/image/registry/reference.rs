//! `registry/repository:tag@digest`, read by the rules of distribution's reference grammar. Pure.
//!
//! As a regular expression it takes longer to compile than a request to the registry.

use std::fmt;

use super::docker_config;
use crate::text;

const DOCKER_HUB: &str = "docker.io";
/// Where Docker Hub keeps `nginx` and its like.
const OFFICIAL: &str = "library";
/// distribution/reference: the longest repository, with its registry.
const LONGEST_NAME: usize = 255;
const LONGEST_TAG: usize = 128;

/// What a reference names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<String>,
}

impl Reference {
    /// As it is written: `docker.io`.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// Where it answers: `index.docker.io`.
    pub fn resolve_registry(&self) -> &str {
        if self.registry == DOCKER_HUB { docker_config::DOCKER_HUB } else { &self.registry }
    }

    pub fn repository(&self) -> &str {
        &self.repository
    }

    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// What a registry is asked for: the digest, else the tag.
    pub fn wanted(&self) -> &str {
        self.digest().or(self.tag()).unwrap_or_default()
    }

    pub fn whole(&self) -> String {
        self.to_string()
    }

    /// The same in another place: a host, or a host and a path.
    pub fn moved(&self, place: &str) -> Self {
        let (registry, path) = place.split_once('/').unwrap_or((place, ""));
        let repository = if path.is_empty() { self.repository.clone() } else { format!("{path}/{}", self.repository) };
        Self { registry: registry.to_owned(), repository, ..self.clone() }
    }

    /// With this digest instead of its tag's, which may move.
    pub fn pinned(&self, digest: &str) -> Self {
        Self { digest: Some(digest.to_owned()), ..self.clone() }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        match &self.digest {
            Some(digest) => write!(f, "@{digest}"),
            None => Ok(()),
        }
    }
}

/// As a node names it: with its registry, `docker.io/library/nginx:1.29`; none for what is no reference.
#[must_use]
pub fn whole_name(text: &str) -> Option<String> {
    parse(text).ok().map(|reference| reference.whole())
}

/// Reads a reference as docker and Kubernetes do: no registry means Docker Hub, no tag and no digest means `latest`.
///
/// # Errors
/// What breaks the grammar.
pub fn parse(text: &str) -> Result<Reference, String> {
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (text, None),
    };
    let (name, tag) = match rest.rsplit_once(':') {
        // A colon before the last slash belongs to the registry's port.
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (rest, None),
    };
    let (registry, repository) = match name.split_once('/') {
        Some((first, path)) if is_host(first) => (first, path.to_owned()),
        Some(_) => (DOCKER_HUB, name.to_owned()),
        None => (DOCKER_HUB, format!("{OFFICIAL}/{name}")),
    };
    if let Some(part) = repository.split('/').find(|part| !is_path_component(part)) {
        let part = text::foreign_line(part, 80);
        return Err(if part.is_empty() {
            "a part of the name is empty".to_owned()
        } else {
            format!("\"{part}\" may hold lower case letters, digits and single . _ - between them")
        });
    }
    if registry.len() + 1 + repository.len() > LONGEST_NAME {
        return Err("the name is longer than 255 characters".to_owned());
    }
    if tag.is_some_and(|tag| !is_tag(tag)) {
        return Err("a tag holds up to 128 letters, digits, . _ - and does not start with . or -".to_owned());
    }
    if digest.is_some_and(|digest| !is_digest(digest)) {
        return Err("a digest is sha256: and 64 hexadecimal digits".to_owned());
    }
    let tag = tag.or(if digest.is_none() { Some("latest") } else { None });
    Ok(Reference {
        registry: registry.to_owned(),
        repository,
        tag: tag.map(str::to_owned),
        digest: digest.map(str::to_owned),
    })
}

/// Why a registry's place cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoPlace {
    /// It is a URL.
    Scheme,
    /// A word alone would silently mean a folder of Docker Hub.
    NoHost,
}

/// Where an image called `name` goes in `registry`: a host, or a host and a path such as `ghcr.io/acme`.
///
/// # Errors
/// When `registry` is written in another form.
pub fn place(registry: &str, name: &str) -> Result<String, NoPlace> {
    let registry = registry.trim_end_matches('/');
    if registry.contains("://") {
        return Err(NoPlace::Scheme);
    }
    if !is_host(registry.split('/').next().unwrap_or_default()) {
        return Err(NoPlace::NoHost);
    }
    Ok(format!("{registry}/{name}"))
}

/// What makes the first part a registry and not a folder of Docker Hub (distribution/reference/normalize.go).
fn is_host(first: &str) -> bool {
    let (host, port) = first.split_once(':').map_or((first, None), |(host, port)| (host, Some(port)));
    let named = first.contains(['.', ':']) || first == "localhost";
    let letters = !host.is_empty()
        && host.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        });
    named && letters && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

/// Letters and digits, with `.`, `_`, `__` or any number of `-` between them.
fn is_path_component(part: &str) -> bool {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let separators: Vec<&str> = part.split(word).filter(|separator| !separator.is_empty()).collect();
    part.starts_with(word)
        && part.ends_with(word)
        && separators.iter().all(|s| matches!(*s, "." | "_" | "__") || s.chars().all(|c| c == '-'))
}

fn is_tag(tag: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    tag.len() <= LONGEST_TAG && tag.starts_with(word) && tag.chars().all(|c| word(c) || c == '.' || c == '-')
}

/// Of the one algorithm that registries use.
pub fn is_digest(digest: &str) -> bool {
    digest
        .strip_prefix("sha256:")
        .is_some_and(|hex| hex.len() == 64 && hex.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const HEX: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[rstest]
    #[case("nginx", "docker.io/library/nginx:latest")]
    #[case("acme/shop:v1", "docker.io/acme/shop:v1")]
    #[case("ghcr.io/acme/shop:v1", "ghcr.io/acme/shop:v1")]
    #[case("127.0.0.1:5000/shop", "127.0.0.1:5000/shop:latest")]
    #[case("localhost/shop:1.0-rc.1_b", "localhost/shop:1.0-rc.1_b")]
    #[case("ghcr.io/a__b/c-d--e.f/g_h", "ghcr.io/a__b/c-d--e.f/g_h:latest")]
    fn references_read_as_docker_reads_them(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(parse(text).unwrap().whole(), expected);
    }

    #[test]
    fn tag_and_digest_stay_together() {
        for text in [format!("ghcr.io/shop:v1@sha256:{HEX}"), format!("ghcr.io/shop@sha256:{HEX}")] {
            assert_eq!(parse(&text).unwrap().whole(), text);
        }
    }

    #[rstest]
    #[case("")]
    #[case("Shop")]
    #[case("ghcr.io/Acme/shop")]
    #[case("ghcr.io//shop")]
    #[case("ghcr.io/shop:")]
    #[case("ghcr.io/shop:-x")]
    #[case("ghcr.io/shop@sha256:0123")]
    #[case("ghcr.io/a___b")]
    #[case("https://ghcr.io/shop")]
    #[case("shop v1")]
    #[case("\u{1b}[2J")]
    fn what_breaks_the_grammar_is_refused(#[case] text: &str) {
        assert!(parse(text).is_err());
    }

    #[rstest]
    #[case("ghcr.io/acme/", Ok("ghcr.io/acme/shop"))]
    #[case("127.0.0.1:5000", Ok("127.0.0.1:5000/shop"))]
    #[case("acme", Err(NoPlace::NoHost))]
    #[case("https://ghcr.io", Err(NoPlace::Scheme))]
    fn a_registry_is_a_host_with_perhaps_a_path(#[case] registry: &str, #[case] expected: Result<&str, NoPlace>) {
        assert_eq!(place(registry, "shop"), expected.map(str::to_owned));
    }
}
