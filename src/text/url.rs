//! A foreign URL as it may be shown or stored.

use super::{escape, redact};

/// Longest name of a user that is no token: `git`, `deploy-bot`.
const USER: usize = 20;

/// The URL without what logs in: a password, a token in the place of the user, one in the query or after `#`. The user of
/// SSH stays, in both ways that git writes it (`ssh://git@host/path`, `git@host:path`): without it nobody gets in.
#[must_use]
pub fn printable_url(url: &str) -> String {
    let url = url.trim();
    let without_login = match url.split_once("://") {
        Some((scheme, rest)) => {
            // A password may hold a `/` that nobody wrote as %2F: it ends at the last `@` before a query.
            let end = rest.find(['?', '#']).unwrap_or(rest.len());
            let (address, query) = rest.split_at(end);
            format!("{scheme}://{}{query}", without_user(address, is_ssh(scheme)))
        }
        None => match url.split_once(':') {
            Some((login, path)) if login.contains('@') && !login.contains('/') => {
                format!("{}:{path}", without_user(login, true))
            }
            // `user:token@host:path` is no URL at all, and yet people write it.
            Some((user, rest))
                if !user.contains('/') && rest.split('/').next().is_some_and(|rest| rest.contains('@')) =>
            {
                without_user(&format!("{user}:{rest}"), true)
            }
            _ => url.to_owned(),
        },
    };
    escape(&redact(&without_login))
}

fn is_ssh(scheme: &str) -> bool {
    scheme.to_ascii_lowercase().contains("ssh")
}

/// `user:password@host/path@v1` -> `host/path@v1`
fn without_user(address: &str, keeps_user: bool) -> String {
    let host_end = address.find('/').unwrap_or(address.len());
    let at = match address[..host_end].rfind('@') {
        Some(at) => Some(at),
        // No login in front of the first `/`; one with a `:` is cut by it.
        None if is_cut_login(&address[..host_end]) => address.rfind('@'),
        None => None,
    };
    let Some(at) = at else { return address.to_owned() };
    let (login, host) = (&address[..at], &address[at + 1..]);
    let user = login.split(':').next().unwrap_or_default();
    if keeps_user && !user.is_empty() && user.len() < USER && redact(user) == user {
        format!("{user}@{host}")
    } else {
        host.to_owned()
    }
}

/// `user:pass` of `user:pass/word@host`, not `host:8080`.
fn is_cut_login(host: &str) -> bool {
    host.rsplit_once(':')
        .is_some_and(|(_, port)| !port.is_empty() && !port.ends_with(']') && !port.chars().all(|c| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("https://k8s.example:6443", "https://k8s.example:6443")]
    #[case("https://app:hunter2@k8s.example:6443/", "https://k8s.example:6443/")]
    #[case("HTTPS://hunter2@git.example/shop/cart.git", "HTTPS://git.example/shop/cart.git")]
    #[case("git+https://hunter2@git.example/shop/cart@v1", "git+https://git.example/shop/cart@v1")]
    #[case("https://app:hun/ter2@git.example/x", "https://git.example/x")]
    #[case("https://git.example:8443/x/@scope/y", "https://git.example:8443/x/@scope/y")]
    #[case("https://[::1]:6443/x", "https://[::1]:6443/x")]
    #[case("https://bot:p@hunter2@git.example", "https://git.example")]
    #[case("ssh://git:hunter2@git.example:22/shop", "ssh://git@git.example:22/shop")]
    #[case("SSH://git@git.example/shop", "SSH://git@git.example/shop")]
    #[case("git+ssh://git@git.example/shop", "git+ssh://git@git.example/shop")]
    #[case("git@git.example:shop/cart.git", "git@git.example:shop/cart.git")]
    #[case("hunter2hunter2hunter2@git.example:shop/cart.git", "git.example:shop/cart.git")]
    #[case("git:hunter2@git.example:shop/cart.git", "git@git.example:shop/cart.git")]
    #[case("https://git.example/x?access_token=hunter2&n=1", "https://git.example/x?access_token=***&n=1")]
    #[case("https://git.example/x?PRIVATE_TOKEN=hunter2", "https://git.example/x?PRIVATE_TOKEN=***")]
    #[case("https://git.example/x#access_token=hunter2", "https://git.example/x#access_token=***")]
    #[case("https://git.example/x?mail=ops@example.com", "https://git.example/x?mail=ops@example.com")]
    #[case("https://git.example/\u{1b}[2J", "https://git.example/\\u{1b}[2J")]
    #[case("/srv/git/cart", "/srv/git/cart")]
    #[case("../cart", "../cart")]
    #[case("C:\\src\\cart", "C:\\src\\cart")]
    fn a_url_is_shown_without_what_logs_in(#[case] url: &str, #[case] expected: &str) {
        assert_eq!(printable_url(url), expected);
        assert_eq!(printable_url(expected), expected, "it is shown twice");
    }
}
