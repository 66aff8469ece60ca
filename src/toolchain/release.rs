//! Which release of a language a project names, and the image that it then stands on.

/// Where nothing says it.
pub const NODE: &str = "24";
/// A release that most packages are built for.
pub const PYTHON: &str = "3.13";
/// Files that name the release of Node, the first one first.
pub const NODE_FILES: [&str; 2] = [".nvmrc", ".node-version"];
pub const PYTHON_FILES: [&str; 2] = [".python-version", "runtime.txt"];
/// Of Java, those with long-term support, for which there are images.
const JAVA: [u16; 5] = [8, 11, 17, 21, 25];
const REGISTRY: &str = "docker.io/library";

#[must_use]
pub fn node_image(major: &str) -> String {
    format!("{REGISTRY}/node:{major}-slim")
}

#[must_use]
pub fn python_image(minor: &str) -> String {
    format!("{REGISTRY}/python:{minor}-slim")
}

/// The image for classes that are compiled for this release.
#[must_use]
pub fn java_image(needed: u16) -> String {
    let release = JAVA.into_iter().find(|release| *release >= needed).unwrap_or(needed);
    format!("{REGISTRY}/eclipse-temurin:{release}-jre")
}

/// `24` of `v24.1.0`, `>=24`, `^24.0.0 || ^26`, `24.x`; none of `lts/*`.
#[must_use]
pub fn node_major(text: &str) -> Option<String> {
    let digits = text.trim_start_matches(|c: char| !c.is_ascii_digit());
    let before = &text[..text.len() - digits.len()];
    let major: String = digits.chars().take_while(char::is_ascii_digit).collect();
    // `<25` and `lts/24` name something else.
    let is_named = !before.contains(['<', '/']) && before.chars().all(|c| "v^~>= ".contains(c));
    (is_named && !major.is_empty()).then_some(major)
}

/// `3.13` of `3.13.2`, `cpython-3.13`.
#[must_use]
pub fn python_minor(text: &str) -> Option<String> {
    let digits = text.trim_start_matches(|c: char| !c.is_ascii_digit());
    let mut parts = digits.split('.');
    let number = |part: &str| part.chars().take_while(char::is_ascii_digit).collect::<String>();
    let (major, minor) = (number(parts.next()?), number(parts.next()?));
    (!major.is_empty() && !minor.is_empty()).then(|| format!("{major}.{minor}"))
}

/// Of `>=3.11,<4`, `^3.12`, `~=3.12.1`, `==3.13.*`.
#[must_use]
pub fn lowest_python(required: &str) -> Option<String> {
    let bounds = required.split([',', '|']).map(str::trim);
    bounds.filter(|bound| !bound.starts_with(['<', '!', '>']) || bound.starts_with(">=")).find_map(python_minor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(">=3.11,<4", Some("3.11"))]
    #[case("<4,>=3.12", Some("3.12"))]
    #[case("^3.12", Some("3.12"))]
    #[case("==3.13.*", Some("3.13"))]
    #[case("<4", None)]
    #[case(">3", None)]
    fn the_lowest_release_is_taken(#[case] required: &str, #[case] expected: Option<&str>) {
        assert_eq!(lowest_python(required).as_deref(), expected);
    }

    #[rstest]
    #[case("v24.1.0", Some("24"))]
    #[case("24", Some("24"))]
    #[case(">=22.12", Some("22"))]
    #[case("^24.0.0 || ^26", Some("24"))]
    #[case("24.x", Some("24"))]
    #[case("lts/*", None)]
    #[case("lts/24", None)]
    #[case("<25", None)]
    #[case("", None)]
    fn a_release_is_named_by_its_first_number(#[case] text: &str, #[case] expected: Option<&str>) {
        assert_eq!(node_major(text).as_deref(), expected);
    }
}
