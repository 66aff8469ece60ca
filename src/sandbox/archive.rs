//! Image archives: a one-layer OCI archive from files, and the image that an archive (OCI or `docker save`) holds. Pure.

use std::collections::BTreeMap;
use std::io::Read;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";

/// An image to write: its files in one layer.
#[derive(Debug)]
pub struct Image<'a> {
    pub reference: &'a str,
    /// Go's word for it: `amd64`, `arm64`.
    pub architecture: &'a str,
    pub entrypoint: &'a [&'a str],
    /// `uid:gid`
    pub user: &'a str,
    pub entries: &'a [Entry<'a>],
}

/// One file of a layer.
#[derive(Debug)]
pub struct Entry<'a> {
    path: &'a str,
    content: Content<'a>,
}

#[derive(Debug)]
enum Content<'a> {
    Folder(u32),
    Program(&'a [u8]),
    Link(&'a str),
}

impl<'a> Entry<'a> {
    /// An executable, at a path without a leading slash; its folders must come before it.
    #[must_use]
    pub fn program(path: &'a str, content: &'a [u8]) -> Self {
        Self { path, content: Content::Program(content) }
    }

    /// A folder with its mode.
    #[must_use]
    pub fn folder(path: &'a str, mode: u32) -> Self {
        Self { path, content: Content::Folder(mode) }
    }

    /// A symbolic link to another path of the image.
    #[must_use]
    pub fn link(path: &'a str, target: &'a str) -> Self {
        Self { path, content: Content::Link(target) }
    }
}

/// Writes an OCI archive, the same bytes for the same image.
///
/// # Errors
/// When a path does not fit a tar header.
pub fn write(image: &Image<'_>) -> Result<Vec<u8>> {
    let layer = layer(image.entries).map_err(unwritable)?;
    let config = json!({
        "created": "1970-01-01T00:00:00Z",
        "architecture": image.architecture,
        "os": "linux",
        "config": {"Entrypoint": image.entrypoint, "Env": ["PATH=/bin"], "WorkingDir": "/", "User": image.user},
        "rootfs": {"type": "layers", "diff_ids": [digest(&layer)]},
    })
    .to_string()
    .into_bytes();
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": descriptor(CONFIG, &config),
        "layers": [descriptor(LAYER, &layer)],
    })
    .to_string()
    .into_bytes();
    let mut entry = descriptor(MANIFEST, &manifest);
    entry["annotations"] = json!({ "io.containerd.image.name": image.reference });
    let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]}).to_string().into_bytes();

    let mut out = tar::Builder::new(Vec::new());
    let mut put = |name: &str, bytes: &[u8]| append(&mut out, name, &Content::Program(bytes));
    put("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#).map_err(unwritable)?;
    put("index.json", &index).map_err(unwritable)?;
    for blob in [&layer, &config, &manifest] {
        put(&blob_path(&digest(blob)), blob).map_err(unwritable)?;
    }
    out.into_inner().map_err(unwritable)
}

fn layer(entries: &[Entry<'_>]) -> std::io::Result<Vec<u8>> {
    let mut out = tar::Builder::new(Vec::new());
    for entry in entries {
        append(&mut out, entry.path, &entry.content)?;
    }
    out.into_inner()
}

fn append(out: &mut tar::Builder<Vec<u8>>, path: &str, content: &Content<'_>) -> std::io::Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mode(0o755);
    match content {
        Content::Folder(mode) => {
            header.set_mode(*mode);
            header.set_entry_type(tar::EntryType::Directory);
            header.set_size(0);
            out.append_data(&mut header, path, std::io::empty())
        }
        Content::Program(bytes) => {
            header.set_entry_type(tar::EntryType::Regular);
            header.set_size(bytes.len() as u64);
            out.append_data(&mut header, path, *bytes)
        }
        Content::Link(target) => {
            header.set_entry_type(tar::EntryType::Symlink);
            header.set_size(0);
            out.append_link(&mut header, path, target)
        }
    }
}

fn descriptor(media_type: &str, bytes: &[u8]) -> Value {
    json!({"mediaType": media_type, "digest": digest(bytes), "size": bytes.len()})
}

/// `sha256:…` of some bytes.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    format!("sha256:{:x}", Sha256::digest(bytes))
}

fn blob_path(digest: &str) -> String {
    format!("blobs/{}", digest.replace(':', "/"))
}

fn unwritable(error: std::io::Error) -> Error {
    Error::bug("an image archive cannot be written").because(error)
}

/// An image as a registry takes it.
#[derive(Debug, PartialEq, Eq)]
pub struct Packed {
    /// The name that the archive gives it, when it gives one.
    pub name: Option<String>,
    pub media_type: String,
    pub manifest: Vec<u8>,
    /// Configuration and layers, by digest.
    pub blobs: BTreeMap<String, Vec<u8>>,
}

