//! `cargo tree`: the crates of a program.

use crate::image::component::{Component, Ecosystem, Kind};
use crate::text::printable_url;

/// What cargo prints of each: name, version and source, and its license.
pub const CARGO_FORMAT: &str = "{p}\t{l}";
/// Of a crate whose own crates were printed before.
const AGAIN: &str = " (*)";

/// The first line is the program's own.
#[must_use]
pub fn crates(said: &str) -> Vec<Component> {
    let lines = said.lines().filter_map(|line| line.split_once('\t'));
    let named = lines.enumerate().filter_map(|(at, (named, license))| {
        let mut words = named.splitn(3, ' ');
        let (name, version) = (words.next()?, words.next()?.strip_prefix('v')?);
        let kind = if at == 0 { Kind::Application } else { Kind::Library };
        let license = license.strip_suffix(AGAIN).unwrap_or(license);
        let component = Component::new(kind, name).version(version).licensed(Some(license));
        Some(match words.next().map(|source| source.trim_start_matches('(').trim_end_matches(')')) {
            None => component.published(Ecosystem::Cargo, &[]),
            Some(source) => match repository(source) {
                Some(repository) => component.published(Ecosystem::Cargo, &[("vcs_url", &repository)]),
                // Of the same sources, or of a registry that only some know.
                None => component,
            },
        })
    });
    let mut found: Vec<Component> = named.collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// `git+https://example.com/a/b@0123abcd` of `https://example.com/a/b?branch=main#0123abcd`.
fn repository(source: &str) -> Option<String> {
    let (place, commit) = source.split_once('#')?;
    let place = place.split('?').next().filter(|place| place.contains("://"))?;
    Some(format!("git+{}@{commit}", printable_url(place)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_tells_the_crates_of_a_program() {
        let said = "shop v0.1.0 (/src/shop)\tApache-2.0\n\
            itoa v1.0.11\tMIT OR Apache-2.0\n\
            core v0.2.0 (/src/core)\t\n\
            itoa v1.0.11\tMIT OR Apache-2.0 (*)\n\
            fork v0.3.0 (https://user:pass@example.com/a/fork?branch=main#0123abcd)\tMIT/Apache-2.0\n\
            inner v1.0.0 (registry `acme`)\tMIT\n\n";
        let found = crates(said);
        let known: Vec<String> = found.iter().map(Component::known_by).collect();
        assert_eq!(
            known,
            [
                "shop@0.1.0",
                "core@0.2.0",
                "pkg:cargo/fork@0.3.0?vcs_url=git%2Bhttps:%2F%2Fexample.com%2Fa%2Ffork%400123abcd",
                "inner@1.0.0",
                "pkg:cargo/itoa@1.0.11",
            ]
        );
    }
}
