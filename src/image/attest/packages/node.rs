//! package.json of what is installed in `node_modules`, and of the program itself.

use serde_json::Value;

use crate::image::component::{Component, Ecosystem, Kind};

const MODULES: &str = "node_modules/";

/// That of a package, not one that lies somewhere inside it: those say how a folder is read, or are there for tests.
pub fn reads(path: &str) -> bool {
    let Some(folder) = path.strip_suffix("package.json") else { return false };
    let mut parts = folder.split(MODULES);
    let before = parts.next().unwrap_or_default();
    let mut installed = parts.peekable();
    if installed.peek().is_none() {
        return before.matches('/').count() == 1;
    }
    // Of one project or a member of its workspace; then a package in a package, or in pnpm's own folder.
    installed.all(|part| is_package(part) || part.strip_prefix(".pnpm/").is_some_and(|id| id.matches('/').count() == 1))
}

/// `left-pad/`, `@types/node/`
fn is_package(folder: &str) -> bool {
    let Some(name) = folder.strip_suffix('/').filter(|name| !name.starts_with('.')) else { return false };
    name.matches('/').count() == usize::from(name.starts_with('@'))
}

pub fn read(path: &str, bytes: &[u8]) -> Vec<Component> {
    let package: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let Some(whole) = package["name"].as_str().filter(|name| !name.is_empty()) else { return Vec::new() };
    let (group, name) = match whole.split_once('/') {
        Some((scope, name)) => (Some(scope), name),
        None => (None, whole),
    };
    let is_installed = path.contains(MODULES);
    let kind = if is_installed { Kind::Library } else { Kind::Application };
    let component = Component::new(kind, name)
        .group(group)
        .version(package["version"].as_str().unwrap_or_default())
        .licensed(license(&package).as_deref());
    vec![if is_installed { component.published(Ecosystem::Npm, &[]) } else { component }]
}

/// `license`, as it was written before npm knew SPDX too.
fn license(package: &Value) -> Option<String> {
    let of = |value: &Value| value.as_str().or(value["type"].as_str()).map(str::to_owned);
    let several = package["licenses"].as_array().map(|all| all.iter().filter_map(of).collect::<Vec<_>>().join(" OR "));
    of(&package["license"]).or_else(|| several.or_else(|| of(&package["licenses"])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::of_the_program("app/package.json", true)]
    #[case::of_a_package("app/node_modules/left-pad/package.json", true)]
    #[case::in_a_scope("app/node_modules/@types/node/package.json", true)]
    #[case::in_a_package("app/node_modules/is-odd/node_modules/is-number/package.json", true)]
    #[case::of_a_member("app/packages/api/node_modules/is-number/package.json", true)]
    #[case::by_pnpm("app/node_modules/.pnpm/is-number@7.0.0/node_modules/is-number/package.json", true)]
    #[case::a_scope_by_pnpm("app/node_modules/.pnpm/@img+a@1/node_modules/@img/a/package.json", true)]
    #[case::how_a_folder_is_read("app/node_modules/left-pad/esm/package.json", false)]
    #[case::of_a_test("app/node_modules/resolve/test/node_modules/x/package.json", false)]
    #[case::somewhere_in_the_program("app/test/fixtures/package.json", false)]
    #[case::another_file("app/node_modules/left-pad/x-package.json", false)]
    fn only_the_file_of_a_package_tells_it(#[case] path: &str, #[case] expected: bool) {
        assert_eq!(reads(path), expected);
    }

    #[rstest]
    #[case(
        r#"{"name": "a", "version": "1.0.0", "license": "MIT"}"#,
        r#"[{"kind":"library","name":"a","version":"1.0.0","purl":"pkg:npm/a@1.0.0","license":{"expression":"MIT"}}]"#
    )]
    #[case(r#"{"name": "@b/a", "version": "2.0.0", "licenses": [{"type": "MIT"}, {"type": "ISC"}]}"#, r#"[{"kind":"library","group":"@b","name":"a","version":"2.0.0","purl":"pkg:npm/%40b/a@2.0.0","license":{"expression":"MIT OR ISC"}}]"#)]
    #[case(
        r#"{"name": "a", "license": {"type": "SEE LICENSE IN x"}}"#,
        r#"[{"kind":"library","name":"a","purl":"pkg:npm/a","license":{"name":"SEE LICENSE IN x"}}]"#
    )]
    #[case::without_a_name(r#"{"type": "module"}"#, "[]")]
    #[case::broken("{", "[]")]
    fn a_package_says_what_it_is(#[case] package: &str, #[case] expected: &str) {
        let found = read("app/node_modules/a/package.json", package.as_bytes());
        assert_eq!(serde_json::to_string(&found).unwrap(), expected);
    }

    #[test]
    fn the_program_itself_is_published_nowhere() {
        let found = read("app/package.json", br#"{"name": "shop", "version": "1.0.0"}"#);
        assert_eq!(found, [Component::new(Kind::Application, "shop").version("1.0.0")]);
    }
}
