//! Layers -> an image: config, manifest, index, and their digests. Pure.

use serde_json::{Value, json};

use super::base::{Base, PATH};
use super::blob::{Blob, Layer};
use super::digest::digest;
use super::foundation::UID;
use super::media_type::{CONFIG, INDEX, MANIFEST};
use crate::image::component::Component;
use crate::image::platform::Platform;

/// A manifest or an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub digest: String,
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
}

/// An image, ready to be pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Name of the service, and of its repository in the registry.
    pub name: String,
    /// What a reference is pinned to: the manifest, or the index of several.
    pub top: Document,
    /// The manifests of an index.
    pub parts: Vec<Document>,
    pub blobs: Vec<Blob>,
}

impl Image {
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.top.digest
    }

    /// Bytes of what plat made of it.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.blobs.iter().filter(|blob| blob.is_own()).map(|blob| blob.size).sum()
    }
}

/// How a container of the image is started.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Start {
    pub entrypoint: Vec<String>,
    /// Over those of the base.
    pub env: Vec<(String, String)>,
    pub folder: String,
}

/// What one platform's image is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts {
    pub base: Option<Base>,
    pub layers: Vec<Layer>,
    pub start: Start,
    /// What is linked into its program, where somebody asks for it and its toolchain tells; else its files do.
    pub linked: Option<Vec<Component>>,
}

/// Puts layers into an image.
///
/// No time, commit or version of plat is in it: the same source has the same digest.
#[must_use]
pub fn package(name: &str, platform: &Platform, parts: &Parts) -> Image {
    let layers: Vec<&Layer> = parts.base.iter().flat_map(|base| &base.layers).chain(&parts.layers).collect();
    let config = Blob::of(compact(&config(platform, parts, &layers)));
    let described =
        |layer: &&Layer| json!({ "mediaType": layer.media_type, "digest": layer.blob.digest, "size": layer.blob.size });
    let mut manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": { "mediaType": CONFIG, "digest": config.digest, "size": config.size },
        "layers": layers.iter().map(described).collect::<Vec<_>>(),
    });
    if let Some(base) = &parts.base {
        manifest["annotations"] = base_annotations(&base.reference);
    }
    let blobs = layers.into_iter().map(|layer| layer.blob.clone()).chain([config]).collect();
    Image { name: name.to_owned(), top: document(MANIFEST, &manifest), parts: Vec::new(), blobs }
}

/// The images of several platforms as one; a single one stays as it is.
#[must_use]
pub fn index(images: Vec<(Platform, Image)>) -> Option<Image> {
    let described = |(platform, image): &(Platform, Image)| {
        json!({
            "mediaType": image.top.media_type,
            "digest": image.top.digest,
            "size": image.top.bytes.len(),
            "platform": { "architecture": platform.architecture, "os": platform.os },
        })
    };
    let manifests: Vec<Value> = images.iter().map(described).collect();
    let top = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": manifests });
    let mut whole: Option<Image> = None;
    for (_, image) in images {
        let Some(whole) = &mut whole else {
            whole = Some(image);
            continue;
        };
        if whole.parts.is_empty() {
            whole.parts.push(std::mem::replace(&mut whole.top, document(INDEX, &top)));
        }
        whole.parts.push(image.top);
        whole.blobs.extend(image.blobs);
    }
    whole
}

