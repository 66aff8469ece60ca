//! The parts of an image's reference.

/// Registry, repository (with the registry) and tag or digest of a reference.
pub(super) fn parts(image: &str) -> (&str, &str, &str) {
    let (repository, tag) = match image.split_once('@') {
        // A reference may carry both: the digest decides, the tag is for people.
        Some((name, digest)) => (untagged(name).0, digest),
        None => untagged(image),
    };
    let first = repository.split('/').next().unwrap_or_default();
    let is_registry = repository.contains('/') && (first.contains(['.', ':']) || first == "localhost");
    (if is_registry { first } else { "docker.io" }, repository, tag)
}

/// Only behind the last slash a colon begins a tag; before it, a port.
fn untagged(name: &str) -> (&str, &str) {
    name.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).unwrap_or((name, "latest"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("127.0.0.1:5000/shop/api:v12", ("127.0.0.1:5000", "127.0.0.1:5000/shop/api", "v12"))]
    #[case("ghcr.io/shop/api@sha256:ab", ("ghcr.io", "ghcr.io/shop/api", "sha256:ab"))]
    #[case("ghcr.io/api:v1@sha256:ab", ("ghcr.io", "ghcr.io/api", "sha256:ab"))]
    #[case("localhost/api", ("localhost", "localhost/api", "latest"))]
    #[case("nginx", ("docker.io", "nginx", "latest"))]
    fn a_reference_has_parts(#[case] image: &str, #[case] expected: (&str, &str, &str)) {
        assert_eq!(parts(image), expected);
    }
}
