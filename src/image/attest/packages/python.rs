//! METADATA of installed distributions (Python packaging specification, "Core metadata").

use crate::image::component::{Component, Ecosystem, Kind};

pub fn reads(path: &str) -> bool {
    path.strip_suffix("/METADATA").is_some_and(|folder| folder.ends_with(".dist-info"))
}

pub fn read(path: &str, bytes: &[u8]) -> Vec<Component> {
    let text = String::from_utf8_lossy(bytes);
    // What follows an empty line is the description.
    let head: Vec<(&str, &str)> =
        text.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.split_once(": ")).collect();
    let field = |name: &str| head.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim());
    let Some(name) = field("Name").filter(|name| !name.is_empty()) else { return Vec::new() };
    let classified = head.iter().filter(|(key, _)| key.eq_ignore_ascii_case("Classifier"));
    let mut classified = classified.filter_map(|(_, value)| value.strip_prefix("License :: ")?.rsplit(" :: ").next());
    // Of a license that is written out, the first line is only its title.
    let is_written_out =
        text.lines().skip_while(|line| !line.starts_with("License: ")).nth(1).is_some_and(|line| line.starts_with(' '));
    let license = field("License-Expression")
        .or_else(|| field("License").filter(|said| !is_written_out && !["", "UNKNOWN"].contains(said)))
        .or_else(|| classified.next());
    // What plat writes beside the sources for the program itself.
    let is_program = path.matches('/').count() == 2 && path.starts_with("app/");
    let kind = if is_program { Kind::Application } else { Kind::Library };
    let component = Component::new(kind, name).version(field("Version").unwrap_or_default()).licensed(license);
    vec![if is_program { component } else { component.published(Ecosystem::Pypi, &[]) }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::component::License;
    use rstest::rstest;

    const CLICK: &str = "opt/dependencies/click-8.1.7.dist-info/METADATA";

    #[rstest]
    #[case(CLICK, true)]
    #[case::what_another_one_brings("opt/dependencies/setuptools/_vendor/x-1.dist-info/METADATA", true)]
    #[case("opt/dependencies/click/METADATA", false)]
    #[case("opt/dependencies/click-8.1.7.dist-info/RECORD", false)]
    fn a_distribution_is_known_by_its_metadata(#[case] path: &str, #[case] expected: bool) {
        assert_eq!(reads(path), expected);
    }

    #[rstest]
    #[case::by_spdx("License-Expression: BSD-3-Clause", Some(License::Expression("BSD-3-Clause".to_owned())))]
    #[case::by_a_word("License: BSD", Some(License::Name("BSD".to_owned())))]
    #[case::by_its_class("License: UNKNOWN\nClassifier: License :: OSI Approved :: BSD License", Some(License::Name("BSD License".to_owned())))]
    #[case::written_out("License: Copyright (c) 2024\n        All rights reserved.\nClassifier: License :: OSI Approved :: BSD License", Some(License::Name("BSD License".to_owned())))]
    #[case::nowhere("Requires-Python: >=3.7", None)]
    fn a_distribution_says_what_it_is(#[case] line: &str, #[case] license: Option<License>) {
        let text = format!("Metadata-Version: 2.1\nName: click\nVersion: 8.1.7\n{line}\n\nName: not this\n");
        let expected = Component { license, ..Component::new(Kind::Library, "click").version("8.1.7") };
        assert_eq!(read(CLICK, text.as_bytes()), [expected.published(Ecosystem::Pypi, &[])]);
    }

    #[test]
    fn the_program_itself_is_published_nowhere() {
        let found = read("app/shop-1.2.dist-info/METADATA", b"Metadata-Version: 2.1\nName: shop\nVersion: 1.2\n");
        assert_eq!(found, [Component::new(Kind::Application, "shop").version("1.2")]);
    }
}