fn config(platform: &Platform, parts: &Parts, layers: &[&Layer]) -> Value {
    let Parts { base, start, .. } = parts;
    let of_base = base.as_ref().map(|base| base.config["config"].clone()).unwrap_or_default();
    let inherited = of_base["Env"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_new = |name: &str| start.env.iter().any(|(own, _)| own == name);
    let mut env: Vec<String> = inherited
        .iter()
        .filter_map(Value::as_str)
        .filter(|one| !is_new(one.split('=').next().unwrap_or_default()))
        .map(str::to_owned)
        .collect();
    if base.is_none() && !is_new("PATH") {
        env.push(format!("PATH={PATH}"));
    }
    env.extend(start.env.iter().map(|(name, value)| format!("{name}={value}")));
    let history = layers.iter().map(|layer| json!({ "created_by": format!("plat: {}", layer.holds) }));
    json!({
        "architecture": platform.architecture,
        "os": platform.os,
        "config": {
            "User": format!("{UID}:{UID}"),
            "Env": env,
            "Entrypoint": start.entrypoint,
            "WorkingDir": start.folder,
        },
        "rootfs": { "type": "layers", "diff_ids": layers.iter().map(|layer| &layer.diff_id).collect::<Vec<_>>() },
        "history": history.collect::<Vec<_>>(),
    })
}

/// What tools read to see whether an image stands on an old base (OCI image specification, annotations).
fn base_annotations(reference: &str) -> Value {
    let (name, digest) = reference.split_once('@').unwrap_or((reference, ""));
    json!({ "org.opencontainers.image.base.name": name, "org.opencontainers.image.base.digest": digest })
}

pub(super) fn document(media_type: &'static str, value: &Value) -> Document {
    let bytes = compact(value);
    Document { digest: digest(&bytes), media_type, bytes }
}

fn compact(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::super::media_type::LAYER;
    use super::*;

    fn layer(holds: &str) -> Layer {
        Layer {
            diff_id: format!("sha256:diff-{holds}"),
            media_type: LAYER.to_owned(),
            blob: Blob::of(holds.as_bytes().to_vec()),
            holds: holds.to_owned(),
        }
    }

    fn parts(base: Option<Base>) -> Parts {
        let start = Start {
            entrypoint: vec!["/usr/local/bin/shop".to_owned()],
            env: base.iter().map(|_| ("PATH".to_owned(), "/opt/bin:/bin".to_owned())).collect(),
            folder: "/".to_owned(),
        };
        Parts { base, layers: vec![layer("program")], start, linked: None }
    }

    fn pretty(bytes: &[u8]) -> String {
        let value: Value = serde_json::from_slice(bytes).unwrap();
        serde_json::to_string_pretty(&value).unwrap()
    }

    fn shown(image: &Image) -> String {
        let Some(Blob { source: super::super::blob::Source::Bytes(config), .. }) = image.blobs.last() else {
            panic!("the config is made here")
        };
        format!("{}\n{}\n{}", image.digest(), pretty(config), pretty(&image.top.bytes))
    }

    #[test]
    fn an_image_is_its_layers_run_as_nobody() {
        let image = package("shop", &"linux/arm64".parse().unwrap(), &parts(None));
        insta::assert_snapshot!(shown(&image));
    }

    #[test]
    fn an_image_on_a_base_has_its_layers_first_and_its_environment() {
        let manifest = json!({ "layers": [{
            "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "digest": "sha256:ba5e", "size": 7,
        }] });
        let config = json!({
            "config": { "Env": ["PATH=/bin", "NODE_VERSION=24.1.0"], "Cmd": ["node"], "User": "node" },
            "rootfs": { "diff_ids": ["sha256:diff-base"] },
            "created": "2026-01-01T00:00:00Z",
        });
        let base = Base::read("docker.io/library/node:24-slim@sha256:0d1f", &manifest, config).unwrap();
        assert_eq!(base.variable("NODE_VERSION"), Some("24.1.0"));
        insta::assert_snapshot!(shown(&package("shop", &"linux/amd64".parse().unwrap(), &parts(Some(base)))));
    }

    #[test]
    fn several_platforms_are_an_index_and_one_is_none() {
        let of = |name: &str| {
            let platform: Platform = name.parse().unwrap();
            (platform.clone(), package("shop", &platform, &parts(None)))
        };
        let one = index(vec![of("linux/amd64")]).unwrap();
        assert_eq!((one.top.media_type, one.parts.len()), (MANIFEST, 0));
        let several = index(vec![of("linux/amd64"), of("linux/arm64")]).unwrap();
        assert_eq!((several.top.media_type, several.parts.len(), several.blobs.len()), (INDEX, 2, 4));
        insta::assert_snapshot!(pretty(&several.top.bytes));
    }
}
