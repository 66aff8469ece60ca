//! Where the sources come from, as git tells it. No git, or no repository, is not an error: then nothing is known.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::manifests::Provenance;
use crate::text::printable_url;

/// A repository on a stuck network drive must not hold up a deploy.
const TIMEOUT: Duration = Duration::from_secs(5);

pub async fn of(dir: &Path) -> Provenance {
    let (commit, config) = tokio::join!(
        // `--exclude '*'` leaves tags out, so that only the commit and, with local changes, `-dirty` remain.
        git(dir, &["describe", "--always", "--abbrev=40", "--exclude", "*", "--dirty"]),
        git(dir, &["config", "--get-regexp", r"^(remote\.origin\.url|user\.email)$"]),
    );
    let setting = |name: &str| {
        // The last one wins, as in git itself: the repository's own setting comes after the user's.
        let lines = config.as_deref().unwrap_or_default().lines().rev();
        lines.filter_map(|line| line.split_once(' ')).find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
    };
    // Outside a repository `git config` still knows the user; the address of the sources belongs to a commit.
    let repository = setting("remote.origin.url").filter(|_| commit.is_some()).map(|url| printable_url(&url));
    Provenance { repository, deployer: ci_user().or_else(|| setting("user.email")), commit }
}

/// Whoever started the pipeline: on a CI machine git knows nobody.
fn ci_user() -> Option<String> {
    ["GITHUB_ACTOR", "GITLAB_USER_LOGIN"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()))
}

async fn git(dir: &Path, args: &[&str]) -> Option<String> {
    let child = Command::new("git")
        .arg("-C")
        .arg(dir)
        .args(args)
        // Only looks: taking the index's lock could break a git command that runs beside it.
        .env("GIT_OPTIONAL_LOCKS", "0")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(TIMEOUT, child).await.ok()?.ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
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
