//! Jars: what Maven notes in them, else their manifest, else their name; and the same of the program's own classes.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use sha2::{Digest, Sha256};
use zip::ZipArchive;

use crate::image::component::{Component, Ecosystem, Kind};
use crate::image::jar_manifest::attributes;

/// Of a note or a manifest; in bytes.
const LARGEST: u64 = 4 << 20;

pub fn reads(path: &str) -> bool {
    is_jar(path) || (path.starts_with("app/classes/") && is_note(path.trim_start_matches("app/classes/")))
}

fn is_jar(path: &str) -> bool {
    path.strip_suffix(".jar").is_some_and(|stem| !stem.ends_with('/'))
}

/// `META-INF/maven/GROUP/ARTIFACT/pom.properties`
fn is_note(path: &str) -> bool {
    path.starts_with("META-INF/maven/") && path.ends_with("/pom.properties") && path.matches('/').count() == 4
}

pub fn read(path: &str, bytes: &[u8]) -> Vec<Component> {
    if is_jar(path) {
        return jar(path.rsplit('/').next().unwrap_or(path), bytes);
    }
    let noted = noted(&String::from_utf8_lossy(bytes), Kind::Application);
    noted.into_iter().collect()
}

/// The jar itself comes first; what others were packed into it follows.
fn jar(file: &str, bytes: &[u8]) -> Vec<Component> {
    let stem = file.strip_suffix(".jar").unwrap_or(file);
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else { return vec![named(stem)] };
    let names: Vec<String> = archive.file_names().filter_map(|name| Some(name.ok()?.into_owned())).collect();
    let mut notes: Vec<Component> = names
        .iter()
        .filter(|name| is_note(name))
        .filter_map(|name| noted(&text(&mut archive, name), Kind::Library))
        .collect();
    notes.sort_unstable();
    let manifest = attributes(&text(&mut archive, "META-INF/MANIFEST.MF"));
    let own = notes.iter().position(|note| is_called(note, stem));
    let own = own.or_else(|| (notes.len() == 1).then_some(0));
    let own = own.map_or_else(|| described(stem, &manifest), |own| notes.remove(own));
    let license = manifest.get("Bundle-License").and_then(|said| said.split([';', ',']).next());
    let sha256 = Some(format!("{:x}", Sha256::digest(bytes)));
    std::iter::once(Component { sha256, ..own.licensed(license) }).chain(notes).collect()
}

