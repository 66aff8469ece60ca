//! Layers -> the packages in them: what really lies in the image, whatever a lock file says.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use flate2::read::GzDecoder;

use super::packages::READERS;
use crate::error::{Error, Result};
use crate::image::cache::Cache;
use crate::image::component::Component;
use crate::image::oci::{Layer, Source};

/// The packages in some layers of plat's own, in no order.
///
/// # Errors
/// When a layer cannot be read.
pub async fn of(layers: &[Layer], cache: &Cache) -> Result<Vec<Component>> {
    let mut found = Vec::new();
    for layer in layers {
        if let Source::File(path) = &layer.blob.source {
            found.extend(cache.known(layer, "packages", async || in_file(path.clone()).await).await?);
        }
    }
    Ok(found)
}

async fn in_file(layer: PathBuf) -> Result<Vec<Component>> {
    let place = layer.display().to_string();
    let read = tokio::task::spawn_blocking(move || {
        read(GzDecoder::new(io::BufReader::with_capacity(1 << 20, File::open(layer)?)))
    });
    read.await.map_err(|e| Error::bug("reading a layer stopped").because(e))?.map_err(|e| {
        Error::user(format!("a layer of the image cannot be read: {e}"))
            .at(place)
            .hint("remove the file: plat makes it anew")
            .because(e)
    })
}

pub(super) fn read(tar: impl Read) -> io::Result<Vec<Component>> {
    let mut found = Vec::new();
    for entry in tar::Archive::new(tar).entries()? {
        let mut entry = entry?;
        let path = entry.path()?.to_string_lossy().into_owned();
        let is_file = entry.header().entry_type().is_file();
        let Some(reader) = READERS.iter().find(|reader| is_file && (reader.reads)(&path)) else { continue };
        if entry.size() <= reader.largest {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes)?;
            found.extend((reader.read)(&path, &bytes));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::oci::{Content, Entry, layer};

    #[test]
    fn what_lies_in_a_layer_is_told_by_its_files_alone() {
        let link = Entry {
            path: "app/node_modules/linked/package.json".to_owned(),
            content: Content::Link(PathBuf::from("../is-number/package.json")),
        };
        let entries = [
            Entry::text("app/package-lock.json", r#"{"packages": {"node_modules/gone": {"version": "1.0.0"}}}"#),
            Entry::text("app/node_modules/is-number/package.json", r#"{"name": "is-number", "version": "7.0.0"}"#),
            Entry::text("opt/dependencies/click-8.1.7.dist-info/METADATA", "Name: click\nVersion: 8.1.7\n"),
            Entry::text("app/lib/a-1.jar", "not a jar"),
            link,
        ];
        let found = read(layer::write(&entries, Vec::new()).unwrap().as_slice()).unwrap();
        let known: Vec<String> = found.iter().map(Component::known_by).collect();
        assert_eq!(known, ["a@1", "pkg:npm/is-number@7.0.0", "pkg:pypi/click@8.1.7"]);
    }

    #[tokio::test]
    async fn a_layer_that_is_torn_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("layer");
        std::fs::write(&file, "torn").unwrap();
        let error = in_file(file.clone()).await.unwrap_err();
        assert_eq!(error.place, Some(file.display().to_string()));
    }
}
