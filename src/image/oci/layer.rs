//! Entries -> a tar: the same bytes for the same content, on any machine, at any time.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read, Write};

use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use tar::{EntryType, Header};

use super::entry::{Content, Entry};

const FILE: u32 = 0o644;
const PROGRAM: u32 = 0o755;
const FOLDER: u32 = 0o755;

/// Writes a tar in the order of the paths: owner (root), modes and time (the epoch) are fixed, the folders around each
/// entry come first. The last of two entries of one path counts.
///
/// # Errors
/// When a file cannot be read, or `out` takes no more.
pub fn write<W: Write>(entries: &[Entry], out: W) -> io::Result<W> {
    let by_path: BTreeMap<&str, &Content> = entries.iter().map(|entry| (entry.path.as_str(), &entry.content)).collect();
    let mut around: BTreeSet<&str> = BTreeSet::new();
    for path in by_path.keys() {
        around.extend(path.match_indices('/').map(|(end, _)| &path[..end]));
    }
    let mut all: BTreeMap<&str, &Content> = around.into_iter().map(|path| (path, &Content::Folder(FOLDER))).collect();
    all.extend(by_path);
    let mut tar = tar::Builder::new(out);
    for (path, content) in all {
        append(&mut tar, path, content).map_err(|e| io::Error::new(e.kind(), format!("{path}: {e}")))?;
    }
    tar.into_inner()
}

fn append<W: Write>(tar: &mut tar::Builder<W>, path: &str, content: &Content) -> io::Result<()> {
    match content {
        Content::Folder(mode) => {
            let mut header = header(EntryType::Directory, *mode, 0);
            tar.append_data(&mut header, format!("{path}/"), io::empty())
        }
        Content::Text(bytes) => bytes_of(tar, path, FILE, bytes),
        Content::Program(bytes) => bytes_of(tar, path, PROGRAM, bytes),
        Content::Link(target) => {
            let mut header = header(EntryType::Symlink, 0o777, 0);
            tar.append_link(&mut header, path, target)
        }
        Content::File { from, is_program } => {
            let file = File::open(from)?;
            let size = file.metadata()?.len();
            let mut header = header(EntryType::Regular, if *is_program { PROGRAM } else { FILE }, size);
            // A file that grows meanwhile would break the archive; one that shrinks is told by its reader.
            let mut whole = Exactly { inner: file.take(size), left: size };
            tar.append_data(&mut header, path, &mut whole)
        }
    }
}

fn bytes_of<W: Write>(tar: &mut tar::Builder<W>, path: &str, mode: u32, bytes: &[u8]) -> io::Result<()> {
    tar.append_data(&mut header(EntryType::Regular, mode, bytes.len() as u64), path, bytes)
}

fn header(kind: EntryType, mode: u32, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(size);
    header
}

/// Reads what was announced, or says that it is not there.
struct Exactly<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Exactly<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left -= read as u64;
        if read == 0 && self.left > 0 && !buffer.is_empty() {
            return Err(io::Error::other("it became shorter while it was read"));
        }
        Ok(read)
    }
}

/// gzip with no name and no time in its header. Level 1: what is saved by a higher one costs more to compress than to
/// send.
pub fn gzip<W: Write>(out: W) -> GzEncoder<W> {
    GzBuilder::new().mtime(0).write(out, Compression::fast())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::PathBuf;

    fn tar(entries: &[Entry]) -> Vec<u8> {
        write(entries, Vec::new()).expect("a tar in memory")
    }

    fn listing(bytes: &[u8]) -> String {
        let mut archive = tar::Archive::new(bytes);
        let line = |entry: io::Result<tar::Entry<&[u8]>>| {
            let entry = entry.expect("an entry");
            let header = entry.header();
            format!(
                "{:o} {}:{} @{} {}{}\n",
                header.mode().expect("a mode"),
                header.uid().expect("a user"),
                header.gid().expect("a group"),
                header.mtime().expect("a time"),
                entry.path().expect("a path").display(),
                entry.link_name().expect("a link").map(|to| format!(" -> {}", to.display())).unwrap_or_default()
            )
        };
        archive.entries().expect("entries").map(line).collect()
    }

    #[test]
    fn a_layer_holds_folders_before_what_is_in_them_and_nothing_of_this_machine() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("x");
        fs::write(&file, "content").expect("a file");
        let entries = [
            Entry { path: "app/run".into(), content: Content::File { from: file.clone(), is_program: true } },
            Entry { path: "app/lib/data".into(), content: Content::File { from: file, is_program: false } },
            Entry::folder("tmp", 0o1777),
            Entry { path: "app/bin/tool".into(), content: Content::Link(PathBuf::from("../lib/data")) },
        ];
        insta::assert_snapshot!(listing(&tar(&entries)), @r"
        755 0:0 @0 app/
        755 0:0 @0 app/bin/
        777 0:0 @0 app/bin/tool -> ../lib/data
        755 0:0 @0 app/lib/
        644 0:0 @0 app/lib/data
        755 0:0 @0 app/run
        1777 0:0 @0 tmp/
        ");
    }

    #[test]
    fn the_order_of_the_entries_does_not_matter_and_a_long_path_is_kept() {
        let long = format!("app/{}/index.js", "node_modules/a-package-with-a-name".repeat(9));
        let one = [Entry::text("a", "1"), Entry::text(&long, "2")];
        let other = [one[1].clone(), one[0].clone()];
        assert_eq!(tar(&one), tar(&other));
        assert!(listing(&tar(&one)).contains(&long));
    }

    #[test]
    fn a_file_that_is_gone_is_named() {
        let gone =
            Entry { path: "app/x".into(), content: Content::File { from: "/no/such".into(), is_program: false } };
        assert!(write(&[gone], Vec::new()).expect_err("it is not there").to_string().starts_with("app/x: "));
    }
}
