//! Which registry is spoken to in plain HTTP, and whose certificates are trusted.

use std::path::{Path, PathBuf};

use reqwest::Certificate;

use crate::input;

/// Of a file of certificates; in bytes.
const LARGEST: u64 = 4 << 20;

/// Docker and containerd speak plain HTTP to a registry on this machine, and to no other.
pub fn is_loopback(registry: &str) -> bool {
    let host = registry.rsplit_once(':').map_or(registry, |(host, _)| host);
    host == "localhost" || host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

/// Those of a company's own authority, from where docker and containerd look for them: `certs.d/HOST:PORT/*.crt`. The
/// system's own are trusted beside them, and `SSL_CERT_FILE` names others.
pub(super) fn own_certificates(registry: &str) -> Vec<Certificate> {
    places().iter().flat_map(|place| certificates(&place.join(registry))).collect()
}

fn places() -> Vec<PathBuf> {
    let home = std::env::var_os("HOME").filter(|home| !home.is_empty());
    let of_user = home
        .into_iter()
        .flat_map(|home| [".docker/certs.d", ".config/docker/certs.d"].map(|place| Path::new(&home).join(place)));
    of_user.chain(["/etc/docker/certs.d", "/etc/containers/certs.d"].map(PathBuf::from)).collect()
}

/// What cannot be read is left out: the registry's certificate is then refused by name.
fn certificates(folder: &Path) -> Vec<Certificate> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let files = files.filter(|path| path.extension().is_some_and(|ending| ending == "crt"));
    let texts = files.filter_map(|path| input::read(&path, LARGEST).ok());
    texts.flat_map(|text| Certificate::from_pem_bundle(&text).unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("127.0.0.1:5000", true)]
    #[case("localhost:5000", true)]
    #[case("localhost", true)]
    #[case("127.0.0.1.example.com", false)]
    #[case("ghcr.io", false)]
    #[case("10.0.0.1:5000", false)]
    fn only_this_machine_is_spoken_to_in_plain_http(#[case] registry: &str, #[case] plain: bool) {
        assert_eq!(is_loopback(registry), plain);
    }
}
