//! An image that others stand on, read from its manifest and config. Pure.

use serde_json::Value;

use super::blob::{Blob, Layer, Source};
use super::media_type::of_layer;

/// Where programs are looked for in an image that does not say it, as docker has it.
pub const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

#[derive(Debug, Clone, PartialEq)]
pub struct Base {
    /// With its digest.
    pub reference: String,
    pub layers: Vec<Layer>,
    /// Its config, as it says it.
    pub config: Value,
}

impl Base {
    /// # Errors
    /// What is odd about it, as the predicate of a sentence.
    pub fn read(reference: &str, manifest: &Value, config: Value) -> Result<Self, String> {
        let descriptors = manifest["layers"].as_array().ok_or("has no layers")?;
        let diff_ids = config["rootfs"]["diff_ids"].as_array().ok_or("does not say what its layers are")?;
        if descriptors.len() != diff_ids.len() {
            return Err(format!("has {} layers and describes {}", descriptors.len(), diff_ids.len()));
        }
        let layer = |(descriptor, diff_id): (&Value, &Value)| {
            let blob = Blob {
                digest: descriptor["digest"].as_str()?.to_owned(),
                size: descriptor["size"].as_u64()?,
                source: Source::Image(reference.to_owned()),
            };
            let media_type = of_layer(descriptor["mediaType"].as_str()?)?;
            Some(Layer { diff_id: diff_id.as_str()?.to_owned(), media_type, blob, holds: reference.to_owned() })
        };
        let layers = descriptors.iter().zip(diff_ids).map(layer).collect::<Option<Vec<_>>>();
        let layers = layers.ok_or("has a layer of a kind that plat cannot pass on")?;
        Ok(Self { reference: reference.to_owned(), layers, config })
    }

    /// Where programs are looked for.
    #[must_use]
    pub fn path(&self) -> &str {
        self.variable("PATH").unwrap_or(PATH)
    }

    /// A variable of its environment, such as `NODE_VERSION` of the official images.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        let variables = self.config["config"]["Env"].as_array()?;
        variables.iter().filter_map(|one| one.as_str()?.split_once('=')).find(|(key, _)| *key == name).map(|(_, v)| v)
    }
}
