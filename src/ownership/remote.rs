//! Whether two addresses are one git repository, however they are written.

/// `git@github.com:shop/pay.git`, `https://github.com/shop/pay` and `github.com/shop/pay/tree/main/src` are one.
#[must_use]
pub fn same_repository(remote: &str, named: &str) -> bool {
    let (remote, named) = (plain(remote), plain(named));
    let inside =
        |whole: &str, part: &str| part.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    remote != "/" && inside(&remote, &named)
}

/// `host/path` in lower case: without scheme, user, port and `.git`.
fn plain(address: &str) -> String {
    let address = address.trim().trim_end_matches('/').to_lowercase();
    let (scheme, rest) =
        address.split_once("://").map_or((None, address.as_str()), |(scheme, rest)| (Some(scheme), rest));
    let rest = match rest.split_once('@') {
        Some((user, rest)) if !user.contains('/') => rest,
        _ => rest,
    };
    let (host, path) = match scheme {
        Some(_) => rest.split_once('/').unwrap_or((rest, "")),
        // git's short form of ssh: `git@host:path`
        None => rest.split_once(':').or_else(|| rest.split_once('/')).unwrap_or((rest, "")),
    };
    let host = host.split_once(':').map_or(host, |(host, _port)| host);
    let path = path.trim_start_matches('/');
    format!("{host}/{}", path.strip_suffix(".git").unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("git@github.com:shop/pay.git", "https://github.com/shop/pay", true)]
    #[case("ssh://git@github.com:22/shop/pay.git", "github.com/Shop/Pay/", true)]
    #[case("https://ada:token@git.example.com/shop/pay.git", "git@git.example.com:shop/pay", true)]
    #[case("git@github.com:shop/pay.git", "https://github.com/shop/pay/tree/main/services/x", true)]
    #[case("git@github.com:shop/pay.git", "https://github.com/shop/payments", false)]
    #[case("git@github.com:shop/pay.git", "https://gitlab.com/shop/pay", false)]
    #[case("/srv/git/pay.git", "/srv/git/pay", true)]
    #[case("file:///srv/git/pay.git", "/srv/git/pay.git", true)]
    #[case("", "", false)]
    fn one_repository_under_two_addresses(#[case] remote: &str, #[case] named: &str, #[case] expected: bool) {
        assert_eq!(same_repository(remote, named), expected);
    }
}
