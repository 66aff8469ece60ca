//! The scripts of `node_modules/.bin`: pnpm writes the folder in which it installed into them, which is not in the image.

use std::path::Path;

use super::layout::ROOT;
use crate::image::oci::{Content, Entry};
use crate::input;

/// A script of some lines; in bytes.
const LARGEST: u64 = 64 << 10;

/// Makes them the same wherever they were made, and right where they will lie.
pub fn relocate(entries: &mut [Entry], made_in: &Path) {
    let made_in = made_in.display().to_string();
    for entry in entries.iter_mut().filter(|entry| is_starter(&entry.path)) {
        let Content::File { from, .. } = &entry.content else { continue };
        let Ok(text) = input::read_text(from, LARGEST) else { continue };
        if text.contains(&made_in) {
            entry.content = Content::Program(text.replace(&made_in, &format!("/{ROOT}")).into_bytes());
        }
    }
}

fn is_starter(path: &str) -> bool {
    path.rsplit('/').nth(1) == Some(".bin")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn only_a_starter_is_another_than_what_was_installed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("next");
        fs::write(&file, format!("#!/bin/sh\nNODE_PATH={}/node_modules\n", folder.path().display())).unwrap();
        let entry = |path: &str| Entry {
            path: path.to_owned(),
            content: Content::File { from: file.clone(), is_program: true },
        };
        let mut entries = [entry("app/node_modules/.bin/next"), entry("app/node_modules/next/next")];
        relocate(&mut entries, folder.path());
        let text = b"#!/bin/sh\nNODE_PATH=/app/node_modules\n".to_vec();
        assert_eq!(entries[0].content, Content::Program(text));
        assert_eq!(entries[1], entry("app/node_modules/next/next"));
    }
}
