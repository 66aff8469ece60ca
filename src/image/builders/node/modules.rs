//! Compiled modules: those of another platform or another Node would crash in the image.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::error::{Error, Result};
use crate::image::builders::binary::Binary;
use crate::image::builders::sources::Source;
use crate::image::oci::Base;
use crate::image::platform::Platform;
use crate::reason::Reason;

/// A module with this in it runs in every release (Node-API); others are made for one.
const STABLE: &[u8] = b"napi_register_module_v1";
/// A compiled module; in bytes.
const LARGEST: u64 = 256 << 20;

/// # Errors
/// When a package has compiled modules and none for the platform; when one is made for another Node than the base's.
pub fn check(installed: &[Source], platform: &Platform, base: &Base, local: Option<&str>) -> Result<()> {
    let mut packages: BTreeMap<&str, Vec<(&Source, Binary)>> = BTreeMap::new();
    let modules = installed.iter().filter(|source| source.from.extension().is_some_and(|ending| ending == "node"));
    for source in modules {
        if let Some(binary) = Binary::of(&source.from) {
            packages.entry(package_of(&source.path)).or_default().push((source, binary));
        }
    }
    for (package, modules) in packages {
        let fitting: Vec<&Source> =
            modules.iter().filter(|(_, binary)| binary.runs_on(platform)).map(|(source, _)| *source).collect();
        if fitting.is_empty() {
            let (source, binary) = &modules[0];
            return Err(Error::user(format!("{package} is compiled for {binary}, not for {platform}"))
                .at(&source.path)
                .hint("build where the platform is that of the cluster (in CI), or use a package that has it for both")
                .reason(Reason::BuildFailed));
        }
        let (Some(here), Some(there)) = (local, base.variable("NODE_VERSION").and_then(|v| v.split('.').next())) else {
            continue;
        };
        if here != there && !fitting.iter().any(|source| is_stable(&source.from)) {
            return Err(Error::user(format!("{package} is compiled for Node {here}, and the image has Node {there}"))
                .at(&fitting[0].path)
                .hint(format!("install Node {there} here, or name the other one: npm pkg set engines.node={here}"))
                .reason(Reason::BuildFailed));
        }
    }
    Ok(())
}

/// `node_modules/@a/b` of `node_modules/@a/b/build/x.node`.
fn package_of(path: &str) -> &str {
    let Some(start) = path.rfind("node_modules/").map(|at| at + "node_modules/".len()) else { return path };
    let parts = if path[start..].starts_with('@') { 2 } else { 1 };
    let end = path[start..].match_indices('/').nth(parts - 1).map_or(path.len(), |(at, _)| start + at);
    &path[start..end]
}

fn is_stable(path: &Path) -> bool {
    let is_bounded = fs::metadata(path).is_ok_and(|file| file.len() <= LARGEST);
    is_bounded && fs::read(path).is_ok_and(|bytes| bytes.windows(STABLE.len()).any(|window| window == STABLE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("node_modules/sharp/build/x.node", "sharp")]
    #[case("node_modules/@img/sharp-linux-x64/lib/x.node", "@img/sharp-linux-x64")]
    #[case("packages/api/node_modules/a/node_modules/b/x.node", "b")]
    fn a_module_belongs_to_a_package(#[case] path: &str, #[case] expected: &str) {
        assert_eq!(package_of(path), expected);
    }
}
