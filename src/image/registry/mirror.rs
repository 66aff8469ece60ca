//! Where a public registry is asked instead: what a company or a test has of it nearby.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::reference::Reference;

static MIRRORS: OnceLock<BTreeMap<String, String>> = OnceLock::new();

/// Asks `docker.io` and others, by name, at these places first. Once for each run, from the user's settings.
pub fn use_mirrors(mirrors: BTreeMap<String, String>) {
    let _ = MIRRORS.set(mirrors);
}

/// Where each registry is asked first.
pub fn mirrors() -> &'static BTreeMap<String, String> {
    static NONE: BTreeMap<String, String> = BTreeMap::new();
    MIRRORS.get().unwrap_or(&NONE)
}

/// The same image in the mirror of its registry.
pub fn of(reference: &Reference) -> Option<Reference> {
    mirrored(mirrors(), reference)
}

fn mirrored(mirrors: &BTreeMap<String, String>, reference: &Reference) -> Option<Reference> {
    Some(reference.moved(mirrors.get(reference.registry())?))
}

#[cfg(test)]
mod tests {
    use super::super::reference::parse;
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("node:24", Some("r.example:5000/hub/library/node:24"))]
    #[case(
        "docker.io/acme/x@sha256:0000000000000000000000000000000000000000000000000000000000000000",
        Some("r.example:5000/hub/acme/x@sha256:0000000000000000000000000000000000000000000000000000000000000000")
    )]
    #[case("ghcr.io/acme/x", Some("quick.example/acme/x:latest"))]
    #[case("quay.io/acme/x", None)]
    fn an_image_keeps_its_name_in_a_mirror(#[case] reference: &str, #[case] expected: Option<&str>) {
        let mirrors = [("docker.io", "r.example:5000/hub"), ("ghcr.io", "quick.example")];
        let mirrors = mirrors.map(|(from, to)| (from.to_owned(), to.to_owned())).into();
        let found = mirrored(&mirrors, &parse(reference).unwrap());
        assert_eq!(found.map(|reference| reference.whole()).as_deref(), expected);
    }
}
