//! A binary -> the one layer of its image: the same bytes for the same binary, on any machine, at any time. Pure.

use std::io::Write;

use base64::Engine;
use flate2::{Compression, GzBuilder};
use sha2::{Digest, Sha256};
use tar::{EntryType, Header};

/// The user the manifests run it as: above the users of the host, so it is nobody there.
pub const UID: u32 = 10_001;

/// The home is /tmp: the only folder that can be written once the root file system is read-only.
const PASSWD: &str = "root:x:0:0:root:/:/sbin/nologin\napp:x:10001:10001:app:/tmp:/sbin/nologin\n";
const GROUP: &str = "root:x:0:\napp:x:10001:\n";

/// The layer as a tar, with its fixed order, owner (root), modes and time (the epoch).
///
/// Beside the binary there is what a static program expects to find: certificate roots, a passwd file and /tmp.
///
/// # Errors
/// When `name` does not fit into a tar header; the spec's limit of 50 characters is far below that.
pub fn tar(name: &str, binary: &[u8]) -> std::io::Result<Vec<u8>> {
    let roots = certificate_roots();
    let mut tar = tar::Builder::new(Vec::with_capacity(binary.len() + roots.len() + 16 * 1024));
    let program = format!("usr/local/bin/{name}");
    let entries: [(&str, u32, Option<&[u8]>); 11] = [
        ("etc/", 0o755, None),
        ("etc/group", 0o644, Some(GROUP.as_bytes())),
        ("etc/passwd", 0o644, Some(PASSWD.as_bytes())),
        ("etc/ssl/", 0o755, None),
        ("etc/ssl/certs/", 0o755, None),
        // The first place where crypto/x509 looks (go/src/crypto/x509/root_linux.go).
        ("etc/ssl/certs/ca-certificates.crt", 0o644, Some(roots.as_bytes())),
        // Sticky, as on any Unix.
        ("tmp/", 0o1777, None),
        ("usr/", 0o755, None),
        ("usr/local/", 0o755, None),
        ("usr/local/bin/", 0o755, None),
        (&program, 0o755, Some(binary)),
    ];
    for (path, mode, content) in entries {
        append(&mut tar, path, mode, content)?;
    }
    tar.into_inner()
}

fn append(tar: &mut tar::Builder<Vec<u8>>, path: &str, mode: u32, content: Option<&[u8]>) -> std::io::Result<()> {
    let mut header = Header::new_ustar();
    header.set_path(path)?;
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_entry_type(if content.is_some() { EntryType::Regular } else { EntryType::Directory });
    let content = content.unwrap_or_default();
    header.set_size(content.len() as u64);
    header.set_cksum();
    tar.append(&header, content)
}

/// Mozilla's roots as PEM, in the order of the crate: they change with plat's version, not with the machine.
fn certificate_roots() -> String {
    let mut pem = String::with_capacity(256 * 1024);
    for certificate in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
        pem.push_str("-----BEGIN CERTIFICATE-----\n");
        let text = base64::engine::general_purpose::STANDARD.encode(certificate);
        for line in text.as_bytes().chunks(64) {
            pem.extend(line.iter().map(|&byte| char::from(byte)));
            pem.push('\n');
        }
        pem.push_str("-----END CERTIFICATE-----\n");
    }
    pem
}

/// gzip with no name and no time in its header. Level 1 makes 49 % of a Go binary of 6 MB in 70 ms, level 6 makes 42 %
/// in 350 ms.
///
/// # Errors
/// None in practice: it writes to memory.
pub fn gzip(tar: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut gzip = GzBuilder::new().mtime(0).write(Vec::with_capacity(tar.len() / 2), Compression::fast());
    gzip.write_all(tar)?;
    gzip.finish()
}

/// `sha256:…` of some bytes.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    format!("sha256:{:x}", Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_holds_the_program_and_what_it_expects_and_nothing_of_this_machine() {
        let bytes = tar("shop", b"binary").unwrap();
        let mut archive = tar::Archive::new(bytes.as_slice());
        let listing: Vec<String> = archive
            .entries()
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let header = entry.header();
                format!(
                    "{:o} {}:{} @{} {}",
                    header.mode().unwrap(),
                    header.uid().unwrap(),
                    header.gid().unwrap(),
                    header.mtime().unwrap(),
                    entry.path().unwrap().display()
                )
            })
            .collect();
        insta::assert_snapshot!(listing.join("\n"), @r#"
        755 0:0 @0 etc/
        644 0:0 @0 etc/group
        644 0:0 @0 etc/passwd
        755 0:0 @0 etc/ssl/
        755 0:0 @0 etc/ssl/certs/
        644 0:0 @0 etc/ssl/certs/ca-certificates.crt
        1777 0:0 @0 tmp/
        755 0:0 @0 usr/
        755 0:0 @0 usr/local/
        755 0:0 @0 usr/local/bin/
        755 0:0 @0 usr/local/bin/shop
        "#);
    }

    #[test]
    fn the_same_binary_gives_the_same_layer() {
        assert_eq!(gzip(&tar("shop", b"binary").unwrap()).unwrap(), gzip(&tar("shop", b"binary").unwrap()).unwrap());
        assert_ne!(tar("shop", b"binary").unwrap(), tar("shop", b"other").unwrap());
    }

    #[test]
    fn certificate_roots_are_pem_of_more_than_a_hundred_authorities() {
        let pem = certificate_roots();
        assert!(pem.matches("-----BEGIN CERTIFICATE-----\n").count() > 100);
        assert!(pem.lines().all(|line| line.len() <= 64));
    }
}
