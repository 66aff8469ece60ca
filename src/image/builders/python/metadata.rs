//! What the project says of itself as an installed one does: `importlib.metadata.version("shop")` and the plugins that it
//! offers are asked for at run time, and its scripts are started by name.

use toml_edit::{Item, TableLike};

use super::layout::{PACKAGES, ROOT};
use super::project::Project;
use crate::image::oci::{Content, Entry};

/// None for a project that is no package.
pub fn entries(project: &Project) -> Vec<Entry> {
    let of = |key: &str| project.get(&["project", key]).or_else(|| project.get(&["tool", "poetry", key]));
    let Some(name) = of("name").and_then(Item::as_str).filter(|_| project.get(&["build-system"]).is_some()) else {
        return Vec::new();
    };
    let scripts = of("scripts").and_then(Item::as_table_like);
    let named = scripts.into_iter().flat_map(TableLike::iter);
    let mut entries: Vec<Entry> = named.filter_map(|(name, target)| script(name, target.as_str()?)).collect();
    // One that only its build tool knows is told by nobody here.
    if let Some(version) = of("version").and_then(Item::as_str) {
        // As a wheel names it (PEP 491).
        let folder = format!("{ROOT}/{}-{version}.dist-info", name.replace(['-', '.'], "_"));
        let head = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
        entries.push(Entry::text(format!("{folder}/METADATA"), head));
        let plugins = of("entry-points").or_else(|| of("plugins")).and_then(Item::as_table_like);
        let plugins = plugins.into_iter().flat_map(TableLike::iter);
        let plugins = plugins.filter_map(|(name, group)| Some((name, group.as_table_like()?)));
        let groups = scripts.map(|scripts| ("console_scripts", scripts)).into_iter().chain(plugins);
        let text: String = groups.filter_map(|(name, group)| section(name, group)).collect();
        if !text.is_empty() {
            entries.push(Entry::text(format!("{folder}/entry_points.txt"), text));
        }
    }
    entries
}

fn section(name: &str, group: &dyn TableLike) -> Option<String> {
    let lines: String =
        group.iter().filter_map(|(name, target)| Some(format!("{name} = {}\n", target.as_str()?))).collect();
    (!lines.is_empty()).then(|| format!("[{name}]\n{lines}"))
}

/// What pip makes of `shop = "shop.cli:main"`, beside the scripts of the packages.
fn script(name: &str, target: &str) -> Option<Entry> {
    let (module, function) = target.split_once(':')?;
    let (module, function) = (module.trim(), function.split('[').next().unwrap_or(function).trim());
    let object = function.split('.').next().unwrap_or(function);
    let text = format!("#!/usr/bin/env python3\nimport sys\nfrom {module} import {object}\nsys.exit({function}())\n");
    Some(Entry { path: format!("{PACKAGES}/bin/{name}"), content: Content::Program(text.into_bytes()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn paths(pyproject: &str) -> Vec<String> {
        let project = Project { folder: PathBuf::from("shop"), pyproject: pyproject.parse().unwrap() };
        entries(&project).into_iter().map(|entry| entry.path).collect()
    }

    #[test]
    fn a_package_is_known_by_its_name_and_started_by_its_scripts() {
        let text = "build-system.requires = []\n[project]\nname = 'my-shop'\nversion = '1.2'\nscripts.shop = 'shop.cli:main'\n";
        let expected = [
            "opt/dependencies/bin/shop",
            "app/my_shop-1.2.dist-info/METADATA",
            "app/my_shop-1.2.dist-info/entry_points.txt",
        ];
        assert_eq!(paths(text), expected);
        assert_eq!(paths("[project]\nname = 'a-folder-of-scripts'\nversion = '0'\n"), Vec::<String>::new());
    }
}
