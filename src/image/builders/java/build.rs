//! A project of Java -> layers on a base: package, take apart, pack.

use serde::{Deserialize, Serialize};

use super::layout::{APPLICATION, DEPENDENCIES, ROOT};
use super::product::Product;
use super::tool::{Project, Tool};
use crate::error::{Error, Result};
use crate::image::builders::sources;
use crate::image::builders::work::Work;
use crate::image::kept_layers::cannot_use;
use crate::image::oci::{Layer, Parts, Start};
use crate::input;
use crate::toolchain::release;

/// What is noted of the last build.
const NOTE: &str = "java.json";
/// Where no class of the program says it.
const DEFAULT_RELEASE: u16 = 21;

/// What a build found out that is not in its layers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    /// The sources that it was made from.
    key: String,
    /// The release of Java that it is compiled for.
    release: u16,
    entrypoint: Vec<String>,
    dependencies: Option<String>,
    application: String,
}

/// # Errors
/// What does not compile, no program, or more than one.
pub async fn build(mut work: Work<'_>) -> Result<Parts> {
    let project = Project::of(&work.source())?;
    let sources = sources::of(&project.root).await?;
    let key = sources::fingerprint(&sources)?;
    let (note, layers) = if let Some(kept) = kept(&work, &key) {
        kept
    } else {
        let stage = work.cache.begin("stage")?;
        sources::copy(&sources, &stage, |_| false)?;
        let tool = Tool::of(&project, &stage);
        tool.package(&mut work).await?;
        let product = Product::find(&tool.output(), &stage, &project)?;
        let packed = packed(&work, &product, key).await?;
        work.cache.complete("stage")?;
        packed
    };
    let name = work.setting().base.unwrap_or_else(|| {
        let release = match note.release {
            0 => DEFAULT_RELEASE,
            needed => needed,
        };
        release::java_image(release)
    });
    let base = work.bases.get(&name, work.platform).await?;
    if let Some(there) = base.variable("JAVA_VERSION").and_then(release_of).filter(|there| *there < note.release) {
        return Err(Error::user(format!(
            "the program is compiled for Java {}, and the image has Java {there}",
            note.release
        ))
        .at(base.reference)
        .hint("choose another base in plat.yaml, or compile for an older one: maven.compiler.release"));
    }
    let start = Start { entrypoint: note.entrypoint, env: Vec::new(), folder: format!("/{ROOT}") };
    Ok(Parts { base: Some(base), layers, start, linked: None })
}

fn kept(work: &Work<'_>, key: &str) -> Option<(Note, Vec<Layer>)> {
    let text = input::read_text(&work.cache.folder().join(NOTE), 1 << 20).ok()?;
    let note: Note = serde_json::from_str(&text).ok().filter(|note: &Note| note.key == key)?;
    let mut layers = Vec::new();
    if let Some(key) = &note.dependencies {
        layers.push(work.cache.kept(DEPENDENCIES, key)?);
    }
    layers.push(work.cache.kept(APPLICATION, &note.application)?);
    Some((note, layers))
}

async fn packed(work: &Work<'_>, product: &Product, key: String) -> Result<(Note, Vec<Layer>)> {
    let mut layers = Vec::new();
    let dependencies = product.dependencies_key()?;
    if let Some(key) = &dependencies {
        layers.push(if let Some(kept) = work.cache.kept(DEPENDENCIES, key) {
            kept
        } else {
            work.cache.layer_as(DEPENDENCIES, key, product.dependencies()?).await?
        });
    }
    layers.push(work.cache.layer_as(APPLICATION, &key, product.application()?).await?);
    let entrypoint = if work.spec.command.is_empty() { product.entrypoint() } else { Vec::new() };
    let note = Note { application: key.clone(), key, release: product.release()?, entrypoint, dependencies };
    let file = work.cache.folder().join(NOTE);
    let text = serde_json::to_string(&note).map_err(|e| Error::bug("a note is no JSON").because(e))?;
    std::fs::write(&file, text).map_err(|e| cannot_use(&file, e))?;
    Ok((note, layers))
}

/// `21` of `jdk-21.0.3+9`, `17.0.15`, `8u412`.
fn release_of(version: &str) -> Option<u16> {
    let digits = version.trim_start_matches(|c: char| !c.is_ascii_digit());
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let first: u16 = digits[..end].parse().ok()?;
    // `1.8.0`
    if first == 1 { release_of(&digits[end..]) } else { Some(first) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("jdk-21.0.3+9", Some(21))]
    #[case("17.0.15", Some(17))]
    #[case("jdk8u412-b08", Some(8))]
    #[case("1.8.0_412", Some(8))]
    #[case("", None)]
    fn a_release_is_read(#[case] version: &str, #[case] expected: Option<u16>) {
        assert_eq!(release_of(version), expected);
    }
}