/// Reads the image for `architecture` from an archive: an OCI layout, or what `docker save` writes.
///
/// # Errors
/// When it is neither, or lacks a part that it names.
pub fn read(archive: impl Read, architecture: &str) -> Result<Packed> {
    let mut files = unpack(archive).map_err(|e| Error::user("this is not a tar archive").because(e))?;
    if let Some(index) = files.get("index.json").cloned() {
        return read_layout(&mut files, &index, architecture);
    }
    if let Some(manifest) = files.get("manifest.json").cloned() {
        return read_docker(&mut files, &manifest);
    }
    Err(Error::user("the archive holds no image: it has neither index.json nor manifest.json")
        .hint("write one: docker save IMAGE -o image.tar, or skopeo copy … oci-archive:image.tar"))
}

type Files = BTreeMap<String, Vec<u8>>;

fn unpack(archive: impl Read) -> std::io::Result<Files> {
    let mut files = Files::new();
    for entry in tar::Archive::new(archive).entries()? {
        let mut entry = entry?;
        let path = entry.path()?.to_string_lossy().trim_start_matches("./").to_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        files.insert(path, bytes);
    }
    Ok(files)
}

fn read_layout(files: &mut Files, index: &[u8], architecture: &str) -> Result<Packed> {
    let index = parse(index, "index.json")?;
    let mut entry = pick(&index, architecture)?.clone();
    let name = ["io.containerd.image.name", "org.opencontainers.image.ref.name"]
        .iter()
        .find_map(|key| entry["annotations"][*key].as_str())
        .map(str::to_owned);
    let mut manifest = take_blob(files, &entry)?;
    let media_type = |entry: &Value| entry["mediaType"].as_str().unwrap_or(MANIFEST).to_owned();
    if media_type(&entry).contains("index") || media_type(&entry).contains("manifest.list") {
        entry = pick(&parse(&manifest, "the image's index")?, architecture)?.clone();
        manifest = take_blob(files, &entry)?;
    }
    let parsed = parse(&manifest, "the image's manifest")?;
    let layers = parsed["layers"].as_array().into_iter().flatten();
    let mut blobs = BTreeMap::new();
    for part in std::iter::once(&parsed["config"]).chain(layers) {
        let digest = part["digest"].as_str().unwrap_or_default();
        if !blobs.contains_key(digest) {
            blobs.insert(digest.to_owned(), take_blob(files, part)?);
        }
    }
    Ok(Packed { name, media_type: media_type(&entry), manifest, blobs })
}

/// The entry for the architecture; one without a platform fits every one.
fn pick<'a>(index: &'a Value, architecture: &str) -> Result<&'a Value> {
    let entries = index["manifests"].as_array().map(Vec::as_slice).unwrap_or_default();
    let fits = |entry: &&Value| {
        entry
            .get("platform")
            .is_none_or(|platform| platform["os"] == "linux" && platform["architecture"] == architecture)
    };
    entries.iter().find(fits).ok_or_else(|| {
        Error::user(format!("the archive holds no image for linux/{architecture}"))
            .hint(format!("build it for this machine: --platform linux/{architecture}"))
    })
}

fn take_blob(files: &mut Files, descriptor: &Value) -> Result<Vec<u8>> {
    let digest_named = descriptor["digest"].as_str().unwrap_or_default();
    let bytes = files
        .remove(&blob_path(digest_named))
        .ok_or_else(|| Error::user("the archive lacks a part of its image").at(blob_path(digest_named)))?;
    if digest(&bytes) != digest_named {
        return Err(Error::user("a part of the archive is damaged: its digest is another").at(blob_path(digest_named)));
    }
    Ok(bytes)
}

/// `docker save` before Docker 25: manifest.json names a configuration and uncompressed layers.
fn read_docker(files: &mut Files, manifest: &[u8]) -> Result<Packed> {
    let list = parse(manifest, "manifest.json")?;
    let image = &list[0];
    let take = |name: &Value| {
        let name = name.as_str().unwrap_or_default();
        files.get(name).cloned().ok_or_else(|| Error::user("the archive lacks a part of its image").at(name))
    };
    let config = take(&image["Config"])?;
    let mut blobs = BTreeMap::new();
    let mut layers = Vec::new();
    for name in image["Layers"].as_array().into_iter().flatten() {
        let layer = take(name)?;
        layers.push(descriptor(LAYER, &layer));
        blobs.insert(digest(&layer), layer);
    }
    let manifest =
        json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": descriptor(CONFIG, &config), "layers": layers});
    blobs.insert(digest(&config), config);
    Ok(Packed {
        name: image["RepoTags"][0].as_str().map(str::to_owned),
        media_type: MANIFEST.to_owned(),
        manifest: manifest.to_string().into_bytes(),
        blobs,
    })
}

