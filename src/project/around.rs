//! What a folder without a plat.yaml has instead, and the command that fits it.

use std::fs;
use std::path::{Path, PathBuf};

use ignore::{DirEntry, WalkBuilder};

use crate::files::{ENDINGS, KUSTOMIZATIONS};
use crate::input;
use crate::text::foreign_line;

/// The file that a project is known by.
pub(super) const FILE: &str = "plat.yaml";
/// Folders of a repository that hold services; deeper ones are other people's.
const DEPTH: usize = 6;
/// Entries that are looked at: a monorepo may have millions.
const ENTRIES: usize = 20_000;
/// Files that are named.
const NAMED: usize = 10;
/// Where people keep manifests, the folder itself first.
const PLACES: [&str; 8] = [".", "k8s", "kubernetes", "manifests", "deploy", "kube", ".k8s", "deployment"];
/// Where people keep a chart.
const CHARTS: [&str; 4] = [".", "chart", "helm", "charts"];
/// What `plat init` makes a plat.yaml of.
const BUILT: [&str; 14] = [
    "Dockerfile",
    "Containerfile",
    "go.mod",
    "Cargo.toml",
    "package.json",
    "pyproject.toml",
    "requirements.txt",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "compose.yaml",
    "docker-compose.yml",
    "Procfile",
    "fly.toml",
];
/// Files of a folder that are looked into.
const FILES: usize = 50;
/// Bytes of a file that is looked into: what is larger is no manifest of people.
const BYTES: u64 = 1 << 20;
/// Never anybody's own services.
const FOREIGN: [&str; 3] = ["node_modules", "vendor", "target"];

/// What to type here, the likeliest first; nothing where the folder has nothing that plat knows.
pub(super) fn hints(folder: &Path) -> Vec<String> {
    let below = below(folder);
    let instead = instead(folder);
    below.into_iter().chain(instead).collect()
}

/// The plat.yaml files of the folders below.
fn below(folder: &Path) -> Option<String> {
    let mut found = services(folder);
    let first = found.first()?.clone();
    let more = found.len().saturating_sub(NAMED);
    found.truncate(NAMED);
    let names: Vec<String> = found.iter().map(|path| shown(path)).collect();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(format!("there are some below: {}{more}; say which: --file {}", names.join(", "), shown(&first)))
}

/// Relative to the folder, in order; what git ignores is not looked at.
fn services(folder: &Path) -> Vec<PathBuf> {
    let is_own = |entry: &DirEntry| FOREIGN.iter().all(|name| entry.file_name() != *name);
    let mut walk = WalkBuilder::new(folder);
    walk.max_depth(Some(DEPTH)).require_git(false).sort_by_file_name(Ord::cmp).filter_entry(is_own);
    let files =
        walk.build().take(ENTRIES).flatten().filter(|entry| entry.file_name() == FILE && entry.path().is_file());
    files.filter_map(|entry| Some(entry.path().strip_prefix(folder).ok()?.to_owned())).collect()
}

/// What else is here that can be deployed.
fn instead(folder: &Path) -> Option<String> {
    if let Some(chart) = CHARTS.iter().find(|place| folder.join(place).join("Chart.yaml").is_file()) {
        return Some(format!("to deploy the Helm chart here: helm template {chart} | plat deploy -f -"));
    }
    for place in PLACES {
        let there = folder.join(place);
        if KUSTOMIZATIONS.iter().any(|file| there.join(file).is_file()) {
            return Some(format!("to deploy the kustomization here: plat deploy -k {place}"));
        }
        if has_manifests(&there) {
            return Some(format!("to deploy the manifests here: plat deploy -f {place}"));
        }
    }
    let is_there = |name: &&&str| folder.join(name).is_file();
    let seen = BUILT.iter().find(is_there)?;
    Some(format!("this has a {seen}: plat looks at it, and writes a {FILE} with: plat init"))
}

fn has_manifests(folder: &Path) -> bool {
    let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let texts =
        files.filter(|path| path.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known)));
    texts.take(FILES).any(|path| input::read_text(&path, BYTES).is_ok_and(|text| is_manifest(&text)))
}

/// Whether a text says of what kind it is, as every manifest does, and no chart's template.
fn is_manifest(text: &str) -> bool {
    let says = |key: &str| {
        text.lines()
            .any(|line| line.starts_with(&format!("{key}:")) || line.trim_start().starts_with(&format!("\"{key}\":")))
    };
    says("apiVersion") && says("kind") && !text.contains("{{")
}

fn shown(path: &Path) -> String {
    foreign_line(&path.display().to_string(), 200)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const MANIFEST: &str = "apiVersion: v1\nkind: Service\n";

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::TempDir::new().expect("a folder");
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("its folder");
            fs::write(path, text).expect("a file");
        }
        folder
    }

    #[rstest]
    #[case::nothing(&[("main.go", "package main")], None)]
    #[case::manifests(&[("app.yaml", MANIFEST)], Some("plat deploy -f ."))]
    #[case::in_a_folder(&[("k8s/app.yml", MANIFEST)], Some("plat deploy -f k8s"))]
    #[case::json(&[("app.json", "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"Service\"\n}")], Some("plat deploy -f ."))]
    #[case::another_yaml(&[("ci.yaml", "kind: pipeline\n")], None)]
    #[case::kustomization(&[("kustomization.yaml", ""), ("app.yaml", MANIFEST)], Some("plat deploy -k ."))]
    #[case::kustomization_below(&[("deploy/kustomization.yml", "")], Some("plat deploy -k deploy"))]
    #[case::chart(&[("Chart.yaml", "name: shop"), ("app.yaml", MANIFEST)], Some("helm template . | plat deploy -f -"))]
    #[case::chart_below(&[("chart/Chart.yaml", "name: shop")], Some("helm template chart | plat deploy -f -"))]
    #[case::dockerfile(&[("Dockerfile", "FROM scratch")], Some("with: plat init"))]
    #[case::sources(&[("go.mod", "module shop")], Some("with: plat init"))]
    fn what_is_there_names_the_command(#[case] files: &[(&str, &str)], #[case] expected: Option<&str>) {
        let folder = folder(files);
        let hints = hints(folder.path());
        assert_eq!(hints.len(), usize::from(expected.is_some()), "{hints:?}");
        assert!(expected.is_none_or(|text| hints[0].ends_with(text) || hints[0].contains(text)), "{hints:?}");
    }

    #[test]
    fn services_below_are_listed_and_those_of_others_are_not() {
        let deep = format!("{}plat.yaml", "d/".repeat(DEPTH));
        let folder = folder(&[
            (".gitignore", "build/\n"),
            ("services/cart/plat.yaml", ""),
            ("services/api/plat.yaml", ""),
            ("build/copy/plat.yaml", ""),
            ("web/node_modules/x/plat.yaml", ""),
            (&deep, ""),
        ]);
        let hint = &hints(folder.path())[0];
        assert_eq!(
            hint,
            "there are some below: services/api/plat.yaml, services/cart/plat.yaml; say which: --file services/api/plat.yaml"
        );
    }

    #[test]
    fn of_many_some_are_named() {
        let names: Vec<String> = (0..NAMED + 3).map(|n| format!("s{n:02}/plat.yaml")).collect();
        let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
        let hint = &hints(folder(&files).path())[0];
        assert!(hint.contains("s09/plat.yaml and 3 more;") && !hint.contains("s10/"), "{hint}");
    }
}
