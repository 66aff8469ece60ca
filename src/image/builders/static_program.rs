//! A program that needs nothing around it -> its image.

use std::path::PathBuf;

use super::binary::Binary;
use super::work::Work;
use crate::error::{Error, Result};
use crate::image::oci::{Content, Entry, Parts, Start, foundation};

/// # Errors
/// When `binary` is no program for the platform.
pub async fn packed(work: &Work<'_>, binary: PathBuf) -> Result<Parts> {
    let name = &work.spec.name;
    match Binary::of(&binary) {
        Some(is) if is.runs_on(work.platform) => {}
        Some(is) => {
            return Err(Error::user(format!("what was built for {name} runs on {is}, not on {}", work.platform))
                .at(binary.display())
                .hint("look at the toolchain's own settings for another target"));
        }
        None => {
            return Err(Error::user(format!("what was built for {name} is a library, not a program"))
                .hint("say where the program is in plat.yaml: build: {path: FOLDER}"));
        }
    }
    let path = format!("usr/local/bin/{name}");
    let mut entries = foundation();
    entries.push(Entry { path: path.clone(), content: Content::File { from: binary, is_program: true } });
    let layers = vec![work.cache.layer("program", entries).await?];
    let start = Start { entrypoint: vec![format!("/{path}")], env: Vec::new(), folder: "/".to_owned() };
    Ok(Parts { base: None, layers, start, linked: None })
}
