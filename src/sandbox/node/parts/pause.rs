//! The pause image: one static Go program in an OCI archive that `ctr` imports.

use std::fs;
use std::path::{Path, PathBuf};

use super::build_folder::{BuildFolder, executable};
use super::cache::{cache_error, fingerprint};
use crate::error::Result;
use crate::progress::Progress;
use crate::sandbox::architecture::architecture;
use crate::sandbox::archive::{self, Entry, Image};

const SOURCE: &str = include_str!("pause/main.go");

#[derive(Debug, Clone)]
pub struct Pause {
    pub archive: PathBuf,
    pub reference: String,
}

/// The archive in the cache, if it is there.
pub fn find(cache: &Path) -> Option<Pause> {
    Some(pause(cache)).filter(|pause| pause.archive.exists())
}

pub async fn make(cache: &Path, progress: &dyn Progress) -> Result<Pause> {
    let pause = pause(cache);
    let step = progress.step("building the pause image");
    let folder = BuildFolder::new()?;
    folder.put("main.go", SOURCE)?;
    folder.build("pause", &["-ldflags=-s -w", "main.go"], |_| ()).await?;
    let program = folder.output().join(executable("main.go"));
    let program = fs::read(&program).map_err(cache_error(&program))?;
    let image = Image {
        reference: &pause.reference,
        architecture: architecture(),
        entrypoint: &["/pause"],
        user: "65535:65535",
        entries: &[Entry::program("pause", &program)],
    };
    let bytes = archive::write(&image)?;
    let unfinished = pause.archive.with_extension("unfinished");
    fs::create_dir_all(cache)
        .and_then(|()| fs::write(&unfinished, bytes))
        .and_then(|()| fs::rename(&unfinished, &pause.archive))
        .map_err(cache_error(&pause.archive))?;
    step.done("");
    Ok(pause)
}

fn pause(cache: &Path) -> Pause {
    let version = fingerprint([SOURCE, architecture()]);
    Pause {
        archive: cache.join(format!("pause-{version}.tar")),
        // A host that can never exist (RFC 2606): the image is imported, not pulled.
        reference: format!("plat.invalid/pause:{version}"),
    }
}
