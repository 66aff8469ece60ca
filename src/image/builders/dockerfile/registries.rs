//! Where podman and buildah look for the images that a Dockerfile stands on: as their own registries.conf says, with
//! plat's mirrors before, and on docker.io where a name says no registry, as docker does.
//!
//! The format: `containers-registries.conf(5)`, version 2.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, value};

use crate::error::{Error, Result};
use crate::image::registry;
use crate::input;

/// What both programs read instead of their registries.conf.
pub const VARIABLE: &str = "CONTAINERS_REGISTRIES_CONF";

/// Of a registries.conf; in bytes.
const LARGEST: u64 = 1 << 20;
/// Registries to ask for a name without one.
const SEARCH: &str = "unqualified-search-registries";
const REGISTRY: &str = "registry";
const MIRROR: &str = "mirror";

/// A registries.conf for one build.
///
/// # Errors
/// When the temporary folder cannot be written to.
pub fn file() -> Result<tempfile::NamedTempFile> {
    let conf = own().and_then(|path| input::read_text(&path, LARGEST).ok()).unwrap_or_default();
    // What plat does not understand is not its own to replace; they say what is wrong with it.
    let text = with(&conf, registry::mirrors()).unwrap_or(conf);
    let written =
        tempfile::Builder::new().prefix("plat-registries-").suffix(".conf").tempfile().and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            Ok(file)
        });
    written.map_err(|e| Error::user(format!("cannot write a registries.conf: {e}")).at(std::env::temp_dir().display()))
}

/// The one that they would read.
fn own() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(VARIABLE).filter(|named| !named.is_empty()) {
        return Some(named.into());
    }
    let of_the_user = etcetera::home_dir().ok().map(|home| home.join(".config/containers/registries.conf"));
    of_the_user.into_iter().chain([PathBuf::from("/etc/containers/registries.conf")]).find(|path| path.is_file())
}

/// None for the old format (version 1), and for what is no TOML.
fn with(conf: &str, mirrors: &BTreeMap<String, String>) -> Option<String> {
    let mut conf: DocumentMut = conf.parse().ok()?;
    if conf.contains_key("registries") {
        return None;
    }
    if !conf.contains_key(SEARCH) {
        conf[SEARCH] = value(Array::from_iter(["docker.io"]));
    }
    let registries = conf.entry(REGISTRY).or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    let registries = registries.as_array_of_tables_mut()?;
    for (name, place) in mirrors {
        let is_it = |table: &Table| {
            let named = table.get("prefix").or_else(|| table.get("location"));
            named.and_then(Item::as_str) == Some(name)
        };
        let found = registries.iter().position(is_it);
        let at = found.unwrap_or(registries.len());
        if found.is_none() {
            registries.push(Table::from_iter([("location", value(name))]));
        }
        let there = registries.get_mut(at)?.entry(MIRROR).or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
        let there = there.as_array_of_tables_mut()?;
        let mut mirror = Table::new();
        mirror["location"] = value(place);
        let host = place.split('/').next().unwrap_or(place);
        if registry::is_loopback(host) {
            mirror["insecure"] = value(true);
        }
        // Asked first, as plat does.
        *there = std::iter::once(mirror).chain(there.iter().cloned()).collect();
    }
    Some(conf.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::nothing_there(
        "",
        "unqualified-search-registries = [\"docker.io\"]\n\n[[registry]]\nlocation = \"docker.io\"\n\n\
        [[registry.mirror]]\nlocation = \"127.0.0.1:5000/hub\"\ninsecure = true\n\n[[registry]]\nlocation = \"ghcr.io\"\n\n\
        [[registry.mirror]]\nlocation = \"m.example/ghcr\"\n"
    )]
    #[case::what_is_there_stays_and_comes_after(
        "unqualified-search-registries = [\"r.example\"]\n[[registry]]\nprefix = \"docker.io\"\nlocation = \"a.example\"\n\
        [[registry.mirror]]\nlocation = \"b.example\"\n",
        "unqualified-search-registries = [\"r.example\"]\n[[registry]]\nprefix = \"docker.io\"\nlocation = \"a.example\"\n\
        \n[[registry.mirror]]\nlocation = \"127.0.0.1:5000/hub\"\ninsecure = true\n[[registry.mirror]]\nlocation = \"b.example\"\n\
        \n[[registry]]\nlocation = \"ghcr.io\"\n\n[[registry.mirror]]\nlocation = \"m.example/ghcr\"\n"
    )]
    fn mirrors_come_first(#[case] conf: &str, #[case] expected: &str) {
        let mirrors = [("docker.io", "127.0.0.1:5000/hub"), ("ghcr.io", "m.example/ghcr")];
        let mirrors = mirrors.map(|(from, to)| (from.to_owned(), to.to_owned())).into();
        assert_eq!(with(conf, &mirrors).as_deref(), Some(expected));
    }

    #[rstest]
    #[case::version_1("[registries.search]\nregistries = ['docker.io']\n")]
    #[case::no_toml("[[registry")]
    fn what_it_does_not_understand_stays_as_it_is(#[case] conf: &str) {
        assert_eq!(with(conf, &BTreeMap::new()), None);
    }
}
