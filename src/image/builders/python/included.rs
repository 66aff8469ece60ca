//! requirements.txt as pip reads it: with the files that it includes, and the folders that it names.

use std::path::Path;

use crate::error::{Error, Result};
use crate::input;

/// Of a file; in bytes.
const LARGEST: u64 = 64 << 20;
/// Files within files; more is a circle.
const DEEPEST: usize = 16;

/// # Errors
/// When a file is not there, or includes itself.
pub fn expanded(file: &Path) -> Result<String> {
    let mut text = String::new();
    include(file, &mut text, 0)?;
    Ok(text)
}

fn include(file: &Path, into: &mut String, depth: usize) -> Result<()> {
    if depth > DEEPEST {
        return Err(Error::user("the files of requirements include each other in a circle")
            .at(file.display())
            .hint("take one of the -r lines out"));
    }
    let folder = file.parent().unwrap_or(Path::new("."));
    let named =
        |error: Error| error.hint(format!("{} names it: fix the line with -r or -c, or add the file", file.display()));
    for line in read(file)?.lines() {
        if let Some(other) = argument(line, &["-r", "--requirement"]) {
            let other = folder.join(other);
            if !other.is_file() {
                return Err(named(Error::user("a file of requirements does not exist").at(other.display())));
            }
            include(&other, into, depth + 1)?;
        } else if let Some(other) = argument(line, &["-c", "--constraint"]) {
            // It installs nothing: what it says is part of what is known, and pip reads the file itself.
            let other = folder.join(other);
            let text = read(&other).map_err(named)?;
            into.extend(text.lines().flat_map(|line| ["# ", line, "\n"]));
            into.extend(["--constraint ", &other.to_string_lossy(), "\n"]);
        } else {
            // What is only a link to this machine's folder is not in the image.
            into.extend([argument(line, &["-e", "--editable"]).unwrap_or(line), "\n"]);
        }
    }
    Ok(())
}

/// UTF-8, or UTF-16 as PowerShell's `>` writes it.
///
/// # Errors
/// When it cannot be read.
pub fn read(file: &Path) -> Result<String> {
    let unreadable = |what: String| Error::user(what).at(file.display());
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let bytes = input::read(file, LARGEST).map_err(|e| unreadable(format!("{name} {e}")))?;
    let text = match bytes.strip_prefix(b"\xff\xfe") {
        Some(wide) => {
            let units: Vec<u16> = wide.chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]])).collect();
            String::from_utf16_lossy(&units)
        }
        None => String::from_utf8_lossy(&bytes).into_owned(),
    };
    Ok(text.trim_start_matches('\u{feff}').to_owned())
}

/// `base.txt` of `-r base.txt`, `--requirement=base.txt`.
fn argument<'a>(line: &'a str, options: &[&str]) -> Option<&'a str> {
    let line = line.split(" #").next().unwrap_or(line).trim();
    options.iter().find_map(|option| {
        let rest = line.strip_prefix(option)?;
        rest.starts_with([' ', '\t', '=']).then(|| rest.trim_start_matches([' ', '\t', '=']))
    })
}

/// Paths of the packages that lie here: `./lib`, `.[extra]`, `lib @ file:///lib`.
pub fn locals(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let line = line.split(" #").next().unwrap_or(line).trim();
        let named = line.split_once(" @ ").map_or(line, |(_, place)| place.trim());
        let path = named.strip_prefix("file://").unwrap_or(named);
        path.starts_with(['.', '/']).then(|| path.split([';', '[', ' ']).next().unwrap_or(path))
    })
}

/// Lines of requirements that leave the version open, by their number.
pub fn open(requirements: &str) -> Vec<(usize, &str)> {
    let lines = requirements
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.split(" #").next().unwrap_or(line).trim()));
    let is_package = |line: &str| line.starts_with(|c: char| c.is_ascii_alphanumeric());
    lines.filter(|(_, line)| is_package(line) && !line.contains("==") && !line.contains(" @ ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_line_without_a_version_is_open() {
        let text = "# web\nfastapi==0.165.0 \\\n    --hash=sha256:aa\nuvicorn>=0.30 # quick\n-r more.txt\nx @ file:///x\nrequests\n";
        assert_eq!(open(text), [(4, "uvicorn>=0.30"), (7, "requests")]);
    }

    #[test]
    fn files_are_included_and_nothing_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &[u8]| fs::write(folder.path().join(name), text).unwrap();
        fs::create_dir(folder.path().join("more")).unwrap();
        write("requirements.txt", b"\xef\xbb\xbf-r more/base.txt\r\n-e ./lib[fast] # ours\r\nb==2\r\n");
        write("more/base.txt", b"--requirement=wide.txt\n");
        write("more/wide.txt", b"\xff\xfea\0=\0=\x001\0\n\0");
        let text = expanded(&folder.path().join("requirements.txt")).unwrap();
        assert_eq!(text, "a==1\n./lib[fast]\nb==2\n");
        assert_eq!(locals(&text).collect::<Vec<_>>(), ["./lib"]);
        write("more/wide.txt", b"-r base.txt");
        assert!(expanded(&folder.path().join("requirements.txt")).is_err());
    }
}
