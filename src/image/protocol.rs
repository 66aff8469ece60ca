//! Which registry is spoken to in plain HTTP.

/// Docker and containerd speak plain HTTP to a registry on this machine, and to no other.
pub(super) fn is_loopback(registry: &str) -> bool {
    let host = registry.rsplit_once(':').map_or(registry, |(host, _)| host);
    host == "localhost" || host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
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
