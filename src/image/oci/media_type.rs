//! Media types of the OCI image specification 1.1. Pure.

pub const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// The config of a manifest that is no image.
pub const EMPTY: &str = "application/vnd.oci.empty.v1+json";

/// As OCI calls it: images of docker say the same in other words. Layers that lie elsewhere (foreign) are none.
pub fn of_layer(said: &str) -> Option<String> {
    match said {
        "application/vnd.docker.image.rootfs.diff.tar.gzip" => Some(LAYER.to_owned()),
        oci if oci.starts_with("application/vnd.oci.image.layer.v1.tar") => Some(oci.to_owned()),
        _ => None,
    }
}