fn parse(bytes: &[u8], place: &str) -> Result<Value> {
    serde_json::from_slice(bytes).map_err(|e| Error::user("a part of the archive is not JSON").at(place).because(e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn image(architecture: &'static str) -> Vec<u8> {
        write(&Image {
            reference: "shop:v1",
            architecture,
            entrypoint: &["/bin/shop"],
            user: "65532:65532",
            entries: &[
                Entry::folder("bin", 0o755),
                Entry::program("bin/shop", b"program"),
                Entry::link("bin/sh", "shop"),
            ],
        })
        .unwrap()
    }

    fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut out = tar::Builder::new(Vec::new());
        for (name, bytes) in files {
            append(&mut out, name, &Content::Program(bytes)).unwrap();
        }
        out.into_inner().unwrap()
    }

    #[test]
    fn what_is_written_can_be_read_and_is_the_same_every_time() {
        let archive = image("amd64");
        assert_eq!(archive, image("amd64"));
        let packed = read(archive.as_slice(), "amd64").unwrap();
        assert_eq!(packed.name.as_deref(), Some("shop:v1"));
        assert_eq!(packed.media_type, MANIFEST);
        let manifest: Value = serde_json::from_slice(&packed.manifest).unwrap();
        let named =
            [&manifest["config"]["digest"], &manifest["layers"][0]["digest"]].map(|d| d.as_str().unwrap().to_owned());
        let mut named = named.to_vec();
        named.sort();
        assert_eq!(packed.blobs.keys().cloned().collect::<Vec<_>>(), named);
        assert!(packed.blobs.iter().all(|(name, bytes)| digest(bytes) == *name));
    }

    #[test]
    fn a_layer_keeps_folders_programs_and_links() {
        let layer = layer(&[Entry::folder("tmp", 0o1777), Entry::program("a", b"x"), Entry::link("b", "a")]).unwrap();
        let mut archive = tar::Archive::new(layer.as_slice());
        let listing: Vec<String> = archive
            .entries()
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let link =
                    entry.link_name().unwrap().map(|target| format!(" -> {}", target.display())).unwrap_or_default();
                format!("{:o} {}{link}", entry.header().mode().unwrap(), entry.path().unwrap().display())
            })
            .collect();
        assert_eq!(listing, ["1777 tmp", "755 a", "755 b -> a"]);
    }

    #[test]
    fn what_docker_saves_becomes_an_oci_image() {
        let manifest =
            br#"[{"Config": "c.json", "RepoTags": ["shop:v1"], "Layers": ["l1/layer.tar", "l1/layer.tar"]}]"#;
        let archive = tar_of(&[("c.json", b"{}"), ("l1/layer.tar", b"layer"), ("manifest.json", manifest)]);
        let packed = read(archive.as_slice(), "amd64").unwrap();
        assert_eq!(packed.name.as_deref(), Some("shop:v1"));
        let manifest: Value = serde_json::from_slice(&packed.manifest).unwrap();
        assert_eq!(manifest["config"]["digest"], digest(b"{}"));
        assert_eq!(manifest["layers"][1]["digest"], digest(b"layer"));
        assert_eq!(packed.blobs.len(), 2);
    }

    #[test]
    fn an_index_in_the_layout_leads_to_this_machines_image() {
        let config = b"{}";
        let manifest = json!({"config": descriptor(CONFIG, config), "layers": []}).to_string().into_bytes();
        let mut entry = descriptor(MANIFEST, &manifest);
        entry["platform"] = json!({"os": "linux", "architecture": "arm64"});
        let inner = json!({"manifests": [entry]}).to_string().into_bytes();
        let outer = json!({"manifests": [descriptor(INDEX, &inner)]}).to_string().into_bytes();
        let blobs: Vec<String> = [&inner, &manifest, &config.to_vec()].map(|blob| blob_path(&digest(blob))).to_vec();
        let archive =
            tar_of(&[("index.json", &outer), (&blobs[0], &inner), (&blobs[1], &manifest), (&blobs[2], config)]);
        assert_eq!(read(archive.as_slice(), "arm64").unwrap().manifest, manifest);
        let other = read(archive.as_slice(), "amd64").unwrap_err();
        assert_eq!(other.what, "the archive holds no image for linux/amd64");
    }

    #[rstest]
    #[case(b"no tar at all", "this is not a tar archive")]
    #[case(&tar_of(&[("a", b"b")]), "the archive holds no image: it has neither index.json nor manifest.json")]
    #[case(&tar_of(&[("index.json", b"{")]), "a part of the archive is not JSON")]
    #[case(&tar_of(&[("manifest.json", br#"[{"Config": "c.json"}]"#)]), "the archive lacks a part of its image")]
    fn what_is_no_image_is_said_so(#[case] archive: &[u8], #[case] expected: &str) {
        assert_eq!(read(archive, "amd64").unwrap_err().what, expected);
    }

    #[test]
    fn a_damaged_part_is_refused() {
        let mut archive = image("amd64");
        let at = archive.windows(7).position(|bytes| bytes == b"program").unwrap();
        archive[at] = b'P';
        assert_eq!(
            read(archive.as_slice(), "amd64").unwrap_err().what,
            "a part of the archive is damaged: its digest is another"
        );
    }
}
