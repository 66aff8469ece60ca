//! What a build writes of the day, the machine and its user into its own jars, taken out: the plugins that Maven chooses
//! where a project does not say it know no `project.build.outputTimestamp`.

use std::io::{Cursor, Read, Write};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

/// Attributes of a manifest that name when, where and by whom it was built.
const OF_MACHINE: [&str; 6] =
    ["Built-By", "Build-Jdk", "Build-Date", "Build-Time", "Bnd-LastModified", "Implementation-Build-Date"];

/// The content of a file of a jar, without that.
#[must_use]
pub fn content(name: &str, bytes: Vec<u8>) -> Vec<u8> {
    let is_properties = name.starts_with("META-INF/maven/") && name.ends_with("/pom.properties");
    if name != "META-INF/MANIFEST.MF" && !is_properties {
        return bytes;
    }
    let Ok(text) = std::str::from_utf8(&bytes) else { return bytes };
    let mut is_left_out = false;
    let kept = text.split_inclusive('\n').filter(|line| {
        // A line that begins with a space goes on with the one before.
        if !line.starts_with(' ') {
            let name = line.split(':').next().unwrap_or_default();
            is_left_out = if is_properties { line.starts_with('#') } else { OF_MACHINE.contains(&name) };
        }
        !is_left_out
    });
    kept.collect::<String>().into_bytes()
}

/// The same jar with the files in the order of their names, and one time for all. Itself where it cannot be read.
#[must_use]
pub fn jar(bytes: Vec<u8>) -> Vec<u8> {
    repacked(&bytes).unwrap_or(bytes)
}

fn repacked(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut files = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).ok()?;
        let name = entry.name().ok()?.into_owned();
        // A change would make its signature wrong.
        if name.starts_with("META-INF/") && Path::new(&name).extension().is_some_and(|ending| ending == "SF") {
            return None;
        }
        let mut content = Vec::new();
        entry.read_to_end(&mut content).ok()?;
        files.push((name, content));
    }
    files.sort_unstable();
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        if name.ends_with('/') {
            out.add_directory(name, options).ok()?;
        } else {
            out.start_file(name.as_str(), options).ok()?;
            out.write_all(&content(&name, bytes)).ok()?;
        }
    }
    Some(out.finish().ok()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "META-INF/MANIFEST.MF";

    fn built(user: &str, day: u8, names: [&str; 2]) -> Vec<u8> {
        let mut out = ZipWriter::new(Cursor::new(Vec::new()));
        let at = DateTime::from_date_and_time(2020, 1, day, 4, 5, 6).unwrap();
        for name in names {
            out.start_file(name, SimpleFileOptions::default().last_modified_time(at)).unwrap();
            let user = if name == MANIFEST { user } else { "x" };
            write!(out, "Main-Class: A\r\nBuilt-By: {user}\r\n and more\r\nX: y\r\n").unwrap();
        }
        out.finish().unwrap().into_inner()
    }

    #[test]
    fn a_jar_is_the_same_whoever_builds_it() {
        let (ada, bob) = (built("ada", 2, [MANIFEST, "a"]), built("bob", 3, ["a", MANIFEST]));
        assert_ne!(ada, bob);
        assert_eq!(jar(ada), jar(bob));
    }

    #[test]
    fn only_what_names_the_machine_is_left_out() {
        let manifest = MANIFEST;
        let text = content(manifest, b"Main-Class: A\r\nBuilt-By: ada\r\n and more\r\nX: y\r\n".to_vec());
        assert_eq!(text, b"Main-Class: A\r\nX: y\r\n");
        let text = content("META-INF/maven/g/a/pom.properties", b"#Mon Nov 30\nversion=1\n".to_vec());
        assert_eq!(text, b"version=1\n");
        assert_eq!(content("app.properties", b"#kept\n".to_vec()), b"#kept\n");
    }
}
