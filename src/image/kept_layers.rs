//! Layers of the last build, so that what did not change is not compressed again.

use std::fs;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use super::oci::{self, Blob, Entry, Hashing, Layer, Source, digest, layer};
use crate::error::{Error, Result};
use crate::input;

/// Names of kept layers; another version may compress otherwise.
const LAYER: &str = concat!("layer-", env!("CARGO_PKG_VERSION"), "-");
const LAYER_OF: &str = concat!("made-", env!("CARGO_PKG_VERSION"), "-");
/// Of what is noted of a layer; in bytes.
const NOTE: u64 = 1 << 10;

/// The layers in one folder.
pub struct KeptLayers {
    folder: PathBuf,
}

impl KeptLayers {
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The layer of these entries. Compressing takes longer than all else that an unchanged build does, so it is kept,
    /// under the digest of what it was made from and the version that made it: a machine without the file makes the
    /// same.
    pub fn layer(&self, holds: &str, entries: &[Entry]) -> Result<Layer> {
        let unreadable = |e: std::io::Error| not_packed(holds, e);
        let hashed = layer::write(entries, Hashing::new(std::io::sink())).map_err(unreadable)?;
        let (_, diff_id, _) = hashed.finish();
        if let Some(kept) = self.kept(holds, &diff_id) {
            return Ok(kept);
        }
        let file = tempfile::NamedTempFile::new_in(&self.folder).map_err(|e| cannot_use(&self.folder, e))?;
        let compressed = layer::gzip(Hashing::new(BufWriter::with_capacity(1 << 20, file)));
        let written = layer::write(entries, Hashing::new(compressed)).map_err(unreadable)?;
        let (compressed, again, _) = written.finish();
        if again != diff_id {
            return Err(not_packed(holds, std::io::Error::other("its files changed while they were read")));
        }
        let (file, digest, size) = compressed.finish().map_err(unreadable)?.finish();
        let file = file.into_inner().map_err(|e| cannot_use(&self.folder, e.into_error()))?;
        let path = self.path_of(&diff_id);
        // Written beside, then renamed: an interruption leaves no half file under the name.
        file.persist(&path).map_err(|e| cannot_use(&path, e.error))?;
        let note = self.note_of(&diff_id);
        fs::write(&note, format!("{digest} {size}")).map_err(|e| cannot_use(&note, e))?;
        Ok(of(holds, diff_id, (digest, size), path))
    }

    /// The layer that was made from `key`, where it is still there.
    pub fn made_from(&self, holds: &str, key: &str) -> Option<Layer> {
        let diff_id = input::read_text(&self.note_of_key(key), NOTE).ok()?;
        self.kept(holds, &diff_id)
    }

    /// That this layer was made from `key`.
    pub fn note(&self, key: &str, layer: &Layer) -> Result<()> {
        let note = self.note_of_key(key);
        fs::write(&note, &layer.diff_id).map_err(|e| cannot_use(&note, e))
    }

    fn note_of_key(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{LAYER_OF}{}", &digest(key.as_bytes())["sha256:".len()..]))
    }

    fn kept(&self, holds: &str, diff_id: &str) -> Option<Layer> {
        let (digest, size) = input::read_text(&self.note_of(diff_id), NOTE)
            .ok()?
            .split_once(' ')
            .and_then(|(digest, size)| Some((digest.to_owned(), size.parse().ok()?)))?;
        let path = self.path_of(diff_id);
        let is_whole = fs::metadata(&path).is_ok_and(|file| file.is_file() && file.len() == size);
        is_whole.then(|| of(holds, diff_id.to_owned(), (digest, size), path))
    }

    fn path_of(&self, diff_id: &str) -> PathBuf {
        self.folder.join(format!("{LAYER}{}.tar.gz", diff_id.trim_start_matches("sha256:")))
    }

    fn note_of(&self, diff_id: &str) -> PathBuf {
        self.folder.join(format!("{LAYER}{}", diff_id.trim_start_matches("sha256:")))
    }

    /// Where something that was found out about a layer lies: it goes with the layer.
    pub fn beside(&self, layer: &Layer, what: &str) -> PathBuf {
        self.folder.join(format!("{LAYER}{}.{what}", layer.diff_id.trim_start_matches("sha256:")))
    }

    /// Removes the layers of earlier builds; what cannot be removed stays.
    pub fn keep_only(&self, layers: &[Layer]) {
        let is_kept =
            |name: &str| layers.iter().any(|layer| name.contains(layer.diff_id.trim_start_matches("sha256:")));
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let names_kept = || input::read_text(&entry.path(), NOTE).is_ok_and(|diff_id| is_kept(&diff_id));
            let is_old = (name.starts_with(LAYER) && !is_kept(&name)) || (name.starts_with(LAYER_OF) && !names_kept());
            if is_old {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

fn of(holds: &str, diff_id: String, (digest, size): (String, u64), path: PathBuf) -> Layer {
    let blob = Blob { digest, size, source: Source::File(path) };
    Layer { diff_id, media_type: oci::LAYER.to_owned(), blob, holds: holds.to_owned() }
}

fn not_packed(holds: &str, cause: std::io::Error) -> Error {
    let error = Error::user(format!("the layer of the {holds} cannot be written: {cause}"));
    let error = match cause.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            error.hint("make room, or set PLAT_HOME to a folder on another disk")
        }
        _ => error.hint("try again; see what is wrong with the file: ls -l"),
    };
    error.because(cause)
}

pub fn cannot_use(path: &Path, cause: std::io::Error) -> Error {
    Error::user(format!("the build cache cannot be used: {cause}"))
        .at(path.display())
        .hint("make room or fix its permissions, or set PLAT_HOME to another folder")
        .because(cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(folder: &Path) -> usize {
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.ends_with(".tar.gz")).count()
    }

    #[test]
    fn a_kept_layer_is_used_again_and_a_torn_one_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let kept = KeptLayers::new(folder.path().to_owned());
        let first = kept.layer("program", &[Entry::text("a", "1")]).unwrap();
        assert_eq!(kept.layer("program", &[Entry::text("a", "1")]).unwrap(), first);
        let Source::File(path) = &first.blob.source else { panic!("a file") };
        fs::File::options().write(true).open(path).unwrap().set_len(3).unwrap();
        assert_eq!(kept.layer("program", &[Entry::text("a", "1")]).unwrap(), first);
        assert_eq!(fs::metadata(path).unwrap().len(), first.blob.size);
    }

    #[test]
    fn a_layer_is_known_by_what_it_is_made_from() {
        let folder = tempfile::tempdir().unwrap();
        let kept = KeptLayers::new(folder.path().to_owned());
        let first = kept.layer("dependencies", &[Entry::text("a", "1")]).unwrap();
        kept.note("lock 1", &first).unwrap();
        assert_eq!(kept.made_from("dependencies", "lock 1").as_ref(), Some(&first));
        assert_eq!(kept.made_from("dependencies", "lock 2"), None);
        let second = kept.layer("dependencies", &[Entry::text("a", "2")]).unwrap();
        kept.note("lock 2", &second).unwrap();
        kept.keep_only(std::slice::from_ref(&second));
        assert_eq!(files(folder.path()), 1);
        assert_eq!(kept.made_from("dependencies", "lock 1"), None);
        assert_eq!(kept.made_from("dependencies", "lock 2"), Some(second));
    }
}
