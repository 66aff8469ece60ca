//! A layer -> an image: config, manifest and their digests. Pure.

use serde_json::json;

use super::layer::{self, UID};
use super::plan::Platform;

/// Media types of the OCI image specification 1.1.
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// An image in memory, ready to be pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Name of the service, and of its repository in the registry.
    pub name: String,
    pub platform: Platform,
    /// Digest of the manifest: what a reference is pinned to.
    pub digest: String,
    pub manifest: Vec<u8>,
    pub config: Blob,
    pub layer: Blob,
}

/// Bytes and their digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    pub digest: String,
    pub bytes: Vec<u8>,
}

impl Blob {
    fn new(bytes: Vec<u8>) -> Self {
        Self { digest: layer::digest(&bytes), bytes }
    }
}

/// Puts one compressed layer into an image. `diff_id` is the digest of the layer before compression.
///
/// No time, commit or version of plat is in it: the same source has the same digest.
#[must_use]
pub fn package(name: &str, platform: &Platform, diff_id: &str, layer: Vec<u8>) -> Image {
    let layer = Blob::new(layer);
    let config = Blob::new(compact(&json!({
        "architecture": platform.architecture,
        "os": platform.os,
        "config": {
            "User": format!("{UID}:{UID}"),
            "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            "Entrypoint": [format!("/usr/local/bin/{name}")],
            "WorkingDir": "/",
        },
        "rootfs": { "type": "layers", "diff_ids": [diff_id] },
        "history": [{ "created_by": "plat" }],
    })));
    let manifest = compact(&json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": { "mediaType": CONFIG, "digest": config.digest, "size": config.bytes.len() },
        "layers": [{ "mediaType": LAYER, "digest": layer.digest, "size": layer.bytes.len() }],
    }));
    Image {
        name: name.to_owned(),
        platform: platform.clone(),
        digest: layer::digest(&manifest),
        manifest,
        config,
        layer,
    }
}

fn compact(value: &serde_json::Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_its_layer_run_as_nobody() {
        let image = package("shop", &"linux/arm64".parse().unwrap(), "sha256:0d1f", b"layer".to_vec());
        let pretty = |bytes: &[u8]| {
            let value: serde_json::Value = serde_json::from_slice(bytes).unwrap();
            serde_json::to_string_pretty(&value).unwrap()
        };
        insta::assert_snapshot!(format!("{}\n{}\n{}", image.digest, pretty(&image.config.bytes), pretty(&image.manifest)), @r#"
        sha256:b45dbc6a77604e065cf025a51168477e53d9a91c5589fc46951e0a95a7005ed0
        {
          "architecture": "arm64",
          "os": "linux",
          "config": {
            "User": "10001:10001",
            "Env": [
              "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
            ],
            "Entrypoint": [
              "/usr/local/bin/shop"
            ],
            "WorkingDir": "/"
          },
          "rootfs": {
            "type": "layers",
            "diff_ids": [
              "sha256:0d1f"
            ]
          },
          "history": [
            {
              "created_by": "plat"
            }
          ]
        }
        {
          "schemaVersion": 2,
          "mediaType": "application/vnd.oci.image.manifest.v1+json",
          "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": "sha256:8bf49fd413450ad055cf55192f31e8abc05dbbbb74c849670fd67cf19fe75ccc",
            "size": 287
          },
          "layers": [
            {
              "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
              "digest": "sha256:dac1d7cfa95021764849fd102524e141488c5e3a90f861dbb5a12d9ac8584f85",
              "size": 5
            }
          ]
        }
        "#);
    }
}
