//! Paths of a repository: relative to its root, with `/`.

/// `a/b` and `c` -> `a/b/c`; the root is empty.
#[must_use]
pub fn join(folder: &str, name: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in name.split('/') {
        match part {
            // Above the root nothing is looked at; what leads there is found nowhere.
            ".." if parts.pop().is_none() => return "..".to_owned(),
            "" | "." | ".." => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The folder of a path; empty for what lies in the root.
#[must_use]
pub fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A folder and those above it, the root last.
pub fn upward(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |folder| (!folder.is_empty()).then(|| self::folder(folder)))
}

#[must_use]
pub fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// `go` of `cmd/main.go`; empty where there is none.
#[must_use]
pub fn ending(path: &str) -> &str {
    name(path).rsplit_once('.').map_or("", |(_, ending)| ending)
}

/// Whether `path` is the folder or lies below it.
#[must_use]
pub fn is_within(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// `path` seen from `folder`; none where it does not lie below.
#[must_use]
pub fn below<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    if folder.is_empty() { Some(path) } else { path.strip_prefix(folder)?.strip_prefix('/') }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("", "./a", "a")]
    #[case("a/b", "../c/", "a/c")]
    #[case("a", "..", "")]
    #[case("a", "../../x", "..")]
    fn a_path_is_taken_from_its_folder(#[case] folder: &str, #[case] name: &str, #[case] expected: &str) {
        assert_eq!(join(folder, name), expected);
    }

    #[rstest]
    #[case("api/main.go", "api", true)]
    #[case("api", "api", true)]
    #[case("api2/main.go", "api", false)]
    #[case("x", "", true)]
    fn below_is_by_whole_names(#[case] path: &str, #[case] folder: &str, #[case] expected: bool) {
        assert_eq!(is_within(path, folder), expected);
    }
}
