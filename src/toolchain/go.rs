//! `go list`: which files count is Go's to say (constraints, suffixes, workspaces).

use std::path::PathBuf;

/// The folder, the name and the files of each package; the patterns follow.
pub const LIST: [&str; 5] = ["list", "-e", "-find", "-f", "{{.Dir}}\t{{.Name}}{{range .GoFiles}}\t{{.}}{{end}}"];
/// C would need a library around the program.
pub const WITHOUT_C: (&str, &str) = ("CGO_ENABLED", "0");

/// A package that has files for the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    pub folder: PathBuf,
    pub is_program: bool,
    /// Names of those that are compiled.
    pub files: Vec<String>,
}

/// What [`LIST`] prints.
#[must_use]
pub fn packages(listed: &str) -> Vec<Package> {
    let package = |line: &str| {
        let mut fields = line.split('\t');
        let (folder, name) = (fields.next()?.into(), fields.next()?);
        let files: Vec<String> = fields.map(str::to_owned).collect();
        (!files.is_empty()).then(|| Package { folder, is_program: name == "main", files })
    };
    listed.lines().filter_map(package).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_without_files_for_the_platform_is_none() {
        let told = packages("/w\tmain\tmain.go\tport.go\n/w/lib\tlib\tlib.go\n/w/windows\tmain\n");
        let read = |package: &Package| (package.folder.display().to_string(), package.is_program, package.files.len());
        let expected = [("/w".to_owned(), true, 2), ("/w/lib".to_owned(), false, 1)];
        assert_eq!(told.iter().map(read).collect::<Vec<_>>(), expected);
    }
}
