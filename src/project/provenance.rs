//! Where the sources come from, as git tells it. No git, or no repository, is not an error: then nothing is known.

use std::path::Path;
use std::time::Duration;

use crate::git::{Git, MODIFIED};
use crate::image::Checkout;
use crate::manifests::Provenance;
use crate::text::printable_url;

/// A repository on a stuck network drive must not hold up a deploy.
const TIMEOUT: Duration = Duration::from_secs(5);

pub async fn of(dir: &Path) -> Provenance {
    let git = Git::new(dir, TIMEOUT);
    let asked = async {
        tokio::join!(git.checked_out(), git.run(&["config", "--get-regexp", r"^(remote\.origin\.url|user\.email)$"]),)
    };
    let (commit, config) = match tokio::time::timeout(TIMEOUT, asked).await {
        Ok((commit, config)) => (commit.ok(), config.unwrap_or_default()),
        Err(_) => (None, String::new()),
    };
    let setting = |name: &str| {
        // The last one wins, as in git itself: the repository's own setting comes after the user's.
        let lines = config.lines().rev();
        lines.filter_map(|line| line.split_once(' ')).find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
    };
    // Outside a repository `git config` still knows the user; the address of the sources belongs to a commit.
    let repository = setting("remote.origin.url").filter(|_| commit.is_some()).map(|url| printable_url(&url));
    Provenance { repository, deployer: ci_user().or_else(|| setting("user.email")), commit }
}

/// What is checked out in this folder, for whoever asks later what an image was made from: a file that no commit has
/// counts as much as one that was modified, because it is in the image as well.
pub async fn checkout_of(dir: &Path) -> Checkout {
    let git = Git::new(dir, TIMEOUT);
    let asked = async { tokio::join!(of(dir), git.has_untracked(), git.run(&["rev-parse", "--show-prefix"])) };
    let Ok((provenance, untracked, folder)) = tokio::time::timeout(TIMEOUT, asked).await else {
        return Checkout::default();
    };
    let commit = provenance.commit.as_deref().map(|commit| commit.trim_end_matches(MODIFIED).to_owned());
    let is_modified = provenance.commit.is_some_and(|commit| commit.ends_with(MODIFIED)) || untracked.unwrap_or(true);
    let folder = folder.unwrap_or_default().trim_end().trim_end_matches('/').to_owned();
    Checkout { repository: provenance.repository, commit, is_modified, folder }
}

/// Whoever works in this folder: the pipeline's word, else git's.
pub async fn deployer(dir: &Path) -> Option<String> {
    if let Some(user) = ci_user() {
        return Some(user);
    }
    let asked = Git::new(dir, TIMEOUT).run(&["config", "--get", "user.email"]).await;
    asked.ok().map(|email| email.trim().to_owned()).filter(|email| !email.is_empty())
}

/// Whoever started the pipeline: on a CI machine git knows nobody.
fn ci_user() -> Option<String> {
    ["GITHUB_ACTOR", "GITLAB_USER_LOGIN"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("https://example.com/shop/cart.git", "https://example.com/shop/cart.git")]
    #[case("https://bot:t0ken@example.com/shop/cart", "https://example.com/shop/cart")]
    #[case("https://t0ken@example.com/shop/cart@v1", "https://example.com/shop/cart@v1")]
    #[case("https://bot:p@ss@example.com", "https://example.com")]
    #[case("ssh://git:secret@example.com/shop/cart", "ssh://git@example.com/shop/cart")]
    #[case("git@example.com:shop/cart.git", "git@example.com:shop/cart.git")]
    #[case("/srv/git/cart", "/srv/git/cart")]
    fn a_repository_is_named_without_its_password(#[case] url: &str, #[case] expected: &str) {
        assert_eq!(printable_url(url), expected);
    }
}