fn text(archive: &mut ZipArchive<Cursor<&[u8]>>, name: &str) -> String {
    let mut text = Vec::new();
    if let Ok(entry) = archive.by_name(name) {
        // What is cut off or broken tells nothing.
        let _ = entry.take(LARGEST).read_to_end(&mut text);
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// Of `pom.properties`, as Maven writes it.
fn noted(text: &str, kind: Kind) -> Option<Component> {
    let lines: BTreeMap<&str, &str> = text.lines().filter_map(|line| line.split_once('=')).collect();
    let field = |name: &str| lines.get(name).map(|value| value.trim()).filter(|value| !value.is_empty());
    let component =
        Component::new(kind, field("artifactId")?).group(Some(field("groupId")?)).version(field("version")?);
    Some(if kind == Kind::Application { component } else { component.published(Ecosystem::Maven, &[]) })
}

/// `slf4j-api-2.0.17`, and with its group as Quarkus names it: `org.slf4j.slf4j-api-2.0.17`.
fn is_called(note: &Component, stem: &str) -> bool {
    let version = note.version.as_deref().unwrap_or_default();
    let plain = format!("{}-{version}", note.name);
    let is_grouped = || note.group.as_ref().is_some_and(|group| stem.starts_with(&format!("{group}.{plain}")));
    stem == note.name || stem.starts_with(&plain) || is_grouped()
}

/// A jar without a note: many of Gradle's have none.
fn described(stem: &str, manifest: &BTreeMap<String, String>) -> Component {
    let by_name = named(stem);
    let said = ["Bundle-Version", "Implementation-Version"].iter().find_map(|name| manifest.get(*name));
    match (&by_name.version, said) {
        (None, Some(version)) => by_name.version(version),
        _ => by_name,
    }
}

/// `okhttp-4.12.0`: the version begins at the first `-` with a digit behind it.
fn named(stem: &str) -> Component {
    let is_version = |(at, _): &(usize, &str)| stem[at + 1..].starts_with(|c: char| c.is_ascii_digit());
    match stem.match_indices('-').find(is_version) {
        Some((at, _)) => Component::new(Kind::Library, &stem[..at]).version(&stem[at + 1..]),
        None => Component::new(Kind::Library, stem),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use rstest::rstest;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn packed(files: &[(&str, &str)]) -> Vec<u8> {
        let mut out = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in files {
            out.start_file(*name, SimpleFileOptions::default()).unwrap();
            out.write_all(text.as_bytes()).unwrap();
        }
        out.finish().unwrap().into_inner()
    }

    fn known(path: &str, files: &[(&str, &str)]) -> Vec<String> {
        read(path, &packed(files)).iter().map(Component::known_by).collect()
    }

    const API: (&str, &str) = (
        "META-INF/maven/org.slf4j/slf4j-api/pom.properties",
        "version=2.0.17\ngroupId=org.slf4j\nartifactId=slf4j-api\n",
    );
    const SHADED: (&str, &str) =
        ("META-INF/maven/a.b/inner/pom.properties", "#Generated\r\nartifactId=inner\r\ngroupId=a.b\r\nversion=1\r\n");
    const MANIFEST: (&str, &str) =
        ("META-INF/MANIFEST.MF", "Bundle-Version: 4.12.0\r\nBundle-License: MIT;link=x\r\n\r\n");

    #[rstest]
    #[case::noted("app/lib/slf4j-api-2.0.17.jar", &[API], &["pkg:maven/org.slf4j/slf4j-api@2.0.17"])]
    #[case::as_quarkus_names_it("app/lib/main/org.slf4j.slf4j-api-2.0.17.jar", &[API, SHADED], &["pkg:maven/org.slf4j/slf4j-api@2.0.17", "pkg:maven/a.b/inner@1"])]
    #[case::its_name_differs("app/lib/api.jar", &[API], &["pkg:maven/org.slf4j/slf4j-api@2.0.17"])]
    #[case::with_others_in_it("app/lib/outer-3.jar", &[API, SHADED], &["outer@3", "pkg:maven/a.b/inner@1", "pkg:maven/org.slf4j/slf4j-api@2.0.17"])]
    #[case::by_its_name("app/lib/okhttp-jvm-4.12.0.jar", &[MANIFEST], &["okhttp-jvm@4.12.0"])]
    #[case::by_its_manifest("app/lib/okhttp.jar", &[MANIFEST], &["okhttp@4.12.0"])]
    #[case::nothing_says_it("app/lib/a.jar", &[], &["a"])]
    fn a_jar_is_known_by_its_note_its_manifest_or_its_name(
        #[case] path: &str,
        #[case] files: &[(&str, &str)],
        #[case] expected: &[&str],
    ) {
        assert!(reads(path));
        assert_eq!(known(path, files), expected);
    }

    #[test]
    fn a_jar_has_a_hash_and_the_license_that_it_states() {
        let bytes = packed(&[MANIFEST]);
        let found = read("app/lib/okhttp-4.12.0.jar", &bytes);
        let expected = Component::new(Kind::Library, "okhttp").version("4.12.0").licensed(Some("MIT"));
        assert_eq!(found, [Component { sha256: Some(format!("{:x}", Sha256::digest(&bytes))), ..expected }]);
        assert_eq!(read("app/lib/broken-1.jar", b"PK")[0].known_by(), "broken@1");
    }

    #[test]
    fn the_program_itself_is_published_nowhere() {
        let path = format!("app/classes/{}", API.0);
        assert!(reads(&path) && !reads("app/classes/META-INF/MANIFEST.MF"));
        let expected = Component::new(Kind::Application, "slf4j-api").group(Some("org.slf4j")).version("2.0.17");
        assert_eq!(read(&path, API.1.as_bytes()), [expected]);
    }
}
