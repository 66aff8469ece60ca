//! Where a registry sends who has to log in, and whether a password may go there. Pure.

use url::{Host, Url};

/// Second-level names under which a country's domains are given out.
const GENERIC: [&str; 14] =
    ["ac", "co", "com", "edu", "go", "gob", "gov", "mil", "ne", "net", "nom", "or", "org", "gv"];
/// Domains whose subdomains belong to different people, of those that serve images or pages.
const SHARED: [&str; 22] = [
    "amazonaws.com",
    "azurecr.io",
    "azurewebsites.net",
    "cloudapp.net",
    "cloudfront.net",
    "fly.dev",
    "github.io",
    "gitlab.io",
    "googleapis.com",
    "herokuapp.com",
    "jfrog.io",
    "netlify.app",
    "ngrok-free.app",
    "ngrok.app",
    "ngrok.io",
    "nip.io",
    "onrender.com",
    "pages.dev",
    "run.app",
    "sslip.io",
    "vercel.app",
    "workers.dev",
];

/// How a registry wants to be told who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Challenge {
    Basic,
    /// A token, to be fetched at `realm`.
    Bearer {
        realm: String,
        service: Option<String>,
    },
}

/// Of the values of `WWW-Authenticate`; a token goes before a password.
pub fn read<'a>(headers: impl Iterator<Item = &'a str>) -> Option<Challenge> {
    let mut found = None;
    for challenge in headers.flat_map(http_auth::ChallengeParser::new).flatten() {
        let value = |name: &str| {
            challenge
                .params
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.to_unescaped())
        };
        if challenge.scheme.eq_ignore_ascii_case("Bearer")
            && let Some(realm) = value("realm")
        {
            return Some(Challenge::Bearer { realm, service: value("service") });
        }
        if challenge.scheme.eq_ignore_ascii_case("Basic") {
            found = Some(Challenge::Basic);
        }
    }
    found
}

/// Whether what is kept for a registry may be sent to `realm`: to its own host, over TLS where the registry is spoken to
/// over TLS, and to a host of the same site, over TLS.
pub fn may_have_password(realm: &Url, registry: &Url) -> bool {
    let is_same = realm.host().is_some() && realm.host() == registry.host();
    match realm.scheme() {
        "https" => is_same || same_site(realm, registry),
        "http" => is_same && registry.scheme() == "http",
        _ => false,
    }
}

/// Docker Hub is index.docker.io, and its tokens are at auth.docker.io.
fn same_site(a: &Url, b: &Url) -> bool {
    match (a.host(), b.host()) {
        (Some(Host::Domain(a)), Some(Host::Domain(b))) => site(a).is_some_and(|own| Some(own) == site(b)),
        _ => false,
    }
}

/// The part of a name that somebody owns; none where the name itself is all that is known to be owned.
fn site(host: &str) -> Option<&str> {
    if SHARED.iter().any(|shared| host.strip_suffix(shared).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
    {
        return None;
    }
    let labels: Vec<&str> = host.split('.').collect();
    let [.., second, top] = labels.as_slice() else { return None };
    let owned = if top.len() == 2 && (GENERIC.contains(second) || second.len() <= 2) { 3 } else { 2 };
    let start = labels.len().checked_sub(owned)?;
    Some(&host[labels[..start].iter().map(|label| label.len() + 1).sum()..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(&["Basic realm=\"r\""], Some(Challenge::Basic))]
    #[case(
        &["Bearer realm=\"https://a.example/token\",service=\"r\""],
        Some(Challenge::Bearer { realm: "https://a.example/token".into(), service: Some("r".into()) })
    )]
    #[case(
        &["Basic realm=\"r\"", "bearer Realm=\"https://a.example\""],
        Some(Challenge::Bearer { realm: "https://a.example".into(), service: None })
    )]
    #[case(&["Bearer service=\"r\""], None)]
    #[case(&["\u{1}"], None)]
    #[case(&[], None)]
    fn a_challenge_is_read(#[case] headers: &[&str], #[case] expected: Option<Challenge>) {
        assert_eq!(read(headers.iter().copied()), expected);
    }

    #[rstest]
    #[case::docker_hub("https://auth.docker.io/token", "https://index.docker.io", true)]
    #[case::its_own("https://ghcr.io/token", "https://ghcr.io", true)]
    #[case::another_port("https://ghcr.io:8443/token", "https://ghcr.io", true)]
    #[case::above("https://gitlab.com/jwt/auth", "https://registry.gitlab.com", true)]
    #[case::beside("https://api.digitalocean.com/v2/auth", "https://registry.digitalocean.com", true)]
    #[case::of_a_country("https://auth.example.co.uk", "https://registry.example.co.uk", true)]
    #[case::another_of_a_country("https://evil.co.uk", "https://registry.co.uk", false)]
    #[case::a_city("https://evil.on.ca", "https://registry.on.ca", false)]
    #[case::off_tls("http://ghcr.io/token", "https://ghcr.io", false)]
    #[case::another_site("https://evil.example/token", "https://ghcr.io", false)]
    #[case::a_name_that_ends_so("https://evil-docker.io/token", "https://index.docker.io", false)]
    #[case::a_user_that_is_called_so("https://ghcr.io@evil.example/token", "https://ghcr.io", false)]
    #[case::another_tenant("https://evil.azurecr.io/token", "https://shop.azurecr.io", false)]
    #[case::the_same_tenant("https://shop.azurecr.io/token", "https://shop.azurecr.io", true)]
    #[case::this_machine("http://127.0.0.1:5001/token", "http://127.0.0.1:5000", true)]
    #[case::this_machine_by_name("http://localhost:5001/token", "http://localhost:5000", true)]
    #[case::off_this_machine("http://evil.example/token", "http://127.0.0.1:5000", false)]
    #[case::another_address("http://127.0.0.2:5001/token", "http://127.0.0.1:5000", false)]
    #[case::a_file("file:///etc/passwd", "http://127.0.0.1:5000", false)]
    fn a_password_stays_with_its_site(#[case] realm: &str, #[case] registry: &str, #[case] expected: bool) {
        assert_eq!(may_have_password(&realm.parse().unwrap(), &registry.parse().unwrap()), expected);
    }
}
