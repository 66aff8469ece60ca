//! What a static program expects to find around it: certificate roots, a user, /tmp. Pure.

use std::fmt::Write;

use base64::Engine;

use super::entry::Entry;

/// The user the manifests run it as: above the users of the host, so it is nobody there.
pub const UID: u32 = 10_001;

/// The home is /tmp: the only folder that can be written once the root file system is read-only.
const PASSWD: &str = "root:x:0:0:root:/:/sbin/nologin\napp:x:10001:10001:app:/tmp:/sbin/nologin\n";
const GROUP: &str = "root:x:0:\napp:x:10001:\n";

/// The root of an image that stands on no other.
#[must_use]
pub fn foundation() -> Vec<Entry> {
    vec![
        Entry::text("etc/group", GROUP),
        Entry::text("etc/passwd", PASSWD),
        // The first place where Go, OpenSSL and rustls look (go/src/crypto/x509/root_linux.go).
        Entry::text("etc/ssl/certs/ca-certificates.crt", certificate_roots()),
        // Sticky, as on any Unix.
        Entry::folder("tmp", 0o1777),
    ]
}

/// Mozilla's roots as PEM, in the order of the crate: they change with plat's version, not with the machine.
fn certificate_roots() -> String {
    let mut pem = String::with_capacity(256 * 1024);
    for certificate in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
        pem.push_str("-----BEGIN CERTIFICATE-----\n");
        let text = base64::engine::general_purpose::STANDARD.encode(certificate);
        for line in text.as_bytes().chunks(64) {
            let _ = writeln!(pem, "{}", String::from_utf8_lossy(line));
        }
        pem.push_str("-----END CERTIFICATE-----\n");
    }
    pem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificate_roots_are_pem_of_more_than_a_hundred_authorities() {
        let pem = certificate_roots();
        assert!(pem.matches("-----BEGIN CERTIFICATE-----\n").count() > 100);
        assert!(pem.lines().all(|line| line.len() <= 64));
    }
}
